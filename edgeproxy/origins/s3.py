"""S3's answers to preconditions and ranges, and its error documents."""

from __future__ import annotations

import re
from html import escape
from typing import Literal

import msgspec

from edgeproxy.messages.dates import parse_date
from edgeproxy.messages.headers import Headers


class ErrorCode(msgspec.Struct, frozen=True):
    """A row of S3's table of errors."""

    status: int
    message: str
    source: str
    """Rule ids."""


ERRORS: dict[str, ErrorCode] = {
    "AccessDenied": ErrorCode(403, "Access Denied", "CF-437 CF-438 CF-440"),
    "NoSuchKey": ErrorCode(404, "The specified key does not exist.", "CF-436"),
    "MethodNotAllowed": ErrorCode(405, "The specified method is not allowed against this resource.", "CF-441"),
    "PreconditionFailed": ErrorCode(
        412, "At least one of the pre-conditions you specified did not hold", "CF-451 RFC 9110, 13.2"
    ),
    "InvalidRange": ErrorCode(416, "The requested range is not satisfiable", "CF-445"),
}

# XML 1.0 has no way to write these; S3 itself refuses them in keys that it lists.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII | re.IGNORECASE)


def error_document(code: str, details: dict[str, str]) -> bytes:
    """The XML of an error.

    :param details: further elements, in order, after `Code` and `Message`.
    """
    elements = {"Code": code, "Message": ERRORS[code].message, **details}
    inner = "".join(
        f"<{name}>{escape(_NOT_XML.sub('�', text), quote=False)}</{name}>" for name, text in elements.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{inner}</Error>'.encode()


def precondition(headers: Headers, etag: str, modified: int) -> tuple[Literal[304, 412], str] | None:
    """The status that the conditions of a request call for, and the header that decided; None to go on.

    If-Match overrides If-Unmodified-Since, and If-None-Match overrides If-Modified-Since, as S3 says of GetObject.

    :param etag: with its quotes.
    :param modified: epoch seconds.
    """
    matching = headers.joined("if-match")
    if matching is not None:
        if not _has_tag(matching, etag, weak=False):
            return 412, "If-Match"
    elif (since := _date(headers, "if-unmodified-since")) is not None and modified > since:
        return 412, "If-Unmodified-Since"
    known = headers.joined("if-none-match")
    if known is not None:
        return (304, "If-None-Match") if _has_tag(known, etag, weak=True) else None
    since = _date(headers, "if-modified-since")
    return (304, "If-Modified-Since") if since is not None and modified <= since else None


def byte_range(headers: Headers, size: int, etag: str, modified: int) -> tuple[int, int] | Literal["invalid"] | None:
    """First and last position that a request asks for, both within the object.

    `"invalid"` when the range cannot be satisfied; None when all is to be sent: there is no range, it is not a range of
    bytes, there are several (S3 answers them with the whole), or `If-Range` no longer holds.
    """
    asked = headers.get("range")
    match = None if asked is None else _RANGE.fullmatch(asked)
    if match is None or not (match[1] or match[2]):
        return None
    condition = headers.get("if-range")
    if condition is not None and condition.strip() != etag and parse_date(condition) != modified:
        return None
    # Positions of thousands of digits are cut: they are beyond any file.
    first, last = (int(text[:20]) if text else None for text in match.groups())
    if first is None:
        count = min(last or 0, size)
        return (size - count, size - 1) if count else "invalid"
    if last is not None and last < first:
        return None
    if first >= size:
        return "invalid"
    return first, size - 1 if last is None else min(last, size - 1)


def _has_tag(listed: str, etag: str, *, weak: bool) -> bool:
    """Whether a list of entity tags has this one. S3 takes tags without quotes too."""
    for item in (part.strip() for part in listed.split(",")):
        tag = item[2:] if weak and item.startswith("W/") else item
        if tag in ("*", etag, etag.strip('"')):
            return True
    return False


def _date(headers: Headers, name: str) -> int | None:
    value = headers.get(name)
    return None if value is None else parse_date(value)
