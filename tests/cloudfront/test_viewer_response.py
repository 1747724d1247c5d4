from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.policies import CachePolicy, HeaderSelection, OriginRequestPolicy, Selection
from edgeproxy.cloudfront.viewer_response import EdgeIdentity, edit_origin_response, finish
from edgeproxy.messages.body import Whole
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.response import Response

EDGE = EdgeIdentity("SFO53-P5", "0123456789abcdef0123456789abcdef.cloudfront.net")
REQUEST_ID = "0123456789abcdefABCDEF-_0123456789abcdefABCDEF-_01234w=="
VIA = "1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)"
NOON = 1767268800.0

HOP_BY_HOP = [
    *("Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization"),
    *("Proxy-Connection", "TE", "Trailer", "Upgrade"),
]


def finished(*lines: Line, age: int | None = None) -> tuple[Line, ...]:
    response = Response(200, Headers(lines), Whole(b"x"), "Fine")
    done = finish(
        response, x_cache="Hit from cloudfront", request_id=REQUEST_ID, identity=EDGE, now=NOON + 0.5, age=age
    )
    assert (done.status, done.reason, done.body) == (200, "Fine", response.body)
    return done.headers.lines


OWN: tuple[Line, ...] = (
    ("X-Cache", "Hit from cloudfront"),
    ("Via", VIA),
    ("X-Amz-Cf-Pop", "SFO53-P5"),
    ("X-Amz-Cf-Id", REQUEST_ID),
)
OWN_MADE: tuple[Line, ...] = (("Server", "CloudFront"), ("Date", "Thu, 01 Jan 2026 12:00:00 GMT"))


# --- to the viewer --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "kept"), [(200, True), (204, False), (304, True)])
def test_a_response_without_content_has_no_length(status: int, kept: bool) -> None:
    response = Response(status, Headers([("content-length", "5"), ("X-A", "1")]))
    done = finish(response, x_cache="Miss", request_id=REQUEST_ID, identity=EDGE, now=NOON)
    assert ("content-length" in done.headers) is kept
    assert done.headers.get("x-a") == "1"


@pytest.mark.rule("CF-206")
@pytest.mark.rule("CF-316")
@pytest.mark.rule("CF-317")
@pytest.mark.rule("CF-321")
def test_what_is_added_and_in_which_order() -> None:
    assert finished(("Content-Type", "text/plain"), age=7) == (
        ("Content-Type", "text/plain"),
        *OWN_MADE,
        *OWN,
        ("Age", "7"),
    )


@pytest.mark.rule("CF-206")
@pytest.mark.rule("CF-316")
@pytest.mark.rule("CF-317")
def test_the_origin_s_server_and_date_stay_where_they_are() -> None:
    lines = (("date", "then"), ("SERVER", "nginx"), ("ETag", '"x"'))
    assert finished(*lines) == (*lines, *OWN)


@pytest.mark.rule("CF-199")
@pytest.mark.rule("CF-201")
@pytest.mark.parametrize("name", [*HOP_BY_HOP, "Transfer-Encoding"])
def test_fields_of_the_connection_end_here(name: str) -> None:
    assert finished((name, "x"), (name.upper(), "y")) == (*OWN_MADE, *OWN)


@pytest.mark.rule("CF-207")
@pytest.mark.rule("CF-311")
@pytest.mark.rule("CF-312")
@pytest.mark.rule("CF-314")
@pytest.mark.parametrize("name", ["X-Cache", "X-Amz-Cf-Id", "X-Amz-Cf-Pop"])
def test_what_another_edge_said_of_itself_is_overwritten(name: str) -> None:
    assert finished((name.lower(), "theirs")) == (*OWN_MADE, *OWN)


@pytest.mark.rule("CF-202")
@pytest.mark.rule("CF-313")
def test_via_is_appended_to() -> None:
    lines = dict(finished(("via", "1.0 fred"), ("X-A", "a"), ("Via", "1.1 p.test (x)")))
    assert lines["Via"] == f"1.0 fred, 1.1 p.test (x), {VIA}"
    assert "via" not in lines


