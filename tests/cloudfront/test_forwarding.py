from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront import forwarding
from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.cloudfront.failures import Failure, FailureKind
from edgeproxy.cloudfront.forwarding import origin_request_view, to_origin
from edgeproxy.cloudfront.origin import CustomOrigin, EffectiveOrigin, Origin, OriginRequest, S3Origin
from edgeproxy.cloudfront.policies import (
    CachePolicy,
    HeaderSelection,
    OriginRequestPolicy,
    Selection,
    cache_policy,
    origin_request_policy,
)
from edgeproxy.messages.body import EMPTY, Body, Stream, Whole
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request, Viewer
from tests.strategies import headers, origins, requests

SITE = Origin(id="site", domain_name="origin.example.test", protocol_policy="http-only")
CUSTOM = CustomOrigin(domain_name="origin.example.test")
S3 = S3Origin(domain_name="bucket.s3.amazonaws.com")
EDGE = "0123456789abcdef0123456789abcdef.cloudfront.net"
VIEWER = Viewer("198.51.100.23", 50_000, "https", "2.0")
HOST = ("Host", "www.example.test")


def keyed(*names: str, **more: Any) -> CachePolicy:
    selection = HeaderSelection("whitelist", frozenset(names)) if names else HeaderSelection()
    return CachePolicy(name="x", headers=selection, **more)


def sent_too(how: Any, *names: str, **more: Any) -> OriginRequestPolicy:
    return OriginRequestPolicy(name="y", headers=HeaderSelection(how, frozenset(names)), **more)


ALL_VIEWER = sent_too("allViewer")


def view(
    *lines: tuple[str, str],
    policy: CachePolicy | None = None,
    more: OriginRequestPolicy | None = None,
    origin: EffectiveOrigin = CUSTOM,
    query: str = "",
    method: str = "GET",
    viewer: Viewer = VIEWER,
) -> Request:
    behavior = Behavior(path_pattern="*", origin=SITE, cache_policy=policy or keyed(), origin_request_policy=more)
    request = Request(method, "/a", query, Headers((HOST, *lines)), viewer=viewer)
    return origin_request_view(request, behavior, origin, EDGE)


def forwarded(name: str, value: str, **how: Any) -> tuple[str, ...]:
    return view((name, value), **how).headers.all(name)


# --- what is always sent --------------------------------------------------------------------------------------------


@pytest.mark.rule("CF-94")
@pytest.mark.rule("LE-96")
@pytest.mark.rule("LE-97")
@pytest.mark.rule("LE-98")
@pytest.mark.rule("LE-99")
@pytest.mark.rule("LE-100")
@pytest.mark.rule("LE-103")
@pytest.mark.rule("LE-104")
@pytest.mark.rule("LE-107")
def test_what_is_sent_when_nothing_is_selected() -> None:
    made = view(
        ("User-Agent", "curl/8"),
        ("Accept", "*/*"),
        ("Cookie", "a=1"),
        ("X-A", "1"),
        query="x=1",
        origin=CustomOrigin(domain_name="origin.example.test", custom_headers=Headers([("X-From-Edge", "1")])),
    )
    assert made.headers.lines == (
        ("Host", "origin.example.test"),
        ("User-Agent", "Amazon CloudFront"),
        ("Via", f"2.0 {EDGE} (CloudFront)"),
        ("X-Forwarded-For", "198.51.100.23"),
    )
    assert (made.method, made.path, made.query) == ("GET", "/a", "")


# --- the header table -----------------------------------------------------------------------------------------------

BY_POLICY = (
    *("X-Anything", "Accept", "Accept-Charset", "Accept-Language", "Authorization", "Cache-Control"),
    *("Content-MD5", "Content-Type", "Date", "From", "If-Match", "If-None-Match", "If-Modified-Since"),
    *("If-Unmodified-Since", "If-Range", "Max-Forwards", "Origin", "Pragma", "Referer", "Request-Range"),
    *("Warning", "X-HTTP-Method-Override"),
)
NEVER = (
    *("Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection"),
    *("TE", "Trailer", "Upgrade", "X-Amz-Cf-Id", "X-Edge-Location", "X-Edge-Anything", "X-Forwarded-Proto"),
    "X-Real-IP",
)
ALWAYS = ("Content-Length", "Range", "Transfer-Encoding")


