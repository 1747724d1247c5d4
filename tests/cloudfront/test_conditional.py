from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.conditional import answer
from edgeproxy.messages.body import Body, Stream, Whole, read
from edgeproxy.messages.dates import format_date
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from tests.strategies import requests, responses

MODIFIED = 1_767_225_600
DATE = format_date(MODIFIED)
BODY = b"0123456789"
ETAG, LAST_MODIFIED = ("ETag", '"v1"'), ("Last-Modified", DATE)


def stored(*lines: tuple[str, str], body: bytes | Body = BODY, status: int = 200) -> Response:
    whole = Whole(body) if isinstance(body, bytes) else body
    return Response(status, Headers(lines or (ETAG, LAST_MODIFIED)), whole, "Fine")


def asked(*lines: tuple[str, str], method: str = "GET") -> Request:
    return Request(method, "/a", headers=Headers(lines))


def status(*lines: tuple[str, str], of: Response | None = None, method: str = "GET") -> int:
    return answer(asked(*lines, method=method), of or stored()).status


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([("If-None-Match", '"v1"')], 304, marks=pytest.mark.rule("CF-168")),
        pytest.param([("If-None-Match", '"v2"')], 200, marks=pytest.mark.rule("CF-168")),
        pytest.param([("If-None-Match", "*")], 304, marks=pytest.mark.rule("CF-168")),
        pytest.param([("If-None-Match", '"v0", "v1"')], 304, marks=pytest.mark.rule("CF-168"), id="a-list"),
        pytest.param([("If-None-Match", '"v0"'), ("If-None-Match", '"v1"')], 304, marks=pytest.mark.rule("CF-168")),
        pytest.param([("If-None-Match", '"v0,"v1"')], 200, marks=pytest.mark.rule("CF-168"), id="broken"),
        pytest.param([("If-None-Match", "v1")], 200, marks=pytest.mark.rule("CF-168"), id="no-quotes"),
        pytest.param([("If-None-Match", "")], 200, marks=pytest.mark.rule("CF-168"), id="empty"),
        pytest.param([("If-None-Match", 'W/"v1"')], 304, marks=pytest.mark.rule("CF-169"), id="weak"),
        pytest.param([("If-Modified-Since", DATE)], 304, marks=pytest.mark.rule("CF-168")),
        pytest.param([("If-Modified-Since", format_date(MODIFIED + 1))], 304, marks=pytest.mark.rule("CF-168")),
        pytest.param([("If-Modified-Since", format_date(MODIFIED - 1))], 200, marks=pytest.mark.rule("CF-168")),
        pytest.param([("If-Modified-Since", "yesterday")], 200, marks=pytest.mark.rule("CF-168")),
        pytest.param(
            [("If-None-Match", '"v2"'), ("If-Modified-Since", DATE)], 200, marks=pytest.mark.rule("CF-169"), id="wins"
        ),
        pytest.param([("If-None-Match", '"v1"'), ("Range", "bytes=0-1")], 304, marks=pytest.mark.rule("CF-168")),
        ([], 200),
        ([("If-Match", '"v2"')], 200),
    ],
)
def test_conditions(lines: list[tuple[str, str]], expected: int) -> None:
    assert status(*lines) == expected
    assert status(*lines, method="HEAD") == expected


@pytest.mark.rule("CF-169")
@pytest.mark.parametrize(
    ("etag", "tags", "expected"),
    [
        ('W/"x"', '"x"', 304),
        ('W/"x"', 'W/"x"', 304),
        ('"a,b"', '"z", "a,b"', 304),
        ('"a,b"', '"a"', 200),
        ("x", "x", 304),
        ("a b", "b", 200),
        ('"x', '"x', 200),
        ('"caf\xc3\xa0"', '"caf\xc3\xa0"', 304),
    ],
)
def test_tags_of_every_form(etag: str, tags: str, expected: int) -> None:
    assert status(("If-None-Match", tags), of=stored(("ETag", etag))) == expected


@pytest.mark.parametrize("line", [("If-None-Match", '"v1"'), ("If-Modified-Since", DATE)])
def test_a_response_without_validators_is_never_unmodified(line: tuple[str, str]) -> None:
    plain = stored(("Content-Type", "text/plain"))
    assert answer(asked(line), plain) is plain


def test_a_date_of_change_that_is_none() -> None:
    assert status(("If-Modified-Since", DATE), of=stored(("Last-Modified", "x"))) == 200


