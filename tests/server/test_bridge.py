from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from edgeproxy.errors import OriginBodyError, ViewerBodyError
from edgeproxy.server.bridge import Bridge, Call
from edgeproxy.server.exchange import Exchange, Gone, Message
from edgeproxy.server.threads import BridgeThreads


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "raw_path": b"/",
        "query_string": b"",
        "server": ("127.0.0.1", "8080"),
        "client": ("127.0.0.9", "5555"),
        "headers": [(b"host", b"h")],
        **changes,
    }


Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Script(Exchange):
    """An exchange without a loop: notes what is asked.

    :param gone_after: chunks that are sent before the viewer is gone.
    """

    __slots__ = ("gone_after", "messages", "said")

    def __init__(self, messages: Iterable[Message] = (), gone_after: int = 99) -> None:
        self.said: list[tuple[Any, ...]] = []
        self.messages = list(messages)
        self.gone_after = gone_after

    def finish(self, start: Message | None, body: bytes) -> None:
        self.said.append(("finish", start and start["status"], body))

    def cut(self) -> None:
        self.said.append(("cut",))

    def send(self, start: Message | None, body: bytes) -> None:
        if not self.gone_after:
            raise Gone
        self.gone_after -= 1
        self.said.append(("send", start and start["status"], body))

    def receive(self) -> Message:
        return self.messages.pop(0)


