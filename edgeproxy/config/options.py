"""A Project without a configuration file: `serve --origin URL`, and a bare `EdgeMiddleware`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from edgeproxy.cloudfront.distribution import Association, Behavior, Distribution
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.policies import cache_policy, origin_request_policy
from edgeproxy.config.defaults import (
    ALL_METHODS,
    APP_DOMAIN_NAME,
    APP_ORIGIN,
    DEFAULT_CACHE_POLICY,
    DEFAULT_ORIGIN_REQUEST_POLICY,
)
from edgeproxy.config.document import Document
from edgeproxy.config.hosts import url_refusal
from edgeproxy.config.problems import Report
from edgeproxy.config.project import Backend, Project, UrlBackend
from edgeproxy.errors import ConfigError
from edgeproxy.function import Function

ORIGIN = "site"
"""Id of the origin that `--origin` gives."""


def from_options(
    origin: str, functions: Mapping[Hook, str] | None = None, *, base: str | os.PathLike[str] = "."
) -> Project:
    """One origin, up to four functions.

    Raises `errors.ConfigError` with everything that is wrong; `key` of a problem is the option.

    :param origin: URL of a server, `http://host:port`.
    :param functions: hook -> `FILE:HANDLER`. FILE is a `.py` or `.mjs` file, or a folder with a function's code;
        HANDLER is the name of the function in that file, or `module.function`.
    :param base: the folder that FILE is relative to.
    """
    report = Report("", Document(None, {}))
    host, protocol, port = "", "http", 80
    if refusal := url_refusal(origin):
        report.problem(("--origin",), f"{refusal.words}, found `{origin}`", hint=refusal.hint)
    else:
        parts = urlsplit(origin)
        host, protocol = parts.hostname or "", parts.scheme
        port = parts.port or (443 if protocol == "https" else 80)
    found = _functions(functions or {}, Path(base).absolute(), report)
    if report.problems:
        raise ConfigError(report.problems)
    configured = Origin(
        id=ORIGIN,
        domain_name=host,
        protocol_policy="https-only" if protocol == "https" else "http-only",
        http_port=80 if protocol == "https" else port,
        https_port=port if protocol == "https" else 443,
    )
    return _project(configured, found, {ORIGIN: UrlBackend(origin.rstrip("/"))})


def for_wsgi(functions: Mapping[Hook, str] | None = None, *, base: str | os.PathLike[str] = ".") -> Project:
    """The Project of a wrapped WSGI application: the origin `app`, of which the caller knows where it is.

    Parameters and exceptions are those of `from_options`.
    """
    report = Report("", Document(None, {}))
    found = _functions(functions or {}, Path(base).absolute(), report)
    if report.problems:
        raise ConfigError(report.problems)
    return _project(Origin(id=APP_ORIGIN, domain_name=APP_DOMAIN_NAME), found, {})


def _functions(options: Mapping[Hook, str], base: Path, report: Report) -> dict[Hook, Function]:
    built: dict[Hook, Function] = {}
    for hook, option in options.items():
        path = (f"--{hook.value}",)
        file, separator, handler = option.rpartition(":")
        code = base / file
        if not separator or not file or not handler:
            report.problem(path, f"expected FILE:HANDLER, found `{option}`", hint="such as auth.py:handler")
        elif not code.exists():
            report.problem(path, f"there is no file or folder {code}")
        elif code.is_dir() and "." not in handler:
            hint = f"such as {file}:index.{handler}"
            report.problem(path, f"expected module.function after a folder, found `{handler}`", hint=hint, rule="LR-80")
        else:
            built[hook] = _function(code, handler if "." in handler else f"{code.stem}.{handler}", hook, built)
    return built


def _function(code: Path, handler: str, hook: Hook, built: Mapping[Hook, Function]) -> Function:
    for other in built.values():
        if (other.code, other.handler) == (str(code), handler):
            return other
    name = re.sub(r"[^A-Za-z0-9_-]", "-", code.stem)[:48]
    if any(other.name == name for other in built.values()):
        name = f"{name}-{hook.value}"
    return Function(name=name, code=str(code), handler=handler)


def _project(origin: Origin, functions: Mapping[Hook, Function], backends: Mapping[str, Backend]) -> Project:
    cache = cache_policy(DEFAULT_CACHE_POLICY)
    assert cache is not None
    behavior = Behavior(
        path_pattern="*",
        origin=origin,
        allowed_methods=ALL_METHODS,
        cache_policy=cache,
        origin_request_policy=origin_request_policy(DEFAULT_ORIGIN_REQUEST_POLICY),
        functions={hook: Association(function) for hook, function in functions.items()},
    )
    return Project(
        distribution=Distribution(origins={origin.id: origin}, default_behavior=behavior),
        functions={function.name: function for function in functions.values()},
        backends=backends,
        watched=tuple(dict.fromkeys(function.code for function in functions.values())),
    )