@pytest.mark.rule("CF-98")
@pytest.mark.rule("CF-97")
@pytest.mark.rule("CF-100")
@pytest.mark.rule("CF-106")
@pytest.mark.parametrize("origin", [CUSTOM, S3], ids=["custom", "s3"])
@pytest.mark.parametrize("name", BY_POLICY)
def test_a_header_that_a_policy_lets_through(name: str, origin: EffectiveOrigin) -> None:
    lower = name.lower()
    assert forwarded(name, "v", origin=origin) == ()
    assert forwarded(name, "v", policy=keyed(lower), origin=origin) == ("v",)
    assert forwarded(name, "v", more=sent_too("whitelist", lower), origin=origin) == ("v",)
    assert forwarded(name, "v", more=sent_too("whitelist", "x-other"), origin=origin) == ()
    assert forwarded(name, "v", more=ALL_VIEWER, origin=origin) == ("v",)
    assert forwarded(name, "v", more=sent_too("allExcept", lower), origin=origin) == ()
    assert forwarded(name, "v", more=sent_too("allExcept", "x-other"), origin=origin) == ("v",)


@pytest.mark.rule("CF-98")
@pytest.mark.rule("CF-109")
@pytest.mark.rule("CF-122")
@pytest.mark.rule("LE-109")
@pytest.mark.rule("LE-110")
@pytest.mark.parametrize("origin", [CUSTOM, S3], ids=["custom", "s3"])
@pytest.mark.parametrize("name", NEVER)
def test_a_header_that_ends_at_the_edge(name: str, origin: EffectiveOrigin) -> None:
    for how in ({}, {"policy": keyed(name.lower())}, {"more": sent_too("whitelist", name.lower())}):
        assert forwarded(name, "v", origin=origin, **how) == ()
    assert forwarded(name, "v", more=ALL_VIEWER, origin=origin) == ()


@pytest.mark.rule("CF-98")
@pytest.mark.rule("CF-96")
@pytest.mark.parametrize("name", ALWAYS)
def test_a_header_that_is_always_sent(name: str) -> None:
    assert forwarded(name, "5") == ("5",)
    assert forwarded(name, "5", more=sent_too("allExcept", name.lower())) == ("5",)
    assert view((name, "5"), ("Connection", name)).headers.all(name) == ("5",)


@pytest.mark.rule("CF-96")
@pytest.mark.parametrize("framing", [("Content-Length", "5"), ("Transfer-Encoding", "chunked")])
def test_a_body_is_accompanied_by_its_type(framing: tuple[str, str]) -> None:
    typed = ("Content-Type", "text/plain")
    assert view(framing, typed, method="POST").headers.all("content-type") == ("text/plain",)
    assert view(typed, method="POST").headers.all("content-type") == ()


@pytest.mark.rule("LE-102")
def test_cache_control_is_sent_as_it_was() -> None:
    assert forwarded("Cache-Control", "no-cache, x", more=ALL_VIEWER) == ("no-cache, x",)


def test_lines_of_one_name_stay_apart_and_in_order() -> None:
    assert view(("X-A", "2"), ("x-a", "1"), more=ALL_VIEWER).headers.all("x-a") == ("2", "1")


@pytest.mark.rule("CF-108")
def test_a_listed_header_that_is_not_there_is_not_sent() -> None:
    names = ("accept", "origin", "x-a", "user-agent", "accept-encoding", "cookie")
    made = view(policy=keyed(*names), more=sent_too("whitelist", *names))
    assert [name for name, _ in made.headers] == ["Host", "Via", "X-Forwarded-For"]