@pytest.mark.rule("CF-168")
def test_a_304_has_no_body_and_what_a_cache_needs() -> None:
    full = stored(
        ETAG, LAST_MODIFIED, ("Content-Type", "text/plain"), ("Content-Length", "10"), ("cache-control", "max-age=5")
    )
    response = answer(asked(("If-None-Match", '"v1"')), full)
    assert (response.status, response.phrase) == (304, "Not Modified")
    assert response.headers.lines == (ETAG, LAST_MODIFIED, ("cache-control", "max-age=5"))
    assert read(response.body) == b""


@pytest.mark.parametrize("code", [204, 301, 404])
def test_only_a_200_is_judged(code: int) -> None:
    other = stored(status=code)
    assert answer(asked(("If-None-Match", '"v1"'), ("Range", "bytes=0-1")), other) is other


@pytest.mark.parametrize("line", [("If-None-Match", "*"), ("If-Modified-Since", DATE), ("Range", "bytes=0-1")])
def test_options_has_no_conditions(line: tuple[str, str]) -> None:
    response = stored()
    assert answer(asked(line, method="OPTIONS"), response) is response


# --- ranges ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "part", "content_range"),
    [
        pytest.param("bytes=0-3", b"0123", "bytes 0-3/10", marks=pytest.mark.rule("CF-172")),
        pytest.param("bytes=4-4", b"4", "bytes 4-4/10", marks=pytest.mark.rule("CF-172")),
        pytest.param("bytes=7-", b"789", "bytes 7-9/10", marks=pytest.mark.rule("CF-172")),
        pytest.param("bytes=-3", b"789", "bytes 7-9/10", marks=pytest.mark.rule("CF-172")),
        pytest.param("bytes=0-", BODY, "bytes 0-9/10", marks=pytest.mark.rule("CF-172")),
        pytest.param("bytes=-99", BODY, "bytes 0-9/10", marks=pytest.mark.rule("CF-172")),
        pytest.param("bytes=8-99", b"89", "bytes 8-9/10", marks=pytest.mark.rule("CF-172")),
        pytest.param("bytes=8-" + "9" * 5000, b"89", "bytes 8-9/10", marks=pytest.mark.rule("CF-172"), id="huge"),
        pytest.param(
            "bytes=" + "0" * 5000 + "8-9", b"89", "bytes 8-9/10", marks=pytest.mark.rule("CF-172"), id="zeros"
        ),
        pytest.param(" Bytes= 8-9 ", b"89", "bytes 8-9/10", marks=pytest.mark.rule("CF-172"), id="spelling"),
    ],
)
def test_a_part(wanted: str, part: bytes, content_range: str) -> None:
    full = stored(ETAG, ("Content-Length", "10"), ("Content-Type", "text/plain"))
    response = answer(asked(("Range", wanted)), full)
    assert (response.status, response.phrase) == (206, "Partial Content")
    assert read(response.body) == part
    assert response.headers.lines == (
        ETAG,
        ("Content-Length", str(len(part))),
        ("Content-Type", "text/plain"),
        ("Content-Range", content_range),
    )


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param("bytes=0-1,4-5", marks=pytest.mark.rule("CF-177"), id="several"),
        pytest.param("bytes=4-5,0-1", marks=pytest.mark.rule("CF-177"), id="several-in-disorder"),
        pytest.param("bytes=5-4", marks=pytest.mark.rule("CF-177"), id="backwards"),
        pytest.param("bytes=99-4", marks=pytest.mark.rule("CF-177"), id="backwards-from-beyond"),
        pytest.param("bytes=-", marks=pytest.mark.rule("CF-177"), id="nothing"),
        pytest.param("bytes=a-b", marks=pytest.mark.rule("CF-177"), id="no-numbers"),
        pytest.param("bytes=\xb2-", marks=pytest.mark.rule("CF-177"), id="no-digit"),
        pytest.param("bytes 0-1", marks=pytest.mark.rule("CF-177"), id="no-equals-sign"),
        pytest.param("items=0-1", marks=pytest.mark.rule("CF-177"), id="other-unit"),
        pytest.param("", marks=pytest.mark.rule("CF-177"), id="empty"),
    ],
)
def test_a_range_that_gives_the_whole(wanted: str) -> None:
    full = stored()
    assert answer(asked(("Range", wanted)), full) is full


def test_two_lines_are_several_ranges() -> None:
    full = stored()
    assert answer(asked(("Range", "bytes=0-1"), ("Range", "bytes=4-5")), full) is full


