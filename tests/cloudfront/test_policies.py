from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.cloudfront.policies import (
    AMPLIFY_HOSTING,
    CACHE_POLICY_NAMES,
    ORIGIN_REQUEST_POLICY_NAMES,
    CachePolicy,
    cache_policy,
    key_header_problem,
    origin_request_policy,
)

YEAR = 31_536_000
OVERRIDES = {"host", "origin", "x-http-method-override", "x-http-method", "x-method-override"}
PREFLIGHT = {"origin", "access-control-request-headers", "access-control-request-method"}


def row(rule: str, *values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.rule(rule), id=values[0])


@pytest.mark.parametrize(
    ("name", "id_", "ttls", "headers", "cookies", "query", "gzip", "brotli"),
    [
        row(
            "CF-363",
            "Amplify",
            "2e54312d-136d-493c-8eb9-b001f22f67d2",
            (2, 2, 600),
            {"authorization", "cloudfront-viewer-country", "host"},
            "all",
            "all",
            True,
            True,
        ),
        row(
            "CF-364",
            "CachingDisabled",
            "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            (0, 0, 0),
            set(),
            "none",
            "none",
            False,
            False,
        ),
        row(
            "CF-365",
            "CachingOptimized",
            "658327ea-f89d-4fab-a63d-7e88639e58f6",
            (1, 86_400, YEAR),
            set(),
            "none",
            "none",
            True,
            True,
        ),
        row(
            "CF-366",
            "CachingOptimizedForUncompressedObjects",
            "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
            (1, 86_400, YEAR),
            set(),
            "none",
            "none",
            False,
            False,
        ),
        row(
            "CF-367",
            "Elemental-MediaPackage",
            "08627262-05a9-4f76-9ded-b50ca2e3a84f",
            (0, 86_400, YEAR),
            {"origin"},
            "none",
            {"aws.manifestfilter", "start", "end", "m"},
            True,
            False,
        ),
        row(
            "CF-368",
            "UseOriginCacheControlHeaders",
            "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
            (0, 0, YEAR),
            OVERRIDES,
            "all",
            "none",
            True,
            True,
        ),
        row(
            "CF-369",
            "UseOriginCacheControlHeaders-QueryStrings",
            "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
            (0, 0, YEAR),
            OVERRIDES,
            "all",
            "all",
            True,
            True,
        ),
    ],
)
def test_a_managed_cache_policy(
    name: str, id_: str, ttls: Any, headers: Any, cookies: str, query: Any, gzip: bool, brotli: bool
) -> None:
    policy = cache_policy(name)
    assert policy is not None
    assert (policy.name, policy.id) == (name, id_)
    assert (policy.min_ttl, policy.default_ttl, policy.max_ttl) == ttls
    assert (policy.headers.behavior, policy.headers.names) == ("whitelist" if headers else "none", headers)
    assert (policy.cookies.behavior, policy.cookies.names) == (cookies, frozenset())
    expected = (query, frozenset()) if isinstance(query, str) else ("whitelist", query)
    assert (policy.query_strings.behavior, policy.query_strings.names) == expected
    assert (policy.gzip, policy.brotli) == (gzip, brotli)
    assert cache_policy(id_) is policy
    assert cache_policy(f"Managed-{name}") is policy
    assert name in CACHE_POLICY_NAMES


