from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import httpcore
import httpx
import pytest

from edgeproxy.clock import ManualClock
from edgeproxy.cloudfront.origin import CustomOrigin, OriginFailure, OriginFault, OriginRequest
from edgeproxy.errors import OriginBodyError, ViewerBodyError
from edgeproxy.messages.body import Stream, Whole, read
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from edgeproxy.origins import tls
from edgeproxy.origins.connection import NameNotFoundError, TlsError
from edgeproxy.origins.http import HttpOrigins
from edgeproxy.origins.pool import Pool
from edgeproxy.origins.transport import PooledTransport

if TYPE_CHECKING:
    from tests.origins.conftest import ScriptedOrigin

Ask = Callable[..., OriginRequest]
OK = b"HTTP/1.1 200 Fine\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok"


@pytest.fixture
def client(pool: Pool) -> Iterator[httpx.Client]:
    with httpx.Client(transport=PooledTransport(pool), timeout=5) as client:
        yield client


def test_an_httpx_client_uses_the_pool(client: httpx.Client, pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, OK, origin.stays_open)
    for _ in range(2):
        response = client.get("http://h:81/a?b", extensions={"target": b"/a%2fb"})
        assert (response.status_code, response.reason_phrase, response.text) == (200, "Fine", "ok")
        assert response.headers["x-a"] == "1"
        assert pool.idle == 1
    assert origin.dialled == [("h", 81, 5, 0)]
    assert origin.requests[0].startswith(b"GET /a%2fb HTTP/1.1\r\nHost: h:81\r\n")


def test_it_sends_bodies(client: httpx.Client, origin: ScriptedOrigin) -> None:
    origin.connection(OK, OK)
    client.post("http://h/", content=b"whole")
    client.post("http://h/", content=iter([b"st", b"ream"]))
    assert origin.requests[0].endswith(b"\r\n\r\nwhole")
    assert origin.requests[1].endswith(b"\r\n\r\n2\r\nst\r\n4\r\nream\r\n0\r\n\r\n")


def test_it_streams_and_can_stop(client: httpx.Client, pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegin", origin.stays_open)
    with client.stream("GET", "http://h/") as response:
        assert next(response.iter_raw()) == b"begin"
        response.close()
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream.close()
    assert origin.ended.acquire(timeout=5)
    assert pool.idle == 0


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpcore.ConnectError("x"), httpx.ConnectError),
        (httpcore.ConnectTimeout("x"), httpx.ConnectTimeout),
        (NameNotFoundError("x"), httpx.ConnectError),
        (TlsError("x"), httpx.ConnectError),
    ],
)
def test_it_raises_what_httpx_users_expect(
    client: httpx.Client, origin: ScriptedOrigin, error: Exception, kind: type[Exception]
) -> None:
    origin.fails(error)
    with pytest.raises(kind) as caught:
        client.get("http://h/")
    assert type(caught.value) is kind


def test_an_error_that_is_not_of_the_network_comes_through(client: httpx.Client, origin: ScriptedOrigin) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"half"
        raise KeyError("a bug")

    origin.connection(OK)
    with pytest.raises(KeyError):
        client.post("http://h/", content=breaks_off())


def test_a_body_that_breaks_off_is_told_in_httpx_words(client: httpx.Client, origin: ScriptedOrigin) -> None:
    origin.connection(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegin")
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("http://h/")


def test_it_speaks_http_only(client: httpx.Client) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        client.get("ftp://h/")


def test_https_has_a_name(client: httpx.Client, origin: ScriptedOrigin, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, sock: socket.socket, *_: object, server_hostname: str, **__: object) -> None:
        sock.close()
        raise OSError(server_hostname)

    context = tls.shared_context(verify=True, legacy=False)
    monkeypatch.setattr(type(context), "wrap_socket", refuse)
    for extensions, name in (({}, "h"), ({"sni_hostname": "www"}, "www")):
        origin.connection(origin.stays_open)
        with pytest.raises(httpx.ConnectError, match=f"^{name}$"):
            client.get("https://h/", extensions=extensions)
    assert [port for _, port, _, _ in origin.dialled] == [443, 443]


# The other way round: any transport behind HttpOrigins.


def through(handler: Callable[[httpx.Request], httpx.Response], clock: ManualClock) -> HttpOrigins:
    return HttpOrigins(clock=clock, transport=httpx.MockTransport(handler))


def response(result: Response | OriginFailure) -> Response:
    assert isinstance(result, Response), result
    return result


def test_a_transport_is_asked_as_the_wire_would_be(clock: ManualClock, ask: Ask) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, headers=[("X-A", "1"), ("X-A", "2"), ("Connection", "close")], content=b"made")

    request = ask(
        "POST",
        "/a%2Fb/\xe4?c=%20",
        ("Host", "www.example.test"),
        ("X-B", "1"),
        origin=CustomOrigin(domain_name="o.test", protocol="https", port=8443, read_timeout=7),
        body=Stream([b"bo", b"dy"]),
        has_body=True,
    )
    result = response(through(handler, clock).fetch(request))
    assert result.status == 201
    assert result.headers == Headers([("X-A", "1"), ("X-A", "2"), ("Content-Length", "4")])
    assert read(result.body) == b"made"
    got = seen[0]
    assert (got.method, str(got.url), got.content) == ("POST", "https://o.test:8443/a%2Fb/%E4?c=%20", b"body")
    assert got.extensions["target"] == b"/a%2Fb/\xe4?c=%20"
    assert got.extensions["sni_hostname"] == "www.example.test"
    assert got.extensions["timeout"]["read"] == 7
    assert got.headers.raw == [
        (b"Host", b"www.example.test"),
        (b"X-B", b"1"),
        (b"Connection", b"Keep-Alive"),
        (b"Transfer-Encoding", b"chunked"),
    ]


