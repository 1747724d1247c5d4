"""An origin at the other end of a socket pair: no ports, no waiting."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from edgeproxy.clock import Clock, ManualClock
from edgeproxy.cloudfront.origin import CustomOrigin, OriginRequest
from edgeproxy.messages.headers import Headers
from edgeproxy.origins.http import HttpOrigins
from edgeproxy.origins.pool import Pool


def receive_request(sock: socket.socket) -> bytes:
    """One request with its body, as it is framed; what came so far when the sender closes."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := sock.recv(65_536)):
            return data
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    length = 0
    if b"content-length: " in lower:
        length = int(lower.split(b"content-length: ")[1].split(b"\r\n")[0])
    chunked = b"transfer-encoding: chunked" in lower
    while len(body) < length or (chunked and not body.endswith(b"0\r\n\r\n")):
        if not (more := sock.recv(65_536)):
            break
        body += more
    return head + b"\r\n\r\n" + body


class ScriptedOrigin:
    """What is said on each connection, in the order in which they are made."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.dialled: list[tuple[str, int, float | None, int]] = []
        self.ended = threading.Semaphore(0)
        """Released each time that a connection was ended from the other side."""
        self._scripts: list[Exception | tuple[bytes | Callable[[socket.socket], None], ...]] = []
        self._threads: list[threading.Thread] = []

    def connection(self, *replies: bytes | Callable[[socket.socket], None]) -> ScriptedOrigin:
        """The next connection: a reply for each request, then it is closed. A callable gets the socket, and nothing has
        been read for it. The last reply may be `stays_open`."""
        self._scripts.append(replies)
        return self

    def fails(self, error: Exception) -> ScriptedOrigin:
        """The next connection cannot be made."""
        self._scripts.append(error)
        return self

    @staticmethod
    def stays_open(sock: socket.socket) -> None:
        """Read until the other side closes."""
        with suppress(OSError):
            while sock.recv(65_536):
                pass

    def dial(self, host: str, port: int, timeout: float | None, attempt: int, clock: Clock) -> socket.socket:
        self.dialled.append((host, port, timeout, attempt))
        script = self._scripts.pop(0)
        if isinstance(script, Exception):
            raise script
        near, far = socket.socketpair()
        thread = threading.Thread(target=self._play, args=(script, far), daemon=True)
        self._threads.append(thread)
        thread.start()
        return near

    def _play(self, script: tuple[bytes | Callable[[socket.socket], None], ...], sock: socket.socket) -> None:
        with sock, suppress(OSError):
            for reply in script:
                if callable(reply):
                    reply(sock)
                else:
                    self.requests.append(receive_request(sock))
                    sock.sendall(reply)
        self.ended.release()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def origin() -> Iterator[ScriptedOrigin]:
    scripted = ScriptedOrigin()
    yield scripted
    scripted.join()


@pytest.fixture
def pool(origin: ScriptedOrigin, clock: ManualClock) -> Iterator[Pool]:
    pool = Pool(clock, dialer=origin.dial)
    yield pool
    pool.close()


@pytest.fixture
def http(pool: Pool, clock: ManualClock) -> HttpOrigins:
    return HttpOrigins(clock=clock, pool=pool)


@pytest.fixture
def ask() -> Callable[..., OriginRequest]:
    """Makes a request: method, target, header lines and fields of `OriginRequest`."""

    def make(method: str = "GET", target: str = "/", *lines: tuple[str, str], **fields: Any) -> OriginRequest:
        fields.setdefault("origin_id", "site")
        fields.setdefault("origin", CustomOrigin(domain_name="origin.example.test"))
        headers = Headers(lines or [("Host", "origin.example.test")])
        return OriginRequest(method=method, target=target, headers=headers, **fields)

    return make
