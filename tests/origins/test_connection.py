from __future__ import annotations

import socket
import ssl
from typing import Any

import httpcore
import pytest

from edgeproxy.clock import ManualClock
from edgeproxy.cloudfront.limits import ORIGIN_RESPONSE_HEADERS
from edgeproxy.origins.connection import (
    ClosedError,
    Connection,
    HeadTooLargeError,
    NameNotFoundError,
    SocketStream,
    TlsError,
    dial,
)
from edgeproxy.origins.exchange import Place


class FakeSocket:
    """Answers `connect` as the address says."""

    made: list[FakeSocket]
    clock: ManualClock

    def __init__(self, *family: object) -> None:
        self.made.append(self)
        self.closed = False
        self.timeouts: list[float | None] = []
        self.address: Any = None

    def settimeout(self, timeout: float | None) -> None:
        self.timeouts.append(timeout)

    def connect(self, address: tuple[str, int]) -> None:
        self.address = address
        if address[0] == "slow":
            self.clock.advance(4)
            raise TimeoutError("timed out")
        if address[0] == "shut":
            raise ConnectionRefusedError(111, "Connection refused")

    def setsockopt(self, *option: int) -> None:
        assert option == (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, clock: ManualClock) -> Any:
    """Makes a name resolve to the given addresses."""
    FakeSocket.made = []
    FakeSocket.clock = clock
    monkeypatch.setattr(socket, "socket", FakeSocket)

    def resolves_to(*addresses: str) -> list[FakeSocket]:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        return FakeSocket.made

    return resolves_to


@pytest.mark.rule("CF-248")
@pytest.mark.parametrize(("attempt", "first"), [(0, "a"), (1, "b"), (2, "a")])
def test_each_attempt_begins_with_the_next_address(network: Any, clock: ManualClock, attempt: int, first: str) -> None:
    made = network("a", "b")
    dial("name", 80, 10, attempt, clock)
    assert [sock.address[0] for sock in made] == [first]


def test_an_address_that_refuses_is_passed_over(network: Any, clock: ManualClock) -> None:
    made = network("shut", "open")
    assert dial("name", 80, 10, 0, clock) is made[1]
    assert [sock.closed for sock in made] == [True, False]


@pytest.mark.rule("CF-231")
def test_refused_by_every_address(network: Any, clock: ManualClock) -> None:
    network("shut", "shut")
    with pytest.raises(httpcore.ConnectError, match="refused"):
        dial("name", 80, None, 0, clock)


@pytest.mark.rule("CF-232")
@pytest.mark.rule("CF-247")
def test_one_attempt_has_one_time_for_all_addresses(network: Any, clock: ManualClock) -> None:
    made = network("slow", "slow", "slow", "open")
    with pytest.raises(httpcore.ConnectTimeout):
        dial("name", 80, 10, 0, clock)
    assert [sock.timeouts for sock in made] == [[10], [6], [2]]
    assert all(sock.closed for sock in made)