def test_headers_that_connection_names_end_here() -> None:
    made = view(("X-A", "1"), ("X-B", "2"), ("Connection", "close"), ("Connection", "\tX-A ,"), more=ALL_VIEWER)
    assert "x-a" not in made.headers
    assert made.headers.all("x-b") == ("2",)


def test_connection_does_not_reach_what_the_edge_writes() -> None:
    made = view(
        ("User-Agent", "curl/8"), ("Cookie", "a=1"), ("Connection", "host, user-agent, cookie, via"),
        more=sent_too("allViewer", cookies=Selection("all")),
    )  # fmt: skip
    assert {"host", "user-agent", "cookie", "via"} <= made.headers.by_name.keys()


# --- rows of their own ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "more", "host"),
    [
        pytest.param(keyed(), None, "origin.example.test", marks=pytest.mark.rule("LE-96")),
        pytest.param(keyed(), ALL_VIEWER, "www.example.test", marks=pytest.mark.rule("CF-103")),
        pytest.param(keyed(), sent_too("whitelist", "host"), "www.example.test", marks=pytest.mark.rule("CF-379")),
        pytest.param(keyed(), sent_too("allExcept", "host"), "origin.example.test", marks=pytest.mark.rule("CF-104")),
        pytest.param(keyed("host"), None, "www.example.test", marks=pytest.mark.rule("LE-96")),
        pytest.param(
            keyed("host"), sent_too("allExcept", "host"), "www.example.test", marks=pytest.mark.rule("CF-102")
        ),
    ],
)
def test_host(policy: CachePolicy, more: OriginRequestPolicy | None, host: str) -> None:
    assert view(policy=policy, more=more).headers.all("host") == (host,)
    assert view(policy=policy, more=more, origin=S3).headers.all("host") == ("bucket.s3.amazonaws.com",)


@pytest.mark.rule("CF-102")
def test_the_managed_policies_that_forward_host_after_all() -> None:
    policy = cache_policy("UseOriginCacheControlHeaders")
    made = view(policy=policy, more=origin_request_policy("AllViewerExceptHostHeader"))
    assert made.headers.all("host") == ("www.example.test",)


def test_a_viewer_without_host() -> None:
    behavior = Behavior(path_pattern="*", origin=SITE, cache_policy=keyed(), origin_request_policy=ALL_VIEWER)
    made = origin_request_view(Request("GET", "/a"), behavior, CUSTOM, EDGE)
    assert made.headers.all("host") == ("origin.example.test",)


@pytest.mark.rule("LE-97")
@pytest.mark.rule("CF-98")
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (None, ("Amazon CloudFront",)),
        (sent_too("allExcept", "user-agent"), ("Amazon CloudFront",)),
        (sent_too("whitelist", "user-agent"), ("curl/8",)),
        (ALL_VIEWER, ("curl/8",)),
    ],
)
def test_user_agent(more: OriginRequestPolicy | None, expected: tuple[str, ...]) -> None:
    assert forwarded("User-Agent", "curl/8", more=more) == expected


@pytest.mark.rule("CF-99")
@pytest.mark.rule("LE-99")
@pytest.mark.parametrize(
    ("lines", "version", "expected"),
    [
        ([], "2.0", f"2.0 {EDGE} (CloudFront)"),
        ([], "1.1", f"1.1 {EDGE} (CloudFront)"),
        ([("Via", "1.1 a")], "1.1", f"1.1 a, 1.1 {EDGE} (CloudFront)"),
        ([("Via", "1.1 a"), ("via", "1.1 b")], "1.1", f"1.1 a, 1.1 b, 1.1 {EDGE} (CloudFront)"),
        ([("Via", "")], "1.1", f"1.1 {EDGE} (CloudFront)"),
    ],
)
def test_via(lines: list[tuple[str, str]], version: str, expected: str) -> None:
    viewer = msgspec.structs.replace(VIEWER, http_version=version)
    for more in (None, ALL_VIEWER, sent_too("allExcept", "via")):
        assert view(*lines, more=more, viewer=viewer).headers.all("via") == (expected,)


