"""The schema of `edgeproxy.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edgeproxy.config.base import Section
from edgeproxy.config.distribution_model import DistributionConfig
from edgeproxy.config.policy_model import CachePolicyConfig, OriginRequestPolicyConfig, ResponseHeadersPolicyConfig
from edgeproxy.config.values import MB, Address, Column, Matching, Port, Size, Url, Whole

FunctionName = Annotated[
    str, Matching("[A-Za-z0-9_-]{1,64}", "a name of 1 to 64 letters, digits, `-` and `_`", rule="LR-50")
]
PolicyName = Annotated[str, Matching("[A-Za-z0-9_-]{1,128}", "a name of letters, digits, `-` and `_`")]
ReachedName = Annotated[str, Matching(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", "a DNS name, or `*.` and a suffix")]


class FunctionConfig(Section):
    """A Lambda@Edge function."""

    runtime: Annotated[
        str,
        Matching(r"python3\.\d+|nodejs\d+\.x|cloudfront-js-[12]\.0", "python3.N or nodejsN.x", "such as python3.12"),
    ] = Field(default="", description="python3.N or nodejsN.x; default: the proxy's own interpreter")
    code: str = Field(description="folder with the code, or a single file")
    handler: Annotated[
        str,
        Matching(r"[^\s.][^\s]{0,125}\.[^\s./]+", "module.function, as Lambda spells it", "index.handler", "LR-80"),
    ] = Field(description="module.function", max_length=128)
    timeout: Whole = Field(default=5, ge=1, le=30, description="seconds that one invocation may take")
    memory_size: Whole = Field(default=128, ge=128, le=10_240, description="MB")
    version: Whole = Field(default=1, ge=1, description="the number that ARNs, logs and the context object show")
    isolation: Literal["process", "inline"] = Field(
        default="inline", description="in processes of its own, or in the proxy's process"
    )
    executable: str = Field(default="", description="path of the interpreter; default: found by `runtime`")
    warm: Whole = Field(default=0, ge=0, description="environments started ahead of traffic")
    max_concurrency: Whole | None = Field(default=None, ge=1, description="more at once is throttled, as Lambda does")
    credentials: Annotated[str, Matching(r"none|profile \S+", "`none`, or `profile` and a name")] = Field(
        default="none", description="AWS credentials that the function sees: `none` or `profile NAME`"
    )


class ViewerConfig(Section):
    """What the local viewer looks like."""

    country: Annotated[str, Matching("[A-Z]{2}", "a country code of two capital letters", "such as NL")] | None = Field(
        default=None, description="CloudFront-Viewer-Country"
    )


class CacheConfig(Section):
    """The edge cache."""

    max_bytes: Size = Field(default=256 * MB, description="how much is kept in all")
    max_object_bytes: Size = Field(default=8 * MB, description="a larger object is passed on and not kept")


class TlsConfig(Section):
    """HTTPS for viewers."""

    cert: str = Field(description="path of the certificate chain (PEM)")
    key: str = Field(description="path of its private key (PEM)")


class ServerConfig(Section):
    """Where viewers connect."""

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: Port = Field(default=8080, description="port to listen on; 0: any that is free")
    workers: Whole = Field(default=1, ge=1, le=256, description="processes; each is an edge of its own")
    threads: Whole = Field(default=32, ge=1, le=4_096, description="requests at one time, at most")
    tls: TlsConfig | None = Field(default=None, description="default: plain HTTP")


class AdminConfig(Section):
    """The admin port: health, metrics, traces."""

    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: Port = Field(default=8081, description="port to listen on; 0: any that is free")


class FunctionLogsConfig(Section):
    """What functions log."""

    console: Literal["pretty", "json", "none"] = Field(default="pretty", description="how log lines are shown")
    directory: str | None = Field(default=None, description="one file per log stream goes here")


class AccessLogConfig(Section):
    """A line per request."""

    path: str = Field(description="the file")
    format: Literal["cloudfront", "json"] = Field(
        default="cloudfront", description="standard log format, 33 fields; or JSON"
    )


class LogsConfig(Section):
    """What is written down."""

    functions: FunctionLogsConfig = Field(default_factory=FunctionLogsConfig, description="what functions log")
    access: AccessLogConfig | None = Field(default=None, description="a line per request; default: none")


class Configuration(Section):
    """The configuration of edgeproxy: a CloudFront distribution, its functions, and how it runs here."""

    version: Literal[1] = Field(default=1, description="of this format")
    profile: Column = Field(default="latest", description="which column wins where the guide changed")
    strict: bool = Field(default=True, description="false: warn where the service would fail validation")
    functions: dict[FunctionName, FunctionConfig] = Field(default={}, description="functions by name")
    distribution: DistributionConfig = Field(description="what CloudFront is told to do")
    cache_policies: dict[PolicyName, CachePolicyConfig] = Field(default={}, description="custom cache policies by name")
    origin_request_policies: dict[PolicyName, OriginRequestPolicyConfig] = Field(
        default={}, description="custom origin request policies by name"
    )
    response_headers_policies: dict[PolicyName, ResponseHeadersPolicyConfig] = Field(
        default={}, description="custom response headers policies by name"
    )
    key_groups: dict[str, dict[str, str]] = Field(
        default={}, description="for signed URLs and cookies: group -> key id -> path of the public key"
    )
    resolve_only: bool = Field(
        default=False, description="true: an origin name without `url` that `resolve` does not list is never looked up"
    )
    resolve: dict[ReachedName, Url] = Field(
        default={}, description="where names that functions choose are really reached; `*.suffix` is a wildcard"
    )
    viewer: ViewerConfig = Field(default_factory=ViewerConfig, description="what the local viewer looks like")
    uncertain: dict[str, str] = Field(default={}, description="settings of rules that nobody has measured yet, by rule")
    trusted_proxies: tuple[Address, ...] = Field(
        default=(), description="addresses whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    cache: CacheConfig = Field(default_factory=CacheConfig, description="the edge cache")
    server: ServerConfig = Field(default_factory=ServerConfig, description="where viewers connect")
    admin: AdminConfig | None = Field(default_factory=AdminConfig, description="the admin port; null: none")
    logs: LogsConfig = Field(default_factory=LogsConfig, description="what is written down")
