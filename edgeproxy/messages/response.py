"""A response."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from edgeproxy.messages.body import EMPTY, Body
from edgeproxy.messages.headers import NO_HEADERS, Headers

_PHRASES = {int(status): status.phrase for status in HTTPStatus} | {
    # RFC 9110 has changed these, and Python follows it only from 3.13 on.
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
    494: "Request Header Too Large",  # CF-53: no standard status
}


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