@pytest.mark.rule("CF-117")
@pytest.mark.rule("CF-118")
@pytest.mark.rule("CF-119")
@pytest.mark.rule("LE-98")
@pytest.mark.parametrize(
    ("lines", "ip", "expected"),
    [
        ([], "198.51.100.23", "198.51.100.23"),
        ([], "2001:db8::7", "2001:db8::7"),
        ([("X-Forwarded-For", "192.0.2.1")], "198.51.100.23", "192.0.2.1,198.51.100.23"),
        ([("X-Forwarded-For", "192.0.2.1, 192.0.2.2")], "2001:db8::7", "192.0.2.1, 192.0.2.2,2001:db8::7"),
        ([("X-Forwarded-For", "")], "198.51.100.23", "198.51.100.23"),
    ],
)
def test_x_forwarded_for(lines: list[tuple[str, str]], ip: str, expected: str) -> None:
    viewer = msgspec.structs.replace(VIEWER, ip=ip)
    for more in (None, ALL_VIEWER, sent_too("whitelist", "x-forwarded-for"), sent_too("allExcept", "x-forwarded-for")):
        assert view(*lines, more=more, viewer=viewer).headers.all("x-forwarded-for") == (expected,)


@pytest.mark.rule("LE-101")
@pytest.mark.rule("CF-88")
@pytest.mark.rule("CF-89")
@pytest.mark.rule("CF-107")
@pytest.mark.parametrize("more", [None, ALL_VIEWER, sent_too("whitelist", "accept-encoding")])
@pytest.mark.parametrize(
    ("gzip", "brotli", "value", "expected"),
    [
        (True, True, "gzip, deflate, br", ("br,gzip",)),
        (True, False, "gzip, br", ("gzip",)),
        (False, True, "gzip, br", ("br",)),
        (True, True, "deflate", ("identity",)),
    ],
)
def test_accept_encoding_with_a_compression_flag(
    gzip: bool, brotli: bool, value: str, expected: tuple[str, ...], more: OriginRequestPolicy | None
) -> None:
    policy = keyed(gzip=gzip, brotli=brotli)
    assert forwarded("Accept-Encoding", value, policy=policy, more=more) == expected
    assert "accept-encoding" not in view(policy=policy, more=more).headers


@pytest.mark.rule("LE-101")
@pytest.mark.rule("CF-88")
def test_accept_encoding_without_a_flag_is_an_ordinary_header() -> None:
    assert forwarded("Accept-Encoding", "gzip, x") == ()
    assert forwarded("Accept-Encoding", "gzip, x", policy=keyed("accept-encoding")) == ("gzip, x",)
    assert forwarded("Accept-Encoding", "gzip, x", more=ALL_VIEWER) == ("gzip, x",)
    assert forwarded("Accept-Encoding", "gzip, x", more=sent_too("allExcept", "accept-encoding")) == ()


@pytest.mark.rule("CF-73")
@pytest.mark.rule("CF-88")
@pytest.mark.parametrize(
    ("values", "gzip", "brotli", "expected"),
    [
        (("gzip", "br"), True, False, ("gzip",)),
        (("br", "gzip"), False, True, ("br",)),
        (("br", "gzip"), True, True, ("br,gzip",)),
        (("gzip", "gzip"), True, True, ("gzip",)),
        (("identity", "deflate"), True, True, ("identity",)),
        (("gzip", "br"), False, False, ("gzip", "br")),
    ],
)
def test_several_lines_of_accept_encoding(
    values: tuple[str, ...], gzip: bool, brotli: bool, expected: tuple[str, ...]
) -> None:
    # Were a second line left, the origin could answer in a coding that is not in the key.
    policy = keyed("accept-encoding", gzip=gzip, brotli=brotli)
    made = view(*(("Accept-Encoding", value) for value in values), policy=policy)
    assert made.headers.all("accept-encoding") == expected


def test_an_accept_encoding_that_is_normal_already_stays_as_it_is_spelled() -> None:
    line = ("accept-encoding", "gzip")
    assert view(line, policy=keyed(gzip=True)).headers.by_name["accept-encoding"] == (line,)