@pytest.mark.rule("CF-171")
@pytest.mark.rule("CF-205")
@pytest.mark.rule("CF-315")
def test_the_origin_s_age_gives_way_on_a_hit_and_stays_on_a_miss() -> None:
    assert finished(("age", "100"), age=0) == (*OWN_MADE, *OWN, ("Age", "0"))
    assert finished(("age", "100")) == (("age", "100"), *OWN_MADE, *OWN)


names = st.sampled_from(
    ["Cache-Control", "ETag", "X-Amz-Meta-A", "Access-Control-Allow-Origin", "Set-Cookie", "X-A", "x-a"]
)


@given(st.lists(st.tuples(names, st.text(st.characters(max_codepoint=0xFF)))))
@pytest.mark.rule("CF-208")
@pytest.mark.rule("CF-209")
def test_everything_else_goes_on_unchanged(lines: list[Line]) -> None:
    assert finished(*lines) == (*lines, *OWN_MADE, *OWN)


@given(
    st.lists(st.tuples(st.sampled_from([*HOP_BY_HOP, "Via", "Age", "Date", "Server", "X-Cache", "X-A"]), st.just("v")))
)
def test_each_field_of_the_edge_is_there_once(lines: list[Line]) -> None:
    done = Headers(finished(*lines, age=3))
    for name, value in (*OWN, ("Age", "3")):
        assert len(done.all(name)) == 1
        assert (done.get(name) or "").endswith(value)
    assert not any(name in done for name in HOP_BY_HOP)
    assert "date" in done
    assert "server" in done


# --- from the origin ------------------------------------------------------------------------------------------------


def behavior(
    cache: HeaderSelection | None = None,
    more: HeaderSelection | None = None,
    *,
    cookies: tuple[Selection, Selection | None] = (Selection(), None),
    is_s3: bool = False,
) -> Behavior:
    return Behavior(
        path_pattern="*",
        origin=Origin(id="o", domain_name="o.test", is_s3=is_s3),
        cache_policy=CachePolicy(name="c", headers=cache or HeaderSelection(), cookies=cookies[0]),
        origin_request_policy=None
        if more is None and cookies[1] is None
        else OriginRequestPolicy(name="r", headers=more or HeaderSelection(), cookies=cookies[1] or Selection()),
    )


def edited(of: Behavior, *lines: Line) -> tuple[Line, ...]:
    response = Response(404, Headers(lines), Whole(b"x"), "Gone")
    done = edit_origin_response(response, of)
    assert (done.status, done.reason, done.body) == (404, "Gone", response.body)
    return done.headers.lines


@pytest.mark.rule("CF-208")
def test_an_ordinary_response_is_taken_over_as_it_is() -> None:
    response = Response(200, Headers([("Content-Type", "a/b"), ("X-Cache", "Hit"), ("Age", "3")]))
    assert edit_origin_response(response, behavior()) is response


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Trailer", marks=pytest.mark.rule("CF-198")),
        pytest.param("Upgrade", marks=pytest.mark.rule("CF-200")),
        pytest.param("Connection", marks=pytest.mark.rule("CF-201")),
        *(name for name in HOP_BY_HOP if name not in ("Trailer", "Upgrade", "Connection")),
    ],
)
def test_fields_of_the_origin_s_connection_are_removed(name: str) -> None:
    assert edited(behavior(), (name, "x"), ("X-A", "a")) == (("X-A", "a"),)


@pytest.mark.rule("CF-201")
def test_fields_that_connection_names_are_removed() -> None:
    lines = (("connection", "close, X-Hop ,,"), ("Connection", "x-other"), ("x-hop", "1"), ("X-OTHER", "2"), ("X", "3"))
    assert edited(behavior(), *lines) == (("X", "3"),)


