"""Cache policies and origin request policies, with the managed ones as data (CF-18, CF-363 to CF-380)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

SelectionBehavior: TypeAlias = Literal["none", "whitelist", "allExcept", "all"]
HeaderBehavior: TypeAlias = Literal["none", "whitelist", "allViewer", "allViewerAndWhitelistCloudFront", "allExcept"]


class Selection(msgspec.Struct, frozen=True):
    """Which cookies or query parameters a policy selects; names are case-sensitive (CF-78)."""

    behavior: SelectionBehavior = "none"
    names: frozenset[str] = frozenset()


class HeaderSelection(msgspec.Struct, frozen=True):
    """Which headers a policy selects; names in lower case."""

    behavior: HeaderBehavior = "none"
    names: frozenset[str] = frozenset()


class CachePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What enters the cache key (and so goes to the origin), and for how long responses are kept."""

    name: str
    id: str = ""
    min_ttl: int = 0
    """Seconds, as the two below."""
    default_ttl: int = 86_400
    max_ttl: int = 31_536_000
    headers: HeaderSelection = HeaderSelection()
    """`none` or `whitelist` (CF-19)."""
    cookies: Selection = Selection()
    query_strings: Selection = Selection()
    gzip: bool = False
    brotli: bool = False

    @property
    def caching_disabled(self) -> bool:
        """All three TTLs are 0: nothing is stored (CF-131)."""
        return self.min_ttl == self.default_ttl == self.max_ttl == 0


class OriginRequestPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to the origin beyond the cache key."""

    name: str
    id: str = ""
    headers: HeaderSelection = HeaderSelection()
    cookies: Selection = Selection()
    query_strings: Selection = Selection()


_ONE_YEAR = 31_536_000
_METHOD_OVERRIDES = frozenset({"host", "origin", "x-http-method-override", "x-http-method", "x-method-override"})
_ALL = Selection("all")

_CACHE_POLICIES = (
    CachePolicy(  # CF-363
        name="Amplify",
        id="2e54312d-136d-493c-8eb9-b001f22f67d2",
        min_ttl=2,
        default_ttl=2,
        max_ttl=600,
        headers=HeaderSelection("whitelist", frozenset({"authorization", "cloudfront-viewer-country", "host"})),
        cookies=_ALL,
        query_strings=_ALL,
        gzip=True,
        brotli=True,
    ),
    CachePolicy(  # CF-364
        name="CachingDisabled", id="4135ea2d-6df8-44a3-9df3-4b5a84be39ad", min_ttl=0, default_ttl=0, max_ttl=0
    ),
    CachePolicy(  # CF-365
        name="CachingOptimized",
        id="658327ea-f89d-4fab-a63d-7e88639e58f6",
        min_ttl=1,
        default_ttl=86_400,
        max_ttl=_ONE_YEAR,
        gzip=True,
        brotli=True,
    ),
    CachePolicy(  # CF-366
        name="CachingOptimizedForUncompressedObjects",
        id="b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
        min_ttl=1,
        default_ttl=86_400,
        max_ttl=_ONE_YEAR,
    ),
    CachePolicy(  # CF-367
        name="Elemental-MediaPackage",
        id="08627262-05a9-4f76-9ded-b50ca2e3a84f",
        min_ttl=0,
        default_ttl=86_400,
        max_ttl=_ONE_YEAR,
        headers=HeaderSelection("whitelist", frozenset({"origin"})),
        query_strings=Selection("whitelist", frozenset({"aws.manifestfilter", "start", "end", "m"})),
        gzip=True,
    ),
    CachePolicy(  # CF-368
        name="UseOriginCacheControlHeaders",
        id="83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        min_ttl=0,
        default_ttl=0,
        max_ttl=_ONE_YEAR,
        headers=HeaderSelection("whitelist", _METHOD_OVERRIDES),
        cookies=_ALL,
        gzip=True,
        brotli=True,
    ),
    CachePolicy(  # CF-369
        name="UseOriginCacheControlHeaders-QueryStrings",
        id="4cc15a8a-d715-48a4-82b8-cc0b614638fe",
        min_ttl=0,
        default_ttl=0,
        max_ttl=_ONE_YEAR,
        headers=HeaderSelection("whitelist", _METHOD_OVERRIDES),
        cookies=_ALL,
        query_strings=_ALL,
        gzip=True,
        brotli=True,
    ),
)

_CLOUDFRONT_HEADERS_2022_06 = frozenset(  # CF-394
    f"cloudfront-{name}"
    for name in (
        "forwarded-proto",
        "is-android-viewer",
        "is-desktop-viewer",
        "is-ios-viewer",
        "is-mobile-viewer",
        "is-smarttv-viewer",
        "is-tablet-viewer",
        "viewer-address",
        "viewer-asn",
        "viewer-city",
        "viewer-country",
        "viewer-country-name",
        "viewer-country-region",
        "viewer-country-region-name",
        "viewer-http-version",
        "viewer-latitude",
        "viewer-longitude",
        "viewer-metro-code",
        "viewer-postal-code",
        "viewer-time-zone",
        "viewer-tls",
    )
)
_PREFLIGHT = frozenset({"origin", "access-control-request-headers", "access-control-request-method"})

_ORIGIN_REQUEST_POLICIES = (
    OriginRequestPolicy(  # CF-373
        name="AllViewer",
        id="216adef6-5c7f-47e4-b989-5492eafa07d3",
        headers=HeaderSelection("allViewer"),
        cookies=_ALL,
        query_strings=_ALL,
    ),
    OriginRequestPolicy(  # CF-374
        name="AllViewerAndCloudFrontHeaders-2022-06",
        id="33f36d7e-f396-46d9-90e0-52428a34d9dc",
        headers=HeaderSelection("allViewerAndWhitelistCloudFront", _CLOUDFRONT_HEADERS_2022_06),
        cookies=_ALL,
        query_strings=_ALL,
    ),
    OriginRequestPolicy(  # CF-375
        name="AllViewerExceptHostHeader",
        id="b689b0a8-53d0-40ab-baf2-68738e2966ac",
        headers=HeaderSelection("allExcept", frozenset({"host"})),
        cookies=_ALL,
        query_strings=_ALL,
    ),
    OriginRequestPolicy(  # CF-376
        name="CORS-CustomOrigin",
        id="59781a5b-3903-41f3-afcb-af62929ccde1",
        headers=HeaderSelection("whitelist", frozenset({"origin"})),
    ),
    OriginRequestPolicy(  # CF-377
        name="CORS-S3Origin",
        id="88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
        headers=HeaderSelection("whitelist", _PREFLIGHT),
    ),
    OriginRequestPolicy(  # CF-378
        name="Elemental-MediaTailor-PersonalizedManifests",
        id="775133bc-15f2-49f9-abea-afb2e0bf67d2",
        headers=HeaderSelection("whitelist", _PREFLIGHT | {"user-agent", "x-forwarded-for"}),
        query_strings=_ALL,
    ),
    OriginRequestPolicy(  # CF-379
        name="HostHeaderOnly",
        id="bf0718e1-ba1e-49d1-88b1-f726733018ae",
        headers=HeaderSelection("whitelist", frozenset({"host"})),
    ),
    OriginRequestPolicy(  # CF-380
        name="UserAgentRefererHeaders",
        id="acba4595-bd28-49b8-b9fe-13317c0390fa",
        headers=HeaderSelection("whitelist", frozenset({"user-agent", "referer"})),
    ),
)

CACHE_POLICY_NAMES = tuple(policy.name for policy in _CACHE_POLICIES)
"""Names of the managed cache policies, for suggestions."""
ORIGIN_REQUEST_POLICY_NAMES = tuple(policy.name for policy in _ORIGIN_REQUEST_POLICIES)
"""Names of the managed origin request policies, for suggestions."""

_CACHE_POLICY = {key: policy for policy in _CACHE_POLICIES for key in (policy.name, policy.id)}
_ORIGIN_REQUEST_POLICY = {key: policy for policy in _ORIGIN_REQUEST_POLICIES for key in (policy.name, policy.id)}


AMPLIFY_HOSTING: Mapping[str, str] = {
    "4d1d2f1d-3a71-49ad-9e08-7ea5d843a556": "default",
    "a6bad946-36c3-4c33-aa98-362c74a7fb13": "no cookies",
    "1c6db51a-a33f-469a-8245-dae26771f530": "image optimisation",
    "7e5fad67-ee98-4ad0-b05a-394999eefc1a": "static content",
}
"""Ids of the managed cache policies whose settings AWS has not published, and what they are for (CF-370)."""


def cache_policy(name_or_id: str) -> CachePolicy | None:
    """The managed cache policy of that name, with or without `Managed-` (CF-371), or of that id."""
    return _CACHE_POLICY.get(name_or_id.removeprefix("Managed-"))


def origin_request_policy(name_or_id: str) -> OriginRequestPolicy | None:
    """The managed origin request policy of that name, with or without `Managed-` (CF-371), or of that id."""
    return _ORIGIN_REQUEST_POLICY.get(name_or_id.removeprefix("Managed-"))


_NEVER_IN_A_KEY = {
    "cache-control": "CF-85",
    "connection": "CF-85",
    "content-length": "CF-85",
    "cookie": "CF-85",
    "max-forwards": "CF-85",
    "pragma": "CF-85",
    "proxy-authenticate": "CF-85",
    "proxy-authorization": "CF-85",
    "proxy-connection": "CF-85",
    "request-range": "CF-85",
    "te": "CF-85",
    "trailer": "CF-85",
    "transfer-encoding": "CF-85",
    "upgrade": "CF-85",
    "via": "CF-85",
    "x-amz-cf-id": "CF-85",
    "x-forwarded-proto": "CF-85",
    "x-real-ip": "CF-85",
    "cloudfront-viewer-address": "CF-86",
    "cloudfront-viewer-asn": "CF-86",
    "cloudfront-viewer-ja3-fingerprint": "CF-86",
    "cloudfront-viewer-ja4-fingerprint": "CF-86",
    "cloudfront-viewer-tls": "CF-86",
}


def key_header_problem(name: str, *, is_s3: bool = False) -> str | None:
    """The rule by which a cache policy may not list a header, or None when it may. `name` in any case."""
    lower = name.lower()
    if lower.startswith("x-edge-") or (is_s3 and lower == "host"):
        return "CF-85"
    return _NEVER_IN_A_KEY.get(lower)