@pytest.mark.rule("CF-69")
@pytest.mark.rule("CF-93")
@pytest.mark.parametrize("policy", [keyed(), keyed(gzip=True)])
def test_accept_encoding_of_http_1_0_is_dropped(policy: CachePolicy) -> None:
    old = msgspec.structs.replace(VIEWER, http_version="1.0")
    assert forwarded("Accept-Encoding", "gzip", policy=policy, more=ALL_VIEWER, viewer=old) == ()


@pytest.mark.rule("CF-388")
@pytest.mark.rule("CF-105")
@pytest.mark.rule("LE-105")
def test_a_cloudfront_header_is_the_viewers_only_where_none_lists_it() -> None:
    name, listed = "CloudFront-Viewer-Country", "cloudfront-viewer-country"
    assert forwarded(name, "XX") == ()
    assert forwarded(name, "XX", more=ALL_VIEWER) == ("XX",)
    for policy, more in (
        (keyed(listed), None),
        (keyed(listed), ALL_VIEWER),
        (keyed(), sent_too("whitelist", listed)),
        (keyed(), sent_too("allViewerAndWhitelistCloudFront", listed)),
        (keyed(listed), sent_too("allExcept", listed)),
    ):
        assert forwarded(name, "XX", policy=policy, more=more) == ()


@pytest.mark.rule("CF-105")
def test_all_viewer_headers_and_some_of_cloudfront() -> None:
    more = sent_too("allViewerAndWhitelistCloudFront", "cloudfront-viewer-country")
    assert forwarded("X-A", "1", more=more) == ("1",)
    assert view(more=more).headers.all("host") == ("www.example.test",)
    assert forwarded("CloudFront-Viewer-City", "XX", more=more) == ("XX",)


@pytest.mark.rule("CF-173")
@pytest.mark.rule("CF-97")
def test_a_range_goes_only_with_its_condition() -> None:
    # A part of a newer version would be taken for the rest of an older one.
    lines = ("Range", "bytes=5-"), ("If-Range", '"v1"')
    assert "range" not in view(*lines).headers
    assert "range" not in view(*lines, more=sent_too("allExcept", "if-range")).headers
    for more in (ALL_VIEWER, sent_too("whitelist", "if-range")):
        assert view(*lines, more=more).headers.all("range") == ("bytes=5-",)
        assert view(*lines, more=more).headers.all("if-range") == ('"v1"',)
        ended = view(*lines, ("Connection", "if-range"), more=more).headers
        assert ended.by_name.keys().isdisjoint({"range", "if-range"})


# --- the matrix of two policies -------------------------------------------------------------------------------------

C, W, X, Y = {"c", "both"}, {"w", "both"}, {"x", "both"}, {"y", "both"}
EVERYTHING = {"c", "w", "x", "y", "both", "other"}
NO_POLICY = "no policy"

MATRIX = [
    (("none", set()), (NO_POLICY, set()), set()),
    (("none", set()), ("none", set()), set()),
    (("none", set()), ("whitelist", W), W),
    (("none", set()), ("all", set()), EVERYTHING),
    (("none", set()), ("allExcept", X), EVERYTHING - X),
    (("whitelist", C), (NO_POLICY, set()), C),
    (("whitelist", C), ("none", set()), C),
    (("whitelist", C), ("whitelist", W), C | W),
    (("whitelist", C), ("all", set()), EVERYTHING),
    (("whitelist", C), ("allExcept", X), EVERYTHING - (X - C)),
    (("all", set()), (NO_POLICY, set()), EVERYTHING),
    (("all", set()), ("none", set()), EVERYTHING),
    (("all", set()), ("whitelist", W), EVERYTHING),
    (("all", set()), ("all", set()), EVERYTHING),
    (("all", set()), ("allExcept", X), EVERYTHING),
    (("allExcept", Y), (NO_POLICY, set()), EVERYTHING - Y),
    (("allExcept", Y), ("none", set()), EVERYTHING - Y),
    (("allExcept", Y), ("whitelist", W), EVERYTHING - (Y - W)),
    (("allExcept", Y), ("all", set()), EVERYTHING),
    (("allExcept", Y), ("allExcept", X), EVERYTHING - (X | Y)),
]