@pytest.mark.rule("CF-178")
@pytest.mark.parametrize(
    ("wanted", "body"),
    [("bytes=10-", BODY), ("bytes=10-12", BODY), ("bytes=-0", BODY), ("bytes=0-", b""), ("bytes=-1", b"")],
)
def test_a_range_that_cannot_be_satisfied(wanted: str, body: bytes) -> None:
    full = stored(ETAG, LAST_MODIFIED, ("Content-Type", "text/plain"), ("Content-Encoding", "gzip"), ("X-A", "a"),
                  ("Content-Length", str(len(body))), body=body)  # fmt: skip
    response = answer(asked(("Range", wanted)), full)
    assert (response.status, response.phrase) == (416, "Range Not Satisfiable")
    assert response.headers.lines == (("X-A", "a"), ("Content-Range", f"bytes */{len(body)}"), ("Content-Length", "0"))
    assert read(response.body) == b""


@pytest.mark.rule("CF-180")
@pytest.mark.parametrize(
    ("etag", "condition", "expected"),
    [
        ('"v1"', '"v1"', 206),
        ('"v1"', ' "v1"\t', 206),
        ('"v1"', '"v2"', 200),
        ('"v1"', 'W/"v1"', 200),
        ('W/"v1"', 'W/"v1"', 200),
        ('W/"v1"', '"v1"', 200),
        ('"v1"', DATE, 206),
        ('"v1"', format_date(MODIFIED + 1), 200),
        ('"v1"', format_date(MODIFIED - 1), 200),
        ('"v1"', "", 200),
    ],
)
def test_if_range(etag: str, condition: str, expected: int) -> None:
    full = stored(("ETag", etag), LAST_MODIFIED)
    assert status(("Range", "bytes=0-1"), ("If-Range", condition), of=full) == expected


@pytest.mark.rule("CF-180")
@pytest.mark.parametrize("condition", ['"v1"', DATE, "", "x"])
def test_if_range_and_no_validators(condition: str) -> None:
    full = stored(("X-A", "a"))
    assert answer(asked(("Range", "bytes=0-1"), ("If-Range", condition)), full) is full


@pytest.mark.rule("CF-170")
def test_head_has_no_ranges() -> None:
    full = stored()
    assert answer(asked(("Range", "bytes=0-1"), method="HEAD"), full) is full


def test_a_body_that_is_not_in_memory_is_not_cut() -> None:
    full = stored(body=Stream([BODY], 10))
    assert answer(asked(("Range", "bytes=0-1")), full) is full


@pytest.mark.rule("CF-172")
@given(st.binary(max_size=30), st.integers(0, 40), st.none() | st.integers(0, 40))
def test_a_single_range_is_a_slice(body: bytes, first: int, last: int | None) -> None:
    response = answer(asked(("Range", f"bytes={first}-{'' if last is None else last}")), stored(body=body))
    if last is not None and last < first:
        assert response.status == 200
    elif first >= len(body):
        assert response.status == 416
    else:
        part = body[first:] if last is None else body[first : last + 1]
        assert (response.status, read(response.body)) == (206, part)
        bounds = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers["content-range"])
        assert bounds is not None
        start, end, size = map(int, bounds.groups())
        assert (body[start : end + 1], size) == (part, len(body))
        assert response.headers["content-length"] == str(len(part))


@pytest.mark.rule("CF-172")
@given(st.binary(max_size=30), st.integers(0, 40))
def test_a_suffix_is_the_end(body: bytes, count: int) -> None:
    response = answer(asked(("Range", f"bytes=-{count}")), stored(body=body))
    if count and body:
        assert (response.status, read(response.body)) == (206, body[-count:])
    else:
        assert response.status == 416


_odd_lines = st.lists(
    st.tuples(
        st.sampled_from(("Range", "If-None-Match", "If-Modified-Since", "If-Range", "ETag", "Last-Modified")),
        st.sampled_from(("bytes=0-", "bytes=-\xb2", "*", '"', "W/", "\xa0", DATE, '"v1"', "bytes=0-0,-1"))
        | st.text('bytes=-0129,W/"*', max_size=12),
    ),
    max_size=5,
)


@given(requests(), responses(), _odd_lines, _odd_lines)
def test_whatever_is_asked_there_is_an_answer(
    request: Request, response: Response, asked_lines: list[tuple[str, str]], stored_lines: list[tuple[str, str]]
) -> None:
    request = msgspec.structs.replace(request, headers=Headers((*request.headers, *asked_lines)))
    response = msgspec.structs.replace(response, headers=Headers((*response.headers, *stored_lines)))
    given_ = answer(request, response)
    assert given_ is response or (response.status == 200 and given_.status in (206, 304, 416))
    assert given_ is response or request.method in ("GET", "HEAD")
