"""A request, and the viewer who sent it."""

from __future__ import annotations

import msgspec

from edgeproxy.messages.body import EMPTY, Body
from edgeproxy.messages.headers import NO_HEADERS, Headers
from edgeproxy.messages.url import join_target


class Viewer(msgspec.Struct, frozen=True):
    """The connection a request came over."""

    ip: str = "127.0.0.1"
    """IPv4 or IPv6 text of the peer, without port or brackets (LE-54)."""
    port: int = 0
    """The peer's port; 0 when it is not known."""
    scheme: str = "http"
    """`http` or `https`."""
    http_version: str = "1.1"
    """`1.0`, `1.1`, `2.0` or `3.0`, as CloudFront writes it in `Via` (CF-99)."""


LOCAL_VIEWER = Viewer()


class Request(msgspec.Struct, frozen=True):
    """A request on its way. All strings are wire strings (an octet per character)."""

    method: str
    path: str
    """Begins with `/`; exactly as the viewer sent it."""
    query: str = ""
    """The raw text after `?`; `""` when there is none."""
    headers: Headers = NO_HEADERS
    body: Body = EMPTY
    viewer: Viewer = LOCAL_VIEWER

    @property
    def target(self) -> str:
        """Path and query as in a request line."""
        return join_target(self.path, self.query)

    @property
    def host(self) -> str:
        """The Host header, or `""`."""
        return self.headers.get("host") or ""