@pytest.mark.rule("CF-102")
@pytest.mark.rule("CF-110")
@pytest.mark.rule("CF-114")
@pytest.mark.parametrize(("first", "second", "sent"), MATRIX)
def test_the_matrix_for_cookies_and_query(first: Any, second: Any, sent: set[str]) -> None:
    selection = Selection(first[0], frozenset(first[1]))
    policy = keyed(cookies=selection, query_strings=selection)
    more = None
    if second[0] != NO_POLICY:
        other = Selection(second[0], frozenset(second[1]))
        more = OriginRequestPolicy(name="y", cookies=other, query_strings=other)
    pairs = [f"{name}=1" for name in sorted(EVERYTHING)]
    made = view(("Cookie", "; ".join(pairs)), query="&".join(pairs), policy=policy, more=more)
    kept = [f"{name}=1" for name in sorted(sent)]
    assert made.query == "&".join(kept)
    assert made.headers.joined("cookie") == ("; ".join(kept) if kept else None)


@pytest.mark.rule("CF-102")
@pytest.mark.parametrize(("first", "second", "sent"), [row for row in MATRIX if row[0][0] in ("none", "whitelist")])
def test_the_matrix_for_headers(first: Any, second: Any, sent: set[str]) -> None:
    def prefixed(names: set[str]) -> list[str]:
        return [f"x-{name}" for name in sorted(names)]

    how = {"all": "allViewer"}.get(second[0], second[0])
    more = None if how == NO_POLICY else sent_too(how, *prefixed(second[1]))
    made = view(*((name, "1") for name in prefixed(EVERYTHING)), policy=keyed(*prefixed(first[1])), more=more)
    assert [name for name, _ in made.headers if name in prefixed(EVERYTHING)] == prefixed(sent)


def test_names_count_only_where_the_behavior_uses_them() -> None:
    policy = msgspec.structs.replace(keyed(), headers=HeaderSelection("none", frozenset({"x-a"})))
    assert forwarded("X-A", "1", policy=policy) == ()
    assert forwarded("X-A", "1", policy=policy, more=sent_too("allExcept", "x-a")) == ()


def test_plans_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    plans: dict[tuple[int, int], Any] = {}
    monkeypatch.setattr(forwarding, "_plans", plans)
    policies = [keyed("x-a") if number % 2 else keyed() for number in range(1100)]
    for number, policy in enumerate(policies):
        assert forwarded("X-A", "1", policy=policy) == (("1",) if number % 2 else ())
    assert 0 < len(plans) <= 1001


# --- what is sent ---------------------------------------------------------------------------------------------------


def outgoing(
    *lines: tuple[str, str], body: Body = EMPTY, origin: EffectiveOrigin = CUSTOM, path: str = "/a", query: str = ""
) -> OriginRequest:
    made = to_origin(Request("GET", path, query, Headers(lines), body), origin, SITE, "id==")
    assert isinstance(made, OriginRequest)
    return made


@pytest.mark.rule("CF-94")
@pytest.mark.rule("LE-100")
def test_the_request_on_the_wire() -> None:
    configured = msgspec.structs.replace(SITE, connection_attempts=2, connection_timeout=7)
    request = Request("GET", "/a b", "x=1", Headers([HOST, ("X-Amz-Cf-Id", "viewer")]))
    made = to_origin(request, CUSTOM, configured, "id==")
    assert made == OriginRequest(
        origin_id="site",
        origin=CUSTOM,
        method="GET",
        target="/a b?x=1",
        headers=Headers([HOST, ("X-Amz-Cf-Id", "id==")]),
        connection_attempts=2,
        connection_timeout=7,
    )


