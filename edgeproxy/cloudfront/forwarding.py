"""What the origin is sent (CF section 6)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edgeproxy.cloudfront.accept_encoding import normalize_accept_encoding
from edgeproxy.cloudfront.cookies import select_cookies
from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.cloudfront.failures import Failure, FailureKind
from edgeproxy.cloudfront.forwarded_headers import CARRIED, ENDED, ENDED_PREFIXES, WRITTEN
from edgeproxy.cloudfront.limits import ORIGIN_REQUEST_HEADERS
from edgeproxy.cloudfront.local_host import is_local
from edgeproxy.cloudfront.origin import EffectiveOrigin, Origin, OriginRequest, S3Origin
from edgeproxy.cloudfront.policies import CachePolicy, HeaderSelection, OriginRequestPolicy, Selection
from edgeproxy.cloudfront.query import select_query
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.request import Request
from edgeproxy.messages.url import join_target

USER_AGENT = "Amazon CloudFront"
_OWN_USER_AGENT = (("User-Agent", USER_AGENT),)

_WITH_A_BODY = frozenset({"content-type"})  # CF-96
_NONE: frozenset[str] = frozenset()
_FRAMED_ANEW = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-connection",
        "transfer-encoding",
        "upgrade",
        "x-amz-cf-id",
    }
)
"""What belongs to one connection, and what the edge says of the request itself."""


class _Plan(msgspec.Struct, frozen=True):
    """What two policies select together (CF-102)."""

    all_headers: bool
    """Every viewer header but `names`; else only `names`."""
    names: frozenset[str]
    settled: frozenset[str]
    """With `all_headers` the names that end here, else those that go on; both with the edge's own names in mind."""
    cookies: Selection
    query_strings: Selection
    normalizes_encoding: bool
    cache_policy: CachePolicy
    origin_request_policy: OriginRequestPolicy | None

    def forwards(self, name: str) -> bool:
        """Whether a viewer header of that lower-case name is selected."""
        return (name in self.names) is not self.all_headers

    def ended(self, names: Iterable[str]) -> list[str]:
        """The lower-case names, of those that are there, that do not go on."""
        settled = self.settled
        if self.all_headers:
            return [name for name in names if name in settled or name.startswith(ENDED_PREFIXES)]
        return [name for name in names if name not in settled]


def origin_request_view(request: Request, behavior: Behavior, origin: EffectiveOrigin, via_host: str) -> Request:
    """The request as origin-request sees it, and as it goes on where no function changes it (LE-96 to LE-110).

    :param via_host: what the edge calls itself in `Via`.
    """
    plan = _plan(behavior)
    headers = request.headers
    by_name = headers.by_name
    viewer = request.viewer
    changes: dict[str, tuple[Line, ...]] = dict.fromkeys(plan.ended(by_name), ())
    if "content-length" in by_name or "transfer-encoding" in by_name:
        for name in _WITH_A_BODY:
            changes.pop(name, None)
    for name in named_by_connection(headers):
        if name in by_name:
            changes[name] = ()
    if "range" in by_name and "if-range" in changes:
        # The condition is not sent (CF-97), so the whole is asked for (CF-173): a part of a newer version would be
        # taken for the rest of an older one.
        changes["range"] = ()
    changes["host"] = (("Host", _host(request, plan, origin)),)
    if not plan.forwards("user-agent"):
        changes["user-agent"] = _OWN_USER_AGENT
    own_via = f"{viewer.http_version} {via_host} (CloudFront)"
    earlier_via = headers.joined("via")
    changes["via"] = (("Via", f"{earlier_via}, {own_via}" if earlier_via else own_via),)
    before = headers.joined("x-forwarded-for")
    changes["x-forwarded-for"] = (("X-Forwarded-For", f"{before},{viewer.ip}" if before else viewer.ip),)
    if "accept-encoding" in by_name:
        encodings = _encoding(headers, plan, viewer.http_version)
        if encodings is not by_name["accept-encoding"]:
            changes["accept-encoding"] = encodings
    if "cookie" in by_name:
        cookies = select_cookies(headers, plan.cookies)
        changes["cookie"] = (("Cookie", cookies),) if cookies else ()
    return msgspec.structs.replace(
        request, query=select_query(request.query, plan.query_strings), headers=headers.edited(changes)
    )


def _encoding(headers: Headers, plan: _Plan, http_version: str) -> tuple[Line, ...]:
    """The `Accept-Encoding` lines that are sent for those that came, the same ones where nothing changes (CF-88, CF-92,
    CF-93).
    """
    lines = headers.by_name["accept-encoding"]
    if not plan.normalizes_encoding:
        return lines if plan.forwards("accept-encoding") and http_version != "1.0" else ()
    encoding = normalize_accept_encoding(headers.joined("accept-encoding"), plan.cache_policy, http_version)[1]
    if encoding is None:
        return ()
    return lines if len(lines) == 1 and lines[0][1] == encoding else (("Accept-Encoding", encoding),)


