"""From a Project to a live Edge: the one file that names the concrete classes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeproxy import edge
from edgeproxy.clock import Clock, SystemClock
from edgeproxy.cloudfront.viewer_response import EdgeIdentity
from edgeproxy.config import load as config
from edgeproxy.config.project import DirectoryBackend, Project, UrlBackend, WsgiBackend
from edgeproxy.edge import FunctionPool, OriginClient, ignore_trace
from edgeproxy.errors import ConfigError, Problem
from edgeproxy.function import Function
from edgeproxy.ids import Ids, RandomIds
from edgeproxy.origins.http import HttpOrigins
from edgeproxy.origins.router import OriginRouter
from edgeproxy.origins.wsgi import WsgiOrigin, load_app
from edgeproxy.pipeline.trace import Trace
from edgeproxy.runtime.inline import InlinePool
from edgeproxy.stores.memory import MemoryStore

if TYPE_CHECKING:
    import httpx
    from _typeshed.wsgi import WSGIApplication

POP = "LCL50-C1"
"""What stands for the edge location (CF-311): three letters that are no airport."""


class Edge(edge.Edge):
    """A CloudFront edge built from a configuration. A context manager: leaving it stops the functions."""

    @staticmethod
    def from_config(path: str | os.PathLike[str]) -> Edge:
        """The edge for a configuration file. Raises `errors.ConfigError` with everything that is wrong in it."""
        return build(config.load(path))


def build(
    project: Project,
    *,
    apps: Mapping[str, WSGIApplication] | None = None,
    transport: httpx.BaseTransport | None = None,
    clock: Clock | None = None,
    ids: Ids | None = None,
    on_trace: Callable[[Trace], None] = ignore_trace,
    echo: bool = True,
) -> Edge:
    """Make the edge for a project.

    :param apps: WSGI applications that stand for origins, by origin id.
    :param transport: reaches the HTTP origins instead of the pooled connections.
    :param on_trace: called with the trace of each request once it is complete.
    :param echo: what functions print is shown on standard error, and not only kept in the trace.
    :raises errors.ConfigError: when a function or an application of the project cannot be run.
    """
    clock = clock or SystemClock()
    ids = ids or RandomIds()
    functions = associated_functions(project)
    problems = [problem for function in functions for problem in runtime_problems(function, project)]
    local: dict[str, OriginClient] = {}
    urls: dict[str, str] = {}
    for origin_id, backend in project.backends.items():
        if apps and origin_id in apps:
            continue
        match backend:
            case UrlBackend():
                urls[origin_id] = backend.url
            case DirectoryBackend():
                # Hashes, types of files and S3's documents: only a distribution with a folder waits for them.
                from edgeproxy.origins.directory import DirectoryOrigin  # noqa: PLC0415

                local[origin_id] = DirectoryOrigin(backend.path, clock)
            case WsgiBackend():
                try:
                    local[origin_id] = WsgiOrigin(load_app(backend.spec, backend.path))
                except ConfigError as error:
                    problems += error.problems
    if problems:
        raise ConfigError(problems)
    for origin_id, app in (apps or {}).items():
        local[origin_id] = WsgiOrigin(app)
    origins = OriginRouter(
        configured=project.distribution.origins,
        local=local,
        urls=urls,
        resolve=project.resolve,
        resolve_only=project.resolve_only,
        http=HttpOrigins(clock=clock, transport=transport),
    )
    pools: dict[str, FunctionPool] = {
        function.name: InlinePool(function, clock, ids, echo=echo) for function in functions
    }
    return Edge(
        distribution=project.distribution,
        pools=pools,
        store=MemoryStore(project.cache.max_bytes),
        origins=origins,
        identity=EdgeIdentity(POP, f"{ids.hex32()}.cloudfront.net"),
        clock=clock,
        ids=ids,
        profile=project.profile,
        max_object_bytes=project.cache.max_object_bytes,
        on_trace=on_trace,
    )


def for_application(source: str | os.PathLike[str] | Mapping[str, Any] | None) -> Project:
    """The project for a wrapped application: a file, its content, or the defaults."""
    if source is None:
        return config.for_wsgi()
    if isinstance(source, Mapping):
        return config.load_data(source, base=str(Path.cwd()), app_origin=True)
    return config.load(source, app_origin=True)


def associated_functions(project: Project) -> tuple[Function, ...]:
    """Every function that a behaviour runs, once."""
    found = {
        association.function.name: association.function
        for behavior in project.distribution.all_behaviors()
        for association in behavior.functions.values()
    }
    return tuple(found.values())


def runtime_problems(function: Function, project: Project) -> tuple[Problem, ...]:
    """Why this version cannot run a function; nothing is dropped in silence."""
    if function.runtime.startswith("nodejs"):
        return (
            Problem(
                f"function `{function.name}` needs {function.runtime}: Node.js functions cannot be run yet",
                file=project.file,
                key=f"functions.{function.name}.runtime",
                hint="take the association out, or attach a Python function",
            ),
        )
    return ()


def runtime_warnings(function: Function, project: Project) -> tuple[Problem, ...]:
    """What is different here from the runtime that a function names."""
    own = f"python3.{sys.version_info.minor}"
    if function.runtime.startswith("python") and function.runtime != own:
        return (
            Problem(
                f"function `{function.name}` names {function.runtime} and runs on the proxy's own interpreter, {own}",
                file=project.file,
                key=f"functions.{function.name}.runtime",
            ),
        )
    return ()
