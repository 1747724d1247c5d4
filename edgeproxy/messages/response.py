"""A response."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from edgeproxy.messages.body import EMPTY, Body
from edgeproxy.messages.headers import NO_HEADERS, Headers

_PHRASES = {int(status): status.phrase for status in HTTPStatus}


def standard_reason(status: int) -> str:
    """The standard phrase for a status code (LE-152); `Unknown` for one that has none."""
    return _PHRASES.get(status, "Unknown")


class Response(msgspec.Struct, frozen=True):
    """A response on its way. All strings are wire strings (an octet per character)."""

    status: int
    headers: Headers = NO_HEADERS
    body: Body = EMPTY
    reason: str = ""
    """The reason phrase; `""` means the standard one."""

    @property
    def phrase(self) -> str:
        """The reason phrase to show: its own, or the standard one."""
        return self.reason or standard_reason(self.status)