def to_origin(
    request: Request, origin: EffectiveOrigin, configured: Origin, request_id: str
) -> OriginRequest | Failure:
    """The request that is sent, after origin-request has had its say (CF-101).

    Adds `X-Amz-Cf-Id` (LE-100), the length of the body (LE-137), and the origin's custom headers, which take the place
    of others of the same name (CF-9).
    A `Failure` when request line and headers are larger than the edge sends (LE-191).
    """
    custom = origin.custom_headers
    dropped = _FRAMED_ANEW | custom.by_name.keys() if len(custom) else _FRAMED_ANEW
    by_name = request.headers.by_name
    length = request.body.length
    has_body = length != 0 or "transfer-encoding" in by_name or "content-length" in by_name
    lines = [line for line in request.headers.lines if line[0].lower() not in dropped]
    if has_body and length is not None:
        # LE-137. Where it is not known, the body goes in chunks (CF-121).
        lines.append(("Content-Length", str(length)))
    lines.append(("X-Amz-Cf-Id", request_id))
    lines.extend(custom.lines)
    target = join_target(origin.path + request.path, request.query)
    size = len(request.method) + len(target) + 12 + sum(len(name) + len(value) + 4 for name, value in lines)
    if size > ORIGIN_REQUEST_HEADERS:
        return Failure(
            kind=FailureKind.ORIGIN_REQUEST_TOO_LARGE,
            detail=f"request line and headers to the origin are {size} bytes, {ORIGIN_REQUEST_HEADERS} are allowed",
            rule="LE-191",
        )
    return OriginRequest(
        origin_id=configured.id,
        origin=origin,
        method=request.method,
        target=target,
        headers=Headers(lines),
        body=request.body,
        has_body=has_body,
        connection_attempts=configured.connection_attempts,
        connection_timeout=configured.connection_timeout,
    )


def _host(request: Request, plan: _Plan, origin: EffectiveOrigin) -> str:
    """The origin's name unless the viewer's Host is forwarded, which it never is to S3 (CF-103, CF-104).

    Over TLS the Host decides which certificate is good (CF-240). A name that only this machine uses can have none, so
    there the origin gets its own.
    """
    host = request.host
    if not host or isinstance(origin, S3Origin) or not plan.forwards("host"):
        return origin.domain_name
    return origin.domain_name if origin.protocol == "https" and is_local(host) else host


def is_never_forwarded(name: str) -> bool:
    """Whether no policy makes the origin see a viewer's header of that lower-case name (CF-109)."""
    return name in ENDED or name.startswith(ENDED_PREFIXES)


def named_by_connection(headers: Headers) -> frozenset[str]:
    """Lower-case names of the headers that `Connection` ends at this hop (RFC 9110, 7.6.1).

    Not those that the edge itself accounts for: it frames the body and writes `Host` whatever `Connection` says.
    """
    options = headers.joined("connection")
    if options is None:
        return _NONE
    named = frozenset(option.strip(" \t").lower() for option in options.split(","))
    return named - WRITTEN - CARRIED


# --- the two policies together --------------------------------------------------------------------------------------

_plans: dict[tuple[int, int], _Plan] = {}
"""By identity of the policies, which the plan keeps alive: hashing them each time would cost more than the rest."""


def _plan(behavior: Behavior) -> _Plan:
    first, second = behavior.cache_policy, behavior.origin_request_policy
    plan = _plans.get((id(first), id(second)))
    if plan is None:
        if len(_plans) > 1000:
            _plans.clear()
        plan = _plans[id(first), id(second)] = _made_of(first, second)
    return plan


def _made_of(first: CachePolicy, second: OriginRequestPolicy | None) -> _Plan:
    all_headers, names = _headers_together(first.headers, HeaderSelection() if second is None else second.headers)
    return _Plan(
        all_headers=all_headers,
        names=names,
        settled=_settled(all_headers, names),
        cookies=together(first.cookies, Selection() if second is None else second.cookies),
        query_strings=together(first.query_strings, Selection() if second is None else second.query_strings),
        normalizes_encoding=first.gzip or first.brotli,
        cache_policy=first,
        origin_request_policy=second,
    )


def _settled(all_headers: bool, names: frozenset[str]) -> frozenset[str]:
    """See `_Plan.settled`; the rows that are the edge's own win over what is selected (CF-109)."""
    own = WRITTEN | CARRIED
    if all_headers:
        return (names | ENDED) - own
    return frozenset(name for name in names if not is_never_forwarded(name)) | own


def together(keyed: Selection, more: Selection) -> Selection:
    """What is sent when a cache policy selects `keyed` and an origin request policy `more` (CF section 6.3)."""
    match keyed.behavior, more.behavior:
        case "none", _:
            return more
        case ("all", _) | (_, "all"):
            return Selection("all")
        case _, "none":
            return keyed
        case "whitelist", "whitelist":
            return Selection("whitelist", keyed.names | more.names)
        case "whitelist", _:
            return Selection("allExcept", more.names - keyed.names)
        case _, "whitelist":
            return Selection("allExcept", keyed.names - more.names)
        case _:
            return Selection("allExcept", keyed.names | more.names)


def _headers_together(keyed: HeaderSelection, more: HeaderSelection) -> tuple[bool, frozenset[str]]:
    """Whether all headers are sent but the names, or only the names.

    A listed `CloudFront-` header is the edge's to write: a viewer's copy is never passed off as it (CF-388).
    """
    listed = keyed.names if keyed.behavior == "whitelist" else frozenset()
    if more.behavior in {"whitelist", "allViewerAndWhitelistCloudFront"}:
        listed |= more.names
    written_here = frozenset(name for name in listed if name.startswith("cloudfront-"))
    if more.behavior in {"none", "whitelist"}:
        return False, listed - written_here
    excepted = more.names - listed if more.behavior == "allExcept" else frozenset()
    return True, excepted | written_here
