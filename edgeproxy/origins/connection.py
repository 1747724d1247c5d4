"""One connection to an origin over one socket.

HTTP/1.1 is httpcore's. The socket is ours, because an edge must tell a name that does not resolve from a port that is
closed, a first byte that never came from one that did, and must see an answer that comes before the request is sent.
"""

from __future__ import annotations

import re
import select
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeAlias

import httpcore

from edgeproxy.clock import Clock
from edgeproxy.cloudfront.limits import ORIGIN_RESPONSE_HEADERS
from edgeproxy.origins.exchange import Exchange, Place

_ENDS_TARGET = re.compile(rb"[\x00-\x20\x7f]")
_ANY_ORIGIN = b"origin"  # httpcore compares it with itself; where to connect to is ours to know


class NameNotFoundError(httpcore.ConnectError):
    """The origin's name does not resolve."""


class TlsError(httpcore.ConnectError):
    """No TLS connection: protocols, ciphers, the certificate or its name."""


class ClosedError(httpcore.ReadError):
    """The connection ended before a complete header block."""


class HeadTooLargeError(httpcore.RemoteProtocolError):
    """The header block is larger than `ORIGIN_RESPONSE_HEADERS`."""


Dial: TypeAlias = Callable[[str, int, float | None, int, Clock], socket.socket]


def dial(host: str, port: int, timeout: float | None, attempt: int, clock: Clock) -> socket.socket:
    """A TCP connection.

    :param timeout: seconds for all addresses of the name together (CF-247).
    :param attempt: from 0; each begins with the next address (CF-248).
    :raises httpcore.ConnectError: no address took it; `NameNotFoundError` when there is none.
    :raises httpcore.ConnectTimeout: the time is over.
    """
    deadline = None if timeout is None else clock.monotonic() + timeout
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, ValueError) as error:
        raise NameNotFoundError(f"{host!r} does not resolve: {error}") from error
    first = attempt % len(found)
    refusal: OSError | None = None
    for family, kind, protocol, _, address in (*found[first:], *found[:first]):
        left = None if deadline is None else deadline - clock.monotonic()
        if left is not None and left <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(left)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except TimeoutError:
            sock.close()
        except OSError as error:
            sock.close()
            refusal = error
        else:
            return sock
    if refusal is not None:
        raise httpcore.ConnectError(str(refusal)) from refusal
    raise httpcore.ConnectTimeout(f"no connection within {timeout} s")


