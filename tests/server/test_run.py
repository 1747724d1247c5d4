from __future__ import annotations

import asyncio
import logging
import logging.handlers
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
import pytest

from edgeproxy.errors import InternalError
from edgeproxy.server import Listener, RunningServer, running
from edgeproxy.server.front import Front

pytestmark = pytest.mark.live


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [b"hello"]


def server_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("edgeproxy")]


def test_it_serves_while_the_block_runs_and_leaves_no_thread() -> None:
    with running(app) as url:
        assert httpx.get(url).text == "hello"
        assert "edgeproxy-server" in server_threads()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert server_threads() == []


def test_stopping_twice_and_again_after_the_end_is_allowed() -> None:
    server = RunningServer([Listener(app)])
    server.stop()
    with server:
        server.stop()
        server.stop()
    server.stop()


def test_logging_is_left_alone() -> None:
    handler = logging.handlers.MemoryHandler(10)
    logger = logging.getLogger("edgeproxy.test_run")
    logger.addHandler(handler)
    try:
        with running(app):
            logger.warning("kept")
        assert [record.message for record in map(_formatted, handler.buffer)] == ["kept"]
        assert handler in [reference() for reference in logging._handlerList]  # type: ignore[attr-defined]
    finally:
        logger.removeHandler(handler)
        handler.close()


def _formatted(record: logging.LogRecord) -> logging.LogRecord:
    record.message = record.getMessage()
    return record


def test_a_listener_that_does_not_start_is_an_error_and_stops_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    start = Front.start

    def fails(self: Front) -> asyncio.Task[None]:
        async def end() -> None:
            raise OSError("on purpose")

        return start(self) if self.listener.name == "server" else asyncio.get_running_loop().create_task(end())

    monkeypatch.setattr(Front, "start", fails)
    server = RunningServer([Listener(app), Listener(app, name="admin")])
    with pytest.raises(InternalError, match="ended by itself") as caught, server:
        raise AssertionError("served")
    assert isinstance(caught.value.__cause__, OSError)
    assert server_threads() == []


def test_a_listener_that_never_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeproxy.server.front._START_SECONDS", 0.01)
    monkeypatch.setattr("edgeproxy.server.front._Embedded.serve", lambda self: asyncio.Event().wait())
    monkeypatch.setattr("edgeproxy.server.run._CUT_SECONDS", 0.01)
    with pytest.raises(InternalError, match="did not begin to accept"), RunningServer([Listener(app)], drain=0.01):
        raise AssertionError("served")


def test_an_error_of_whoever_is_told_that_it_is_ready_ends_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(self: RunningServer, urls: Mapping[str, str]) -> None:
        raise ValueError("on purpose")

    monkeypatch.setattr(RunningServer, "_accepting", refuses)
    with pytest.raises(ValueError, match="on purpose"), RunningServer([Listener(app)]):
        raise AssertionError("served")
    assert server_threads() == []
