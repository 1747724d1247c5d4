"""One listener: its socket, Granian on it, and the bridge and threads behind."""

from __future__ import annotations

import asyncio
import errno
import resource
import socket
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from granian._granian import SocketHolder
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.server.embed import Server

from edgeproxy.errors import ConfigError, InternalError, Problem
from edgeproxy.server.bridge import Bridge
from edgeproxy.server.threads import BridgeThreads

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_BACKLOG = 1024
_MAX_CONNECTIONS = 4096
_SPARE_FILES = 128
"""Descriptors that connections leave for everything else: origins, functions, files."""
_THREADS = 8
_HEADER_SECONDS = 30
_HEADER_BYTES = 256 * 1024
_START_SECONDS = 10.0

_LEAVE_LOGGING_ALONE = {"incremental": True, "formatters": {}, "handlers": {}, "loggers": {}}


class Listener(msgspec.Struct, frozen=True):
    """An application and where it listens."""

    app: WSGIApplication
    host: str = "127.0.0.1"
    """An address or a name of this machine."""
    port: int = 0
    """0 takes a free one."""
    tls_cert: str = ""
    """Path of a certificate chain (PEM); with it and `tls_key` the listener speaks only TLS, 1.2 or newer."""
    tls_key: str = ""
    threads: int = 32
    """A ceiling; 8 until all are blocked."""
    name: str = "server"
    """The section of the configuration that it comes from."""


class Front:
    """A listener with its port bound. All other methods than `close` are for the loop that `start` is called in."""

    def __init__(self, listener: Listener, bound: socket.socket) -> None:
        self.listener = listener
        self._socket = bound
        self._address = bound.getsockname()
        self._family = bound.family
        self._embedded: Any = None  # Granian gives its methods no types
        self._bridge: Bridge | None = None
        self._threads: BridgeThreads | None = None

    @property
    def url(self) -> str:
        """With the port that was really bound, without a path."""
        scheme = "https" if self.listener.tls_cert else "http"
        host = self.listener.host
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self._address[1]}"

    def start(self) -> asyncio.Task[None]:
        """Begin to accept. The task ends when the last connection has."""
        loop = asyncio.get_running_loop()
        most = self.listener.threads
        self._threads = BridgeThreads(loop, min(_THREADS, most), most, name=f"edgeproxy-{self.listener.name}")
        self._bridge = Bridge(self.listener.app, self._threads)
        self._embedded = _Embedded(self._bridge, self._socket, self.listener)
        return loop.create_task(self._embedded.serve())

    async def answers(self) -> None:
        """Wait until connections are accepted: one that sends nonsense is answered, or closed where TLS is spoken.

        The kernel takes connections from the moment a port is bound, so being able to connect tells nothing.
        """
        loop = asyncio.get_running_loop()
        with socket.socket(self._family, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            try:
                async with asyncio.timeout(_START_SECONDS):
                    await loop.sock_connect(probe, self._address)
                    await loop.sock_sendall(probe, b"\0\r\n\r\n")
                    await loop.sock_recv(probe, 1)
            except ConnectionError:
                return
            except TimeoutError as error:
                raise InternalError(f"{self.url} did not begin to accept connections") from error

    def stop(self) -> None:
        """Accept nothing more, close idle connections, finish the others."""
        if self._embedded is not None:
            self._embedded.stop()
        self._socket.close()

    def cut(self) -> None:
        """End what is in flight."""
        if self._bridge is not None:
            self._bridge.cut()

    async def join_threads(self, timeout: float) -> bool:
        """End the threads, and wait for them at most `timeout` seconds; tell whether all of them ended."""
        if self._threads is None:
            return True
        self._threads.close()
        return await asyncio.to_thread(self._threads.join, timeout)


class _Embedded(Server):
    """Granian in this process, on a socket that is bound already.

    Granian would bind with SO_REUSEPORT: a second proxy on the same port would take every other connection, where it
    should be told that the port is in use. And it does not tell which port it was given for 0.
    """

    def __init__(self, bridge: Bridge, bound: socket.socket, listener: Listener) -> None:
        super().__init__(
            target=bridge,
            interface=Interfaces.ASGINL,
            websockets=False,
            backlog=_BACKLOG,
            backpressure=_connections(),
            http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=_HEADER_BYTES),
            log_enabled=False,
            log_dictconfig=_LEAVE_LOGGING_ALONE,
            ssl_cert=Path(listener.tls_cert) if listener.tls_cert else None,
            ssl_key=Path(listener.tls_key) if listener.tls_key else None,
            ssl_protocol_min=SSLProtocols.tls12,
        )
        self._bound = bound

    def _init_shared_socket(self) -> None:
        holder: Any = SocketHolder
        descriptor = self._bound.detach()  # Granian closes it
        # Where Granian listens itself it wants to know the backlog; elsewhere the socket listens already.
        self._shd = holder(descriptor, False, *([_BACKLOG] if sys.platform == "linux" else []))


def _connections() -> int:
    """How many connections may be open at once; more wait to be accepted."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return _MAX_CONNECTIONS
    return min(max(files - _SPARE_FILES, _SPARE_FILES), _MAX_CONNECTIONS)


def bind(listeners: Sequence[Listener]) -> list[Front]:
    """Take the ports of all listeners, or of none: raises `ConfigError` with everything that is wrong."""
    fronts: list[Front] = []
    problems: list[Problem] = []
    for listener in listeners:
        problems += _tls_problems(listener)
        try:
            fronts.append(Front(listener, _bound(listener)))
        except OSError as error:
            problems.append(_bind_problem(listener, error))
    if problems:
        for front in fronts:
            front.stop()
        raise ConfigError(problems)
    return fronts


def _bound(listener: Listener) -> socket.socket:
    found = socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = min(found, key=lambda info: info[0] != socket.AF_INET)
    bound = socket.create_server(address, family=family, backlog=_BACKLOG)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
    return bound


def _bind_problem(listener: Listener, error: OSError) -> Problem:
    where = f"port {listener.port} of {listener.host}"
    if error.errno == errno.EADDRINUSE:
        return Problem(f"{where} is in use", key=f"{listener.name}.port", hint="stop what uses it, or choose another")
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        message = f"{listener.host} is not an address of this machine"
        return Problem(message, key=f"{listener.name}.host", hint="127.0.0.1, or 0.0.0.0 for all addresses")
    return Problem(f"{where} cannot be used: {error.strerror or error}", key=f"{listener.name}.port")


def _tls_problems(listener: Listener) -> list[Problem]:
    cert, key = listener.tls_cert, listener.tls_key
    if not cert and not key:
        return []
    if not (cert and key):
        missing, given = ("key", "cert") if cert else ("cert", "key")
        return [Problem(f"is needed, as {listener.name}.tls.{given} is given", key=f"{listener.name}.tls.{missing}")]
    try:
        # The empty password keeps OpenSSL from asking for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except OSError as error:
        reason = error.strerror or error
        return [Problem(f"{cert} with {key} cannot be used: {reason}", key=f"{listener.name}.tls.cert")]
    return []
