"""Connections kept open between requests.

A stack for each place: the connection used last is used next, so that the others can grow old and go. httpcore's own
pool looks at every connection and every waiting request under one lock for each request, and gets slower with every
thread; this one decides under a short lock and does its input and output after it.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable
from typing import cast

import h11
import httpcore

from edgeproxy.clock import Clock
from edgeproxy.origins.connection import Connection, Dial, NameNotFoundError, TlsError, dial
from edgeproxy.origins.exchange import Answer, Exchange, Place
from edgeproxy.origins.tls import shared_context

IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"})
RETRIED_AFTER_TIMEOUT = frozenset({b"GET", b"HEAD"})
"""CF-250."""

_SWEEP_EVERY = 1.0
_CHUNK_HEADER = 20
"""Bytes of a chunk's first line; a longer one has extensions, or is none."""


class Pool:
    """Sends requests over connections that it keeps.

    :param verify: check certificates; or the SSL context to use for every origin.
    :param max_idle: connections kept for one place; more are closed.
    :param dialer: makes a TCP connection.
    """

    def __init__(
        self, clock: Clock, *, verify: bool | ssl.SSLContext = True, max_idle: int = 64, dialer: Dial = dial
    ) -> None:
        self._clock = clock
        self._verify = verify
        self._max_idle = max_idle
        self._dial = dialer
        self._lock = threading.Lock()
        self._idle: dict[Place, list[Connection]] = {}
        self._sweep_at = 0.0
        self._closed = False

    def send(self, exchange: Exchange) -> Answer:
        """The answer to one request.

        Connecting is tried `attempts` times, whatever the method (CF-247). When the answer does not begin in time, GET
        and HEAD are tried again within the same number (CF-250). When a kept connection turns out to be dead, and the
        method is idempotent and its body not used up, the request goes once more over a new one.
        """
        tries = 0
        fresh = False
        while True:
            connection = None if fresh else self._take(exchange.place)
            if connection is None:
                connection = self._open(exchange.place, tries)
            try:
                response = connection.request(exchange)
            except (NameNotFoundError, TlsError):
                raise
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                tries += 1
                if tries >= exchange.attempts:
                    raise
            except httpcore.ReadTimeout:
                tries += 1
                if (
                    tries >= exchange.attempts
                    or exchange.method not in RETRIED_AFTER_TIMEOUT
                    or not _may_repeat(connection, exchange)
                ):
                    raise
            except (httpcore.ReadError, httpcore.WriteError) as error:
                if (
                    connection.reused
                    and not fresh
                    and exchange.method in IDEMPOTENT
                    and _may_repeat(connection, exchange)
                ):
                    fresh = True
                    continue
                raise _send_error(connection, exchange) or error from error
            except h11.LocalProtocolError as error:
                raise httpcore.LocalProtocolError(str(error)) from error
            else:
                return self._answer(connection, exchange, response)

    def close(self) -> None:
        """Close what is idle; connections in use are closed when their answer ends."""
        with self._lock:
            self._closed = True
            idle = [connection for stack in self._idle.values() for connection in stack]
            self._idle.clear()
        _close_all(idle)

    @property
    def idle(self) -> int:
        """Connections that wait for a request."""
        with self._lock:
            return sum(map(len, self._idle.values()))

    def _open(self, place: Place, attempt: int) -> Connection:
        context = None
        if place.scheme == "https":
            verify = self._verify
            context = verify if isinstance(verify, ssl.SSLContext) else shared_context(verify, place.legacy_tls)
        return Connection(place, context, self._clock, attempt, self._dial)

    def _answer(self, connection: Connection, exchange: Exchange, response: httpcore.Response) -> Answer:
        chunks = cast("Iterable[bytes]", response.stream)

        def release() -> None:
            response.close()
            if connection.is_idle():
                self._put(connection, exchange.keepalive_timeout)
            else:
                connection.close()

        assert connection.stream is not None
        return Answer(
            status=response.status,
            reason=response.extensions["reason_phrase"],
            lines=response.headers,
            chunks=chunks,
            close=release,
            arrived=_holds_every_chunk(connection.stream.last),
        )

    def _take(self, place: Place) -> Connection | None:
        now = self._clock.monotonic()
        while True:
            with self._lock:
                stack = self._idle.get(place)
                if not stack:
                    return None
                connection = stack.pop()
                if not stack:
                    del self._idle[place]
            if now < connection.expires_at and connection.is_usable():
                connection.reused = True
                return connection
            connection.close()

    def _put(self, connection: Connection, keepalive_timeout: float) -> None:
        now = self._clock.monotonic()
        connection.expires_at = now + keepalive_timeout
        dropped: list[Connection] = []
        with self._lock:
            stack = self._idle.setdefault(connection.place, [])
            stack.append(connection)
            if self._closed or len(stack) > self._max_idle:
                dropped.append(stack.pop(0))
            if now >= self._sweep_at:
                self._sweep_at = now + _SWEEP_EVERY
                dropped += self._expired(now)
            if not stack:
                self._idle.pop(connection.place, None)
        _close_all(dropped)

    def _expired(self, now: float) -> list[Connection]:
        """Take out what nobody asked for in time, so that an origin that is no longer used holds no socket."""
        expired: list[Connection] = []
        for place, stack in list(self._idle.items()):
            kept = [connection for connection in stack if now < connection.expires_at]
            if len(kept) < len(stack):
                expired += (connection for connection in stack if now >= connection.expires_at)
                stack[:] = kept
                if not kept:
                    del self._idle[place]
        return expired


def _may_repeat(connection: Connection, exchange: Exchange) -> bool:
    """Whether nothing of an answer came, and the body, if there is one, is still whole."""
    if connection.stream is not None and connection.stream.received:
        return False
    return exchange.payload is None or not exchange.payload.used_up


def _send_error(connection: Connection, exchange: Exchange) -> Exception | None:
    """A failure to read that is really a failure to send the body, if it is one."""
    if connection.stream is None or connection.stream.write_error is None or exchange.payload is None:
        return None
    return httpcore.WriteError(f"the body could not be sent: {connection.stream.write_error}")


def _holds_every_chunk(octets: bytes) -> bool:
    """Whether the end of a header block is followed by a whole chunked body and by nothing else.

    How they end does not tell: `Expires: 0` before an endless body looks the same.
    """
    if not octets.endswith(b"0\r\n\r\n"):
        return False
    at = octets.index(b"\r\n\r\n") + 4
    while (end := octets.find(b"\r\n", at, at + _CHUNK_HEADER)) >= 0:
        try:
            size = int(octets[at:end], 16)
        except ValueError:
            return False
        if size <= 0:
            return end + 4 == len(octets)
        at = end + size + 4
    return False


def _close_all(connections: Iterable[Connection]) -> None:
    for connection in connections:
        connection.close()
