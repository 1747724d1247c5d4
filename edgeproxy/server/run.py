"""Listeners from their start to the last request in flight."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from edgeproxy.errors import InternalError
from edgeproxy.server.front import Front, Listener, bind

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

Ready = Callable[[Mapping[str, str]], object]

logger = logging.getLogger("edgeproxy.server")

_CUT_SECONDS = 1.0


def serve(listeners: Sequence[Listener], *, on_ready: Ready, drain: float = 30.0) -> int:
    """Run all listeners until SIGINT or SIGTERM; then accept nothing more and finish the requests in flight.

    A second signal, or `drain` seconds, cuts what is still in flight. Only for the main thread.

    :param on_ready: is told the URL of each listener, by its name, when all of them accept connections.
    :param drain: seconds.
    :returns: the exit code 0.

    Raises `ConfigError` with every port that cannot be bound and every certificate that cannot be used.
    """
    fronts = bind(listeners)
    asyncio.run(_until_signal(fronts, on_ready, drain))
    return 0


async def _until_signal(fronts: Sequence[Front], on_ready: Ready, drain: float) -> None:
    loop = asyncio.get_running_loop()
    stops = _Stops()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stops.more)
    try:
        await _run(fronts, on_ready, stops, drain)
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


class RunningServer:
    """`serve` in a background thread of this process, for tests and benchmarks.

        with RunningServer([Listener(app)]) as server:
            httpx.get(server.urls["server"])

    :param drain: seconds that requests in flight have when the block is left.
    """

    def __init__(self, listeners: Sequence[Listener], *, drain: float = 10.0) -> None:
        self.urls: Mapping[str, str] = {}
        self._listeners = listeners
        self._drain = drain
        self._ready = threading.Event()
        self._stops: _Stops | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._main, name="edgeproxy-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """What a signal does to `serve`: the first time to stop, the second time to cut. Does not wait."""
        if self._stops is not None:
            self._stops.more_from_any_thread()

    def _main(self) -> None:
        try:
            asyncio.run(self._serve(bind(self._listeners)))
        except Exception as error:  # noqa: BLE001  raised by the thread that uses the server
            self._error = error
        finally:
            self._ready.set()

    async def _serve(self, fronts: Sequence[Front]) -> None:
        self._stops = _Stops()
        await _run(fronts, self._accepting, self._stops, self._drain)

    def _accepting(self, urls: Mapping[str, str]) -> None:
        self.urls = urls
        self._ready.set()


@contextlib.contextmanager
def running(app: WSGIApplication) -> Iterator[str]:
    """The URL of `app`, served in a background thread on a free port of the loopback interface."""
    with RunningServer([Listener(app)]) as server:
        yield server.urls["server"]


class _Stops:
    """How often somebody asked to stop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()

    def more(self) -> None:
        (self.insisted if self.asked.is_set() else self.asked).set()

    def more_from_any_thread(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing is left to be stopped
            self._loop.call_soon_threadsafe(self.more)


async def _run(fronts: Sequence[Front], on_ready: Ready, stops: _Stops, drain: float) -> None:
    accepting: list[asyncio.Task[None]] = []
    asked = asyncio.create_task(stops.asked.wait())
    ready = asyncio.create_task(_all_answer(fronts))
    try:
        for front in fronts:
            accepting.append(front.start())  # noqa: PERF401  those started must be ended when a later one cannot be
        await asyncio.wait([asked, ready, *accepting], return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
            on_ready({front.listener.name: front.url for front in fronts})
            await asyncio.wait([asked, *accepting], return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            failed = [task.exception() for task in accepting if task.done()]
            raise InternalError("a listener ended by itself") from next(iter(failed), None)
    finally:
        asked.cancel()
        ready.cancel()
        await _end(fronts, accepting, stops, drain)


async def _all_answer(fronts: Sequence[Front]) -> None:
    for front in fronts:
        await front.answers()


async def _end(fronts: Sequence[Front], accepting: Sequence[asyncio.Task[None]], stops: _Stops, drain: float) -> None:
    for front in fronts:
        front.stop()
    seconds = drain
    if accepting:
        finished = asyncio.ensure_future(asyncio.wait(accepting))
        insisted = asyncio.create_task(stops.insisted.wait())
        ends: list[asyncio.Future[Any]] = [finished, insisted]
        await asyncio.wait(ends, timeout=drain, return_when=asyncio.FIRST_COMPLETED)
        insisted.cancel()
        if not finished.done():
            seconds = _CUT_SECONDS
            for front in fronts:
                front.cut()
            await asyncio.wait([finished], timeout=_CUT_SECONDS)
    for front in fronts:
        if not await front.join_threads(seconds):
            logger.warning("%s: the application is still busy and was left behind", front.url)
