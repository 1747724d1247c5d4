"""The WSGI application of the admin port. It only reads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from edgeproxy.admin import pages
from edgeproxy.admin.guard import Guard, RefusedError
from edgeproxy.admin.style import STYLE_HASH
from edgeproxy.observe.export import to_json
from edgeproxy.observe.recorder import Recorder
from edgeproxy.observe.telling import tell

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_METHODS = frozenset({"GET", "HEAD"})
_DEFAULT_LIMIT = 20


class Exposition(Protocol):
    """What serves `/metrics`."""

    content_type: str

    def exposition(self) -> bytes: ...


class AdminApp:
    """The admin port.

    :param ready: whether the proxy accepts requests.
    :param proxy_url: gives where the proxy is, for a link; `""` for none.
    :param allowed_hosts: names by which the port may be asked, beside those of the loopback interface.
    """

    def __init__(
        self,
        recorder: Recorder,
        metrics: Exposition,
        *,
        ready: Callable[[], bool],
        proxy_url: Callable[[], str] = str,
        allowed_hosts: Iterable[str] = (),
    ) -> None:
        self._recorder = recorder
        self._metrics = metrics
        self._ready = ready
        self._proxy_url = proxy_url
        self._guard = Guard(allowed_hosts)
        self._security = _security_headers(self._guard.hosts)
        self._urls = Map(
            [
                Rule("/", endpoint=self._overview),
                Rule("/healthz", endpoint=self._health),
                Rule("/readyz", endpoint=self._health),
                Rule("/metrics", endpoint=self._exposition),
                Rule("/traces", endpoint=self._traces),
                Rule("/traces/<trace_id>", endpoint=self._trace),
            ]
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        response = self._answer(request)
        response.headers.extend(self._security)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            self._guard.check(request.environ)
            if request.method not in _METHODS:
                raise MethodNotAllowed(sorted(_METHODS))
            endpoint, values = self._urls.bind_to_environ(request.environ).match(method="GET")
            response: Response = endpoint(request, **values)
        except RefusedError as refused:
            return _json({"error": str(refused)}, refused.status)
        except HTTPException as error:
            response = _json({"error": error.description}, error.code or 500)
            response.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
        return response

    def _health(self, _request: Request) -> Response:
        ready = self._ready()
        return Response("ok\n" if ready else "starting\n", 200 if ready else 503, mimetype="text/plain")

    def _exposition(self, _request: Request) -> Response:
        return Response(self._metrics.exposition(), content_type=self._metrics.content_type)

    def _overview(self, request: Request) -> Response:
        return self._listing(_limit(request))

    def _traces(self, request: Request) -> Response:
        limit = _limit(request)
        if _wants_html(request):
            return _varies(self._listing(limit))
        return _varies(_json([to_json(trace) for trace in self._recorder.latest(limit)]))

    def _trace(self, request: Request, trace_id: str) -> Response:
        trace = self._recorder.get(trace_id)
        if trace is None:
            raise NotFound("There is no trace of that id: it never was, or newer ones have taken its place.")
        if _wants_html(request):
            return _varies(_html(pages.trace(tell(trace, events=True))))
        return _varies(_json(to_json(trace)))

    def _listing(self, limit: int) -> Response:
        stories = [tell(trace) for trace in self._recorder.latest(limit)]
        return _html(pages.overview(stories, ready=self._ready(), proxy_url=self._proxy_url()))


def _limit(request: Request) -> int:
    text = request.args.get("limit", str(_DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 6):
        raise BadRequest("limit takes a number.")
    return int(text)


def _wants_html(request: Request) -> bool:
    accepted = request.accept_mimetypes
    return accepted["text/html"] > accepted["application/json"]


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, indent=2) + "\n", status, mimetype="application/json")


def _html(page: str) -> Response:
    return Response(page, mimetype="text/html")


def _varies(response: Response) -> Response:
    response.vary.add("Accept")
    return response


def _security_headers(hosts: Iterable[str]) -> list[tuple[str, str]]:
    """Pages of these hosts may show ours in a frame, whatever their ports; nothing may run in ours."""
    names = sorted(host for host in hosts if ":" not in host)  # CSP has no way to write an IPv6 address
    frames = " ".join(f"{scheme}://{name}:*" for name in names for scheme in ("http", "https"))
    policy = (
        f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'self' {frames}"
    )
    return [
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
