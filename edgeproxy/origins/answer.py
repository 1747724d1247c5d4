"""What holds for the answer of every kind of origin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from edgeproxy.cloudfront.limits import ORIGIN_RESPONSE_HEADERS
from edgeproxy.cloudfront.origin import OriginFailure, OriginFault
from edgeproxy.errors import OriginBodyError
from edgeproxy.messages.headers import Headers, Line

# CF-198, CF-200, CF-201; the others belong to one connection too (RFC 9110, 7.6.1). So does Transfer-Encoding, but an
# origin-response function sees it: it is taken out where the answer is framed for the viewer (CF-199).
_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "proxy-authenticate", "trailer", "upgrade"})

_NOT_IN_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_NAME = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")


def is_bodiless(method: str, status: int) -> bool:
    """Whether an answer has no body, whatever its headers say (RFC 9112, 6.3)."""
    return method == "HEAD" or status in (204, 304)


def response_headers(lines: Iterable[Line], reason: str = "") -> Headers | OriginFailure:
    """The header lines of an answer without those that belong to the connection.

    Checked are names and characters (CF-237), the size (CF-191), and the transfer coding (CF-192).
    """
    lines = list(lines)
    if sum(len(name) + len(value) + 4 for name, value in lines) > ORIGIN_RESPONSE_HEADERS:
        return OriginFailure(
            OriginFault.HEADERS_TOO_LARGE, f"the headers have more than {ORIGIN_RESPONSE_HEADERS} bytes"
        )
    if _NOT_IN_VALUE.search(reason):
        return _invalid(f"the reason phrase {reason!r} has a character that it may not have")
    if _NOT_IN_VALUE.search("".join([value for _, value in lines])):
        name, value = next(line for line in lines if _NOT_IN_VALUE.search(line[1]))
        return _invalid(f"the value of {name} has a character that it may not have: {value[:200]!r}")
    dropped = _OF_THE_CONNECTION
    chunked = False
    names: list[str] = []
    for name, value in lines:
        lower = _valid_name(name)
        if not lower:
            return _invalid(f"{name!r} is no header name")
        names.append(lower)
        if lower == "connection":
            dropped = dropped.union(item.strip().lower() for item in value.split(","))
        elif lower == "transfer-encoding":
            if chunked or value.strip().lower() != "chunked":
                return _invalid(f"Transfer-Encoding: {value} is not supported, only chunked is")
            chunked = True
    if chunked:
        dropped = dropped | {"content-length"}  # RFC 9112, 6.3: the coding holds
    return Headers(line for line, lower in zip(lines, names, strict=True) if lower not in dropped)


@lru_cache(maxsize=256)  # a name may have some 32 KB
def _valid_name(name: str) -> str:
    """A header name in lower case, `""` when it is none."""
    return name.lower() if _NAME.fullmatch(name) else ""


def declared_length(headers: Headers) -> int | OriginFailure | None:
    """The Content-Length, None when there is none; a failure when it is no number or there are several."""
    values = {item.strip() for value in headers.all("content-length") for item in value.split(",")}
    if not values:
        return None
    value = values.pop()
    if values or not (value.isascii() and value.isdigit()) or len(value) > 20:
        return _invalid(f"Content-Length: {headers.joined('content-length')} is no length")
    return int(value)


def exactly(chunks: Iterable[bytes], length: int) -> Iterator[bytes]:
    """The first `length` bytes. Raises `OriginBodyError` when there are fewer (CF-193).

    `chunks` is read to its end when it has no more, so that what stands behind it learns that it is done.
    """
    left = length
    for chunk in chunks:
        if chunk and not left:
            return  # more than was declared
        yield chunk[:left]
        left -= min(left, len(chunk))
    if left:
        raise OriginBodyError(f"the body ended {left} bytes before its Content-Length of {length}")


def _invalid(message: str) -> OriginFailure:
    return OriginFailure(OriginFault.INVALID_RESPONSE, message)
