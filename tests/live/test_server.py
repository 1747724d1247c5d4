from __future__ import annotations

import json
import os
import queue
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import trustme

from edgeproxy.errors import ConfigError, ViewerBodyError
from edgeproxy.server import Listener, RunningServer, running

pytestmark = [pytest.mark.live, pytest.mark.timeout(60)]

DEADLINE = 20.0
MEGABYTE = 1024 * 1024
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Peer:
    """A viewer that says exactly what it is told to."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self.socket = socket.create_connection((where.hostname, where.port), timeout=DEADLINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def hear(self, until: bytes) -> bytes:
        heard = b""
        while until not in heard:
            octets = self.socket.recv(65536)
            assert octets, f"closed after {heard!r}"
            heard += octets
        return heard

    def rest(self) -> bytes:
        heard = b""
        while octets := self.socket.recv(65536):
            heard += octets
        return heard


def show(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """Tells what it was asked."""
    shown = {key: value for key, value in environ.items() if isinstance(value, str)}
    shown["lines"] = environ["edgeproxy.header_lines"]
    shown["body"] = environ["wsgi.input"].read().decode("latin-1")
    body = json.dumps(shown).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def seen(url: str, request: bytes) -> dict[str, Any]:
    with Peer(url) as peer:
        peer.say(request)
        head, _, body = peer.hear(b"}").partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        shown: dict[str, Any] = json.loads(body)
        return shown


@pytest.fixture(scope="module")
def shown_at() -> Iterator[str]:
    with running(show) as url:
        yield url


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", "/", ""),
        (b"/a%2Fb%20x+y;p=1//c", "/a/b x+y;p=1//c", ""),
        (b"//double//", "//double//", ""),
        (b"/%e9%FF?a=%2f&a=&b&a=1+%20", "/\xe9\xff", "a=%2f&a=&b&a=1+%20"),
        (b"/\xc3\xa9?\xc3\xa9", "/\xc3\xa9", "\xc3\xa9"),
        (b"/a?b?c", "/a", "b?c"),
        (b"/a/../b/./c", "/a/../b/./c", ""),
        (b"*", "*", ""),
    ],
)
def test_the_target_keeps_its_octets(shown_at: str, target: bytes, path: str, query: str) -> None:
    shown = seen(shown_at, b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n")
    assert shown["REQUEST_URI"] == target.decode("latin-1")
    assert (shown["PATH_INFO"], shown["QUERY_STRING"]) == (path, query)


def test_an_absolute_target_leaves_its_path(shown_at: str) -> None:
    shown = seen(shown_at, b"GET http://other.test/a?b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (shown["REQUEST_URI"], shown["HTTP_HOST"]) == ("/a?b", "h")


def test_every_header_line_arrives(shown_at: str) -> None:
    lines = [("Host", "h"), ("X-B", "2"), ("Cookie", "a=1"), ("Cookie", "b=2"), ("X_b", "9"), ("X-A", "\xc3\xa9\xff")]
    request = "GET / HTTP/1.1\r\n" + "".join(f"{name.lower()}: {value}\r\n" for name, value in lines) + "\r\n"
    shown = seen(shown_at, request.encode("latin-1"))
    assert [tuple(line) for line in shown["lines"]] == lines
    assert (shown["HTTP_COOKIE"], shown["HTTP_X_B"]) == ("a=1; b=2", "2")


def test_nothing_of_the_process_environment_arrives(shown_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_X_LEAK", "secret")
    assert "HTTP_X_LEAK" not in seen(shown_at, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")


def test_a_missing_host_is_missing(shown_at: str) -> None:
    shown = seen(shown_at, b"GET / HTTP/1.1\r\nX-A: 1\r\n\r\n")
    assert shown["lines"] == [["X-A", "1"]]


def test_the_connection_is_described(shown_at: str) -> None:
    with Peer(shown_at) as peer:
        peer.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        shown = json.loads(peer.hear(b"}").partition(b"\r\n\r\n")[2])
        own, remote = peer.socket.getsockname(), peer.socket.getpeername()
    assert (shown["REMOTE_ADDR"], shown["REMOTE_PORT"]) == (own[0], str(own[1]))
    assert (shown["SERVER_NAME"], shown["SERVER_PORT"]) == (remote[0], str(remote[1]))
    assert (shown["SERVER_PROTOCOL"], shown["wsgi.url_scheme"]) == ("HTTP/1.1", "http")


def test_a_chunked_upload_arrives(shown_at: str) -> None:
    shown = seen(
        shown_at,
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n",
    )
    assert shown["body"] == "abcdefg"
    assert "CONTENT_LENGTH" not in shown


def test_a_viewer_may_wait_to_be_told_to_continue(shown_at: str) -> None:
    with Peer(shown_at) as peer:
        peer.say(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert peer.hear(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.say(b"abc")
        assert json.loads(peer.hear(b"}").partition(b"\r\n\r\n")[2])["body"] == "abc"


def test_a_connection_serves_many_requests_also_ahead_of_their_answers(shown_at: str) -> None:
    with Peer(shown_at) as peer:
        one = b"POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"
        peer.say(b"".join(one % number for number in range(3)))
        heard = b"".join(peer.hear(b'"/%d"' % number) if number else b"" for number in (0, 2))
        assert heard.index(b'"/0"') < heard.index(b'"/1"') < heard.index(b'"/2"')
        peer.say(one % 3)
        assert b'"/3"' in peer.hear(b"}")


def test_head_keeps_the_length_and_has_no_body(shown_at: str) -> None:
    with httpx.Client(timeout=DEADLINE) as client:
        head = client.head(shown_at)
        assert (int(head.headers["content-length"]) > 0, head.content) == (True, b"")
        assert client.get(shown_at).status_code == 200  # the same connection


def _raises_first(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    raise ValueError("on purpose")


def test_an_application_that_raises_is_a_500_and_a_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with running(_raises_first) as url:
        answer = httpx.get(f"{url}/x?secret", timeout=DEADLINE)
    assert (answer.status_code, answer.text) == (500, "Internal Server Error\n")
    assert "on purpose" in caplog.text
    assert "GET /x: the application raised" in caplog.text


@pytest.mark.parametrize("headers", [[], [("Content-Length", "100")]])
def test_an_application_that_raises_halfway_never_looks_complete(headers: list[tuple[str, str]]) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", headers)
        yield b"begun"
        raise ValueError("on purpose")

    with running(app) as url:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(url, timeout=DEADLINE)
        with Peer(url) as peer:
            peer.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            heard = peer.rest()
    assert b"begun" in heard
    assert not heard.endswith(b"0\r\n\r\n")


def test_headers_that_cannot_be_sent_are_a_500(caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("X-A", "a\r\nSet-Cookie: b")])
        return [b"x"]

    with running(app) as url:
        answer = httpx.get(url, timeout=DEADLINE)
    assert (answer.status_code, "set-cookie" in answer.headers) == (500, False)
    assert "could not be sent" in caplog.text


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        (b"Transfer-Encoding: chunked", b"3\r\nabc\r\nzz\r\n"),
        (b"Transfer-Encoding: chunked", b"3\r\nabc\r\n"),
        (b"Content-Length: 10", b"abc"),
    ],
)
def test_a_broken_upload_is_never_a_silent_end(head: bytes, tail: bytes) -> None:
    outcomes: queue.SimpleQueue[object] = queue.SimpleQueue()

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            outcomes.put(environ["wsgi.input"].read())
        except ViewerBodyError as error:
            outcomes.put(error)
            raise
        return []

    with running(app) as url, Peer(url) as peer:
        peer.say(b"POST / HTTP/1.1\r\nHost: h\r\n" + head + b"\r\n\r\n" + tail)
        peer.socket.shutdown(socket.SHUT_WR)
        assert isinstance(outcomes.get(timeout=DEADLINE), ViewerBodyError)


def test_a_bad_chunk_size_is_a_400() -> None:
    with running(show) as url, Peer(url) as peer:
        peer.say(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n")
        assert peer.rest().startswith(b"HTTP/1.1 400 ")


class Endless:
    """A body without an end that tells when it is closed."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.pulled = 0
        self.closes = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.pulled += 1
            yield self.chunk

    def close(self) -> None:
        self.closes += 1
        self.closed.set()


