from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import httpcore
import pytest

from edgeproxy.clock import ManualClock
from edgeproxy.origins import pool as pool_module
from edgeproxy.origins.connection import NameNotFoundError, TlsError
from edgeproxy.origins.exchange import Answer, Exchange, Payload, Place
from edgeproxy.origins.pool import Pool

if TYPE_CHECKING:
    from tests.origins.conftest import ScriptedOrigin


PLACE = Place("http", "127.0.0.1", 9000, "")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SILENCE = 0.02
"""Seconds: a time-out that is meant to pass."""


def exchange(method: bytes = b"GET", **fields: Any) -> Exchange:
    fields.setdefault("place", PLACE)
    fields.setdefault("target", b"/")
    fields.setdefault("lines", [(b"Host", b"h")])
    return Exchange(method=method, **fields)


def upload(method: bytes, chunks: Any, replayable: bool, **fields: Any) -> Exchange:
    lines = [(b"Host", b"h"), (b"Transfer-Encoding", b"chunked")]
    return exchange(method, lines=lines, payload=Payload(chunks, replayable), **fields)


def read(answer: Answer) -> bytes:
    data = b"".join(answer.chunks)
    answer.close()
    return data


def reset(sock: socket.socket) -> None:
    """Read a request and answer nothing."""
    sock.recv(65_536)


@pytest.mark.rule("CF-123")
def test_a_connection_is_used_again(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, OK)
    assert [read(pool.send(exchange())), read(pool.send(exchange()))] == [b"ok", b"ok"]
    assert len(origin.dialled) == 1