class Body:
    """Chunks that are noted as closed."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self.chunks = chunks
        self.said: list[tuple[Any, ...]] = []
        self.left = len(chunks)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.left -= 1
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self) -> None:
        self.said.append(("close",))


def carried(
    body: Iterable[bytes], *headers: tuple[str, str], status: str = "200 OK", method: str = "GET", gone_after: int = 99
) -> list[tuple[Any, ...]]:
    """What is said for an answer, with the closing of its body among it."""
    exchange = Script(gone_after=gone_after)
    if isinstance(body, Body):
        body.said = exchange.said

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, list(headers))
        return body

    Call(app, scope(method=method), exchange).run()
    return exchange.said


def length(number: int) -> tuple[str, str]:
    return ("Content-Length", str(number))


@pytest.mark.parametrize("body", [[b"abc"], (b"abc",)])
@pytest.mark.parametrize("headers", [[], [length(3)]])
def test_a_whole_body_is_one_hand_over(body: Iterable[bytes], headers: list[tuple[str, str]]) -> None:
    assert carried(body, *headers) == [("finish", 200, b"abc")]


def test_a_chunk_of_the_announced_length_is_one_hand_over_when_the_application_is_done() -> None:
    body = Body(b"", b"abc", b"")
    assert carried(body, length(3)) == [("close",), ("finish", 200, b"abc")]
    assert body.left == 0


def test_the_last_octets_go_out_after_the_application_closed() -> None:
    assert carried(Body(b"a", b"bc"), length(3)) == [("send", 200, b"a"), ("close",), ("finish", None, b"bc")]


def test_a_body_of_unknown_length_is_streamed_without_its_empty_chunks() -> None:
    said = carried(Body(b"a", b"", b"b"))
    assert said == [("send", 200, b"a"), ("send", None, b"b"), ("close",), ("finish", None, b"")]


@pytest.mark.parametrize("body", [[], [b""], Body(), Body(b"")])
@pytest.mark.parametrize("headers", [[], [length(0)]])
def test_an_empty_body(body: Iterable[bytes], headers: list[tuple[str, str]]) -> None:
    assert carried(body, *headers)[-1] == ("finish", 200, b"")


@pytest.mark.parametrize(("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not")])
def test_without_a_body_nothing_is_pulled_that_need_not_be(method: str, status: str) -> None:
    body = Body(b"abc", b"def")
    said = carried(body, length(6), method=method, status=status)
    assert said == [("close",), ("finish", int(status[:3]), b"")]
    assert body.left == 1


def test_start_response_may_wait_for_the_first_chunk() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        write = start_response("200 OK", [])
        write(b"")
        write(b"written")
        yield b"yielded"

    exchange = Script()
    Call(app, scope(), exchange).run()
    assert exchange.said == [("send", 200, b"written"), ("send", None, b"yielded"), ("finish", None, b"")]


def test_write_sends_nothing_on_head() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])(b"written")
        return []

    exchange = Script()
    Call(app, scope(method="HEAD"), exchange).run()
    assert exchange.said == [("finish", 200, b"")]


@pytest.mark.parametrize(
    ("chunks", "announced", "before"),
    [
        ((b"a", ValueError("on purpose")), None, [b"a"]),
        ((b"a", ValueError("on purpose")), 9, [b"a"]),
        ((b"a", b"b", ValueError("on purpose")), 2, [b"a"]),
        ((b"a", b"b"), 9, [b"a", b"b"]),
        ((b"a", b"bcd"), 3, [b"a"]),
        ((b"a", b"bc", b"d"), 3, [b"a"]),
    ],
)
def test_what_is_not_whole_is_cut(
    chunks: tuple[bytes | Exception, ...], announced: int | None, before: list[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    said = carried(Body(*chunks), *([] if announced is None else [length(announced)]))
    assert [octets for kind, *_, octets in said[:-2] if kind == "send"] == before
    assert said[-2:] == [("close",), ("cut",)]
    assert "the application raised" in caplog.text


@pytest.mark.parametrize(
    ("chunks", "announced"), [((ValueError("on purpose"),), None), ((b"a",), 2), ((b"abc",), 2), ((b"ab", b"c"), 2)]
)
def test_a_failure_before_anything_was_sent_is_a_500(
    chunks: tuple[bytes | Exception, ...], announced: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    said = carried(Body(*chunks), *([] if announced is None else [length(announced)]))
    if said[0][0] == "send":
        assert said == [("send", 200, b"a"), ("close",), ("cut",)]
    else:
        assert said == [("close",), ("finish", 500, b"Internal Server Error\n")]
    assert "the application raised" in caplog.text


def fail() -> None:
    raise ValueError("on purpose")


def failing(app: Callable[..., Any], method: str = "GET") -> list[tuple[Any, ...]]:
    exchange = Script()
    Call(app, scope(method=method, raw_path=b"/\xc3\xa9\n"), exchange).run()
    return exchange.said


def test_the_log_says_which_request_and_where(caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("on purpose")

    assert failing(app) == [("finish", 500, b"Internal Server Error\n")]
    assert "GET /\\xc3\\xa9\\n: the application raised" in caplog.text
    assert "ValueError: on purpose" in caplog.text


def test_the_500_of_a_head_has_no_body() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("on purpose")

    assert failing(app, "HEAD") == [("finish", 500, b"")]


def test_an_application_cannot_end_a_thread_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        sys.exit(3)

    assert failing(app) == [("finish", 500, b"Internal Server Error\n")]
    assert "called sys.exit" in caplog.text


@pytest.mark.parametrize("error", [asyncio.CancelledError, KeyboardInterrupt, GeneratorExit])
def test_what_is_no_exception_does_not_end_a_thread_either(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise error

    assert failing(app) == [("finish", 500, b"Internal Server Error\n")]
    assert error.__name__ in caplog.text


@pytest.mark.parametrize("body", [[], [b"a"]])
def test_start_response_must_be_called(body: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    assert failing(lambda environ, start_response: body) == [("finish", 500, b"Internal Server Error\n")]
    assert "start_response was not called" in caplog.text


def test_start_response_may_be_called_again_only_for_an_error(caplog: pytest.LogCaptureFixture) -> None:
    def twice(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        start_response("201 Created", [])
        return [b"a"]

    def error(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [length(77)])
        try:
            fail()
        except ValueError:
            start_response("503 Unavailable", [], sys.exc_info())
        return [b"sorry"]

    assert failing(twice) == [("finish", 500, b"Internal Server Error\n")]
    assert "called twice" in caplog.text
    assert failing(error) == [("finish", 503, b"sorry")]


def test_an_error_after_the_headers_went_out_is_raised_in_the_application() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"a"
        try:
            fail()
        except ValueError:
            start_response("503 Unavailable", [], sys.exc_info())
        yield b"never"

    assert failing(app) == [("send", 200, b"a"), ("cut",)]


def test_a_viewer_that_goes_away_ends_the_pull() -> None:
    body = Body(b"a", b"b", b"c", b"d")
    assert carried(body, gone_after=2) == [("send", 200, b"a"), ("send", None, b"b"), ("close",), ("cut",)]
    assert body.left == 1


def test_a_close_that_raises_cuts_what_was_begun(caplog: pytest.LogCaptureFixture) -> None:
    class Bad(Body):
        def close(self) -> None:
            raise ValueError("on purpose")

    assert carried(Bad(b"a")) == [("send", 200, b"a"), ("cut",)]
    assert "on purpose" in caplog.text


def test_header_names_become_lower_case_and_octets_stay() -> None:
    starts: list[Message | None] = []

    class Keeps(Script):
        __slots__ = ()

        def finish(self, start: Message | None, body: bytes) -> None:
            starts.append(start)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("404 Not Found", [("X-A", "\xe9"), ("Set-Cookie", "a"), ("set-cookie", "b")])
        return []

    Call(app, scope(), Keeps()).run()
    headers = [(b"x-a", b"\xe9"), (b"set-cookie", b"a"), (b"set-cookie", b"b")]
    assert starts == [{"type": "http.response.start", "status": 404, "headers": headers}]


@pytest.mark.parametrize(
    ("changes", "messages", "body"),
    [
        ({}, [], b""),
        ({"headers": [(b"content-length", b"0")]}, [], b""),
        ({"headers": [(b"content-length", b"3")]}, [b"abc"], b"abc"),
        ({"headers": [(b"transfer-encoding", b"chunked")]}, [b"abc", b""], b"abc"),
        ({"headers": [(b"content-length", b"9"), (b"transfer-encoding", b"chunked")]}, [b"abc", b""], b"abc"),
        ({"headers": [(b"content-length", b"x")], "http_version": "2"}, [b"abc", b""], b"abc"),
        ({"http_version": "2"}, [b""], b""),
    ],
)
def test_a_body_is_asked_for_where_there_may_be_one(
    changes: dict[str, Any], messages: list[bytes], body: bytes
) -> None:
    exchange = Script({"type": "http.request", "body": octets, "more_body": bool(octets)} for octets in messages)

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    Call(app, scope(**changes), exchange).run()
    assert exchange.said == [("finish", 200, body)]
    assert exchange.messages == []


def test_a_broken_upload_that_nobody_caught_is_a_400_and_not_an_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "edgeproxy.server")
    exchange = Script([{"type": "http.disconnect"}])

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        with pytest.raises(ViewerBodyError):
            environ["wsgi.input"].read()
        environ["wsgi.input"].read()
        return []

    Call(app, scope(method="POST", headers=[(b"content-length", b"3")]), exchange).run()
    assert exchange.said == [("finish", 400, b"Bad Request\n")]
    assert [record.levelname for record in caplog.records] == ["INFO"]


@pytest.mark.rule("CF-193")
@pytest.mark.parametrize(
    ("before", "gone_after", "said"),
    [
        ([], 99, [("send", 200, b""), ("cut",)]),
        ([], 0, [("cut",)]),
        ([b"ab"], 99, [("send", 200, b"ab"), ("cut",)]),
    ],
)
def test_a_body_that_breaks_off_at_its_source_breaks_off_here_and_is_no_error_of_ours(
    caplog: pytest.LogCaptureFixture, before: list[bytes], gone_after: int, said: list[tuple[Any, ...]]
) -> None:
    caplog.set_level(logging.INFO, "edgeproxy.server")
    exchange = Script(gone_after=gone_after)

    def body() -> Iterator[bytes]:
        yield from before
        raise OriginBodyError("the origin closed")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "9")])
        return body()

    Call(app, scope(), exchange).run()
    assert exchange.said == said
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("INFO", None)]


def test_a_body_that_breaks_off_before_there_is_a_response(caplog: pytest.LogCaptureFixture) -> None:
    exchange = Script()

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise OriginBodyError("the origin closed")

    Call(app, scope(), exchange).run()
    assert exchange.said == [("cut",)]


def test_the_bridge_answers_through_a_thread() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("there is no body to ask for")

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [environ["REQUEST_URI"].encode()]

    async def main() -> None:
        threads = BridgeThreads(asyncio.get_running_loop(), 1, 1)
        await Bridge(app, threads)(scope(raw_path=b"/x"), receive, send)
        threads.close()
        assert await asyncio.to_thread(threads.join, 10)

    asyncio.run(main())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (sent[1]["body"], sent[1]["more_body"]) == (b"/x", False)


def test_cutting_the_bridge_ends_what_is_in_flight() -> None:
    async def send(message: Message) -> None:
        if message.get("more_body"):
            started.set()
            await asyncio.Event().wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    body = Body(b"a", b"b")
    started: asyncio.Event

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return body

    async def main() -> None:
        nonlocal started
        started = asyncio.Event()
        threads = BridgeThreads(asyncio.get_running_loop(), 1, 1)
        bridge = Bridge(app, threads)
        request = asyncio.ensure_future(bridge(scope(), receive, send))
        await started.wait()
        bridge.cut()
        with pytest.raises(asyncio.CancelledError):
            await request
        threads.close()
        assert await asyncio.to_thread(threads.join, 10)

    asyncio.run(main())
    assert body.said == [("close",)]