@pytest.mark.parametrize(
    ("request_head", "size"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 65536),
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 10),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nunread", 65536),
    ],
)
def test_a_viewer_that_goes_away_ends_the_pull(request_head: bytes, size: int) -> None:
    body = Endless(b"x" * size)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return body

    with running(app) as url:
        with Peer(url) as peer:
            peer.say(request_head)
            peer.hear(b"xxxx")
        assert body.closed.wait(DEADLINE)
    assert body.closes == 1


def test_a_viewer_that_stops_reading_stops_the_pull_and_may_go_away_then() -> None:
    body = Endless(b"x" * MEGABYTE)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return body

    with running(app) as url:
        with Peer(url) as peer:
            peer.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            peer.hear(b"xxxx")
            assert not body.closed.wait(0.5)
            assert body.pulled < 60
        assert body.closed.wait(DEADLINE)


BIG = """
import sys
from edgeproxy.server import Listener, serve

def app(environ, start_response):
    if environ["REQUEST_METHOD"] == "POST":
        size = 0
        while chunk := environ["wsgi.input"].read(65536):
            size += len(chunk)
        start_response("200 OK", [])
        return [str(size).encode()]
    start_response("200 OK", [("Content-Length", str(200 << 20))] if environ["PATH_INFO"] == "/known" else [])
    return (bytes(65536) for _ in range(200 * 16))

sys.exit(serve([Listener(app)], on_ready=lambda urls: print(urls["server"], flush=True)))
"""


