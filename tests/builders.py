"""A whole edge in a few words: a configuration as data, handlers as source text, an application as the origin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeproxy.build import Edge, build
from edgeproxy.clock import ManualClock
from edgeproxy.config.load import load_data
from edgeproxy.ids import RandomIds
from edgeproxy.pipeline.trace import Trace

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]


class Site:
    """A WSGI application that answers what it is told to and keeps what it was asked."""

    def __init__(
        self,
        body: bytes | Callable[[], Iterable[bytes]] = b"hello",
        status: str = "200 OK",
        headers: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.body = body
        self.status = status
        self.headers = list(headers)
        self.seen: list[WSGIEnvironment] = []
        self.received: list[bytes] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.seen.append(environ)
        self.received.append(environ["wsgi.input"].read())
        start_response(self.status, list(self.headers))
        return self.body() if callable(self.body) else [self.body]


def an_edge(
    app: WSGIApplication,
    folder: Path,
    *,
    handlers: Mapping[str, str] | None = None,
    behavior: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    on_trace: Callable[[Trace], None] | None = None,
) -> tuple[Edge, ManualClock]:
    """An edge with `app` as its origin, and its clock.

    :param folder: where the handlers' code goes.
    :param handlers: hook -> the source of a module with `handler`.
    """
    functions = {}
    for hook, source in (handlers or {}).items():
        code = folder / hook
        code.mkdir(exist_ok=True)
        (code / "index.py").write_text(source)
        functions[hook] = {"code": str(code), "handler": "index.handler"}
    data = {
        "version": 1,
        "functions": functions,
        "distribution": {
            "origins": {"app": {"domain_name": "app.example.test", "protocol_policy": "http-only"}},
            "default_cache_behavior": {
                "target_origin": "app",
                "allowed_methods": ALL_METHODS,
                "functions": {hook: hook for hook in functions},
                **(behavior or {}),
            },
        },
        **(settings or {}),
    }
    clock = ManualClock()
    project = load_data(data, folder, app_origin=True)
    options: dict[str, Any] = {} if on_trace is None else {"on_trace": on_trace}
    return build(project, apps={"app": app}, clock=clock, ids=RandomIds(1), **options), clock
