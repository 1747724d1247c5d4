from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from edgeproxy.clock import ManualClock
from edgeproxy.cloudfront.origin import CustomOrigin, OriginFailure, OriginFault, OriginRequest, S3Origin
from edgeproxy.errors import OriginBodyError, ViewerBodyError
from edgeproxy.messages.body import Stream, Whole, read
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from edgeproxy.origins.exchange import Address, Answer, Exchange
from edgeproxy.origins.http import SMALL, HttpOrigins, real_address
from edgeproxy.origins.pool import Pool

if TYPE_CHECKING:
    from tests.origins.conftest import ScriptedOrigin

Ask = Callable[..., OriginRequest]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Recorder:
    """A pool that only writes down what it is asked to send."""

    def __init__(self, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[Exchange] = []
        monkeypatch.setattr(pool, "send", self._send)

    def _send(self, exchange: Exchange) -> Answer:
        self.sent.append(exchange)
        return Answer(status=204, reason=b"", lines=(), chunks=(), close=lambda: None, arrived=True)


@pytest.fixture
def sent(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    return Recorder(pool, monkeypatch).sent


def response(result: Response | OriginFailure) -> Response:
    assert isinstance(result, Response), result
    return result


@pytest.mark.rule("CF-95")
@pytest.mark.rule("CF-94")
def test_a_request_goes_out_as_it_stands(http: HttpOrigins, origin: ScriptedOrigin, ask: Ask) -> None:
    lines = [("Host", "h"), ("X-B", "1"), ("x-a", "caf\xe9"), ("X-B", " 2 "), ("cookie", "a=1")]
    origin.connection(OK)
    http.fetch(ask("GET", "/a%2Fb?x=%20y+z", *lines))
    (sent,) = origin.requests
    assert sent.split(b"\r\n") == [
        b"GET /a%2Fb?x=%20y+z HTTP/1.1",
        b"Host: h",
        b"X-B: 1",
        b"x-a: caf\xe9",
        b"X-B: 2",
        b"cookie: a=1",
        b"Connection: Keep-Alive",
        b"",
        b"",
    ]


@pytest.mark.parametrize(
    ("fields", "framing"),
    [
        ({}, []),
        ({"has_body": True}, [(b"Content-Length", b"0")]),
        ({"has_body": True, "body": Whole(b"abc")}, [(b"Content-Length", b"3")]),
        ({"body": Whole(b"abc")}, [(b"Content-Length", b"3")]),
        ({"has_body": True, "body": Stream([b"abc"], 3)}, [(b"Content-Length", b"3")]),
        pytest.param(
            {"has_body": True, "body": Stream([b"abc"])},
            [(b"Transfer-Encoding", b"chunked")],
            marks=pytest.mark.rule("CF-121"),
        ),
    ],
)
def test_the_framing_is_that_of_the_body(
    http: HttpOrigins, sent: list[Exchange], ask: Ask, fields: dict[str, Any], framing: list[tuple[bytes, bytes]]
) -> None:
    wrong = [("Content-Length", "77"), ("transfer-encoding", "gzip"), ("CONNECTION", "X-A"), ("X-A", "1")]
    http.fetch(ask("POST", "/", *wrong, **fields))
    assert sent[0].lines == [(b"X-A", b"1"), (b"Connection", b"Keep-Alive"), *framing]
    assert (sent[0].payload is None) is (not framing)


@pytest.mark.rule("CF-121")
def test_a_body_streams_to_the_origin(http: HttpOrigins, origin: ScriptedOrigin, ask: Ask) -> None:
    origin.connection(OK, OK)
    http.fetch(ask("POST", "/", body=Stream([b"abc", b"", b"de"]), has_body=True))
    http.fetch(ask("PUT", "/", body=Stream([b"abc", b"de"], 5), has_body=True))
    assert [request.partition(b"\r\n\r\n")[2] for request in origin.requests] == [
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        b"abcde",
    ]


def test_times_and_attempts_are_those_of_the_origin(http: HttpOrigins, sent: list[Exchange], ask: Ask) -> None:
    custom = CustomOrigin(domain_name="o.test", read_timeout=7, keepalive_timeout=9)
    http.fetch(ask(origin=custom, connection_attempts=2, connection_timeout=4.0))
    exchange = sent[0]
    assert (exchange.attempts, exchange.connect_timeout) == (2, 4.0)
    assert (exchange.read_timeout, exchange.keepalive_timeout) == (7.0, 9.0)


@pytest.mark.rule("CF-252")
def test_s3_waits_for_thirty_seconds(http: HttpOrigins, sent: list[Exchange], ask: Ask) -> None:
    http.fetch(ask(origin=S3Origin(domain_name="b.s3.amazonaws.com")))
    assert (sent[0].read_timeout, sent[0].keepalive_timeout) == (30.0, 5.0)
    assert sent[0].place[:3] == ("https", "b.s3.amazonaws.com", 443)


@pytest.mark.parametrize(
    ("origin_value", "address"),
    [
        (CustomOrigin(domain_name="o.test", protocol="https", port=8443), Address("https", "o.test", 8443)),
        (CustomOrigin(domain_name="o.test"), Address("http", "o.test", 80)),
        (S3Origin(domain_name="b.s3.amazonaws.com"), Address("https", "b.s3.amazonaws.com", 443)),
    ],
)
def test_the_real_address(ask: Ask, origin_value: CustomOrigin | S3Origin, address: Address) -> None:
    assert real_address(ask(origin=origin_value)) == address


@pytest.mark.rule("CF-124")
@pytest.mark.parametrize(
    ("host", "scheme", "sni"),
    [
        ("www.example.test", "https", "www.example.test"),
        ("www.example.test:8443", "https", "www.example.test"),
        ("[::1]:8443", "https", "::1"),
        ("", "https", "o.test"),
        ("www.example.test", "http", ""),
    ],
)
def test_the_name_for_tls_is_the_host_that_is_sent(
    http: HttpOrigins, sent: list[Exchange], ask: Ask, host: str, scheme: str, sni: str
) -> None:
    request = ask("GET", "/", ("Host", host), origin=CustomOrigin(domain_name="o.test", ssl_protocols=("TLSv1",)))
    http.fetch_from(Address(scheme, "127.0.0.1", 9000), request)
    assert sent[0].place == (scheme, "127.0.0.1", 9000, sni, scheme == "https")


def test_an_address_may_have_a_path(http: HttpOrigins, sent: list[Exchange], ask: Ask) -> None:
    http.fetch_from(Address("http", "h", 1, "/base"), ask("GET", "/v2/a?b"))
    assert sent[0].target == b"/base/v2/a?b"


def test_the_resolver_decides(pool: Pool, sent: list[Exchange], clock: ManualClock, ask: Ask) -> None:
    failure = OriginFailure(OriginFault.DNS, "no")
    found: list[Address | OriginFailure] = [Address("http", "there", 1), failure]
    http = HttpOrigins(clock=clock, pool=pool, resolver=lambda _: found.pop(0))
    response(http.fetch(ask()))
    assert sent[0].place.host == "there"
    assert http.fetch(ask()) is failure


def test_a_character_that_is_no_octet_is_not_sent(http: HttpOrigins, sent: list[Exchange], ask: Ask) -> None:
    for request in (ask("GET", "/\u20ac"), ask("GET", "/", ("A", "\u20ac")), ask("G\u20acT")):
        result = http.fetch(request)
        assert isinstance(result, OriginFailure)
        assert result.fault is OriginFault.WRITE
    assert sent == []


def test_a_response_is_taken_as_it_comes(http: HttpOrigins, origin: ScriptedOrigin, ask: Ask) -> None:
    origin.connection(
        b"HTTP/1.1 404 Gone Fishing\r\nset-cookie: a=1\r\nX-A: caf\xe9\r\nSet-Cookie: b=2\r\n"
        b"Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nContent-Length: 2\r\n\r\nno"
    )
    result = response(http.fetch(ask()))
    assert (result.status, result.reason) == (404, "Gone Fishing")
    assert result.headers == Headers(
        [("set-cookie", "a=1"), ("X-A", "caf\xe9"), ("Set-Cookie", "b=2"), ("Content-Length", "2")]
    )
    assert isinstance(result.body, Whole)
    assert result.body.data == b"no"


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_a_response_without_body_frees_its_connection(
    http: HttpOrigins, pool: Pool, origin: ScriptedOrigin, ask: Ask, method: str, head: bytes
) -> None:
    origin.connection(head, origin.stays_open)
    result = response(http.fetch(ask(method)))
    assert isinstance(result.body, Whole)
    assert result.body.data == b""
    assert pool.idle == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"Content-Length: 70000\r\n\r\n" + b"x" * 70_000,
        b"Transfer-Encoding: chunked\r\n\r\n" + b"11170\r\n" + b"x" * 70_000 + b"\r\n0\r\nX-Trailer: 1\r\n\r\n",
    ],
)
def test_a_large_body_streams_and_then_frees_its_connection(
    http: HttpOrigins, pool: Pool, origin: ScriptedOrigin, ask: Ask, reply: bytes
) -> None:
    origin.connection(b"HTTP/1.1 200 OK\r\n" + reply, origin.stays_open)
    result = response(http.fetch(ask()))
    assert isinstance(result.body, Stream)
    assert result.body.length == (70_000 if reply.startswith(b"Content") else None)
    assert pool.idle == 0
    assert read(result.body) == b"x" * 70_000
    assert pool.idle == 1


