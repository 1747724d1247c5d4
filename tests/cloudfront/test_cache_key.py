from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.cache_key import CacheKey, cache_key
from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.cloudfront.forwarding import origin_request_view
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.policies import CachePolicy, HeaderSelection, OriginRequestPolicy, Selection
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request, Viewer
from tests.strategies import requests

CUSTOM = Origin(id="site", domain_name="origin.example.test")
S3 = Origin(id="bucket", domain_name="bucket.s3.amazonaws.com", is_s3=True)
DOMAIN = "d111111abcdef8.cloudfront.net"


def behavior(
    *headers: str,
    cookies: Selection | None = None,
    query: Selection | None = None,
    origin: Origin = CUSTOM,
    **more: Any,
) -> Behavior:
    selection = HeaderSelection("whitelist", frozenset(headers)) if headers else HeaderSelection()
    policy = CachePolicy(
        name="x", headers=selection, cookies=cookies or Selection(), query_strings=query or Selection(), **more
    )
    return Behavior(path_pattern="*", origin=origin, cache_policy=policy)


def request(
    path: str = "/a", query: str = "", *lines: tuple[str, str], method: str = "GET", http_version: str = "1.1"
) -> Request:
    return Request(method, path, query, Headers(lines), viewer=Viewer(http_version=http_version))


def key(wanted: Request, with_: Behavior) -> CacheKey:
    return cache_key(wanted, with_, DOMAIN)


ALL = Selection("all")
NAMED = ("X-A", "1")


@pytest.mark.rule("CF-70")
@pytest.mark.rule("CF-71")
@pytest.mark.rule("CF-77")
def test_the_least_key_is_domain_name_and_path() -> None:
    wanted = request("/a", "x=1", ("Host", "www.example.test"), ("Cookie", "a=1"), ("Accept-Encoding", "br"))
    assert key(wanted, behavior()) == CacheKey(DOMAIN, "/a")
    elsewhere = behavior(origin=msgspec.structs.replace(CUSTOM, id="other", path="/v9"))
    secure = msgspec.structs.replace(wanted, viewer=Viewer(ip="192.0.2.9", scheme="https"))
    assert key(secure, elsewhere) == key(wanted, behavior())
    assert cache_key(wanted, behavior(), "d2.cloudfront.net") != key(wanted, behavior())


@pytest.mark.parametrize(
    ("one", "other", "with_"),
    [
        pytest.param(request("/a"), request("/A"), behavior(), marks=pytest.mark.rule("CF-78"), id="path-case"),
        pytest.param(request("/%61"), request("/a"), behavior(), marks=pytest.mark.rule("CF-78"), id="path-bytes"),
        pytest.param(request("/a"), request("/a/"), behavior(), marks=pytest.mark.rule("CF-78"), id="path-slash"),
        pytest.param(
            request("/a", "a=1&b=2"),
            request("/a", "b=2&a=1"),
            behavior(query=ALL),
            marks=pytest.mark.rule("CF-78"),
            id="query-order",
        ),
        pytest.param(
            request("/a", "a"), request("/a", "a="), behavior(query=ALL), marks=pytest.mark.rule("CF-78"), id="a-and-a="
        ),
        pytest.param(
            request("/a", "a"), request("/a"), behavior(query=ALL), marks=pytest.mark.rule("CF-78"), id="a-and-none"
        ),
        pytest.param(
            request("/a", "", ("X-A", "v")),
            request("/a", "", ("X-A", "V")),
            behavior("x-a"),
            marks=pytest.mark.rule("CF-78"),
            id="header-value-case",
        ),
        pytest.param(
            request("/a", "", ("X-A", "")),
            request("/a"),
            behavior("x-a"),
            marks=pytest.mark.rule("CF-78"),
            id="empty-header-and-none",
        ),
        pytest.param(
            request("/a", "", ("Cookie", "a=")),
            request("/a"),
            behavior(cookies=ALL),
            marks=pytest.mark.rule("CF-78"),
            id="empty-cookie-and-none",
        ),
        pytest.param(
            request("/a", "", ("Cookie", "a=1")),
            request("/a", "", ("Cookie", "A=1")),
            behavior(cookies=ALL),
            marks=pytest.mark.rule("CF-78"),
            id="cookie-name-case",
        ),
        pytest.param(
            request("/a", "", ("Host", "a.test")),
            request("/a", "", ("Host", "b.test")),
            behavior("host"),
            marks=pytest.mark.rule("CF-70"),
            id="host-as-a-key",
        ),
        pytest.param(
            request("/a", "", ("Accept-Encoding", "br")),
            request("/a", "", ("Accept-Encoding", "gzip")),
            behavior(gzip=True, brotli=True),
            marks=pytest.mark.rule("CF-88"),
            id="encoding",
        ),
        pytest.param(
            request("/a", "", ("Accept-Encoding", "gzip, x")),
            request("/a", "", ("Accept-Encoding", "gzip")),
            behavior("accept-encoding"),
            marks=pytest.mark.rule("CF-88"),
            id="encoding-as-an-ordinary-header",
        ),
        pytest.param(
            request(method="OPTIONS"), request(method="GET"), behavior(), marks=pytest.mark.rule("CF-72"), id="options"
        ),
    ],
)
def test_keys_that_differ(one: Request, other: Request, with_: Behavior) -> None:
    assert key(one, with_) != key(other, with_)


