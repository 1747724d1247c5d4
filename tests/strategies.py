"""Hypothesis strategies for messages, used by many tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from edgeproxy.cloudfront.header_rules import is_hidden
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin, EffectiveOrigin, S3Origin
from edgeproxy.events.encode import Event, EventConfig, GivenBody
from edgeproxy.messages.body import EMPTY, Whole
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request, Viewer
from edgeproxy.messages.response import Response

_TOKEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
_OCTETS = st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f") | st.just("\t")
_PATH = "abcXYZ019%/;=&+,:@-._~!$'()*\xe9\xc3\xa9"

COMMON_NAMES = (
    "Accept",
    "Cookie",
    "Content-Type",
    "X-A",
    "x-a",
    "Cache-Control",
    "Set-Cookie",
    "Via",
    "Content-Length",
)
HIDDEN_NAMES = ("Connection", "TE", "X-Forwarded-Proto", "X-Edge-Thing", "X-Cache", "Proxy-Anything")


def names() -> st.SearchStrategy[str]:
    """Well-formed header names, the common ones often."""
    return st.sampled_from(COMMON_NAMES) | st.text(_TOKEN, min_size=1, max_size=12)


def values() -> st.SearchStrategy[str]:
    """Header values as wire strings: visible octets, spaces, tabs and any octet above ASCII."""
    return st.text(_OCTETS, max_size=20) | st.sampled_from(("", "a", "\xc3\xa9", "\xe9", "gzip, br"))


def headers(*, hidden: bool = True, max_size: int = 6) -> st.SearchStrategy[Headers]:
    """Headers with repeated names and odd values. `hidden`: with names that no function sees, too."""
    # Any token may turn out to be a hidden name: hypothesis tries the strings that the code has, as `x-cache`.
    spelled = names() | st.sampled_from(HIDDEN_NAMES) if hidden else names().filter(lambda name: not is_hidden(name))
    return st.lists(st.tuples(spelled, values()), max_size=max_size).map(Headers)


def requests(
    *, hidden: bool = True, methods: Sequence[str] = ("GET", "HEAD", "POST", "PUT", "OPTIONS")
) -> st.SearchStrategy[Request]:
    """Requests. `hidden` as for `headers`."""
    return st.builds(
        Request,
        method=st.sampled_from(methods),
        path=st.text(_PATH, max_size=20).map(lambda rest: "/" + rest),
        query=st.text(_PATH + "?", max_size=20),
        headers=headers(hidden=hidden),
        body=st.just(EMPTY) | st.binary(max_size=8).map(Whole),
        viewer=st.builds(
            Viewer, ip=st.sampled_from(("198.51.100.23", "2001:db8::7")), scheme=st.sampled_from(("http", "https"))
        ),
    )


def responses(*, hidden: bool = True, statuses: tuple[int, int] = (200, 599)) -> st.SearchStrategy[Response]:
    """Responses with a status between the two, both included. `hidden` as for `headers`."""
    return st.builds(
        Response,
        status=st.integers(*statuses),
        headers=headers(hidden=hidden),
        body=st.just(EMPTY) | st.binary(max_size=8).map(Whole),
        reason=st.sampled_from(("", "OK", "Gr\xfc\xdfe")),
    )


def origins() -> st.SearchStrategy[EffectiveOrigin]:
    """Custom and s3 origins that a configuration could hold."""
    custom_headers = st.lists(
        st.tuples(st.sampled_from(("X-From-Edge", "X-Key")), st.sampled_from(("s3cr3t", "\xe9"))), max_size=3
    ).map(Headers)
    custom = st.builds(
        CustomOrigin,
        domain_name=st.sampled_from(("origin.example.test", "localhost")),
        path=st.sampled_from(("", "/v2")),
        protocol=st.sampled_from(("http", "https")),
        port=st.sampled_from((80, 443, 8443)),
        read_timeout=st.integers(1, 120),
        keepalive_timeout=st.integers(1, 120),
        ssl_protocols=st.sampled_from((("TLSv1.2",), ("TLSv1.1", "TLSv1.2"))),
        custom_headers=custom_headers,
    )
    s3 = st.builds(
        S3Origin,
        domain_name=st.just("assets.s3.eu-west-1.amazonaws.com"),
        path=st.sampled_from(("", "/static")),
        region=st.just("eu-west-1"),
        auth_method=st.sampled_from(("none", "origin-access-identity")),
        custom_headers=custom_headers,
    )
    return custom | s3


@st.composite
def events(draw: st.DrawFn, *, hidden: bool = True, hooks: Sequence[Hook] = tuple(Hook)) -> Event:
    """Events of the given hooks with everything that such an event has. `hidden` as for `headers`."""
    hook = draw(st.sampled_from(hooks))
    return Event(
        hook=hook,
        config=EventConfig("d111111abcdef8.cloudfront.net", "EDFDVBD6EXAMPLE", "kQ3vZb0n5Xw1m9Lr=="),
        request=draw(requests(hidden=hidden)),
        origin=None if hook.at_viewer else draw(origins()),
        response=None if hook.on_request else draw(responses(hidden=hidden)),
        body=draw(st.none() | st.builds(GivenBody, st.binary(max_size=8), st.booleans())) if hook.on_request else None,
    )


def json_values(*, nan: bool = True) -> st.SearchStrategy[Any]:
    """Any JSON value, with texts and numbers that no sensible function returns. `nan`: with the number that equals
    nothing, which Python's JSON knows.
    """
    text = st.text(max_size=8) | st.sampled_from(("\ud800", "\u212a", "\x00", "a\r\nb", "200", "base64", "replace"))
    number = st.integers() | st.sampled_from((2**70, -1, 200)) | st.floats(allow_nan=nan)
    leaf = st.none() | st.booleans() | number | text
    keys = text | st.sampled_from(
        ("status", "headers", "uri", "body", "origin", "custom", "s3", "value", "key", "action", "data", "x-a", "via")
    )
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=12
    )
