from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.limits import ORIGIN_RESPONSE_HEADERS
from edgeproxy.cloudfront.origin import OriginFailure, OriginFault
from edgeproxy.errors import OriginBodyError
from edgeproxy.messages.headers import Headers
from edgeproxy.origins.answer import declared_length, exactly, is_bodiless, response_headers


@pytest.mark.parametrize(
    ("method", "status", "bodiless"),
    [("GET", 200, False), ("HEAD", 200, True), ("GET", 204, True), ("POST", 304, True), ("GET", 205, False)],
)
def test_which_answers_have_no_body(method: str, status: int, bodiless: bool) -> None:
    assert is_bodiless(method, status) is bodiless


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        pytest.param([("Connection", "close"), ("A", "1")], ["A"], marks=pytest.mark.rule("CF-201")),
        pytest.param(
            [("X-Hop", "1"), ("connection", "x-hop, Keep-Alive"), ("KEEP-ALIVE", "t=5")],
            [],
            marks=pytest.mark.rule("CF-201"),
        ),
        pytest.param([("Trailer", "X-Sum"), ("A", "1")], ["A"], marks=pytest.mark.rule("CF-198")),
        pytest.param([("Upgrade", "h2c")], [], marks=pytest.mark.rule("CF-200")),
        ([("Proxy-Authenticate", "Basic"), ("WWW-Authenticate", "Basic")], ["WWW-Authenticate"]),
        pytest.param([("Transfer-Encoding", "Chunked")], ["Transfer-Encoding"], marks=pytest.mark.rule("CF-199")),
        ([("Transfer-Encoding", "chunked"), ("Content-Length", "5")], ["Transfer-Encoding"]),
        pytest.param(
            [("Set-Cookie", "a=1"), ("set-cookie", "b=2")],
            ["Set-Cookie", "set-cookie"],
            marks=pytest.mark.rule("CF-208"),
        ),
    ],
)
def test_what_belongs_to_the_connection_is_taken_out(lines: list[tuple[str, str]], kept: list[str]) -> None:
    headers = response_headers(lines)
    assert isinstance(headers, Headers)
    assert [name for name, _ in headers] == kept


@pytest.mark.parametrize(
    ("lines", "reason", "fault"),
    [
        pytest.param(
            [("Transfer-Encoding", "gzip")], "", OriginFault.INVALID_RESPONSE, marks=pytest.mark.rule("CF-192")
        ),
        pytest.param(
            [("Transfer-Encoding", "gzip, chunked")], "", OriginFault.INVALID_RESPONSE, marks=pytest.mark.rule("CF-192")
        ),
        pytest.param(
            [("Transfer-Encoding", "chunked")] * 2, "", OriginFault.INVALID_RESPONSE, marks=pytest.mark.rule("CF-192")
        ),
        pytest.param([("A", "a\x01b")], "", OriginFault.INVALID_RESPONSE, marks=pytest.mark.rule("CF-237")),
        ([("A", "a\r\nSet-Cookie: x")], "", OriginFault.INVALID_RESPONSE),
        ([("A", "\x7f")], "", OriginFault.INVALID_RESPONSE),
        ([("A", "\u20ac")], "", OriginFault.INVALID_RESPONSE),
        ([("A B", "1")], "", OriginFault.INVALID_RESPONSE),
        ([("", "1")], "", OriginFault.INVALID_RESPONSE),
        ([], "OK\r\nA: 1", OriginFault.INVALID_RESPONSE),
        pytest.param(
            [("A", "x" * ORIGIN_RESPONSE_HEADERS)], "", OriginFault.HEADERS_TOO_LARGE, marks=pytest.mark.rule("CF-191")
        ),
        pytest.param([("A", "x" * 995)] * 33, "", OriginFault.HEADERS_TOO_LARGE, marks=pytest.mark.rule("CF-191")),
    ],
)
def test_what_is_refused(lines: list[tuple[str, str]], reason: str, fault: OriginFault) -> None:
    result = response_headers(lines, reason)
    assert isinstance(result, OriginFailure)
    assert result.fault is fault


def test_tabs_and_octets_above_ascii_are_allowed() -> None:
    lines = [("A", "a\tb"), ("B", "\x80\xff")]
    assert response_headers(lines, "Tr\xe8s bien") == Headers(lines)


@pytest.mark.rule("CF-191")
def test_the_largest_headers_pass() -> None:
    assert isinstance(response_headers([("A", "x" * (ORIGIN_RESPONSE_HEADERS - 5))]), Headers)


@pytest.mark.parametrize(
    ("values", "length"),
    [((), None), (("0",), 0), (("5",), 5), (("5", "5"), 5), (("5, 5",), 5), ((" 7 ",), 7)],
)
def test_a_declared_length(values: tuple[str, ...], length: int | None) -> None:
    assert declared_length(Headers(("Content-Length", value) for value in values)) == length


@pytest.mark.rule("CF-237")
@pytest.mark.parametrize("values", [("",), ("-1",), ("+5",), ("5", "6"), ("5, 6",), ("0x5",), ("\xb2",), ("9" * 21,)])
def test_no_length_at_all(values: tuple[str, ...]) -> None:
    result = declared_length(Headers(("Content-Length", value) for value in values))
    assert isinstance(result, OriginFailure)
    assert result.fault is OriginFault.INVALID_RESPONSE


@given(st.lists(st.binary(max_size=5)), st.integers(0, 30))
def test_exactly_gives_the_first_bytes_or_raises(chunks: list[bytes], length: int) -> None:
    data = b"".join(chunks)
    seen: list[bytes] = []
    if len(data) < length:
        with pytest.raises(OriginBodyError):
            seen.extend(exactly(chunks, length))
        assert b"".join(seen) == data
    else:
        assert b"".join(exactly(chunks, length)) == data[:length]


def test_exactly_reads_to_the_end_when_there_is_no_more() -> None:
    ended = False

    def chunks() -> Iterator[bytes]:
        nonlocal ended
        yield b"abc"
        ended = True

    assert list(exactly(chunks(), 3)) == [b"abc"]
    assert ended