@pytest.mark.parametrize(
    ("origin_path", "path", "query", "target"),
    [
        pytest.param("/v2", "/a", "", "/v2/a", marks=pytest.mark.rule("CF-94")),
        pytest.param("", "/a", "", "/a", marks=pytest.mark.rule("CF-116")),
        pytest.param("/v2", "/a", "b=+&a=%20", "/v2/a?b=+&a=%20", marks=pytest.mark.rule("CF-114")),
        pytest.param("", "//x/../%2F./\xe9", "", "//x/../%2F./\xe9", marks=pytest.mark.rule("CF-115")),
    ],
)
def test_the_target(origin_path: str, path: str, query: str, target: str) -> None:
    origin = CustomOrigin(domain_name="origin.example.test", path=origin_path)
    assert outgoing(origin=origin, path=path, query=query).target == target


@pytest.mark.rule("CF-9")
def test_custom_headers_take_the_place_of_others() -> None:
    custom = Headers([("X-Key", "s3cr3t"), ("X-Two", "1"), ("X-Two", "2")])
    origin = CustomOrigin(domain_name="origin.example.test", custom_headers=custom)
    made = outgoing(HOST, ("x-key", "viewer"), ("X-A", "1"), origin=origin)
    assert made.headers.lines == (HOST, ("X-A", "1"), ("X-Amz-Cf-Id", "id=="), *custom.lines)


@pytest.mark.rule("CF-101")
def test_what_a_function_added_is_sent() -> None:
    made = outgoing(
        HOST, ("Referer", "x"), ("TE", "trailers"), ("Connection", "x"), ("Keep-Alive", "5"), ("Upgrade", "h2")
    )
    assert [name for name, _ in made.headers] == ["Host", "Referer", "TE", "X-Amz-Cf-Id"]


LENGTH, CHUNKED = ("Content-Length", "5"), ("Transfer-Encoding", "chunked")


@pytest.mark.rule("LE-137")
@pytest.mark.rule("CF-96")
@pytest.mark.rule("CF-121")
@pytest.mark.parametrize(
    ("lines", "body", "lengths", "has_body"),
    [
        ([], EMPTY, (), False),
        ([LENGTH], Whole(b"12345"), ("5",), True),
        ([LENGTH], Whole(b"123"), ("3",), True),
        ([LENGTH], EMPTY, ("0",), True),
        ([("Content-Length", "0")], EMPTY, ("0",), True),
        ([LENGTH, ("content-length", "6")], Whole(b"123"), ("3",), True),
        ([LENGTH], Stream([b"12345"], 5), ("5",), True),
        ([CHUNKED], Stream([b"123"]), (), True),
        ([CHUNKED], Whole(b"123"), ("3",), True),
        ([CHUNKED], EMPTY, ("0",), True),
        ([LENGTH, CHUNKED], Stream([b"123"]), (), True),
        ([LENGTH], Stream([b"12345"]), (), True),
        ([], Whole(b"123"), ("3",), True),
        ([], Stream([b"123"]), (), True),
    ],
)
def test_framing(lines: list[tuple[str, str]], body: Body, lengths: tuple[str, ...], has_body: bool) -> None:
    made = outgoing(*lines, body=body)
    assert made.headers.all("content-length") == lengths
    assert made.has_body is has_body
    assert made.body is body
    assert "transfer-encoding" not in made.headers


@pytest.mark.rule("LE-191")
@pytest.mark.parametrize(("room", "fits"), [(0, True), (1, False)])
def test_the_size_of_the_request(room: int, fits: bool) -> None:
    # Octets of everything else: request line, Host, name of X-Pad, X-Amz-Cf-Id.
    others = len("GET /a HTTP/1.1\r\nHost: www.example.test\r\nX-Pad: \r\nX-Amz-Cf-Id: id==\r\n")
    request = Request("GET", "/a", headers=Headers([HOST, ("X-Pad", "x" * (20_480 - others + room))]))
    made = to_origin(request, CUSTOM, SITE, "id==")
    assert isinstance(made, OriginRequest) is fits
    if isinstance(made, Failure):
        assert (made.kind, made.rule) == (FailureKind.ORIGIN_REQUEST_TOO_LARGE, "LE-191")
        assert "20481 bytes" in made.detail