def test_a_head_response_has_no_body(clock: ManualClock, ask: Ask) -> None:
    http = through(lambda _: httpx.Response(200, content=b"four"), clock)
    result = response(http.fetch(ask("HEAD")))
    assert result.headers.get("content-length") == "4"
    assert read(result.body) == b""


def test_the_length_of_a_head_response_is_not_that_of_its_body(clock: ManualClock, ask: Ask) -> None:
    http = through(lambda _: httpx.Response(200, headers={"Content-Length": "9"}, stream=httpx.ByteStream(b"")), clock)
    result = response(http.fetch(ask("HEAD")))
    assert result.headers.get("content-length") == "9"
    assert read(result.body) == b""


def test_a_transport_can_stream(clock: ManualClock, ask: Ask) -> None:
    http = through(lambda _: httpx.Response(200, content=iter([b"a", b"b"])), clock)
    result = response(http.fetch(ask()))
    assert isinstance(result.body, Stream)
    assert list(result.body) == [b"a", b"b"]


def test_a_body_without_length_that_is_here_is_whole(clock: ManualClock, ask: Ask) -> None:
    http = through(lambda _: httpx.Response(200, stream=httpx.ByteStream(b"here")), clock)
    assert isinstance(response(http.fetch(ask())).body, Whole)


class Broken(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes], error: Exception) -> None:
        self.chunks = chunks
        self.error = error

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks
        raise self.error


@pytest.mark.rule("CF-193")
@pytest.mark.parametrize(
    "made",
    [
        lambda: httpx.Response(200, stream=Broken([b"begin"], httpx.ReadError("reset"))),
        lambda: httpx.Response(200, headers={"Content-Length": "9"}, stream=httpx.ByteStream(b"begin")),
    ],
)
def test_a_body_can_break_off(clock: ManualClock, ask: Ask, made: Callable[[], httpx.Response]) -> None:
    result = response(through(lambda _: made(), clock).fetch(ask()))
    chunks: list[bytes] = []
    with pytest.raises(OriginBodyError):
        chunks.extend(result.body)
    assert chunks == [b"begin"]


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (httpx.ConnectError("x"), OriginFault.CONNECT),
        (httpx.ConnectTimeout("x"), OriginFault.CONNECT_TIMEOUT),
        (httpx.PoolTimeout("x"), OriginFault.CONNECT_TIMEOUT),
        (httpx.ReadTimeout("x"), OriginFault.READ_TIMEOUT),
        (httpx.ReadError("x"), OriginFault.CLOSED),
        (httpx.WriteError("x"), OriginFault.WRITE),
        (httpx.WriteTimeout("x"), OriginFault.WRITE),
        (httpx.CloseError("x"), OriginFault.CLOSED),
        (httpx.RemoteProtocolError("x"), OriginFault.INVALID_RESPONSE),
        (httpx.LocalProtocolError("x"), OriginFault.WRITE),
        (httpx.UnsupportedProtocol("x"), OriginFault.WRITE),
        (httpx.ProxyError("x"), OriginFault.CONNECT),
        (ViewerBodyError("x"), OriginFault.VIEWER_BODY),
    ],
)
def test_a_transport_can_fail(clock: ManualClock, ask: Ask, error: Exception, fault: OriginFault) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise error

    result = through(handler, clock).fetch(ask())
    assert isinstance(result, OriginFailure)
    assert result.fault is fault


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (101, {}),
        (200, {"A": "a\x01b"}),
        (200, {"Content-Length": "many"}),
        (200, {"Transfer-Encoding": "gzip"}),
    ],
)
def test_an_answer_of_a_transport_is_checked_too(
    clock: ManualClock, ask: Ask, status: int, headers: dict[str, str]
) -> None:
    result = through(lambda _: httpx.Response(status, headers=headers), clock).fetch(ask())
    assert isinstance(result, OriginFailure)
    assert result.fault is OriginFault.INVALID_RESPONSE


def test_closing_closes_the_transport(clock: ManualClock) -> None:
    closed: list[bool] = []

    class Transport(httpx.MockTransport):
        def close(self) -> None:
            closed.append(True)

    HttpOrigins(clock=clock, transport=Transport(lambda _: httpx.Response(200))).close()
    assert closed == [True]
