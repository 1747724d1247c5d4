"""How long a response may be kept, and why not (CF sections 7 and 12.1)."""

from __future__ import annotations

import msgspec

from edgeproxy.cloudfront.cache_control import LONGEST, is_field_list, parse_cache_control, seconds
from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.cloudfront.policies import CachePolicy
from edgeproxy.messages.dates import parse_date
from edgeproxy.messages.response import Response

ERROR_CACHING_MIN_TTL = 10
"""Seconds for which an error is kept when nothing else is configured (CF-272)."""

_CACHEABLE = frozenset({200, 203, 204, 300, 301, 302, 303, 307, 308})  # CF-161
_ERRORS_KEPT = frozenset({404, 410, 414, 500, 501, 502, 503, 504})  # CF-266, CF-267
_ERRORS_THAT_OBEY = frozenset({404, 410, 414, 501})  # CF-274
_BLOCKING = ("no-store", "no-cache", "private")  # CF-127


class Keep(msgspec.Struct, frozen=True):
    """The response is stored."""

    ttl: float
    """Seconds for which it may be used without asking the origin; more than 0."""
    rule: str
    reason: str


class Refuse(msgspec.Struct, frozen=True):
    """The response is not stored."""

    rule: str
    reason: str


class _Stated(msgspec.Struct, frozen=True):
    """What the origin says about the lifetime."""

    lifetime: int | None
    source: str
    blocking: str
    """The directive that forbids reuse, or `""`."""


def storage(method: str, response: Response, behavior: Behavior, at: float) -> Keep | Refuse:
    """Whether a response is stored, for how long, and by which rule.

    :param at: epoch seconds at which it was obtained.
    """
    policy = behavior.cache_policy
    if method not in behavior.cached_methods:
        return Refuse("CF-149" if method != "OPTIONS" else "CF-150", f"{method} is not a cached method")
    if policy.caching_disabled:
        return Refuse("CF-131", "all TTLs of the cache policy are 0")
    if method == "HEAD":
        return Refuse("CF-170", "an answer to HEAD has no body to store")
    status = response.status
    if status >= 400:
        return _storage_of_error(status, _stated(response, at), policy)
    stated = _stated(response, at)
    if status == 206:
        return Refuse("CF-152", "only whole responses are stored, and this is a part")
    if status == 304:
        return Refuse("CF-153", "the origin confirmed the viewer's own copy")
    if status not in _CACHEABLE and stated.lifetime is None:
        return Refuse("CF-161", f"status {status} is kept only with a lifetime of its own")
    if policy.min_ttl == 0 and _varies_by_everything(response):
        return Refuse("CF-144", "Vary: * sends each request to the origin")
    return _by_decision_table(stated, policy)


def _by_decision_table(stated: _Stated, policy: CachePolicy) -> Keep | Refuse:
    """CF section 7.2."""
    if stated.blocking:
        if policy.min_ttl == 0:
            return Refuse("CF-133", f"the origin says {stated.blocking} and the minimum TTL is 0")
        return Keep(policy.min_ttl, "CF-129", f"{stated.blocking} is overridden by the minimum TTL")
    if stated.lifetime is None:
        ttl = max(policy.min_ttl, policy.default_ttl)
        if ttl == 0:
            return Refuse("CF-372", "the origin states no lifetime and the default TTL is 0")
        return Keep(ttl, "CF-129", "the origin states no lifetime: default TTL")
    ttl = max(policy.min_ttl, min(stated.lifetime, policy.max_ttl))
    if ttl == 0:
        told = f"{stated.source} is 0" if stated.lifetime == 0 else "the maximum TTL is 0"
        return Refuse("CF-133", f"{told}: the origin is asked each time")
    return Keep(ttl, "CF-129", _bounded(stated.source, stated.lifetime, ttl, "minimum TTL"))


def _bounded(what: str, lifetime: int, ttl: int, least: str) -> str:
    """What decided, and whether a bound had a say in it."""
    if ttl == lifetime:
        return what
    return f"{what}, raised to the {least}" if ttl > lifetime else f"{what}, cut to the maximum TTL"


def _storage_of_error(status: int, stated: _Stated, policy: CachePolicy) -> Keep | Refuse:
    """CF section 12.1, for codes that no custom error response names."""
    if status == 416:
        return Refuse("CF-269", "416 is never stored")
    if status not in _ERRORS_KEPT and (stated.lifetime is None or stated.source == "Expires"):
        return Refuse("CF-268", f"{status} is kept only with max-age or s-maxage")
    if stated.blocking and status in _ERRORS_THAT_OBEY:
        return Refuse("CF-274", f"the origin says {stated.blocking}")
    if stated.lifetime is None or stated.blocking:
        return Keep(ERROR_CACHING_MIN_TTL, "CF-272", f"error caching minimum TTL of a {status}")
    ttl = max(ERROR_CACHING_MIN_TTL, min(stated.lifetime, policy.max_ttl))
    reason = _bounded(f"{stated.source} of a {status}", stated.lifetime, ttl, "error caching minimum TTL")
    return Keep(ttl, "CF-273", reason)


def _stated(response: Response, at: float) -> _Stated:
    """CF section 7.1."""
    headers = response.headers
    value = headers.joined("cache-control")
    directives = parse_cache_control(value or "")
    blocking = next(
        (name for name in _BLOCKING if name in directives and not is_field_list(name, directives[name])), ""
    )
    for name in ("s-maxage", "max-age"):
        lifetime = seconds(directives.get(name))
        if lifetime is not None:
            return _Stated(lifetime, name, blocking)
    expires = headers.get("expires")
    if expires is None:
        return _Stated(None, "", blocking)
    until = parse_date(expires)
    if until is None:
        return _Stated(0, "Expires", blocking)
    date = headers.get("date")
    since = parse_date(date) if date is not None else None
    lifetime = int(until - (at if since is None else since))
    return _Stated(max(0, min(lifetime, LONGEST)), "Expires", blocking)


def _varies_by_everything(response: Response) -> bool:
    value = response.headers.joined("vary")
    return value is not None and "*" in {member.strip() for member in value.split(",")}
