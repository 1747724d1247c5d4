"""What a document says -> Project, or everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeproxy.cloudfront.profile import OPEN_POINTS, Profile
from edgeproxy.config.defaults import APP_DOMAIN_NAME, APP_ORIGIN
from edgeproxy.config.distribution import build_distribution
from edgeproxy.config.document import Document
from edgeproxy.config.functions import build_functions
from edgeproxy.config.model import Configuration
from edgeproxy.config.origins import build_backends
from edgeproxy.config.problems import Report, nearest
from edgeproxy.config.project import (
    AdminSettings,
    CacheSettings,
    LogSettings,
    Project,
    ServerSettings,
    TlsSettings,
    ViewerDefaults,
)
from edgeproxy.config.unused import warn_of_unused
from edgeproxy.config.validate import validate
from edgeproxy.errors import ConfigError


def assemble(document: Document, file: str, base: Path, *, app_origin: bool) -> Project:
    """The project that a document describes. Raises `errors.ConfigError` with everything that is wrong.

    :param file: how the file is shown; `""` when there is none.
    :param base: absolute; paths in the document are relative to it.
    :param app_origin: an application stands behind the origin `app`, so `origins` may leave that out.
    """
    report = Report(file, document)
    for mistake in document.mistakes:
        report.problem(mistake.key, mistake.message, hint=mistake.hint, line=mistake.line)
    report.settle(mistake.key for mistake in document.mistakes if mistake.key)
    project: Project | None = None
    if document.data is None:
        if not document.mistakes:
            report.problem((), "the configuration is empty", hint="it needs `distribution`")
    else:
        if app_origin:
            _add_app(document.data)
        configuration = validate(document, report)
        if configuration is not None:
            project = _build(configuration, file, base, report)
    if report.problems or project is None:
        raise ConfigError(report.problems)
    return project


def _add_app(data: Any) -> None:
    distribution = data.get("distribution") if isinstance(data, dict) else None
    if isinstance(distribution, dict):
        origins = distribution.setdefault("origins", {})
        if isinstance(origins, dict):
            origins.setdefault(APP_ORIGIN, {"domain_name": APP_DOMAIN_NAME})


def _build(configuration: Configuration, file: str, base: Path, report: Report) -> Project | None:
    profile = _profile(configuration, report)
    functions = build_functions(configuration.functions, base, report)
    distribution = build_distribution(configuration, functions, profile, report)
    backends = build_backends(configuration.distribution.origins, base, report)
    cache = configuration.cache
    server = _server(configuration, base, report)
    warn_of_unused(configuration, report)
    if distribution is None:
        return None
    watched = [str(Path(file).absolute())] if file else []
    watched += [function.code for function in functions.values()]
    admin = configuration.admin
    return Project(
        distribution=distribution,
        functions=functions,
        backends=backends,
        resolve={name.lower(): url for name, url in configuration.resolve.items()},
        resolve_only=configuration.resolve_only,
        profile=profile,
        viewer=ViewerDefaults(configuration.viewer.country or ""),
        trusted_proxies=configuration.trusted_proxies,
        cache=CacheSettings(cache.max_bytes, cache.max_object_bytes),
        server=server,
        admin=AdminSettings(admin.host, admin.port) if admin else None,
        logs=_logs(configuration, base),
        file=file,
        watched=tuple(dict.fromkeys(watched)),
        warnings=report.warnings,
    )


def _profile(configuration: Configuration, report: Report) -> Profile:
    for rule, choice in configuration.uncertain.items():
        path = ("uncertain", rule)
        point = OPEN_POINTS.get(rule)
        if point is None:
            report.problem(path, "this rule is not open", hint=nearest(rule, OPEN_POINTS))
        elif choice not in point.choices:
            expected = " or ".join(point.choices)
            message = f"expected {expected}, found `{choice}`"
            report.problem(path, message, hint=nearest(choice, point.choices), rule=rule)
    return Profile(column=configuration.profile, strict=configuration.strict, uncertain=configuration.uncertain)


def _server(configuration: Configuration, base: Path, report: Report) -> ServerSettings:
    server, tls = configuration.server, None
    if server.tls is not None:
        tls = TlsSettings(str(base / server.tls.cert), str(base / server.tls.key))
        for key, file in (("cert", tls.cert), ("key", tls.key)):
            if not Path(file).is_file():
                report.problem(("server", "tls", key), f"there is no file {file}", hint="a PEM file")
    return ServerSettings(server.host, server.port, server.workers, server.threads, tls)


def _logs(configuration: Configuration, base: Path) -> LogSettings:
    functions, access = configuration.logs.functions, configuration.logs.access
    directory = "" if functions.directory is None else str(base / functions.directory)
    if access is None:
        return LogSettings(functions.console, directory)
    return LogSettings(functions.console, directory, str(base / access.path), access.format)