def test_the_one_used_last_is_used_next(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, origin.stays_open).connection(OK, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast")
    first, second = pool.send(exchange()), pool.send(exchange())
    read(first), read(second)
    assert pool.idle == 2
    assert read(pool.send(exchange())) == b"last"


def test_places_share_nothing(pool: Pool, origin: ScriptedOrigin) -> None:
    for _ in range(3):
        origin.connection(OK, origin.stays_open)
    for place in (PLACE, PLACE._replace(port=9001), PLACE._replace(sni="other")):
        read(pool.send(exchange(place=place)))
    assert pool.idle == 3


def test_a_connection_in_use_is_not_shared(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, origin.stays_open).connection(OK, origin.stays_open)
    first = pool.send(exchange())
    read(pool.send(exchange()))
    read(first)
    assert len(origin.dialled) == 2


def test_an_answer_that_was_not_read_to_its_end_takes_its_connection_with_it(
    pool: Pool, origin: ScriptedOrigin
) -> None:
    origin.connection(OK, origin.stays_open)
    pool.send(exchange()).close()
    assert origin.ended.acquire(timeout=5)
    assert pool.idle == 0


def test_an_answer_that_says_close_takes_its_connection_with_it(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", origin.stays_open)
    assert read(pool.send(exchange())) == b"ok"
    assert pool.idle == 0


def test_bytes_after_an_answer_are_never_taken_for_the_next_one(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", origin.stays_open)
    origin.connection(OK)
    assert read(pool.send(exchange())) == b"ok"
    assert pool.idle == 0
    assert read(pool.send(exchange())) == b"ok"


def test_bytes_that_come_unasked_end_an_idle_connection(pool: Pool, origin: ScriptedOrigin) -> None:
    def speaks_twice(sock: socket.socket) -> None:
        sock.recv(65_536)
        sock.sendall(OK)
        told.append(sock)
        origin.stays_open(sock)

    told: list[socket.socket] = []
    origin.connection(speaks_twice).connection(OK)
    read(pool.send(exchange()))
    told[0].sendall(OK)
    assert read(pool.send(exchange())) == b"ok"
    assert len(origin.dialled) == 2


@pytest.mark.rule("CF-123")
def test_an_old_idle_connection_is_closed_instead_of_used(
    pool: Pool, origin: ScriptedOrigin, clock: ManualClock
) -> None:
    origin.connection(OK, OK, origin.stays_open).connection(OK)
    read(pool.send(exchange(keepalive_timeout=5)))
    clock.advance(4.9)
    read(pool.send(exchange(keepalive_timeout=5)))
    assert len(origin.dialled) == 1
    clock.advance(5)
    read(pool.send(exchange()))
    assert len(origin.dialled) == 2
    assert origin.ended.acquire(timeout=5)


def test_connections_of_an_origin_that_is_no_longer_used_are_closed(
    pool: Pool, origin: ScriptedOrigin, clock: ManualClock
) -> None:
    origin.connection(OK, origin.stays_open).connection(OK, OK, origin.stays_open).connection(OK, origin.stays_open)
    read(pool.send(exchange(place=PLACE._replace(host="old"), keepalive_timeout=1)))
    first, second = pool.send(exchange(keepalive_timeout=100)), pool.send(exchange(keepalive_timeout=1))
    read(second)
    read(first)
    clock.advance(2)
    read(pool.send(exchange(place=PLACE, keepalive_timeout=100)))
    assert origin.ended.acquire(timeout=5)
    assert origin.ended.acquire(timeout=5)
    assert pool.idle == 1


def test_no_more_than_max_idle_are_kept(origin: ScriptedOrigin, clock: ManualClock) -> None:
    pool = Pool(clock, dialer=origin.dial, max_idle=1)
    origin.connection(OK, origin.stays_open).connection(OK, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")
    first, second = pool.send(exchange()), pool.send(exchange())
    read(first), read(second)
    assert pool.idle == 1
    assert read(pool.send(exchange())) == b"2"
    pool.close()


def test_a_closed_pool_keeps_nothing(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, origin.stays_open).connection(OK, origin.stays_open)
    in_use = pool.send(exchange())
    read(pool.send(exchange()))
    pool.close()
    assert pool.idle == 0
    assert read(in_use) == b"ok"
    assert pool.idle == 0
    assert origin.ended.acquire(timeout=5)
    assert origin.ended.acquire(timeout=5)


@pytest.mark.rule("CF-247")
@pytest.mark.parametrize("method", [b"GET", b"POST"])
@pytest.mark.parametrize("error", [httpcore.ConnectError("refused"), httpcore.ConnectTimeout("late")])
def test_connecting_is_tried_as_often_as_configured(
    pool: Pool, origin: ScriptedOrigin, method: bytes, error: Exception
) -> None:
    origin.fails(error).fails(error).connection(OK)
    assert read(pool.send(exchange(method, attempts=3, connect_timeout=10))) == b"ok"
    assert origin.dialled == [("127.0.0.1", 9000, 10, attempt) for attempt in range(3)]


@pytest.mark.rule("CF-247")
def test_connecting_is_given_up_then(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.fails(httpcore.ConnectTimeout("first")).fails(httpcore.ConnectError("second"))
    with pytest.raises(httpcore.ConnectError, match="second"):
        pool.send(exchange(attempts=2))


@pytest.mark.parametrize("error", [NameNotFoundError("no such name"), TlsError("certificate has expired")])
def test_what_another_attempt_cannot_mend_is_not_tried_again(
    pool: Pool, origin: ScriptedOrigin, error: Exception
) -> None:
    origin.fails(error)
    with pytest.raises(type(error)):
        pool.send(exchange(attempts=3))


@pytest.mark.rule("CF-250")
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_get_and_head_are_repeated_when_no_answer_begins(pool: Pool, origin: ScriptedOrigin, method: bytes) -> None:
    origin.connection(origin.stays_open).connection(origin.stays_open).connection(OK)
    answer = pool.send(exchange(method, attempts=3, read_timeout=SILENCE))
    read(answer)
    assert answer.status == 200
    assert len(origin.dialled) == 3


@pytest.mark.rule("CF-250")
@pytest.mark.rule("CF-234")
def test_until_the_attempts_are_used_up(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(origin.stays_open).connection(origin.stays_open)
    with pytest.raises(httpcore.ReadTimeout):
        pool.send(exchange(attempts=2, read_timeout=SILENCE))


@pytest.mark.rule("CF-250")
@pytest.mark.parametrize("method", [b"DELETE", b"OPTIONS", b"PATCH", b"PUT", b"POST"])
def test_other_methods_are_not(pool: Pool, origin: ScriptedOrigin, method: bytes) -> None:
    origin.connection(origin.stays_open)
    with pytest.raises(httpcore.ReadTimeout):
        pool.send(exchange(method, attempts=3, read_timeout=SILENCE))


@pytest.mark.rule("CF-250")
def test_an_answer_that_has_begun_is_not_asked_for_again(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(b"HTTP/1.1 200", origin.stays_open)
    with pytest.raises(httpcore.ReadTimeout):
        pool.send(exchange(attempts=3, read_timeout=SILENCE))


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"])
def test_a_kept_connection_that_is_dead_is_replaced_once(pool: Pool, origin: ScriptedOrigin, method: bytes) -> None:
    origin.connection(OK, reset).connection(OK)
    read(pool.send(exchange()))
    answer = pool.send(exchange(method))
    read(answer)
    assert answer.status == 200
    assert len(origin.dialled) == 2


def test_other_idle_connections_are_not_tried_then(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, origin.stays_open).connection(OK, reset).connection(OK)
    first, second = pool.send(exchange()), pool.send(exchange())
    read(first), read(second)
    assert read(pool.send(exchange())) == b"ok"
    assert len(origin.dialled) == 3


def test_a_new_connection_that_dies_is_not_replaced(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, reset).connection(reset)
    read(pool.send(exchange()))
    with pytest.raises(httpcore.ReadError):
        pool.send(exchange())


@pytest.mark.parametrize("method", [b"POST", b"PATCH"])
def test_a_method_that_is_not_idempotent_is_not_sent_twice(pool: Pool, origin: ScriptedOrigin, method: bytes) -> None:
    origin.connection(OK, reset)
    read(pool.send(exchange()))
    with pytest.raises(httpcore.ReadError):
        pool.send(exchange(method))


def test_an_answer_that_has_begun_is_not_asked_for_on_a_new_connection(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, b"HTTP/1.1 200")
    read(pool.send(exchange()))
    with pytest.raises(httpcore.ReadError):
        pool.send(exchange())


def test_a_body_in_memory_can_be_sent_again(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, reset).connection(OK)
    read(pool.send(exchange()))
    assert read(pool.send(upload(b"PUT", [b"body"], replayable=True))) == b"ok"
    assert origin.requests[-1].endswith(b"4\r\nbody\r\n0\r\n\r\n")


def test_a_body_that_is_used_up_cannot(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(OK, reset)
    read(pool.send(exchange()))
    with pytest.raises((httpcore.ReadError, httpcore.WriteError)):
        pool.send(upload(b"PUT", iter([b"body"]), replayable=False))
    assert len(origin.dialled) == 1


def megabytes() -> Iterator[bytes]:
    while True:
        yield b"x" * 65_536


@pytest.mark.rule("CF-242")
def test_an_origin_that_closes_while_it_is_sent_a_body(pool: Pool, origin: ScriptedOrigin) -> None:
    origin.connection(reset)
    with pytest.raises(httpcore.WriteError, match="the body could not be sent"):
        pool.send(upload(b"POST", megabytes(), replayable=False, read_timeout=5))


def test_an_origin_that_answers_before_the_body_is_sent(pool: Pool, origin: ScriptedOrigin) -> None:
    def refuses(sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        done.wait()

    done = threading.Event()
    origin.connection(refuses)
    answer = pool.send(upload(b"POST", megabytes(), replayable=False, read_timeout=5))
    assert (answer.status, read(answer)) == (413, b"big")
    done.set()
    assert pool.idle == 0


def test_an_error_of_the_body_itself_comes_through_and_ends_the_connection(pool: Pool, origin: ScriptedOrigin) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("the viewer went away")

    origin.connection(OK, origin.stays_open)
    with pytest.raises(RuntimeError, match="went away"):
        pool.send(upload(b"POST", breaks_off(), replayable=False))
    assert origin.ended.acquire(timeout=5)
    assert pool.idle == 0


@pytest.mark.parametrize(
    "bad",
    [
        exchange(target=b"/a b"),
        exchange(lines=[(b"Host", b"h"), (b"A", b"a\r\nB: b")]),
        exchange(lines=[(b"Host", b"h"), (b"Content-Length", b"9")], payload=Payload([b"short"], True)),
    ],
    ids=["target", "header", "length"],
)
def test_what_cannot_be_written_as_http_is_not(pool: Pool, origin: ScriptedOrigin, bad: Exchange) -> None:
    origin.connection(origin.stays_open)
    with pytest.raises(httpcore.LocalProtocolError):
        pool.send(bad)
    assert origin.ended.acquire(timeout=5)


@pytest.mark.rule("CF-115")
def test_a_target_goes_on_octet_for_octet(pool: Pool, origin: ScriptedOrigin) -> None:
    target = "/%2F/%e4;x=%20y+z/é\xff?a=&&b=%".encode("latin-1")
    origin.connection(OK)
    read(pool.send(exchange(target=target)))
    assert origin.requests == [b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n"]


@pytest.mark.parametrize("bad", [b"/\xe4 HTTP/1.1\r\nX: y", b"/\xe4 b", b"/\xe4\x00", b"/\xe4\x7f"])
def test_no_target_ends_the_request_line(pool: Pool, origin: ScriptedOrigin, bad: bytes) -> None:
    with pytest.raises(httpcore.LocalProtocolError):
        pool.send(exchange(target=bad))
    assert origin.dialled == []


@pytest.mark.parametrize(
    ("reply", "arrived"),
    [
        (OK, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nExpires: 0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nage=0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n0\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=0\r\nok\r\n0\r\n\r\n", False),
    ],
)
def test_whether_the_end_is_here_already(pool: Pool, origin: ScriptedOrigin, reply: bytes, arrived: bool) -> None:
    origin.connection(reply)
    answer = pool.send(exchange())
    assert answer.arrived is arrived
    answer.close()


@pytest.mark.rule("CF-195")
@pytest.mark.rule("CF-196")
def test_1xx_answers_are_passed_over(pool: Pool, origin: ScriptedOrigin) -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    origin.connection(early + early + OK, OK)
    assert read(pool.send(exchange())) == b"ok"
    assert read(pool.send(exchange())) == b"ok"
    assert len(origin.dialled) == 1


@pytest.mark.parametrize("verify", [True, False])
def test_https_takes_the_shared_context(
    monkeypatch: pytest.MonkeyPatch, origin: ScriptedOrigin, clock: ManualClock, verify: bool
) -> None:
    asked: list[tuple[bool, bool]] = []
    context = Handshake()

    def shared(verify: bool, legacy: bool) -> Handshake:
        asked.append((verify, legacy))
        return context

    monkeypatch.setattr(pool_module, "shared_context", shared)
    pool = Pool(clock, dialer=origin.dial, verify=verify)
    origin.connection(OK)
    read(pool.send(exchange(place=Place("https", "127.0.0.1", 443, "origin.example.test", True))))
    pool.close()
    assert asked == [(verify, True)]


@pytest.mark.rule("CF-124")
def test_https_takes_a_given_context_and_the_name_of_the_place(origin: ScriptedOrigin, clock: ManualClock) -> None:
    context = Handshake()
    pool = Pool(clock, dialer=origin.dial, verify=context)
    origin.connection(OK)
    read(pool.send(exchange(place=Place("https", "127.0.0.1", 443, "www.example.test"))))
    pool.close()
    assert context.names == ["www.example.test"]


class Handshake(ssl.SSLContext):
    """A context that encrypts nothing."""

    names: list[str]

    def __new__(cls) -> Self:
        made = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        made.names = []
        return made

    def __init__(self) -> None:
        pass

    def wrap_socket(self, sock: Any, *_: object, server_hostname: Any = None, **__: object) -> Any:
        self.names.append(server_hostname)
        return sock
