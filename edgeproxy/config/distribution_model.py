"""The schema of `distribution`: CloudFront's own words in snake_case (CF-5, CF-6, CF-15).

Ranges are those of the column `latest`.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from edgeproxy.config.base import Section, Short
from edgeproxy.config.policy_model import ForwardedValues, LegacyTtls
from edgeproxy.config.values import Alias, DomainName, Matching, OriginPath, PagePath, Seconds, Url, Whole

Method = Literal["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
HookName = Literal["viewer-request", "origin-request", "origin-response", "viewer-response"]
Failover = Literal[400, 403, 404, 416, 429, 500, 502, 503, 504]
ErrorCode = Literal[400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
PageCode = Literal[200, 400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504]
OriginId = Annotated[str, Matching(r"[^\s/]{1,128}", "an id of 1 to 128 characters, without white space or `/`")]
WsgiSpec = Annotated[
    str,
    Matching(
        r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\(\))?",
        "a WSGI application as module:name or module:factory()",
        "such as mypackage.app:app",
    ),
]


class S3Config(Section):
    """An S3 bucket (CF-7)."""

    bucket: Annotated[str, Matching(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of a bucket")] = Field(
        description="name of the bucket"
    )
    region: Annotated[str, Matching(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS Region", "such as eu-west-1")] = Field(
        description="its AWS Region"
    )
    origin_access_identity: str = Field(default="", description="a legacy identity; empty: requests are not signed")


class OriginConfig(Section):
    """An origin: what CloudFront is told, and where the server really is."""

    domain_name: DomainName | None = Field(default=None, description="what handlers, the Host header and TLS see")
    url: Url | None = Field(
        default=None, description="where it really is; else `domain_name`, protocol and port decide"
    )
    directory: str | None = Field(default=None, description="serve files from this directory, answering as S3 does")
    wsgi: WsgiSpec | None = Field(
        default=None, description="an in-process WSGI application: module:name or module:factory()"
    )
    s3: S3Config | None = Field(default=None, description="functions see an S3 origin")
    origin_path: OriginPath = Field(default="", description="put before the path of every request to the origin")
    protocol_policy: Literal["http-only", "https-only", "match-viewer"] = Field(
        default="match-viewer", description="how the origin is contacted"
    )
    http_port: Whole = Field(default=80, description="80, 443 or 1024 to 65535")
    https_port: Whole = Field(default=443, description="80, 443 or 1024 to 65535")
    read_timeout: Whole = Field(
        default=30, ge=1, le=120, description="seconds to the first byte, and between two packets"
    )
    keepalive_timeout: Whole = Field(default=5, ge=1, le=120, description="seconds that an idle connection is kept")
    connection_attempts: Whole = Field(default=3, ge=1, le=3, description="how often connecting is tried")
    connection_timeout: Whole = Field(default=10, ge=1, le=10, description="seconds for each attempt to connect")
    ssl_protocols: tuple[Literal["SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"], ...] = Field(
        default=("TLSv1.2",), description="TLS versions that may be used with the origin"
    )
    custom_headers: dict[str, str] = Field(
        default={}, description="headers that are added to every request to the origin"
    )


class OriginGroupConfig(Section):
    """Two origins, the second for when the first fails (CF-12)."""

    members: tuple[str, ...] = Field(min_length=2, max_length=2, description="primary and secondary origin")
    failover_status_codes: tuple[Failover, ...] = Field(
        min_length=1, description="statuses of the primary that make the secondary answer"
    )


class AssociationConfig(Short):
    """A function attached to an event type."""

    short_key: ClassVar[str] = "function"
    function: str = Field(description="name of a function under `functions`")
    include_body: bool = Field(default=False, description="the function sees the request body; for request events only")


class BehaviorConfig(LegacyTtls):
    """The default cache behaviour."""

    target_origin: str = Field(description="id of an origin or an origin group")
    viewer_protocol_policy: Literal["allow-all", "redirect-to-https", "https-only"] = Field(
        default="allow-all", description="what becomes of plain HTTP"
    )
    allowed_methods: tuple[Method, ...] = Field(
        default=("GET", "HEAD"), description="GET and HEAD; these and OPTIONS; or all seven"
    )
    cached_methods: tuple[Method, ...] = Field(
        default=("GET", "HEAD"), description="GET and HEAD; or these and OPTIONS"
    )
    compress: bool = Field(default=False, description="compress responses for viewers that accept it")
    cache_policy: str | None = Field(
        default=None, description="a managed policy's name or id, or a name under `cache_policies`"
    )
    origin_request_policy: str | None = Field(
        default=None, description="a managed policy's name or id, or a name under `origin_request_policies`"
    )
    response_headers_policy: str | None = Field(
        default=None, description="a managed policy's name or id, or a name under `response_headers_policies`"
    )
    forwarded_values: ForwardedValues | None = Field(default=None, description="the legacy form, instead of policies")
    trusted_key_groups: tuple[str, ...] = Field(
        default=(), description="names under `key_groups`: requests must be signed"
    )
    functions: dict[HookName, AssociationConfig] = Field(default={}, description="functions by event type")


class CacheBehaviorConfig(BehaviorConfig):
    """A cache behaviour for the paths that a pattern matches."""

    path_pattern: str = Field(description="`*` and `?` are wildcards; a leading `/` is implied")


class ErrorResponseConfig(Section):
    """A custom error response (CF-281)."""

    error_code: ErrorCode = Field(description="the status that it is for")
    response_code: PageCode | None = Field(default=None, description="the status that the viewer gets with the page")
    response_page_path: PagePath | None = Field(default=None, description="path of the page")
    error_caching_min_ttl: Seconds = Field(default=10, description="seconds that the error is kept at least")


class GeoRestrictionConfig(Section):
    """Countries that may or may not see the content."""

    type: Literal["none", "whitelist", "blacklist"] = Field(description="what `locations` are")
    locations: tuple[
        Annotated[str, Matching("[A-Z]{2}", "a country code of two capital letters", "such as NL")], ...
    ] = Field(default=(), description="ISO 3166 country codes")


class DistributionConfig(Section):
    """What CloudFront is told to do."""

    id: Annotated[str, Matching("[A-Z0-9]{1,32}", "capital letters and digits")] = Field(
        default="EDFDVBD6EXAMPLE", description="the id that events and logs show"
    )
    domain_name: DomainName = Field(default="d111111abcdef8.cloudfront.net", description="the distribution's own name")
    aliases: tuple[Alias, ...] = Field(default=(), description="other names that viewers use; `*.name` is a wildcard")
    default_root_object: str = Field(
        default="", max_length=255, description="the object for `/`, without a leading `/`"
    )
    origins: dict[OriginId, OriginConfig] = Field(description="origins by id")
    origin_groups: dict[OriginId, OriginGroupConfig] = Field(default={}, description="origin groups by id")
    default_cache_behavior: BehaviorConfig = Field(description="for paths that no other behaviour matches")
    cache_behaviors: tuple[CacheBehaviorConfig, ...] = Field(default=(), description="tried in this order")
    custom_error_responses: tuple[ErrorResponseConfig, ...] = Field(default=(), description="pages for errors")
    geo_restriction: GeoRestrictionConfig | None = Field(default=None, description="countries; default: no restriction")