@pytest.mark.rule("CF-230")
@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        UnicodeError("label too long"),
        ValueError("embedded null character"),
    ],
)
def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch, clock: ManualClock, error: Exception) -> None:
    def getaddrinfo(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(NameNotFoundError, match="does not resolve"):
        dial("name", 80, 10, 0, clock)


@pytest.fixture
def pair() -> Any:
    near, far = socket.socketpair()
    with near, far:
        yield SocketStream(near), far


def test_bytes_go_both_ways(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    stream.begin()
    stream.write(b"GET / HTTP/1.1\r\n\r\n")
    stream.write(b"")
    assert far.recv(100) == b"GET / HTTP/1.1\r\n\r\n"
    far.sendall(b"HTTP/1.1 200 OK\r\n")
    assert stream.read(100, 5) == b"HTTP/1.1 200 OK\r\n"
    assert (stream.received, stream.last) == (17, b"HTTP/1.1 200 OK\r\n")


def test_a_request_line_goes_out_in_place_of_the_first(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    stream.begin(b"GET /\xe4 HTTP/1.1")
    stream.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    stream.write(b"body\r\n")
    assert far.recv(100) == b"GET /\xe4 HTTP/1.1\r\nHost: h\r\n\r\nbody\r\n"


@pytest.mark.rule("CF-233")
def test_the_end_before_the_headers_are_complete(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    stream.begin()
    far.close()
    with pytest.raises(ClosedError):
        stream.read(100)


def test_the_end_after_the_headers_is_an_end(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    stream.begin()
    stream.head_is_complete()
    far.close()
    assert stream.read(100) == b""
    assert stream.received == 0


@pytest.mark.rule("CF-249")
def test_silence(pair: tuple[SocketStream, socket.socket]) -> None:
    with pytest.raises(httpcore.ReadTimeout, match="nothing came"):
        pair[0].read(100, 0.01)


def test_a_broken_socket(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, _ = pair
    stream.close()
    with pytest.raises(httpcore.ReadError):
        stream.read(100)
    with pytest.raises(httpcore.WriteError):
        stream.write(b"x")
    assert isinstance(stream.write_error, OSError)


@pytest.mark.rule("CF-191")
def test_headers_without_end(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    stream.begin()
    far.sendall(b"x" * (ORIGIN_RESPONSE_HEADERS + 1))
    while stream.received <= ORIGIN_RESPONSE_HEADERS:
        stream.read(65_536)
    with pytest.raises(HeadTooLargeError):
        stream.read(65_536)


def test_readable(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    assert not stream.readable()
    far.sendall(b"x")
    assert stream.readable()


LARGE = b"x" * 4_000_000  # more than the buffers of a socket pair


def test_an_answer_that_comes_before_the_request_is_read(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    stream.begin()
    stream.write(b"POST / HTTP/1.1\r\n\r\n")
    far.sendall(b"HTTP/1.1 413 Too Large\r\n\r\n")
    with pytest.raises(httpcore.WriteError, match="answered"):
        stream.write(LARGE, 5)
    assert stream.write_error is None
    assert stream.read(100, 5) == b"HTTP/1.1 413 Too Large\r\n\r\n"


def test_an_origin_that_ends_its_side_and_reads_nothing(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair
    stream.begin()
    stream.write(b"POST / HTTP/1.1\r\n\r\n")
    far.shutdown(socket.SHUT_WR)
    with pytest.raises(httpcore.WriteError, match="closed"):
        stream.write(LARGE, 5)
    assert isinstance(stream.write_error, ConnectionResetError)


def test_an_origin_that_reads_nothing_is_not_waited_for_twice(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, _ = pair
    stream.begin()
    stream.write(b"POST / HTTP/1.1\r\n\r\n")
    with pytest.raises(httpcore.WriteError, match="read nothing"):
        stream.write(LARGE, 0.01)
    with pytest.raises(httpcore.ReadError):
        stream.read(100, 3600)


def test_a_record_of_tls_alone_is_no_answer(pair: tuple[SocketStream, socket.socket]) -> None:
    stream, far = pair

    class Ticket:
        """A socket on which a session ticket waits: readable, and yet nothing to read."""

        def __init__(self) -> None:
            self.tried = 0

        def fileno(self) -> int:
            return stream_socket.fileno()

        def gettimeout(self) -> None:
            return None

        def settimeout(self, timeout: float | None) -> None:
            stream_socket.settimeout(timeout)

        def send(self, data: memoryview) -> int:
            stream_socket.setblocking(False)
            return stream_socket.send(data)

        def recv(self, size: int) -> bytes:
            self.tried += 1
            data = stream_socket.recv(size)
            if self.tried == 1:
                far.sendall(b"answer")
                raise ssl.SSLWantReadError
            return data

    stream_socket = stream._socket
    ticket: Any = Ticket()
    over_tls = SocketStream(ticket)
    over_tls.begin()
    over_tls.write(b"POST / HTTP/1.1\r\n\r\n")
    far.sendall(b"ticket")
    with pytest.raises(httpcore.WriteError, match="answered"):
        over_tls.write(LARGE, 5)
    assert ticket.tried == 2
    assert over_tls.read(100) == b"answer"


class FakeContext:
    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: tuple[float | None, str | None] | None = None

    def wrap_socket(self, sock: socket.socket, server_hostname: str | None) -> socket.socket:
        self.asked = sock.gettimeout(), server_hostname
        if self.error is not None:
            raise self.error
        return sock


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(
            ssl.SSLCertVerificationError("self-signed certificate"), TlsError, marks=pytest.mark.rule("CF-240")
        ),
        pytest.param(ssl.SSLError("wrong version number"), TlsError, marks=pytest.mark.rule("CF-239")),
        pytest.param(ConnectionResetError("reset"), TlsError, marks=pytest.mark.rule("CF-239")),
        (ValueError("server_hostname cannot be an empty string"), TlsError),
        pytest.param(TimeoutError("timed out"), httpcore.ConnectTimeout, marks=pytest.mark.rule("CF-232")),
    ],
)
def test_tls_that_fails_closes_the_socket(
    pair: tuple[SocketStream, socket.socket], error: Exception, kind: type[Exception]
) -> None:
    stream, far = pair
    context: Any = FakeContext(error)
    with pytest.raises(kind):
        stream.start_tls(context, "name", 5)
    assert far.recv(1) == b""


@pytest.mark.rule("CF-247")
@pytest.mark.parametrize(("left", "timeout"), [(None, 5.0), (2.0, 2.0), (-1.0, 0.001)])
def test_tls_has_what_is_left_of_the_time_to_connect(left: float | None, timeout: float) -> None:
    near, far = socket.socketpair()
    with near, far:
        context: Any = FakeContext()
        stream = SocketStream(near, lambda: left)
        assert stream.start_tls(context, "name", 5) is stream
        assert context.asked == (timeout, "name")
        assert stream.get_extra_info("socket") is near
        assert stream.get_extra_info("ssl_object") is None
        assert stream.get_extra_info("anything") is None


def test_a_connection_that_was_never_used_is_not_usable(clock: ManualClock) -> None:
    connection = Connection(Place("http", "h", 80, ""), None, clock)
    assert not connection.is_usable()
    assert not connection.is_idle()
    connection.close()


def test_a_version_of_httpcore_that_hides_its_buffer_keeps_no_connection(clock: ManualClock) -> None:
    connection = Connection(Place("http", "h", 80, ""), None, clock)

    class Idle:
        def is_idle(self) -> bool:
            return True

    other: Any = connection
    other._http = Idle()
    assert not connection.is_idle()
