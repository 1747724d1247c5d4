"""How large and how long things may be: sizes in bytes, times in seconds, memory in MB (1,048,576 bytes).

A limit is the largest value that is allowed, unless its line says otherwise. 1 KB is 1,024 bytes, as LE counts.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import Profile

_KB = 1_024
_MB = 1_024 * _KB


class Limit(msgspec.Struct, frozen=True):
    """A limit that the guide has changed: a value per column of the profile."""

    latest: int
    before: int
    """In the column `2023`."""
    source: str
    """Rule ids."""

    def of(self, profile: Profile) -> int:
        """The value that holds under a profile."""
        return self.latest if profile.column == "latest" else self.before


# A request as the viewer sends it.
URL_LENGTH = 8_192
"""Bytes of a URL: scheme, host, path and query (CF-52, CF-520)."""
VIEWER_REQUEST_HEADERS = Limit(32_768, 20_480, "CF-53 CF-521")
"""Bytes of request line and header block."""

# Between the edge and an origin.
ORIGIN_REQUEST_HEADERS = 20_480
"""Bytes of request line and header block that the edge sends (LE-191)."""
ORIGIN_RESPONSE_HEADERS = 32_768
"""Bytes of status line and header block that the edge takes, in both columns: 2023 names none (CF-191, CF-522)."""

# What a function is given and may return.
GENERATED_RESPONSE: Mapping[Hook, int] = {
    Hook.VIEWER_REQUEST: 40 * _KB,
    Hook.ORIGIN_REQUEST: 1 * _MB,
    Hook.ORIGIN_RESPONSE: 1 * _MB,
    Hook.VIEWER_RESPONSE: 40 * _KB,
}
"""Bytes of header names, header values and body as returned, of a response that a function made (LE-247, LE-252)."""
FUNCTION_BODY: Mapping[Hook, int] = {Hook.VIEWER_REQUEST: 40 * _KB, Hook.ORIGIN_REQUEST: 1 * _MB}
"""Bytes of the request body that a function is given, before base64; the rest is cut off (LE-65, LE-248)."""
REPLACED_BODY_TEXT: Mapping[Hook, int] = FUNCTION_BODY
"""Bytes of a request body that a function returns, as text or decoded from base64 (LE-135, LE-249, LE-250)."""
URI_AND_QUERYSTRING = 8_192
"""Characters of `uri` and `querystring` together: there must be fewer than this (LE-251)."""

# What a function may be configured to use.
FUNCTION_TIMEOUT: Mapping[Hook, Limit] = {
    Hook.VIEWER_REQUEST: Limit(30, 5, "LE-253"),
    Hook.ORIGIN_REQUEST: Limit(30, 30, "LE-253"),
    Hook.ORIGIN_RESPONSE: Limit(30, 30, "LE-253"),
    Hook.VIEWER_RESPONSE: Limit(30, 5, "LE-253"),
}
"""Seconds of one invocation."""
FUNCTION_MEMORY: Mapping[Hook, Limit] = {
    Hook.VIEWER_REQUEST: Limit(10_240, 128, "LE-254"),
    Hook.ORIGIN_REQUEST: Limit(10_240, 10_240, "LE-254"),
    Hook.ORIGIN_RESPONSE: Limit(10_240, 10_240, "LE-254"),
    Hook.VIEWER_RESPONSE: Limit(10_240, 128, "LE-254"),
}
"""MB of one environment."""