@pytest.mark.rule("LE-182")
def test_a_function_is_shown_transfer_encoding() -> None:
    lines = (("Transfer-Encoding", "chunked"),)
    assert edited(behavior(), *lines, ("Connection", "Transfer-Encoding")) == lines


@pytest.mark.rule("CF-143")
@pytest.mark.rule("CF-197")
@pytest.mark.parametrize(
    ("cache", "more", "kept"),
    [
        (Selection(), None, False),
        (Selection(), Selection(), False),
        (Selection("all"), None, True),
        (Selection("whitelist", frozenset({"a"})), Selection(), True),
        (Selection(), Selection("all"), True),
        (Selection(), Selection("allExcept", frozenset({"a"})), True),
    ],
)
def test_set_cookie_is_kept_where_cookies_are_forwarded(cache: Selection, more: Selection | None, kept: bool) -> None:
    lines = (("Set-Cookie", "a=1"), ("set-cookie", "b=2"))
    assert edited(behavior(cookies=(cache, more)), *lines) == (lines if kept else ())


def only(*some: str) -> HeaderSelection:
    return HeaderSelection("whitelist", frozenset(some))


@pytest.mark.rule("CF-203")
@pytest.mark.parametrize(
    ("of", "vary", "kept"),
    [
        (behavior(), "Accept-Encoding,cookie", "Accept-Encoding,cookie"),
        (behavior(), "Accept-Encoding, Origin", "Accept-Encoding"),
        (behavior(), "Origin, Cookie,X", "Cookie"),
        (behavior(), "Origin", None),
        (behavior(), "", None),
        pytest.param(behavior(), "*", "*", marks=pytest.mark.rule("CF-144")),
        (behavior(only("origin")), "Origin, X", "Origin"),
        (behavior(more=only("origin")), "X,Origin", "Origin"),
        (behavior(more=HeaderSelection("none")), "Origin", None),
        (behavior(more=HeaderSelection("allViewer")), "Origin, CloudFront-Viewer-Country", "Origin"),
        (behavior(more=HeaderSelection("allExcept", frozenset({"host"}))), "Origin, Host, CloudFront-A", "Origin"),
        (
            behavior(only("host"), HeaderSelection("allExcept", frozenset({"host"}))),
            "Origin, Host",
            "Origin, Host",
        ),
        (
            behavior(more=HeaderSelection("allViewerAndWhitelistCloudFront", frozenset({"cloudfront-viewer-country"}))),
            "Origin, CloudFront-Viewer-Country, CloudFront-Viewer-City",
            "Origin, CloudFront-Viewer-Country",
        ),
        (behavior(), "User-Agent", None),
        (behavior(only("cloudfront-is-mobile-viewer")), "User-Agent", "User-Agent"),
        (behavior(more=only("cloudfront-is-tablet-viewer")), "user-agent, X", "user-agent"),
        (behavior(more=only("user-agent")), "User-Agent", "User-Agent"),
        (behavior(more=HeaderSelection("allViewer")), "A,,B", "A, B"),
    ],
)
def test_vary_keeps_what_the_origin_is_sent(of: Behavior, vary: str, kept: str | None) -> None:
    rest: tuple[Line, ...] = (("X-A", "a"),)
    assert edited(of, ("Vary", vary), *rest) == (rest if kept is None else (("Vary", kept), *rest))


@pytest.mark.rule("CF-203")
def test_lines_of_vary_are_filtered_one_by_one() -> None:
    lines = (("Vary", "Origin"), ("X-A", "a"), ("vary", "Cookie, Origin"))
    assert edited(behavior(), *lines) == (("X-A", "a"), ("vary", "Cookie"))


@pytest.mark.rule("CF-204")
def test_vary_of_an_s3_origin_passes() -> None:
    assert edited(behavior(is_s3=True), ("Vary", "Origin")) == (("Vary", "Origin"),)
