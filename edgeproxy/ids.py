"""The only source of chance: request ids, invocation ids, names of log streams.

None of them is a secret (CloudFront shows them all to the viewer), so a seedable generator serves production and
tests alike.
"""

from __future__ import annotations

import binascii
import random
from typing import Protocol

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
# RFC 9562, 4: of 128 bits, the version is in 48 to 51 and the variant in 64 and 65, counted from the left.
_CLEAR = ~(0xF << 76 | 0x3 << 62)
_VERSION_4 = 0x4 << 76 | 0x2 << 62


class Ids(Protocol):
    """Mints the identifiers that CloudFront and Lambda mint."""

    def request_id(self) -> str:
        """56 characters of URL-safe base64 that end in `==` (LE-51, CF-312)."""
        ...

    def invocation_id(self) -> str:
        """A version 4 UUID: the request id of one Lambda invocation (LE-292)."""
        ...

    def hex32(self) -> str:
        """32 lower-case hexadecimal digits: log streams (LR-246) and the host name in `Via` (CF-313)."""
        ...


class RandomIds:
    """Identifiers from a pseudo-random generator.

    :param seed: the same seed gives the same identifiers; without one they differ in every process.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._bits = random.Random(seed).getrandbits

    def request_id(self) -> str:
        digits = binascii.b2a_base64(self._bits(320).to_bytes(40, "big"), newline=False)
        return digits.translate(_URL_SAFE).decode("ascii")

    def invocation_id(self) -> str:
        digits = f"{self._bits(128) & _CLEAR | _VERSION_4:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def hex32(self) -> str:
        return f"{self._bits(128):032x}"
