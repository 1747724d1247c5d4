"""The schema of policies: CloudFront's own fields in snake_case, values as CloudFront spells them (CF-18, CF-19)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from edgeproxy.cloudfront.policies import HeaderBehavior, SelectionBehavior
from edgeproxy.config.base import Section
from edgeproxy.config.values import Seconds


class CookiesConfig(Section):
    """Which cookies."""

    cookie_behavior: SelectionBehavior = Field(description="which cookies the policy takes")
    cookies: tuple[str, ...] = Field(default=(), description="names, for `whitelist` and `allExcept`")


class QueryStringsConfig(Section):
    """Which query parameters."""

    query_string_behavior: SelectionBehavior = Field(description="which query parameters the policy takes")
    query_strings: tuple[str, ...] = Field(default=(), description="names, for `whitelist` and `allExcept`")


class KeyHeadersConfig(Section):
    """Which headers enter the cache key."""

    header_behavior: Literal["none", "whitelist"] = Field(description="which headers enter the cache key")
    headers: tuple[str, ...] = Field(default=(), description="names, for `whitelist`")


class OriginHeadersConfig(Section):
    """Which headers the origin is sent."""

    header_behavior: HeaderBehavior = Field(description="which headers the origin is sent")
    headers: tuple[str, ...] = Field(
        default=(), description="names, for `whitelist`, `allExcept` and `allViewerAndWhitelistCloudFront`"
    )


class KeyParameters(Section):
    """What enters the cache key, and so goes to the origin."""

    enable_accept_encoding_gzip: bool = Field(
        default=False, description="keep gzip apart: normalised Accept-Encoding is keyed"
    )
    enable_accept_encoding_brotli: bool = Field(default=False, description="keep Brotli apart")
    headers_config: KeyHeadersConfig = Field(
        default_factory=lambda: KeyHeadersConfig(header_behavior="none"), description="default: none"
    )
    cookies_config: CookiesConfig = Field(
        default_factory=lambda: CookiesConfig(cookie_behavior="none"), description="default: none"
    )
    query_strings_config: QueryStringsConfig = Field(
        default_factory=lambda: QueryStringsConfig(query_string_behavior="none"), description="default: none"
    )


class CachePolicyConfig(Section):
    """A cache policy: the cache key, and for how long responses are kept."""

    comment: str = Field(default="", description="for the reader")
    min_ttl: Seconds = Field(description="seconds for which a response is kept at least")
    default_ttl: Seconds | None = Field(default=None, description="seconds when the origin says nothing; default 86400")
    max_ttl: Seconds | None = Field(default=None, description="seconds at most; default 31536000")
    parameters_in_cache_key_and_forwarded_to_origin: KeyParameters = Field(
        default_factory=KeyParameters, description="what enters the cache key"
    )


class OriginRequestPolicyConfig(Section):
    """An origin request policy: what goes to the origin beyond the cache key."""

    comment: str = Field(default="", description="for the reader")
    headers_config: OriginHeadersConfig = Field(
        default_factory=lambda: OriginHeadersConfig(header_behavior="none"), description="default: none"
    )
    cookies_config: CookiesConfig = Field(
        default_factory=lambda: CookiesConfig(cookie_behavior="none"), description="default: none"
    )
    query_strings_config: QueryStringsConfig = Field(
        default_factory=lambda: QueryStringsConfig(query_string_behavior="none"), description="default: none"
    )


class ResponseHeadersPolicyConfig(Section):
    """A response headers policy (CF-328 to CF-359)."""

    comment: str = Field(default="", description="for the reader")
    cors_config: dict[str, Any] | None = Field(default=None, description="CORS headers")
    security_headers_config: dict[str, Any] | None = Field(default=None, description="security headers")
    custom_headers_config: dict[str, Any] | None = Field(default=None, description="headers that are added")
    remove_headers_config: dict[str, Any] | None = Field(default=None, description="headers that are removed")
    server_timing_headers_config: dict[str, Any] | None = Field(default=None, description="the Server-Timing header")


class ForwardedCookies(Section):
    """Cookies of the legacy form."""

    forward: Literal["none", "whitelist", "all"] = Field(description="which cookies are keyed and forwarded")
    whitelisted_names: tuple[str, ...] = Field(default=(), description="names, for `whitelist`")


class ForwardedValues(Section):
    """The legacy form of cache and forwarding settings (CF-21)."""

    query_string: bool = Field(default=False, description="forward the query string, and key on it")
    query_string_cache_keys: tuple[str, ...] = Field(default=(), description="key on these parameters only")
    cookies: ForwardedCookies = Field(
        default_factory=lambda: ForwardedCookies(forward="none"), description="default: none"
    )
    headers: tuple[str, ...] = Field(
        default=(), description="headers that are keyed and forwarded; [`*`] for all, uncached"
    )


class LegacyTtls(Section):
    """TTLs beside `forwarded_values`."""

    min_ttl: Seconds | None = Field(default=None, description="legacy, beside `forwarded_values`; default 0")
    default_ttl: Seconds | None = Field(default=None, description="legacy, beside `forwarded_values`; default 86400")
    max_ttl: Seconds | None = Field(default=None, description="legacy, beside `forwarded_values`; default 31536000")
