"""The viewer's conditions and range, answered from a stored response (CF-168 to CF-182)."""

from __future__ import annotations

import re

import msgspec

from edgeproxy.messages.body import EMPTY, Whole
from edgeproxy.messages.dates import parse_date
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response

_KEPT_IN_304 = frozenset(
    {"cache-control", "content-location", "date", "etag", "expires", "last-modified", "server", "vary", "via"}
)
_ABOUT_A_PART = frozenset(
    {"content-encoding", "content-language", "content-length", "content-range", "content-type", "etag", "last-modified"}
)
"""What describes the stored body, and so not the empty one of a 416."""
_RANGE = re.compile(r"bytes=[ \t]*(\d*)-(\d*)", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[^"]*"|[^\s,"]+)')
_OFFSET_DIGITS = 18
"""More than any body needs, and few enough for `int`."""


def answer(request: Request, response: Response) -> Response:
    """304, 206 or 416 where the viewer's headers ask for it, else the response itself. Only a stored 200 is judged.

    Several ranges are answered with the whole, as those that are not valid (CF-177): a body in parts is not made.
    """
    by_name = request.headers.by_name
    if response.status != 200 or by_name.keys().isdisjoint({"if-none-match", "if-modified-since", "range"}):
        return response
    if request.method not in {"GET", "HEAD"}:
        return response  # RFC 9110, 13.2.1: what is not a representation has no conditions
    if _is_not_modified(request.headers, response.headers):
        kept = (line for line in response.headers if line[0].lower() in _KEPT_IN_304)
        return Response(304, Headers(kept), EMPTY)
    wanted = request.headers.joined("range")
    if wanted is None or request.method != "GET" or not isinstance(response.body, Whole):
        return response
    if not _range_applies(request.headers.get("if-range"), response.headers):
        return response
    return _part(wanted, response, response.body.data)


def _is_not_modified(asked: Headers, stored: Headers) -> bool:
    """`If-None-Match` decides where it is given; tags are compared weakly (CF-169)."""
    tags = asked.joined("if-none-match")
    if tags is not None:
        etag = stored.get("etag")
        if tags.strip() == "*":
            return True
        own = None if etag is None else _TAG.fullmatch(etag.strip(" \t"))
        return own is not None and own.group(1) in _TAG.findall(tags)
    since, modified = asked.get("if-modified-since"), stored.get("last-modified")
    if since is None or modified is None:
        return False
    since_at, modified_at = parse_date(since), parse_date(modified)
    return since_at is not None and modified_at is not None and modified_at <= since_at


def _range_applies(condition: str | None, stored: Headers) -> bool:
    """Whether `If-Range` still holds (CF-180): a strong tag, or the exact date."""
    if condition is None:
        return True
    condition = condition.strip()
    if condition.startswith('"'):
        return condition == stored.get("etag")
    return not condition.startswith("W/") and condition == stored.get("last-modified")


def _part(wanted: str, response: Response, data: bytes) -> Response:
    match = _RANGE.fullmatch(wanted.strip(" \t"))
    if match is None or not any(match.groups()):
        return response
    first, last = match.groups()
    size = len(data)
    if first:
        start, end = _offset(first), _offset(last) if last else size - 1
        if last and end < start:
            return response
        end = min(end, size - 1)
    else:
        start, end = max(0, size - _offset(last)), size - 1
    if start > end:
        headers = response.headers.without(_ABOUT_A_PART)
        return Response(
            416,
            Headers((*headers, ("Content-Range", f"bytes */{size}"), ("Content-Length", "0"))),
            EMPTY,
        )
    headers = response.headers.replaced("Content-Length", str(end - start + 1))
    return msgspec.structs.replace(
        response,
        status=206,
        reason="",
        headers=headers.replaced("Content-Range", f"bytes {start}-{end}/{size}"),
        body=Whole(data[start : end + 1]),
    )


def _offset(digits: str) -> int:
    number = digits.lstrip("0")
    return 10**_OFFSET_DIGITS if len(number) > _OFFSET_DIGITS else int(number or "0")
