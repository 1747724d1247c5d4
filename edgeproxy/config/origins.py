"""`distribution.origins` -> Origin, and where each really is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from edgeproxy.cloudfront.header_rules import NAMES, bad_character, custom_header_refused
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.config.distribution_model import OriginConfig
from edgeproxy.config.document import KeyPath
from edgeproxy.config.problems import Report
from edgeproxy.config.project import Backend, DirectoryBackend, UrlBackend, WsgiBackend
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.text import to_wire

_MAX_HEADERS = {"latest": 30, "2023": 10}
_MAX_NAME, _MAX_VALUE, _MAX_ALL = 256, 1_783, 10_240
"""Characters (LE-187)."""
_BEFORE = {"read_timeout": 60, "keepalive_timeout": 60}
"""Upper bounds of the column `2023`, where they are lower (CF-6)."""
_CUSTOM_ONLY = ("protocol_policy", "http_port", "https_port", "keepalive_timeout", "ssl_protocols")
"""Keys of a custom origin: CloudFront has no such setting for an S3 origin."""

_ORIGINS: KeyPath = ("distribution", "origins")


def build_origins(configs: Mapping[str, OriginConfig], profile: Profile, report: Report) -> dict[str, Origin]:
    """The origins by id, as CloudFront is told of them."""
    origins = {}
    for name, config in configs.items():
        path = (*_ORIGINS, name)
        _check(config, profile, path, report)
        headers = Headers(
            (key, to_wire(value)) for key, value in config.custom_headers.items() if bad_character(value) is None
        )
        origins[name] = Origin(
            id=name,
            domain_name=_domain_name(name, config),
            is_s3=config.s3 is not None,
            path=config.origin_path,
            protocol_policy=config.protocol_policy,
            http_port=config.http_port,
            https_port=config.https_port,
            read_timeout=config.read_timeout,
            keepalive_timeout=config.keepalive_timeout,
            connection_attempts=config.connection_attempts,
            connection_timeout=config.connection_timeout,
            ssl_protocols=config.ssl_protocols,
            custom_headers=headers,
            region=config.s3.region if config.s3 else "",
            auth_method="origin-access-identity" if config.s3 and config.s3.origin_access_identity else "none",
        )
    return origins


def build_backends(configs: Mapping[str, OriginConfig], base: Path, report: Report) -> dict[str, Backend]:
    """Where the origins really are, by id; those that their domain name decides are absent."""
    backends: dict[str, Backend] = {}
    for name, config in configs.items():
        path = (*_ORIGINS, name)
        given = [key for key in ("url", "directory", "wsgi") if getattr(config, key) is not None]
        if len(given) > 1:
            words = " and ".join(f"`{key}`" for key in given)
            report.problem((*path, given[1]), f"an origin is in one place, and this has {words}", hint="keep one")
        if config.url is not None:
            backends[name] = UrlBackend(config.url)
        elif config.directory is not None:
            directory = base / config.directory
            if not directory.is_dir():
                hint = "paths are relative to the configuration file"
                report.problem((*path, "directory"), f"there is no folder {directory}", hint=hint)
            backends[name] = DirectoryBackend(str(directory))
        elif config.wsgi is not None:
            backends[name] = WsgiBackend(config.wsgi, str(base))
    return backends


def _domain_name(name: str, config: OriginConfig) -> str:
    if config.domain_name is not None:
        return config.domain_name
    if config.s3 is not None:
        return f"{config.s3.bucket}.s3.{config.s3.region}.amazonaws.com"
    if config.url is not None:
        return urlsplit(config.url).hostname or ""
    return f"{name}.localhost"


def _check(config: OriginConfig, profile: Profile, path: KeyPath, report: Report) -> None:
    given = config.model_fields_set
    if not report.is_partly_settled(path) and not given & {"domain_name", "url", "directory", "wsgi", "s3"}:
        report.problem(path, "nothing says where this origin is", hint="give `domain_name` or `url`")
    if config.s3 is not None:
        for key in given.intersection(_CUSTOM_ONLY):
            report.problem(
                (*path, key), "an S3 origin has no such setting", hint="remove it, or remove `s3`", rule="CF-7"
            )
    for key in ("http_port", "https_port"):
        port = getattr(config, key)
        if port not in (80, 443) and not 1_024 <= port <= 65_535:
            hint = "the real port of a server goes into `url`"
            report.problem((*path, key), f"expected 80, 443 or 1024 to 65535, found {port}", hint=hint, rule="CF-6")
    if profile.column == "2023":
        for key, bound in _BEFORE.items():
            if (value := getattr(config, key)) > bound:
                hint = "more is allowed under `profile: latest`"
                report.problem((*path, key), f"expected {bound} or less, found {value}", hint=hint, rule="CF-6")
    _check_headers(config.custom_headers, profile, (*path, "custom_headers"), report)


def _check_headers(headers: Mapping[str, str], profile: Profile, path: KeyPath, report: Report) -> None:
    seen: dict[str, str] = {}
    for name, value in headers.items():
        lower, here = name.lower(), (*path, name)
        if not NAMES[name].is_token:
            report.problem(here, "this is not the name of a header")
        elif rule := custom_header_refused(name, profile.column):
            report.problem(here, "CloudFront refuses a custom header of this name", hint="use another name", rule=rule)
        elif lower in seen:
            report.problem(here, f"the same header as `{seen[lower]}`: case makes no difference", hint="keep one")
        seen.setdefault(lower, name)
        if bad_character(value) is not None:
            report.problem(here, "the value has characters that no header may have")
        for what, text, limit in (("name", name, _MAX_NAME), ("value", value, _MAX_VALUE)):
            if len(text) > limit:
                report.problem(here, f"the {what} has {len(text)} characters, {limit} are allowed", rule="LE-187")
    allowed = _MAX_HEADERS[profile.column]
    if len(headers) > allowed:
        report.problem(path, f"{len(headers)} custom headers, {allowed} are allowed", rule="LE-187")
    total = sum(len(name) + len(value) for name, value in headers.items())
    if total > _MAX_ALL:
        report.problem(path, f"names and values have {total} characters in all, {_MAX_ALL} are allowed", rule="LE-187")
