"""What becomes of a viewer's header on the way to the origin: the table of CF section 6.2 (CF-98)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Fate: TypeAlias = Literal["forwarded", "removed", "replaced", "edited", "by-method", "websocket"]
"""`replaced`: the edge writes it whatever the viewer sent. `edited`: it is made of the viewer's value and the settings.
`by-method`: only DELETE, PATCH, POST and PUT, and an OPTIONS that is not cached, keep it. `websocket`: only a WebSocket
handshake keeps it.
"""


class HeaderRow(msgspec.Struct, frozen=True):
    """Names with one fate, in lower case; one that ends with `*` stands for all that begin with the rest."""

    names: tuple[str, ...]
    custom: Fate
    """With legacy settings that do not list the header, to a custom origin."""
    s3: Fate
    """The same, to an S3 origin."""
    managed: bool = False
    """The edge's own business: policies do not change it (CF-109). Else policies forward only what they select."""
    source: str = "CF-98"
    """Rule id."""


HEADER_TABLE: tuple[HeaderRow, ...] = (
    HeaderRow(("accept", "accept-charset", "accept-language"), "removed", "removed"),
    HeaderRow(("accept-encoding",), "edited", "edited", managed=True),
    HeaderRow(("authorization",), "by-method", "by-method"),
    HeaderRow(("cache-control",), "forwarded", "forwarded"),
    HeaderRow(("cloudfront-*",), "forwarded", "forwarded", source="CF-388"),  # the viewer's copy; none is added
    HeaderRow(("connection",), "replaced", "replaced", managed=True),
    HeaderRow(("content-length",), "forwarded", "forwarded", managed=True),
    HeaderRow(("content-md5", "content-type"), "forwarded", "forwarded"),
    HeaderRow(("cookie",), "edited", "edited"),
    HeaderRow(("date",), "forwarded", "forwarded"),
    HeaderRow(("expect",), "removed", "removed", managed=True),
    HeaderRow(("from",), "forwarded", "forwarded"),
    HeaderRow(("host",), "edited", "replaced", managed=True),
    HeaderRow(
        ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"), "forwarded", "forwarded"
    ),
    HeaderRow(("keep-alive",), "removed", "removed", managed=True, source="LE-109"),
    HeaderRow(("max-forwards",), "forwarded", "forwarded"),
    HeaderRow(("origin",), "forwarded", "forwarded"),
    HeaderRow(("pragma",), "forwarded", "forwarded"),
    HeaderRow(("proxy-authenticate", "proxy-authorization", "proxy-connection"), "removed", "removed", managed=True),
    HeaderRow(("range",), "forwarded", "forwarded", managed=True),
    HeaderRow(("referer",), "removed", "removed"),
    HeaderRow(("request-range",), "forwarded", "forwarded"),
    HeaderRow(("te", "trailer"), "removed", "removed", managed=True),
    HeaderRow(("transfer-encoding",), "forwarded", "forwarded", managed=True),
    HeaderRow(("upgrade",), "websocket", "removed", managed=True),
    HeaderRow(("user-agent",), "edited", "edited", managed=True),
    HeaderRow(("via",), "edited", "edited", managed=True),
    HeaderRow(("warning",), "forwarded", "forwarded"),
    HeaderRow(("x-amz-cf-id",), "replaced", "replaced", managed=True),
    HeaderRow(("x-edge-*",), "removed", "removed", managed=True),
    HeaderRow(("x-forwarded-for",), "edited", "edited", managed=True),
    HeaderRow(("x-forwarded-proto",), "removed", "removed", managed=True),
    HeaderRow(("x-http-method-override",), "removed", "removed"),
    HeaderRow(("x-real-ip",), "removed", "removed", managed=True),
    HeaderRow(("*",), "forwarded", "forwarded"),
)
"""A row per line of the guide's table, in its order; the last is every other name. Which names a policy may key on is
`policies.key_header_problem`.
"""


def _names(*fates: Fate) -> frozenset[str]:
    """The names that the edge gives one of these fates under policies too."""
    return frozenset(name for row in HEADER_TABLE if row.managed and row.custom in fates for name in row.names)


# A WebSocket handshake is not carried on, and `Connection` and `X-Amz-Cf-Id` are written where the request is sent.
_ENDED = _names("removed", "replaced", "websocket")
ENDED = frozenset(name for name in _ENDED if not name.endswith("*"))
"""What no policy makes the origin see, but for names that begin with `ENDED_PREFIXES`."""
ENDED_PREFIXES = tuple(name[:-1] for name in _ENDED if name.endswith("*"))
CARRIED = _names("forwarded")
"""What is sent on whatever the policies select."""
WRITTEN = _names("edited") | {"cookie"}
"""What the edge makes of the viewer's value and the policies."""
