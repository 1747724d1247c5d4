"""What the edge does to the headers of a response, whatever the policies say (CF section 9.2 and 13.2).

Twice: when it arrives from an origin, and when it leaves for the viewer, after the last function.
"""

from __future__ import annotations

import msgspec

from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.messages.dates import format_date
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.response import Response

_HOP_BY_HOP = frozenset(
    {
        "connection",  # CF-201
        "keep-alive",  # RFC 9110, 7.6.1, as the rest without a rule
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",  # CF-198
        "upgrade",  # CF-200
    }
)
"""Fields that end at the edge. `Transfer-Encoding` is one too, but functions are shown it (LE-182)."""

_EDITED_ON_ARRIVAL = _HOP_BY_HOP | {"set-cookie", "vary"}
_DROPPED_ON_LEAVING = _HOP_BY_HOP | {
    "transfer-encoding",  # CF-199
    "x-amz-cf-id",  # CF-207, as the two below
    "x-amz-cf-pop",
    "x-cache",
}
_LOOKED_AT_ON_LEAVING = _DROPPED_ON_LEAVING | {"age", "date", "server", "via"}

_DEVICE_HEADERS = frozenset(
    f"cloudfront-is-{device}-viewer" for device in ("android", "desktop", "ios", "mobile", "smarttv", "tablet")
)


class EdgeIdentity(msgspec.Struct, frozen=True):
    """What an edge calls itself."""

    pop: str
    """Three letters, one or two digits, a letter and digits, as `SFO53-P5` (CF-311)."""
    via_host: str
    """32 lower-case hexadecimal digits and `.cloudfront.net` (CF-313)."""


def edit_origin_response(response: Response, behavior: Behavior) -> Response:
    """A response as the edge takes it over from an origin, before any function sees it and before it is stored.

    Removed are the fields that concern only that connection, `Set-Cookie` when the behaviour forwards no cookies
    (CF-143, CF-197), and what `Vary` says of headers that the origin is not sent (CF-203).
    """
    headers = response.headers
    by_name = headers.by_name
    if by_name.keys().isdisjoint(_EDITED_ON_ARRIVAL):
        return response
    dropped = set(_HOP_BY_HOP)
    if "connection" in by_name:
        dropped.update(option.strip().lower() for option in (headers.joined("connection") or "").split(","))
        dropped.discard("transfer-encoding")
    if not _forwards_cookies(behavior):
        dropped.add("set-cookie")
    headers = headers.without(dropped)
    if "vary" in by_name and not behavior.origin.is_s3:  # CF-204
        headers = _with_vary_filtered(headers, behavior)
    return msgspec.structs.replace(response, headers=headers)


def _forwards_cookies(behavior: Behavior) -> bool:
    more = behavior.origin_request_policy
    return behavior.cache_policy.cookies.behavior != "none" or (more is not None and more.cookies.behavior != "none")


def _with_vary_filtered(headers: Headers, behavior: Behavior) -> Headers:
    lines: list[Line] = []
    for name, value in headers:
        if name.lower() != "vary":
            lines.append((name, value))
            continue
        members = [member.strip() for member in value.split(",")]
        kept = [member for member in members if _keeps_in_vary(member.lower(), behavior)]
        if kept:
            lines.append((name, value if kept == members else ", ".join(kept)))
    return Headers(lines)


def _keeps_in_vary(name: str, behavior: Behavior) -> bool:
    # `*` names no header; it decides how the response is stored (CF-144, CF-145).
    if name in ("*", "accept-encoding", "cookie"):
        return True
    if name == "user-agent" and any(_forwards_header(device, behavior) for device in _DEVICE_HEADERS):
        return True
    return _forwards_header(name, behavior)


def _forwards_header(name: str, behavior: Behavior) -> bool:
    """Whether the origin is sent that viewer header or `CloudFront-` header (CF-102 to CF-105)."""
    if name in behavior.cache_policy.headers.names:
        return True
    if behavior.origin_request_policy is None:
        return False
    selection = behavior.origin_request_policy.headers
    from_viewer = bool(name) and not name.startswith("cloudfront-")
    match selection.behavior:
        case "none":
            return False
        case "whitelist":
            return name in selection.names
        case "allViewer":
            return from_viewer
        case "allViewerAndWhitelistCloudFront":
            return from_viewer or name in selection.names
        case _:  # allExcept
            return from_viewer and name not in selection.names


def finish(
    response: Response, *, x_cache: str, request_id: str, identity: EdgeIdentity, now: float, age: int | None = None
) -> Response:
    """A response as it leaves for the viewer, with what the edge says of itself (CF-322: after the last function).

    The order is the recorded one (CF-321): what the response had, `Server` and `Date` where it had none (CF-206),
    `X-Cache`, `Via` with the origin's value before the edge's own (CF-202), `X-Amz-Cf-Pop`, `X-Amz-Cf-Id`, `Age`.

    :param x_cache: value of `X-Cache`, as `Hit from cloudfront` (CF-314).
    :param request_id: 56 characters (CF-312).
    :param now: epoch seconds, for `Date`.
    :param age: seconds since a stored response was stored or found valid; takes the place of the origin's (CF-205).
        None for a response that was not stored: then the origin's stays (CF-171).
    """
    lines: list[Line] = []
    via = f"1.1 {identity.via_host} (CloudFront)"
    earlier_via = ""
    has_server = has_date = False
    for line in response.headers.lines:
        name = line[0].lower()
        if name in _LOOKED_AT_ON_LEAVING:
            if name in _DROPPED_ON_LEAVING or (name == "age" and age is not None):
                continue
            if name == "via":
                earlier_via += f"{line[1]}, "
                continue
            if name == "server":
                has_server = True
            elif name == "date":
                has_date = True
        lines.append(line)
    if response.status == 204:  # RFC 9110, 8.6
        lines = [line for line in lines if line[0].lower() != "content-length"]
    if not has_server:
        lines.append(("Server", "CloudFront"))
    if not has_date:
        lines.append(("Date", format_date(now)))
    lines += (
        ("X-Cache", x_cache),
        ("Via", earlier_via + via),
        ("X-Amz-Cf-Pop", identity.pop),
        ("X-Amz-Cf-Id", request_id),
    )
    if age is not None:
        lines.append(("Age", str(age)))
    return Response(response.status, Headers(lines), response.body, response.reason)
