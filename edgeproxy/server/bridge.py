"""One WSGI application as an ASGI application: each request on a thread, bodies streaming both ways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from edgeproxy.errors import BodyError, ViewerBodyError
from edgeproxy.server.environ import build_environ
from edgeproxy.server.exchange import Exchange, Gone, Message, Receive, Send
from edgeproxy.server.threads import BridgeThreads
from edgeproxy.server.viewer_input import ViewerInput

if TYPE_CHECKING:
    from types import TracebackType
    from wsgiref.types import WSGIApplication

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

logger = logging.getLogger("edgeproxy.server")

_WITHOUT_BODY = frozenset({204, 304})


class Bridge:
    """The ASGI application that Granian calls.

    :param app: the WSGI application.
    :param threads: where it runs.
    """

    def __init__(self, app: WSGIApplication, threads: BridgeThreads) -> None:
        self._app = app
        self._threads = threads
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            exchange = Exchange(task.get_loop())
            self._threads.submit(Call(self._app, scope, exchange).run)
            await exchange.serve(receive, send)
        finally:
            self._tasks.discard(task)

    def cut(self) -> None:
        """End every request in flight, complete or not."""
        for task in self._tasks:
            task.cancel()


class Call:
    """One call of the application, on its thread."""

    __slots__ = ("_app", "_exchange", "_left", "_scope", "_sent", "_start", "_without_body")

    def __init__(self, app: WSGIApplication, scope: MutableMapping[str, Any], exchange: Exchange) -> None:
        self._app = app
        self._scope = scope
        self._exchange = exchange
        self._start: Message | None = None
        self._sent = False
        self._without_body = False
        self._left: int | None = None

    def run(self) -> None:
        """Call the application and carry its answer. Never raises: what the application raises is logged."""
        try:
            last = self._answer()
        except Gone:
            self._exchange.cut()
        except ViewerBodyError as error:
            logger.info("%s %s: %s", self._scope["method"], self._target, error)
            self._refuse(400, b"Bad Request\n")
        except BodyError as error:
            logger.info("%s %s: %s", self._scope["method"], self._target, error)
            self._break_off()
        except SystemExit:  # would end a thread of the server without a word
            logger.error("%s %s: the application called sys.exit", self._scope["method"], self._target)  # noqa: TRY400
            self._refuse(500, b"Internal Server Error\n")
        except BaseException:  # an asyncio.CancelledError too: whatever gets out would end the thread
            logger.exception("%s %s: the application raised", self._scope["method"], self._target)
            self._refuse(500, b"Internal Server Error\n")
        else:
            self._exchange.finish(self._unsent_start(), last)

    @property
    def _target(self) -> str:
        raw: bytes = self._scope["raw_path"]
        return ascii(raw.decode("latin-1"))[1:-1]

    def _refuse(self, status: int, body: bytes) -> None:
        if self._sent:
            self._exchange.cut()
            return
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body)), (b"server", b"edgeproxy")]
        start: Message = {"type": "http.response.start", "status": status, "headers": headers}
        self._exchange.finish(start, b"" if self._scope["method"] == "HEAD" else body)

    def _break_off(self) -> None:
        """The origin's body ended too early: so does this one, be it before its first octet (CF-193)."""
        with suppress(Gone):
            if self._start is not None and not self._sent:
                self._exchange.send(self._start, b"")
        self._exchange.cut()

    def _answer(self) -> bytes:
        """Send all of the answer but its last octets, which are the result.

        The iterable is closed before they go out: a viewer who has a whole response finds the application done with it.
        """
        scope = self._scope
        length, empty = _body_length(scope)
        viewer_input = ViewerInput(self._exchange.receive, length, empty=empty)
        chunks = self._app(build_environ(scope, viewer_input), self._start_response)
        try:
            return self._carry(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def _carry(self, chunks: Iterable[bytes]) -> bytes:
        whole = isinstance(chunks, (list, tuple)) and len(chunks) == 1
        last = b""
        for chunk in chunks:
            if self._start is None:
                raise AssertionError("start_response was not called before the body")
            if self._without_body:
                break
            if not chunk:
                continue
            if last:
                raise AssertionError("the application's body is longer than its Content-Length")
            if whole or self._left == len(chunk):
                self._count(chunk)
                last = chunk
            else:
                self._send(chunk)
        if self._start is None:
            raise AssertionError("start_response was not called")
        if self._left and not self._without_body:
            raise AssertionError("the application's body is shorter than its Content-Length")
        return last

    def _count(self, octets: bytes) -> None:
        if self._left is not None:
            self._left -= len(octets)
            if self._left < 0:
                raise AssertionError("the application's body is longer than its Content-Length")

    def _send(self, octets: bytes) -> None:
        self._count(octets)
        start = self._unsent_start()
        self._sent = True
        self._exchange.send(start, octets)

    def _unsent_start(self) -> Message | None:
        return None if self._sent else self._start

    def _write(self, octets: bytes) -> None:
        if octets and not self._without_body:
            self._send(octets)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        if exc_info is not None:
            try:
                if self._sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # breaks a cycle of frames, as PEP 3333 asks
        elif self._start is not None:
            raise AssertionError("start_response was called twice")
        code = int(status[:3])
        self._left = None
        lines: list[tuple[bytes, bytes]] = []
        for name, value in headers:
            octets = name.lower().encode("latin-1")
            lines.append((octets, value.encode("latin-1")))
            if octets == b"content-length":
                self._left = int(value)
        self._without_body = code in _WITHOUT_BODY or self._scope["method"] == "HEAD"
        self._start = {"type": "http.response.start", "status": code, "headers": lines}
        return self._write


def _body_length(scope: MutableMapping[str, Any]) -> tuple[int | None, bool]:
    """The length that the request's body is declared to have, and whether it certainly has no body at all."""
    length: int | None = None
    framed = scope["http_version"] not in ("1", "1.1")
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            length = int(value)
        elif name == b"transfer-encoding":
            return None, False
    return length, length is None and not framed
