"""What enters the cache key (CF section 5)."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from edgeproxy.cloudfront.accept_encoding import normalize_accept_encoding
from edgeproxy.cloudfront.cookies import select_cookies
from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.cloudfront.forwarding import is_never_forwarded, named_by_connection
from edgeproxy.cloudfront.query import select_query
from edgeproxy.messages.request import Request


class CacheKey(msgspec.Struct, frozen=True):
    """Under which a response is stored. The viewer's Host and scheme are not in it unless a policy says so (CF-70)."""

    domain_name: str
    """The distribution's own."""
    path: str
    """Byte for byte."""
    query: str = ""
    """The selected part of the query string; order matters (CF-78)."""
    headers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Lower-case names of the selected headers that were there, with their values."""
    cookies: str = ""
    """The selected cookies, in the order in which they are sent on."""
    encoding: str = ""
    """`br,gzip`, `br`, `gzip` or `""`."""
    options: bool = False
    """OPTIONS is keyed apart; GET and HEAD share a key (CF-72)."""


def cache_key(request: Request, behavior: Behavior, domain_name: str) -> CacheKey:
    """The key of a request as viewer-request left it (CF-74).

    :param domain_name: the distribution's.
    """
    policy = behavior.cache_policy
    headers = request.headers
    encoding = ""
    if policy.gzip or policy.brotli:
        accepted = headers.joined("accept-encoding")
        encoding, _ = normalize_accept_encoding(accepted, policy, request.viewer.http_version)
    return CacheKey(
        domain_name,
        request.path,
        select_query(request.query, policy.query_strings),
        _selected(request, behavior) if policy.headers.behavior == "whitelist" else (),
        select_cookies(headers, policy.cookies),
        encoding,
        request.method == "OPTIONS",
    )


def _selected(request: Request, behavior: Behavior) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What the origin is not sent cannot tell two responses apart, and so is not in the key (CF-73): a viewer would
    else fill one entry with the answer to another request.
    """
    policy = behavior.cache_policy
    by_name = request.headers.by_name
    dropped = named_by_connection(request.headers)
    encoding_is_normalized = policy.gzip or policy.brotli or request.viewer.http_version == "1.0"  # CF-93
    return tuple(
        [
            (name, tuple([value for _, value in by_name[name]]))
            for name in _keyable(policy.headers.names)
            if name in by_name
            and name not in dropped
            and not (name == "host" and behavior.origin.is_s3)  # CF-103
            and not (name == "accept-encoding" and encoding_is_normalized)
        ]
    )


@lru_cache(maxsize=256)
def _keyable(names: frozenset[str]) -> tuple[str, ...]:
    """The names that a viewer's headers can be keyed by, in order. A viewer's copy of a `CloudFront-` header does not
    count (CF-388).
    """
    return tuple(sorted(name for name in names if not is_never_forwarded(name) and not name.startswith("cloudfront-")))