class Process:
    """A program that prints a URL and serves it."""

    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()
        assert self.url, self.process.communicate(timeout=DEADLINE)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate(timeout=DEADLINE)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, log


def test_200_mb_in_either_direction_do_not_grow_the_process() -> None:
    with Process(BIG) as served, httpx.Client(timeout=DEADLINE) as client:
        client.post(served.url, content=b"warm")
        process = psutil.Process(served.process.pid)
        before = peak = process.memory_info().rss
        for path in ("/known", "/unknown"):
            size = 0
            with client.stream("GET", served.url + path) as answer:
                for number, chunk in enumerate(answer.iter_raw(MEGABYTE)):
                    size += len(chunk)
                    peak = max(peak, process.memory_info().rss) if number % 10 == 0 else peak
            assert size == 200 * MEGABYTE

        def upload() -> Iterator[bytes]:
            nonlocal peak
            for _ in range(200):
                yield bytes(MEGABYTE)
                peak = max(peak, process.memory_info().rss)

        assert client.post(served.url, content=upload()).text == str(200 * MEGABYTE)
        assert peak - before < 40 * MEGABYTE


SLOW = """
import sys, threading
from edgeproxy.server import Listener, serve

go_on = threading.Event()

def app(environ, start_response):
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/slow":
        def body():
            yield b"begun"
            go_on.wait()
            yield b"ended"
        return body()
    if environ["PATH_INFO"] == "/go":
        go_on.set()
    return [b"hello"]

def admin(environ, start_response):
    return app(environ, start_response)

def ready(urls):
    print(urls["server"], flush=True)

status = serve([Listener(app), Listener(admin, name="admin", threads=2)], on_ready=ready, drain=DRAIN)
print([t.name for t in threading.enumerate() if t is not threading.main_thread()], file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_an_idle_server_and_leaves_nothing(number: signal.Signals) -> None:
    with Process(SLOW.replace("DRAIN", "30.0")) as served, Peer(served.url) as idle:
        idle.say(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        idle.hear(b"hello")
        assert psutil.Process(served.process.pid).children() == []
        assert served.end(number) == (0, "[]\n")
        assert idle.rest() == b""


def test_a_request_in_flight_is_finished_after_a_signal() -> None:
    # The release travels on a connection that is busy itself: what is idle is closed, and what is new not accepted.
    program = SLOW.replace("DRAIN", "30.0").replace("go_on.set()", 'environ["wsgi.input"].read(); go_on.set()')
    with Process(program) as served, Peer(served.url) as slow, Peer(served.url) as other:
        slow.say(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        slow.hear(b"begun")
        other.say(b"POST /go HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        other.hear(b"100 Continue")
        served.process.send_signal(signal.SIGTERM)
        _until_refused(served.url)
        other.say(b"go")
        assert b"ended\r\n0\r\n\r\n" in slow.rest()
        assert b"hello" in other.rest()
        _, log = served.process.communicate(timeout=DEADLINE)
        assert (served.process.returncode, log) == (0, "[]\n")


def _until_refused(url: str) -> None:
    where = urlsplit(url)
    done = threading.Event()
    for _ in range(int(DEADLINE / 0.01)):
        with socket.socket() as probe:
            if probe.connect_ex((where.hostname, where.port)):
                return
        done.wait(0.01)
    raise AssertionError("the port still accepts connections")


@pytest.mark.parametrize(("drain", "signals"), [("0.1", 1), ("30.0", 2)])
def test_what_does_not_finish_is_cut_by_time_or_by_a_second_signal(drain: str, signals: int) -> None:
    with Process(SLOW.replace("DRAIN", drain)) as served, Peer(served.url) as slow:
        slow.say(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        slow.hear(b"begun")
        served.process.send_signal(signal.SIGTERM)
        _until_refused(served.url)
        if signals == 2:
            served.process.send_signal(signal.SIGTERM)
        assert not slow.rest().endswith(b"0\r\n\r\n")
        _, log = served.process.communicate(timeout=DEADLINE)
        assert served.process.returncode == 0
        assert "the application is still busy" in log


def test_two_listeners_and_the_port_is_free_again_afterwards() -> None:
    with RunningServer([Listener(show), Listener(show, name="admin", threads=1)]) as server:
        assert set(server.urls) == {"server", "admin"}
        ports = [urlsplit(url).port for url in server.urls.values()]
        assert [httpx.get(url, timeout=DEADLINE).status_code for url in server.urls.values()] == [200, 200]
    again = [Listener(show, port=port or 0, name=str(port)) for port in ports]
    with RunningServer(again) as server:
        assert [urlsplit(url).port for url in server.urls.values()] == ports


def test_a_port_in_use_is_a_mistake_in_the_configuration() -> None:
    with running(show) as url:
        port = urlsplit(url).port or 0
        listeners = [Listener(show, name="free"), Listener(show, port=port), Listener(show, port=port, name="admin")]
        with pytest.raises(ConfigError) as caught, RunningServer(listeners):
            raise AssertionError("served")
    assert [problem.key for problem in caught.value.problems] == ["server.port", "admin.port"]
    assert f"port {port} of 127.0.0.1 is in use" in str(caught.value)


def test_tls_1_2_and_newer(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.private_key_pem.write_to_path(key)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(cert, append=True)
    context = ssl.create_default_context()
    authority.configure_trust(context)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "5")])
        return [environ["wsgi.url_scheme"].encode()]

    with RunningServer([Listener(app, tls_cert=str(cert), tls_key=str(key))]) as server:
        url = server.urls["server"]
        assert url.startswith("https://")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context.minimum_version = context.maximum_version = version
            assert httpx.get(url, verify=context, timeout=DEADLINE).text == "https"


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def _literal(name: bytes, value: bytes) -> bytes:
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def _h2_request(stream: int, path: bytes, *headers: tuple[bytes, bytes], body: bytes | None = None) -> bytes:
    fields = [(b":method", b"POST" if body else b"GET"), (b":scheme", b"http"), (b":path", path), (b":authority", b"h")]
    block = b"".join(_literal(*field) for field in (*fields, *headers))
    head = _frame(1, 4 if body else 5, stream, block)
    return head + (_frame(0, 1, stream, body) if body else b"")


Frame = tuple[int, int, int, bytes]
DATA, RST_STREAM, END_STREAM = 0, 3, 1


def _h2_stream(peer: Peer, stream: int) -> list[Frame]:
    """The frames of a stream until it ends, one way or the other."""
    buffer = b""
    frames: list[Frame] = []
    while not any(kind == RST_STREAM or (kind < 2 and flags & END_STREAM) for kind, flags, _, _ in frames):
        octets = peer.socket.recv(65536)
        assert octets, "closed"
        buffer += octets
        while len(buffer) >= 9 and len(buffer) >= 9 + (size := int.from_bytes(buffer[:3], "big")):
            frame = (buffer[3], buffer[4], int.from_bytes(buffer[5:9], "big"), buffer[9 : 9 + size])
            frames += [frame] if frame[2] == stream else []
            buffer = buffer[9 + size :]
    return frames


def test_http_2_is_spoken_too_and_a_body_that_breaks_off_is_reset() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/breaks":
            yield from show(environ, start_response)
            return
        start_response("200 OK", [])
        yield b"begun"
        raise ValueError("on purpose")

    with running(app) as url, Peer(url) as peer:
        peer.say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, 0, 0, b""))
        peer.say(_h2_request(1, b"/a%2F?x", (b"x-a", b"1"), (b"x-b", b"2"), body=b"abc"))
        shown = json.loads(b"".join(payload for kind, _, _, payload in _h2_stream(peer, 1) if kind == DATA))
        assert (shown["REQUEST_URI"], shown["SERVER_PROTOCOL"], shown["body"]) == ("/a%2F?x", "HTTP/2.0", "abc")
        assert shown["lines"] == [["host", "h"], ["x-a", "1"], ["x-b", "2"]]
        peer.say(_h2_request(3, b"/breaks"))
        assert _h2_stream(peer, 3)[-1][0] == RST_STREAM
