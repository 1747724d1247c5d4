"""The pool against real servers on real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import trustme

from edgeproxy.clock import SystemClock
from edgeproxy.cloudfront.origin import CustomOrigin, OriginFailure, OriginFault, OriginRequest
from edgeproxy.errors import OriginBodyError
from edgeproxy.messages.body import Stream, Whole, read
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from edgeproxy.origins.exchange import Address
from edgeproxy.origins.http import HttpOrigins
from edgeproxy.origins.pool import Pool

pytestmark = [pytest.mark.live, pytest.mark.timeout(30)]

LARGE = 8_000_000


class Handler(BaseHTTPRequestHandler):
    """Says back what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/large":
            self.send_response(200)
            self.send_header("Content-Length", str(LARGE))
            self.end_headers()
            for _ in range(LARGE // 8000):
                self.wfile.write(b"x" * 8000)
            return
        body = f"{self.command} {self.path} {self.client_address[1]}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        size = 0
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while length := int(self.rfile.readline(), 16):
                size += len(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
        else:
            size = len(self.rfile.read(int(self.headers["Content-Length"])))
        body = str(size).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def port() -> Iterator[int]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield port


@pytest.fixture
def fetch() -> Iterator[Callable[..., Response | OriginFailure]]:
    """Fetches from a port; the pool can be given."""
    made: list[HttpOrigins] = []

    def run(
        port: int,
        method: str = "GET",
        target: str = "/",
        *,
        scheme: str = "http",
        verify: bool | ssl.SSLContext = True,
        read_timeout: int = 10,
        body: Whole | Stream | None = None,
    ) -> Response | OriginFailure:
        clock = SystemClock()
        if not made:
            made.append(HttpOrigins(clock=clock, pool=Pool(clock, verify=verify)))
        request = OriginRequest(
            origin_id="site",
            origin=CustomOrigin(domain_name="origin.example.test", read_timeout=read_timeout),
            method=method,
            target=target,
            headers=Headers([("Host", "origin.example.test")]),
            body=body or Whole(b""),
            has_body=body is not None,
            connection_attempts=1,
            connection_timeout=5,
        )
        return made[0].fetch_from(Address(scheme, "127.0.0.1", port), request)

    yield run
    for http in made:
        http.close()


Fetch = Callable[..., Response | OriginFailure]


def response(result: Response | OriginFailure) -> Response:
    assert isinstance(result, Response), result
    return result


def fault(result: Response | OriginFailure) -> OriginFault:
    assert isinstance(result, OriginFailure), result
    return result.fault


@pytest.mark.rule("CF-123")
def test_an_ordinary_server(fetch: Fetch, port: int) -> None:
    first, second = (response(fetch(port, target="/a?b")) for _ in range(2))
    assert first.headers.all("set-cookie") == ("a=1", "b=2")
    assert read(first.body).startswith(b"GET /a?b ")
    assert read(first.body) == read(second.body), "not the same connection"
    head = response(fetch(port, "HEAD", "/a?b"))
    assert read(head.body) == b""
    assert read(response(fetch(port, target="/a?b")).body) == read(first.body)


def test_large_bodies_both_ways(fetch: Fetch, port: int) -> None:
    assert sum(map(len, response(fetch(port, target="/large")).body)) == LARGE
    chunks = [b"x" * 80_000] * 100
    assert read(response(fetch(port, "POST", body=Stream(chunks, LARGE))).body) == str(LARGE).encode()
    assert read(response(fetch(port, "POST", body=Stream(chunks))).body) == str(LARGE).encode()


def test_many_threads(fetch: Fetch, port: int) -> None:
    fetch(port)
    wrong: list[object] = []

    def work(number: int) -> None:
        for i in range(30):
            body = read(response(fetch(port, target=f"/{number}/{i}")).body)
            if not body.startswith(f"GET /{number}/{i} ".encode()):
                wrong.append(body)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert wrong == []


@pytest.mark.rule("CF-231")
def test_a_closed_port(fetch: Fetch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert fault(fetch(port)) is OriginFault.CONNECT


@contextmanager
def raw(play: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that plays the same on every connection."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with suppress(OSError):
            while True:
                sock, _ = server.accept()
                with sock, suppress(OSError):
                    sock.settimeout(10)
                    play(sock)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)
        assert not thread.is_alive()


def until_closed(sock: socket.socket) -> None:
    while sock.recv(65_536):
        pass


def hears_a_little(sock: socket.socket) -> None:
    sock.recv(1000)


@pytest.mark.rule("CF-237")
def test_garbage(fetch: Fetch) -> None:
    def play(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(b"220 mail.example.test ESMTP\r\n\r\n")

    with raw(play) as port:
        assert fault(fetch(port)) is OriginFault.INVALID_RESPONSE


@pytest.mark.rule("CF-233")
def test_closed_without_a_word(fetch: Fetch) -> None:
    with raw(hears_a_little) as port:
        assert fault(fetch(port)) is OriginFault.CLOSED


@pytest.mark.rule("CF-234")
@pytest.mark.rule("CF-249")
def test_silence(fetch: Fetch) -> None:
    with raw(until_closed) as port:
        assert fault(fetch(port, read_timeout=1)) is OriginFault.READ_TIMEOUT


@pytest.mark.rule("CF-235")
def test_silence_in_a_body(fetch: Fetch) -> None:
    def play(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin")
        until_closed(sock)

    with raw(play) as port:
        result = response(fetch(port, read_timeout=1))
        with pytest.raises(OriginBodyError, match="nothing came"):
            read(result.body)


@pytest.mark.rule("CF-193")
def test_a_truncated_body(fetch: Fetch) -> None:
    def play(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin")

    with raw(play) as port:
        result = response(fetch(port))
        with pytest.raises(OriginBodyError):
            read(result.body)


def endless() -> Iterator[bytes]:
    while True:
        yield b"x" * 65_536


def test_an_answer_before_the_upload_is_read(fetch: Fetch) -> None:
    answered = threading.Event()

    def play(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        answered.wait(10)

    with raw(play) as port:
        result = response(fetch(port, "POST", body=Stream(endless())))
        answered.set()
        assert (result.status, read(result.body)) == (413, b"big")


@pytest.mark.rule("CF-242")
def test_an_upload_that_is_cut(fetch: Fetch) -> None:
    with raw(hears_a_little) as port:
        assert fault(fetch(port, "POST", body=Stream(endless()))) is OriginFault.WRITE


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def tls_server(authority: trustme.CA, name: str) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    class Connections:
        """Does the handshake on the thread of the connection, where a failure is nobody else's."""

        def accept(self) -> tuple[socket.socket, object]:
            sock, address = plain.accept()
            return context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False), address

        def __getattr__(self, name: str) -> object:
            return getattr(plain, name)

    plain = server.socket
    server.socket = Connections()  # type: ignore[assignment]  # socketserver only calls a few of its methods
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]  # refused handshakes
    with serving(server) as port:
        yield port


@pytest.mark.rule("CF-240")
def test_tls_with_a_certificate_nobody_knows(fetch: Fetch, authority: trustme.CA) -> None:
    with tls_server(authority, "origin.example.test") as port:
        result = fetch(port, scheme="https")
    assert fault(result) is OriginFault.TLS
    assert isinstance(result, OriginFailure)
    assert "certificate verify failed" in result.message


@pytest.mark.rule("CF-124")
@pytest.mark.rule("CF-240")
def test_tls_that_is_trusted(fetch: Fetch, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with tls_server(authority, "origin.example.test") as port:
        first = response(fetch(port, scheme="https", verify=context))
        second = response(fetch(port, scheme="https"))
        assert read(first.body) == read(second.body), "not the same connection"
        chunks = [b"x" * 80_000] * 100
        posted = response(fetch(port, "POST", scheme="https", body=Stream(chunks)))
        assert read(posted.body) == str(LARGE).encode()


@pytest.mark.rule("CF-240")
def test_tls_with_another_name(fetch: Fetch, authority: trustme.CA) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    with tls_server(authority, "elsewhere.example.test") as port:
        result = fetch(port, scheme="https", verify=context)
    assert fault(result) is OriginFault.TLS
    assert isinstance(result, OriginFailure)
    assert "Hostname mismatch" in result.message


@pytest.mark.rule("CF-239")
def test_tls_to_a_server_that_speaks_none(fetch: Fetch, port: int) -> None:
    assert fault(fetch(port, scheme="https")) is OriginFault.TLS