class SocketStream(httpcore.NetworkStream):
    """A socket as httpcore reads and writes it, for one request after the other.

    :param handshake_left: seconds that are left for TLS of the time to connect.
    """

    def __init__(self, sock: socket.socket, handshake_left: Callable[[], float | None] = lambda: None) -> None:
        self._socket = sock
        self._timeout = sock.gettimeout()
        self._handshake_left = handshake_left
        self._request_line: bytes | None = None
        self._ahead = b""
        self._writes = 0
        self._in_head = False
        self.received = 0
        """Bytes of the answer, up to the end of its headers or a little after."""
        self.last = b""
        """The last bytes that came before the headers were complete."""
        self.write_error: OSError | None = None

    def begin(self, request_line: bytes | None = None) -> None:
        """A request follows.

        :param request_line: goes out in place of the one that httpcore writes.
        """
        self._request_line = request_line
        self._writes = 0
        self._in_head = True
        self.received = 0
        self.last = b""
        self.write_error = None

    def head_is_complete(self) -> None:
        """The headers of the answer have been read."""
        self._in_head = False

    def readable(self) -> bool:
        """Whether bytes, or the end, are waiting."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._in_head and self.received > ORIGIN_RESPONSE_HEADERS:
            raise HeadTooLargeError(f"more than {ORIGIN_RESPONSE_HEADERS} bytes of headers")
        if self._ahead:
            data, self._ahead = self._ahead, b""
        else:
            try:
                # Who waited in vain to write does not wait as long again to read.
                self._limit(0 if isinstance(self.write_error, TimeoutError) else timeout)
                data = self._socket.recv(max_bytes)
            except TimeoutError as error:
                raise httpcore.ReadTimeout(f"nothing came for {timeout} s") from error
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error
        if self._in_head:
            if not data:
                raise ClosedError("the connection was closed before a complete header block")
            self.received += len(data)
            self.last = data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        if self._request_line is not None:
            buffer = self._request_line + buffer[buffer.index(b"\r\n") :]
            self._request_line = None
        self._writes += 1
        unsent = memoryview(buffer)
        try:
            self._limit(timeout)
            while unsent:
                if self._writes > 1 and self._is_answered(timeout):
                    raise httpcore.WriteError("the origin answered before it had read the request")
                unsent = unsent[self._socket.send(unsent) :]
        except OSError as error:
            # httpcore then looks for an answer all the same: an origin may refuse a body by answering and closing.
            self.write_error = error
            raise httpcore.WriteError(str(error)) from error

    def _is_answered(self, timeout: float | None) -> bool:
        """Wait until the socket takes more; true when it does not, but the origin has said something."""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | select.POLLOUT)
        while True:
            ready = poll.poll(None if timeout is None else timeout * 1000)
            if not ready:
                raise TimeoutError(f"the origin read nothing for {timeout} s")
            if ready[0][1] & ~select.POLLIN:
                return False
            self._limit(0)
            try:
                self._ahead = self._socket.recv(ORIGIN_RESPONSE_HEADERS)
            except ssl.SSLWantReadError:
                continue  # a record of TLS itself, as a session ticket
            finally:
                self._limit(timeout)
            if not self._ahead:
                raise ConnectionResetError("the origin closed the connection before it had read the request")
            return True

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> SocketStream:
        left = self._handshake_left()
        try:
            self._limit(timeout if left is None else max(left, 0.001))
            self._socket = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout(f"no TLS handshake within {timeout} s") from error
        except (OSError, ValueError) as error:
            self.close()
            raise TlsError(str(error)) from error
        return self

    def close(self) -> None:
        self._socket.close()

    def get_extra_info(self, info: str) -> Any:
        return {"socket": self._socket, "ssl_object": getattr(self._socket, "_sslobj", None)}.get(info)

    def _limit(self, timeout: float | None) -> None:
        if timeout != self._timeout:
            self._socket.settimeout(timeout)
            self._timeout = timeout


class Connection(httpcore.NetworkBackend):
    """A connection to one place, made when its first request is sent.

    :param attempt: how many tries to connect there were before for the same request.
    """

    def __init__(
        self, place: Place, context: ssl.SSLContext | None, clock: Clock, attempt: int = 0, dialer: Dial = dial
    ) -> None:
        self.place = place
        self.stream: SocketStream | None = None
        self.expires_at = 0.0
        """When it has been idle for too long, on the clock's monotonic reading."""
        self.reused = False
        self._clock = clock
        self._attempt = attempt
        self._dial = dialer
        self._scheme = place.scheme.encode("ascii")
        self._http = httpcore.HTTPConnection(
            httpcore.Origin(self._scheme, _ANY_ORIGIN, place.port), ssl_context=context, network_backend=self
        )

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: object = None,
    ) -> SocketStream:
        """Called by httpcore; the place, not the arguments, says where to."""
        del host, port, local_address, socket_options
        deadline = None if timeout is None else self._clock.monotonic() + timeout
        sock = self._dial(self.place.host, self.place.port, timeout, self._attempt, self._clock)
        self.stream = SocketStream(sock, lambda: None if deadline is None else deadline - self._clock.monotonic())
        self.stream.begin(self._request_line)
        return self.stream

    def request(self, exchange: Exchange) -> httpcore.Response:
        """Send a request and read the headers of its answer. Raises httpcore's exceptions."""
        target = exchange.target
        self._request_line = None
        if not target.isascii():
            # h11 refuses octets above 0x7F in a target; those of the viewer go on as they came (CF-115).
            if _ENDS_TARGET.search(target):
                raise httpcore.LocalProtocolError(f"{target!r} cannot be a request target")
            self._request_line = b"%b %b HTTP/1.1" % (exchange.method, target)
            target = b"/"
        if self.stream is not None:
            self.stream.begin(self._request_line)
        response = self._http.handle_request(
            httpcore.Request(
                exchange.method,
                httpcore.URL(scheme=self._scheme, host=_ANY_ORIGIN, port=self.place.port, target=target),
                headers=exchange.lines,
                content=() if exchange.payload is None else exchange.payload,
                extensions={
                    "sni_hostname": self.place.sni,
                    "timeout": {
                        "connect": exchange.connect_timeout,
                        "read": exchange.read_timeout,
                        "write": exchange.read_timeout,
                    },
                },
            )
        )
        assert self.stream is not None
        self.stream.head_is_complete()
        return response

    def is_idle(self) -> bool:
        """Whether the last answer was read to its end and the connection can take another request."""
        return self._http.is_idle() and not self._has_unread()

    def is_usable(self) -> bool:
        """Whether the origin has left an idle connection open, and said nothing unasked on it."""
        return self.stream is not None and not self.stream.readable()

    def _has_unread(self) -> bool:
        """Whether bytes came after the end of the last answer: they must never be taken for the next one."""
        # httpcore keeps them and has no public way to ask; a version without these names makes no connection idle.
        http11 = getattr(self._http, "_connection", None)
        h11 = getattr(http11, "_h11_state", None)
        return h11 is None or bool(h11.trailing_data[0])

    def close(self) -> None:
        self._http.close()