@pytest.mark.parametrize(
    ("name", "id_", "headers", "names", "cookies", "query"),
    [
        row("CF-373", "AllViewer", "216adef6-5c7f-47e4-b989-5492eafa07d3", "allViewer", set(), "all", "all"),
        row(
            "CF-375",
            "AllViewerExceptHostHeader",
            "b689b0a8-53d0-40ab-baf2-68738e2966ac",
            "allExcept",
            {"host"},
            "all",
            "all",
        ),
        row(
            "CF-376",
            "CORS-CustomOrigin",
            "59781a5b-3903-41f3-afcb-af62929ccde1",
            "whitelist",
            {"origin"},
            "none",
            "none",
        ),
        row("CF-377", "CORS-S3Origin", "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "whitelist", PREFLIGHT, "none", "none"),
        row(
            "CF-378",
            "Elemental-MediaTailor-PersonalizedManifests",
            "775133bc-15f2-49f9-abea-afb2e0bf67d2",
            "whitelist",
            PREFLIGHT | {"user-agent", "x-forwarded-for"},
            "none",
            "all",
        ),
        row("CF-379", "HostHeaderOnly", "bf0718e1-ba1e-49d1-88b1-f726733018ae", "whitelist", {"host"}, "none", "none"),
        row(
            "CF-380",
            "UserAgentRefererHeaders",
            "acba4595-bd28-49b8-b9fe-13317c0390fa",
            "whitelist",
            {"user-agent", "referer"},
            "none",
            "none",
        ),
    ],
)
def test_a_managed_origin_request_policy(
    name: str, id_: str, headers: str, names: Any, cookies: str, query: str
) -> None:
    policy = origin_request_policy(name)
    assert policy is not None
    assert (policy.name, policy.id) == (name, id_)
    assert (policy.headers.behavior, policy.headers.names) == (headers, names)
    assert (policy.cookies.behavior, policy.query_strings.behavior) == (cookies, query)
    assert origin_request_policy(id_) is policy
    assert origin_request_policy(f"Managed-{name}") is policy
    assert name in ORIGIN_REQUEST_POLICY_NAMES


@pytest.mark.rule("CF-374")
@pytest.mark.rule("CF-394")
def test_the_cloudfront_headers_of_2022_06() -> None:
    policy = origin_request_policy("AllViewerAndCloudFrontHeaders-2022-06")
    assert policy is not None
    assert policy.id == "33f36d7e-f396-46d9-90e0-52428a34d9dc"
    assert policy.headers.behavior == "allViewerAndWhitelistCloudFront"
    assert (policy.cookies.behavior, policy.query_strings.behavior) == ("all", "all")
    devices = {f"is-{kind}-viewer" for kind in ("android", "desktop", "ios", "mobile", "smarttv", "tablet")}
    viewer = {
        *("address", "asn", "city", "country", "country-name", "country-region", "country-region-name"),
        *("http-version", "latitude", "longitude", "metro-code", "postal-code", "time-zone", "tls"),
    }
    names = {"forwarded-proto"} | devices | {f"viewer-{name}" for name in viewer}
    assert len(policy.headers.names) == 21
    assert policy.headers.names == {f"cloudfront-{name}" for name in names}


def test_there_are_no_others() -> None:
    assert len(CACHE_POLICY_NAMES) == 7
    assert len(ORIGIN_REQUEST_POLICY_NAMES) == 8


@pytest.mark.rule("CF-371")
@pytest.mark.parametrize("name", ["", "Managed-", "cachingoptimized", "SimpleCORS", "Managed-Managed-CachingOptimized"])
def test_an_unknown_name_gives_nothing(name: str) -> None:
    assert cache_policy(name) is None
    assert origin_request_policy(name) is None


@pytest.mark.rule("CF-370")
def test_policies_whose_settings_are_not_published_are_not_guessed() -> None:
    assert sorted(AMPLIFY_HOSTING.values()) == ["default", "image optimisation", "no cookies", "static content"]
    assert all(cache_policy(id_) is None and origin_request_policy(id_) is None for id_ in AMPLIFY_HOSTING)


def test_the_two_kinds_are_apart() -> None:
    assert cache_policy("AllViewer") is None
    assert origin_request_policy("CachingOptimized") is None


@pytest.mark.rule("CF-131")
@pytest.mark.parametrize(
    ("ttls", "disabled"), [((0, 0, 0), True), ((0, 0, 1), False), ((1, 1, 1), False), ((0, 1, 1), False)]
)
def test_caching_is_disabled_by_three_zeros(ttls: tuple[int, int, int], disabled: bool) -> None:
    policy = CachePolicy(name="x", min_ttl=ttls[0], default_ttl=ttls[1], max_ttl=ttls[2])
    assert policy.caching_disabled is disabled


@pytest.mark.rule("CF-85")
@pytest.mark.parametrize(
    "name",
    [
        "Cache-Control",
        "Connection",
        "Content-Length",
        "Cookie",
        "Max-Forwards",
        "Pragma",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Request-Range",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Via",
        "X-Amz-Cf-Id",
        "X-Edge-Location",
        "X-Forwarded-Proto",
        "X-Real-IP",
    ],
)
def test_a_header_that_no_policy_may_key_on(name: str) -> None:
    assert key_header_problem(name) == "CF-85"
    assert key_header_problem(name.upper()) == "CF-85"


@pytest.mark.rule("CF-86")
@pytest.mark.rule("CF-393")
@pytest.mark.parametrize("name", ["Address", "ASN", "JA3-Fingerprint", "JA4-Fingerprint", "TLS"])
def test_a_header_for_origin_request_policies_only(name: str) -> None:
    assert key_header_problem(f"CloudFront-Viewer-{name}") == "CF-86"


@pytest.mark.rule("CF-87")
@pytest.mark.rule("CF-98")
@pytest.mark.parametrize(
    "name",
    [
        *("Accept", "Accept-Encoding", "Authorization", "CloudFront-Viewer-Country", "CloudFront-Forwarded-Proto"),
        *("Content-MD5", "Content-Type", "Date", "Expect", "From", "If-Match", "Origin", "Referer", "User-Agent"),
        *("Warning", "X-Forwarded-For", "X-HTTP-Method-Override", "X-Anything"),
    ],
)
def test_a_header_that_a_policy_may_key_on(name: str) -> None:
    assert key_header_problem(name) is None


@pytest.mark.rule("CF-85")
def test_host_is_no_key_of_an_s3_origin() -> None:
    assert key_header_problem("Host") is None
    assert key_header_problem("Host", is_s3=True) == "CF-85"
    assert key_header_problem("Origin", is_s3=True) is None