@pytest.mark.parametrize(
    ("one", "other", "with_"),
    [
        pytest.param(
            request(method="HEAD"),
            request(method="GET"),
            behavior(),
            marks=pytest.mark.rule("CF-72"),
            id="head-and-get",
        ),
        pytest.param(
            request("/a", "", ("x-a", "1"), ("X-B", "2")),
            request("/a", "", ("x-b", "2"), ("X-A", "1")),
            behavior("x-a", "x-b"),
            marks=pytest.mark.rule("CF-78"),
            id="header-order-and-spelling",
        ),
        pytest.param(
            request("/a", "", ("Cookie", "b=2; a=1")),
            request("/a", "", ("Cookie", "a=1;b=2")),
            behavior(cookies=ALL),
            marks=pytest.mark.rule("CF-78"),
            id="cookie-order",
        ),
        pytest.param(
            request("/a", "", ("Range", "bytes=0-1")),
            request(),
            behavior(),
            marks=pytest.mark.rule("CF-182"),
            id="range",
        ),
        pytest.param(
            request("/a", "", ("Cache-Control", "no-cache"), ("Pragma", "no-cache")),
            request(),
            behavior(),
            marks=pytest.mark.rule("CF-147"),
            id="request-directives",
        ),
        pytest.param(
            request("/a", "", ("Authorization", "Basic eDp5")),
            request(),
            behavior(),
            marks=pytest.mark.rule("CF-148"),
            id="authorization",
        ),
        pytest.param(
            request("/a", "", ("Accept-Encoding", "deflate")),
            request(),
            behavior("accept-encoding", gzip=True),
            marks=pytest.mark.rule("CF-89"),
            id="encoding-is-normalised-though-listed",
        ),
        pytest.param(
            request("/a", "", ("Accept-Encoding", "gzip"), http_version="1.0"),
            request(),
            behavior("accept-encoding"),
            marks=pytest.mark.rule("CF-93"),
            id="http-1.0",
        ),
        pytest.param(
            request("/a", "", ("Host", "a.test")),
            request("/a", "", ("Host", "b.test")),
            behavior("host", origin=S3),
            marks=pytest.mark.rule("CF-103"),
            id="host-of-s3",
        ),
        pytest.param(
            request("/a", "", ("CloudFront-Viewer-Country", "DE")),
            request(),
            behavior("cloudfront-viewer-country"),
            marks=pytest.mark.rule("CF-388"),
            id="the-viewers-own-cloudfront-header",
        ),
        pytest.param(
            request("/a", "", NAMED, ("Connection", "close, X-A")),
            request(),
            behavior("x-a"),
            marks=pytest.mark.rule("CF-73"),
            id="ended-by-connection",
        ),
        pytest.param(
            request("/a", "", ("Expect", "100-continue")),
            request(),
            behavior("expect"),
            marks=pytest.mark.rule("CF-73"),
            id="never-forwarded",
        ),
    ],
)
def test_keys_that_are_equal(one: Request, other: Request, with_: Behavior) -> None:
    assert key(one, with_) == key(other, with_)
    assert hash(key(one, with_)) == hash(key(other, with_))


def test_connection_cannot_take_out_what_is_sent_all_the_same() -> None:
    wanted = request("/a", "", ("User-Agent", "x"), ("Host", "a.test"), ("Connection", "user-agent, host"))
    assert dict(key(wanted, behavior("user-agent", "host")).headers) == {"host": ("a.test",), "user-agent": ("x",)}


def test_repeated_lines_of_a_key_header() -> None:
    wanted = request("/a", "", ("X-A", "2"), ("x-a", "1"))
    assert key(wanted, behavior("x-a")).headers == (("x-a", ("2", "1")),)


def test_names_count_only_in_a_whitelist() -> None:
    policy = CachePolicy(name="x", headers=HeaderSelection("none", frozenset({"x-a"})))
    with_ = Behavior(path_pattern="*", origin=CUSTOM, cache_policy=policy)
    assert key(request("/a", "", NAMED), with_) == key(request(), with_)


