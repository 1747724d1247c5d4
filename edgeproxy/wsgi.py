"""The WSGI side: `environ` -> Request, Response -> `start_response`.

Two applications: `EdgeProxy` stands in front of the origins of a configuration, `EdgeMiddleware` in front of the
application that it wraps. Both carry what the environ has. Every octet of the path and every header line survive
where the server gives `REQUEST_URI` (or `RAW_URI`) and, as the bridge of `edgeproxy serve` does,
`edgeproxy.header_lines`; other servers join repeated header lines and lose their order and spelling.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self
from urllib.parse import quote

from edgeproxy.build import Edge, build, for_application
from edgeproxy.edge import Exchange
from edgeproxy.errors import ViewerBodyError
from edgeproxy.messages.body import EMPTY, Body, Stream
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.request import Request, Viewer
from edgeproxy.messages.url import split_target

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER_LINES = "edgeproxy.header_lines"
"""Environ key of the header lines as they were received: a list of (name, value)."""
CHUNK = 64 * 1024
_BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})

_log = logging.getLogger("edgeproxy")


class EdgeProxy:
    """A reverse proxy to the origins of a configuration, as a WSGI application.

    :param edge: the edge that answers; it belongs to the caller.
    """

    def __init__(self, edge: Edge) -> None:
        self.edge = edge

    @staticmethod
    def from_config(path: str | os.PathLike[str]) -> EdgeProxy:
        """The proxy for a configuration file. Raises `errors.ConfigError` with everything that is wrong in it."""
        return EdgeProxy(Edge.from_config(path))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            exchange = self.edge.handle(request_of(environ))
        except Exception:  # noqa: BLE001 - the last line of defence: other requests go on
            # Our own bug, told apart from a function's failure and from an origin's: no CloudFront page for it.
            _log.exception("edgeproxy failed to answer %s %s", environ.get("REQUEST_METHOD"), environ.get("PATH_INFO"))
            text = b"edgeproxy has a bug: the log says more\n"
            start_response(
                "500 Internal Server Error", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))]
            )
            return [text]
        response = exchange.response
        try:
            start_response(f"{response.status} {_printable(response.phrase)}", list(response.headers.lines))
        except BaseException:
            exchange.close()  # a server that refuses the response closes nothing that it was not given
            raise
        data = exchange.data
        if data is None:
            return _Sending(exchange)
        exchange.close()
        return [data]

    def close(self) -> None:
        """Stop the functions and give up the origin connections."""
        self.edge.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class EdgeMiddleware(EdgeProxy):
    """A CloudFront edge around a WSGI application: the application is the origin `app`.

    :param app: the application.
    :param config: a configuration file, or its content as a mapping; `origins` may be left out. Without one, all
        methods are allowed and the origin's own `Cache-Control` decides what is stored.
    """

    def __init__(self, app: WSGIApplication, config: str | os.PathLike[str] | Mapping[str, Any] | None = None) -> None:
        super().__init__(build(for_application(config), apps={"app": app}))


class _Sending:
    """The body on its way through a WSGI server, which closes it in the end."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._chunks = iter(exchange)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)

    def close(self) -> None:
        self._exchange.close()


def request_of(environ: WSGIEnvironment) -> Request:
    """The viewer request that an environ stands for."""
    method = environ["REQUEST_METHOD"]
    path, query = split_target(_target(environ))
    lines = environ.get(HEADER_LINES)
    headers = Headers(_header_lines(environ) if lines is None else lines)
    viewer = Viewer(
        ip=environ.get("REMOTE_ADDR") or "127.0.0.1",
        port=int(environ.get("REMOTE_PORT") or 0),
        scheme=environ.get("wsgi.url_scheme", "http"),
        http_version=_http_version(environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
    )
    body = _body(environ, method, viewer.http_version)
    if body is not EMPTY and body.length is None and "transfer-encoding" not in headers:
        # HTTP/2 frames a body of unknown length by itself; towards functions and the origin it is a chunked one.
        headers = headers.with_line("Transfer-Encoding", "chunked")
    return Request(method, path, query, headers, body, viewer)


def _target(environ: WSGIEnvironment) -> str:
    """The request target as the viewer sent it, where the server tells; else one that means the same."""
    raw = environ.get("REQUEST_URI") or environ.get("RAW_URI")
    if raw:
        return str(raw)
    path = quote(
        (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1"), safe="/!$&'()*+,;=:@~"
    )
    query = environ.get("QUERY_STRING", "")
    return f"{path or '/'}?{query}" if query else path or "/"


def _header_lines(environ: WSGIEnvironment) -> Iterator[Line]:
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield _header_name(key[5:]), value
        elif key in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            yield _header_name(key), value


@lru_cache(maxsize=1024)
def _header_name(key: str) -> str:
    return key.replace("_", "-").title()


@lru_cache(maxsize=16)
def _http_version(protocol: str) -> str:
    version = protocol.partition("/")[2]
    return version if "." in version else f"{version or '1'}.0"


def _body(environ: WSGIEnvironment, method: str, http_version: str) -> Body:
    declared = environ.get("CONTENT_LENGTH")
    stream = environ.get("wsgi.input")
    if stream is None:
        return EMPTY
    if declared and len(declared) < 20 and declared.isdecimal():
        length = int(declared)
        return Stream(_exactly(stream, length), length) if length else EMPTY
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    if chunked or (http_version >= "2" and method in _BODY_METHODS):
        return Stream(_to_the_end(stream))
    return EMPTY


def _exactly(stream: BinaryIO, length: int) -> Iterator[bytes]:
    """A body of a declared length. A server that ends it early has lost the viewer."""
    left = length
    while left:
        chunk = stream.read(min(left, CHUNK))
        if not chunk:
            raise ViewerBodyError(f"the viewer sent {length - left} of {length} bytes")
        left -= len(chunk)
        yield chunk


def _to_the_end(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _printable(phrase: str) -> str:
    """A reason phrase fit for a status line, whatever a function made of it."""
    if phrase.isascii() and phrase.isprintable() and phrase:
        return phrase
    return "".join(c if " " <= c <= "~" else " " for c in phrase) or "Unknown"
