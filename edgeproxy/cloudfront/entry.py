"""A stored response."""

from __future__ import annotations

import msgspec

from edgeproxy.cloudfront.cache_control import unstored_fields
from edgeproxy.messages.body import Whole
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A response as it was stored: after origin-response, before anything the edge adds (CF-190)."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    stored_at: float
    """Epoch seconds at which it was stored or last found valid."""
    expires_at: float
    """Epoch seconds from which on it is stale."""

    @classmethod
    def of(cls, response: Response, body: bytes, at: float, ttl: float) -> Entry:
        """The entry for a response whose body has arrived whole; without the fields of a `no-cache="…"` (CF-142).

        :param at: epoch seconds at which it was obtained.
        :param ttl: seconds for which it may be used.
        """
        headers = response.headers
        headers = headers.without({"transfer-encoding"} | unstored_fields(headers.joined("cache-control")))
        if response.status != 204:
            headers = headers.replaced("Content-Length", str(len(body)))
        return cls(
            status=response.status,
            reason=response.reason,
            headers=headers,
            body=body,
            stored_at=at,
            expires_at=at + ttl,
        )

    def is_fresh(self, at: float) -> bool:
        """Whether it may be used at that time (epoch seconds) without asking the origin."""
        return at < self.expires_at

    def age(self, at: float) -> int:
        """Whole seconds since it was stored or revalidated (CF-171)."""
        return max(0, int(at - self.stored_at))

    @property
    def size(self) -> int:
        """Bytes it occupies, near enough for a bound: body, header lines, and a constant for the rest."""
        return len(self.body) + sum(len(name) + len(value) + 64 for name, value in self.headers) + 512

    def response(self) -> Response:
        """The response it stands for, without `Age`."""
        return Response(self.status, self.headers, Whole(self.body), self.reason)