_NAMES = ("cookie", "x-a", "accept", "content-type", "via", "host", "expect", "accept-encoding", "user-agent", "range")
_selections = st.builds(
    Selection,
    st.sampled_from(("none", "whitelist", "allExcept", "all")),
    st.frozensets(st.sampled_from(("a", "b", "c1"))),
)
_more_headers = st.builds(
    HeaderSelection,
    st.sampled_from(("none", "whitelist", "allViewer", "allExcept", "allViewerAndWhitelistCloudFront")),
    st.frozensets(st.sampled_from(("x-a", "accept", "host", "accept-encoding"))),
)
_extra_lines = st.lists(
    st.tuples(
        st.sampled_from(("X-A", "Accept", "Expect", "User-Agent", "Host", "Accept-Encoding", "Connection", "Cookie")),
        st.sampled_from(("x-a", "b=2; a=1; c1=3", "gzip, br", "gzip", "br", "close, Accept", "", "www.example.test")),
    ),
    max_size=6,
) | st.lists(st.tuples(st.just("Accept-Encoding"), st.sampled_from(("gzip", "br", "x"))), max_size=3)


@st.composite
def _behaviors(draw: st.DrawFn) -> Behavior:
    names = draw(st.frozensets(st.sampled_from(sorted(set(_NAMES) - {"cookie", "via"}))))
    policy = CachePolicy(
        name="x",
        headers=HeaderSelection("whitelist", names) if names else HeaderSelection(),
        cookies=draw(_selections),
        query_strings=draw(_selections),
        gzip=draw(st.booleans()),
        brotli=draw(st.booleans()),
    )
    more = OriginRequestPolicy(
        name="y", headers=draw(_more_headers), cookies=draw(_selections), query_strings=draw(_selections)
    )
    return Behavior(
        path_pattern="*",
        origin=draw(st.sampled_from((CUSTOM, S3))),
        cache_policy=policy,
        origin_request_policy=draw(st.sampled_from((None, more))),
    )


@st.composite
def _requests(draw: st.DrawFn) -> Request:
    wanted = draw(requests())
    lines = (*wanted.headers, *draw(_extra_lines))
    query = draw(st.lists(st.sampled_from(("a=1", "b", "c1=", "d=4", "")), max_size=4).map("&".join))
    viewer = msgspec.structs.replace(wanted.viewer, http_version=draw(st.sampled_from(("1.0", "1.1", "2.0"))))
    return msgspec.structs.replace(wanted, headers=Headers(lines), query=query, viewer=viewer)


def _both_but_some(one: Selection, more: Selection | None) -> bool:
    return more is not None and one.behavior == more.behavior == "allExcept"


@pytest.mark.rule("CF-73")
@given(_requests(), _behaviors())
def test_everything_in_the_key_is_forwarded(wanted: Request, with_: Behavior) -> None:
    made = key(wanted, with_)
    sent = origin_request_view(wanted, with_, with_.origin.effective("http"), "edge.example.test")
    more, policy = with_.origin_request_policy, with_.cache_policy
    assert sent.path == made.path
    # CF-102: where both policies list what is left out, the matrix itself keys more than it sends.
    if not _both_but_some(policy.query_strings, more.query_strings if more else None):
        parameters = iter(sent.query.split("&"))
        assert not made.query or all(parameter in parameters for parameter in made.query.split("&"))
    if not _both_but_some(policy.cookies, more.cookies if more else None):
        cookies = iter((sent.headers.get("cookie") or "").split("; "))
        assert not made.cookies or all(cookie in cookies for cookie in made.cookies.split("; "))
    assert not made.encoding or sent.headers.all("accept-encoding") == (made.encoding,)
    for name, values in made.headers:
        # An empty or repeated Host never comes as far as here (CF-61); one Host is sent.
        assert sent.headers.all(name) == values or name == "host"
    hosts = dict(made.headers).get("host", ())
    assert len(hosts) != 1 or not hosts[0] or sent.headers.all("host") == hosts


@given(_requests(), _behaviors(), st.data())
def test_keys_of_equivalent_requests_are_equal(wanted: Request, with_: Behavior, data: st.DataObject) -> None:
    """Header names in another spelling, and lines of different names in another order."""
    by_name = data.draw(st.permutations(list(wanted.headers.by_name.values())))
    spelled = data.draw(st.sampled_from((str.upper, str.lower, str.title)))
    lines = [(spelled(name), value) for group in by_name for name, value in group]
    viewer = Viewer("203.0.113.9", 1, "https", wanted.viewer.http_version)
    another = msgspec.structs.replace(wanted, headers=Headers(lines), viewer=viewer)
    assert key(another, with_) == key(wanted, with_)


@pytest.mark.rule("CF-74")
@pytest.mark.rule("CF-75")
@given(_requests(), _behaviors())
def test_only_the_request_and_the_cache_policy_decide(wanted: Request, with_: Behavior) -> None:
    bare = msgspec.structs.replace(with_, origin_request_policy=None, path_pattern="/x", compress=True)
    assert key(wanted, bare) == key(wanted, with_)