def test_a_chunked_body_that_is_all_here_is_read_at_once(
    http: HttpOrigins, pool: Pool, origin: ScriptedOrigin, ask: Ask
) -> None:
    origin.connection(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", origin.stays_open
    )
    result = response(http.fetch(ask()))
    assert isinstance(result.body, Whole)
    assert result.body.data == b"abc"
    assert result.headers == Headers([("Transfer-Encoding", "chunked")])
    assert pool.idle == 1


def test_a_body_that_is_larger_than_it_looked_is_a_stream(
    http: HttpOrigins, pool: Pool, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    endless = itertools.repeat(b"x" * 1000)
    answer = Answer(status=200, reason=b"", lines=(), chunks=endless, close=lambda: closed.append(True), arrived=True)
    monkeypatch.setattr(pool, "send", lambda _: answer)
    body = response(http.fetch(ask())).body
    assert isinstance(body, Stream)
    assert sum(len(chunk) for chunk in itertools.islice(body, 100)) == 100_000
    assert closed == []
    body.close()
    assert closed == [True]


def test_a_response_is_here_before_its_body(http: HttpOrigins, origin: ScriptedOrigin, ask: Ask) -> None:
    asked_for_more = threading.Event()

    def one_at_a_time(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        assert asked_for_more.wait(10)
        sock.sendall(b"3\r\ntwo\r\n0\r\n\r\n")

    origin.connection(one_at_a_time)
    result = response(http.fetch(ask()))
    chunks = iter(result.body)
    assert next(chunks) == b"one"
    asked_for_more.set()
    assert list(chunks) == [b"two"]


@pytest.mark.rule("CF-194")
def test_a_body_without_framing_goes_on_until_the_connection_ends(
    http: HttpOrigins, origin: ScriptedOrigin, ask: Ask
) -> None:
    origin.connection(b"HTTP/1.0 200 OK\r\n\r\nto the end")
    result = response(http.fetch(ask()))
    assert result.body.length is None
    assert read(result.body) == b"to the end"


def test_a_stream_that_is_given_up_ends_its_connection(http: HttpOrigins, origin: ScriptedOrigin, ask: Ask) -> None:
    origin.connection(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbegin", origin.stays_open)
    result = response(http.fetch(ask()))
    result.body.close()
    result.body.close()
    assert origin.ended.acquire(timeout=5)


@pytest.mark.rule("CF-193")
@pytest.mark.parametrize(
    ("reply", "begin"),
    [
        (b"Content-Length: 9\r\n\r\nbegin", b"begin"),
        (b"Content-Length: 9\r\n\r\n", b""),
        (b"Content-Length: %d\r\n\r\nbegin" % (SMALL + 1), b"begin"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n", b"begin"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\nxyz\r\n", b"begin"),
        (b"Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\nxyz\r\n0\r\n\r\n", b"begin"),
    ],
)
def test_a_body_that_breaks_off(
    http: HttpOrigins, origin: ScriptedOrigin, ask: Ask, reply: bytes, begin: bytes
) -> None:
    origin.connection(b"HTTP/1.1 200 OK\r\n" + reply)
    result = response(http.fetch(ask()))
    chunks: list[bytes] = []
    with pytest.raises(OriginBodyError, match="broke off"):
        chunks.extend(result.body)
    assert b"".join(chunks) == begin


FAULTS: list[Any] = [
    pytest.param(b"", OriginFault.CLOSED, marks=pytest.mark.rule("CF-193")),
    pytest.param(b"HTTP/1.1 200 OK\r\nA: 1\r\n", OriginFault.CLOSED, marks=pytest.mark.rule("CF-233")),
    pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", OriginFault.INVALID_RESPONSE, marks=pytest.mark.rule("CF-237")),
    pytest.param(b"\x16\x03\x01\x02\x00", OriginFault.INVALID_RESPONSE, marks=pytest.mark.rule("CF-237")),
    (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 200 OK\r\nName : value\r\n\r\n", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 200 OK\r\nA: a\x01b\r\n\r\n", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 200 OK\r\nA: a\x00b\r\n\r\n", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 200 O\x02K\r\n\r\n", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 99 Low\r\n\r\n", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde", OriginFault.INVALID_RESPONSE),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", OriginFault.INVALID_RESPONSE),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        OriginFault.INVALID_RESPONSE,
        marks=pytest.mark.rule("CF-192"),
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 32_768 + b"\r\n\r\n",
        OriginFault.HEADERS_TOO_LARGE,
        marks=pytest.mark.rule("CF-191"),
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 40_000, OriginFault.HEADERS_TOO_LARGE, marks=pytest.mark.rule("CF-238")
    ),
    (b"HTTP/1.1 100 Continue\r\n\r\n" * 2000, OriginFault.HEADERS_TOO_LARGE),
]


@pytest.mark.parametrize(("reply", "fault"), FAULTS)
def test_an_answer_that_is_none(
    http: HttpOrigins, pool: Pool, origin: ScriptedOrigin, ask: Ask, reply: bytes, fault: OriginFault
) -> None:
    def answer(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(reply)
        sock.shutdown(socket.SHUT_WR)
        origin.stays_open(sock)

    origin.connection(answer)
    result = http.fetch(ask())
    assert isinstance(result, OriginFailure)
    assert result.fault is fault
    assert result.message.startswith("GET http://origin.example.test:80 (origin site): ")
    assert origin.ended.acquire(timeout=5)
    assert pool.idle == 0


def test_two_lengths_that_agree_are_one(http: HttpOrigins, origin: ScriptedOrigin, ask: Ask) -> None:
    origin.connection(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok")
    assert response(http.fetch(ask())).headers == Headers([("Content-Length", "2")])


def test_a_viewer_who_stops_sending(http: HttpOrigins, origin: ScriptedOrigin, ask: Ask) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"half"
        raise ViewerBodyError("the viewer went away")

    origin.connection(OK)
    result = http.fetch(ask("POST", "/", body=Stream(breaks_off()), has_body=True))
    assert isinstance(result, OriginFailure)
    assert result.fault is OriginFault.VIEWER_BODY
    assert origin.ended.acquire(timeout=5)
    assert not origin.requests[0].endswith(b"0\r\n\r\n")


def test_a_pool_is_made_and_closed(clock: ManualClock) -> None:
    http = HttpOrigins(clock=clock)
    http.close()
