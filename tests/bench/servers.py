"""The servers: `python -m tests.bench.servers SUBJECT [ORIGIN_URL]` prints its URL and serves until SIGTERM.

All but the origin are behind the bridge of `edgeproxy serve`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.middleware.http_proxy import ProxyMiddleware
from werkzeug.wrappers import Request, Response

from edgeproxy.build import Edge, build
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.config.load import from_options
from edgeproxy.observe.metrics import Metrics
from edgeproxy.observe.recorder import Recorder, fan_out
from edgeproxy.server import Listener, serve
from edgeproxy.wsgi import EdgeProxy
from tests.bench.processes import pin

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BODY = b"x" * 1024
LARGE = 10 * 1024 * 1024
CACHED = "/cached"
"""Path at the origin of what may be kept; for everything else it says nothing about caching."""
DOWNLOAD = "/download"
"""Path at the origin of `LARGE` bytes."""
MOUNT = "/p"
"""Where ProxyMiddleware is mounted: it cannot be at the root."""

VIEWER_HOOKS = (Hook.VIEWER_REQUEST, Hook.VIEWER_RESPONSE)
ALL_HOOKS = tuple(Hook)


def edge(origin: str, hooks: tuple[Hook, ...] = ()) -> Edge:
    """What `edgeproxy serve --origin` serves, with the benchmark's function at each of the hooks."""
    functions = {hook: f"handlers.py:{hook.value.replace('-', '_')}" for hook in hooks}
    return build(from_options(origin, functions, base=Path(__file__).parent))


@Request.application
def bare(request: Request) -> Response:
    """The least that can be said with Werkzeug."""
    return Response(BODY, content_type="text/plain")


def watched(origin: str) -> EdgeProxy:
    """With everything that reads traces in `edgeproxy serve --log-format none`."""
    made = edge(origin)
    made.on_trace = fan_out(Recorder().add, Metrics(store=made.store).add)
    return EdgeProxy(made)


def proxy_middleware(origin: str) -> WSGIApplication:
    """Werkzeug's proxy."""
    return ProxyMiddleware(bare, {f"{MOUNT}/": {"target": origin, "remove_prefix": True}})


SUBJECTS: Mapping[str, Callable[[str], WSGIApplication]] = {
    "bare": lambda _: bare,
    "proxy-middleware": proxy_middleware,
    "edge": lambda origin: EdgeProxy(edge(origin)),
    "edge-watched": watched,
    "edge-viewer-hooks": lambda origin: EdgeProxy(edge(origin, VIEWER_HOOKS)),
    "edge-four-hooks": lambda origin: EdgeProxy(edge(origin, ALL_HOOKS)),
}


class Origin(asyncio.Protocol):
    """A fast HTTP/1.1 server for GET requests."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            self._transport.write(_ANSWERS.get(head.split(b" ", 2)[1], _ANSWER))
            if b"\r\nconnection: close" in head.lower():
                self._transport.close()


def _answer(body: bytes, header: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%sContent-Length: %d\r\n\r\n%s" % (header, len(body), body)


_ANSWER = _answer(BODY)
_ANSWERS = {
    CACHED.encode(): _answer(BODY, b"Cache-Control: max-age=86400\r\n"),
    DOWNLOAD.encode(): _answer(bytes(LARGE)),
}


async def serve_origin() -> None:
    """Serve `Origin` on a free port until SIGTERM."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(Origin, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stopped.wait()


def main(subject: str, origin: str) -> None:
    if subject == "origin":
        pin(-1)
        asyncio.run(serve_origin())
        return
    pin(0)
    listener = Listener(SUBJECTS[subject](origin))
    serve([listener], on_ready=lambda urls: print(urls[listener.name], flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
