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
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


def answer(request: Request, response: Response) -> Response:
    """304, 206 or 416 where the viewer's headers ask for it, else the response itself.

    Several ranges are answered with the whole, as those that are not valid (CF-177): a body in parts is not made.
    """
    by_name = request.headers.by_name
    if response.status != 200 or by_name.keys().isdisjoint({"if-none-match", "if-modified-since", "range"}):
        return response
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
        return etag is not None and _opaque(etag) in {_opaque(tag) for tag in tags.split(",")}
    since, modified = asked.get("if-modified-since"), stored.get("last-modified")
    if since is None or modified is None:
        return False
    since_at, modified_at = parse_date(since), parse_date(modified)
    return since_at is not None and modified_at is not None and modified_at <= since_at


def _opaque(tag: str) -> str:
    return tag.strip().removeprefix("W/")


def _range_applies(condition: str | None, stored: Headers) -> bool:
    """Whether `If-Range` still holds (CF-180): a strong tag, or the exact date."""
    if condition is None:
        return True
    condition = condition.strip()
    if condition.startswith('"'):
        return condition == stored.get("etag")
    return not condition.startswith("W/") and condition == stored.get("last-modified")


def _part(wanted: str, response: Response, data: bytes) -> Response:
    match = _RANGE.fullmatch(wanted.strip())
    if match is None or not any(match.groups()):
        return response
    first, last = match.groups()
    size = len(data)
    if first:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
        if last and int(last) < start:
            return response
    else:
        start, end = max(0, size - int(last)), size - 1
    if start > end:
        headers = response.headers.without({"content-length", "content-type", "etag", "last-modified"})
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
        headers=headers.with_line("Content-Range", f"bytes {start}-{end}/{size}"),
        body=Whole(data[start : end + 1]),
    )