# --- properties -----------------------------------------------------------------------------------------------------

_names = st.frozensets(st.sampled_from(("x-a", "accept", "cookie", "via", "host", "cloudfront-viewer-city", "te")))
_selections = st.builds(
    Selection,
    st.sampled_from(("none", "whitelist", "allExcept", "all")),
    st.frozensets(st.sampled_from(("a", "b", ""))),
)
_policies = st.builds(
    CachePolicy,
    name=st.just("x"),
    headers=_names.map(lambda names: HeaderSelection("whitelist", names)),
    cookies=_selections,
    query_strings=_selections,
    gzip=st.booleans(),
    brotli=st.booleans(),
)
_more = st.none() | st.builds(
    OriginRequestPolicy,
    name=st.just("y"),
    headers=st.builds(
        HeaderSelection,
        st.sampled_from(("none", "whitelist", "allViewer", "allExcept", "allViewerAndWhitelistCloudFront")),
        _names,
    ),
    cookies=_selections,
    query_strings=_selections,
)


@given(requests(), headers(), _policies, _more, origins())
def test_forwarding_never_raises_and_frames_what_it_sends(
    request: Request, extra: Headers, policy: CachePolicy, more: OriginRequestPolicy | None, origin: EffectiveOrigin
) -> None:
    request = msgspec.structs.replace(request, headers=Headers((*request.headers, *extra)))
    behavior = Behavior(path_pattern="*", origin=SITE, cache_policy=policy, origin_request_policy=more)
    seen = origin_request_view(request, behavior, origin, EDGE)
    assert (seen.method, seen.path, seen.body, seen.viewer) == (
        request.method,
        request.path,
        request.body,
        request.viewer,
    )
    for name in ("host", "via", "x-forwarded-for"):
        assert len(seen.headers.all(name)) == 1
    assert len(seen.headers.all("cookie")) <= 1
    assert seen.headers.by_name.keys().isdisjoint(name.lower() for name in NEVER)
    own = {"host", "via", "x-forwarded-for", "user-agent", "accept-encoding", "cookie"}
    assert all(line in request.headers.lines for line in seen.headers if line[0].lower() not in own)

    made = to_origin(seen, origin, SITE, "id==")
    assert isinstance(made, OriginRequest)
    lengths = made.headers.all("content-length")
    assert lengths == ((str(made.body.length),) if made.has_body else ())
    assert made.has_body or made.body.length == 0
    assert made.headers.all("x-amz-cf-id") == ("id==",)
    assert made.headers.by_name.keys().isdisjoint({"connection", "transfer-encoding"})
    assert made.headers.lines[-len(origin.custom_headers) or len(made.headers) :] == origin.custom_headers.lines


@pytest.mark.rule("CF-240")
@pytest.mark.parametrize(
    ("host", "protocol", "sent"),
    [
        ("www.example.test", "https", "www.example.test"),
        ("localhost:8080", "http", "localhost:8080"),
        ("localhost:8080", "https", "origin.example.test"),
        ("127.0.0.1:8443", "https", "origin.example.test"),
    ],
)
def test_a_name_that_only_this_machine_uses_has_no_certificate(host: str, protocol: str, sent: str) -> None:
    request = Request("GET", "/", "", Headers([("Host", host)]))
    origin = CustomOrigin(domain_name="origin.example.test", protocol="https" if protocol == "https" else "http")
    behavior = Behavior(
        path_pattern="*",
        origin=Origin(id="site", domain_name="origin.example.test"),
        cache_policy=CachePolicy(name="none"),
        origin_request_policy=OriginRequestPolicy(name="all", headers=HeaderSelection("allViewer")),
    )
    assert origin_request_view(request, behavior, origin, "edge").headers["host"] == sent
