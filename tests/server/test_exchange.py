from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from edgeproxy.server.exchange import Exchange, Gone, Message

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
GONE: Message = {"type": "http.disconnect"}


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


class Viewer:
    """The other end: notes what it gets, and says what the test tells it to."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self.says: asyncio.Queue[Message] = asyncio.Queue()
        self.asked = 0

    async def send(self, message: Message) -> None:
        self.got.append(message)

    async def receive(self) -> Message:
        self.asked += 1
        return await self.says.get()


async def exchanged(viewer: Viewer, thread: Callable[[Exchange], Any]) -> Any:
    """Run `thread` against `viewer` until both are done."""
    exchange = Exchange(asyncio.get_running_loop())
    result, _ = await asyncio.wait_for(
        asyncio.gather(asyncio.to_thread(thread, exchange), exchange.serve(viewer.receive, viewer.send)), 20
    )
    return result


def test_the_end_of_a_response_is_two_messages() -> None:
    async def main() -> None:
        viewer = Viewer()
        await exchanged(viewer, lambda exchange: exchange.finish(START, b"abc"))
        assert viewer.got == [START, {"type": "http.response.body", "body": b"abc", "more_body": False}]
        assert viewer.asked == 0

    asyncio.run(main())


def test_a_stream_ends_when_it_is_told_to() -> None:
    async def main() -> None:
        def thread(exchange: Exchange) -> None:
            exchange.send(START, b"a")
            exchange.send(None, b"b")
            exchange.finish(None, b"")

        viewer = Viewer()
        await exchanged(viewer, thread)
        assert viewer.got[0] is START
        assert [(message["body"], message["more_body"]) for message in viewer.got[1:]] == [
            (b"a", True),
            (b"b", True),
            (b"", False),
        ]

    asyncio.run(main())


def test_a_cut_sends_no_end() -> None:
    async def main() -> None:
        def thread(exchange: Exchange) -> None:
            exchange.send(START, b"a")
            exchange.cut()

        viewer = Viewer()
        await exchanged(viewer, thread)
        assert all(message.get("more_body", True) for message in viewer.got)

    asyncio.run(main())


def test_a_chunk_is_not_sent_before_the_last_one_went_out() -> None:
    async def main() -> None:
        class Slow(Viewer):
            async def send(self, message: Message) -> None:
                self.got.append(message)
                await may_go_on.wait()

        may_go_on = asyncio.Event()
        returned: list[str] = []

        def thread(exchange: Exchange) -> None:
            exchange.send(None, b"a")
            returned.append("sent")
            loop.call_soon_threadsafe(may_go_on.set)
            exchange.finish(None, b"")

        loop = asyncio.get_running_loop()
        viewer = Slow()
        running = asyncio.ensure_future(exchanged(viewer, thread))
        while not viewer.got:
            await asyncio.sleep(0)
        assert returned == []
        may_go_on.set()
        await running
        assert returned == ["sent"]

    asyncio.run(main())


def test_a_request_body_is_asked_for_one_message_at_a_time() -> None:
    async def main() -> None:
        def thread(exchange: Exchange) -> list[Message]:
            got = [exchange.receive(), exchange.receive()]
            exchange.finish(START, b"")
            return got

        viewer = Viewer()
        messages = [part(b"a", more=True), part(b"", more=False), GONE]
        for message in messages:
            viewer.says.put_nowait(message)
        assert await exchanged(viewer, thread) == messages[:2]
        assert viewer.asked == 2

    asyncio.run(main())


def test_a_viewer_that_goes_away_while_a_response_streams_is_noticed() -> None:
    async def main() -> None:
        def thread(exchange: Exchange) -> int:
            sent = 0
            try:
                while True:
                    exchange.send(None, b"x")
                    sent += 1
                    if sent == 3:
                        loop.call_soon_threadsafe(viewer.says.put_nowait, GONE)
            except Gone:
                assert exchange.receive() == GONE
                assert exchange.receive() == GONE
                exchange.cut()
            return sent

        loop = asyncio.get_running_loop()
        viewer = Viewer()
        sent = await exchanged(viewer, thread)
        assert 3 <= sent <= len(viewer.got) <= sent + 1

    asyncio.run(main())


def test_a_request_body_can_be_read_while_a_response_streams() -> None:
    async def main() -> None:
        def thread(exchange: Exchange) -> list[Message]:
            exchange.send(START, b"a")
            got = [exchange.receive() for _ in range(21)]
            exchange.send(None, b"b")
            exchange.finish(None, b"")
            return got

        viewer = Viewer()
        messages = [part(b"%d" % number, more=True) for number in range(20)] + [part(b"", more=False)]
        for message in messages:
            viewer.says.put_nowait(message)
        assert await exchanged(viewer, thread) == messages

    asyncio.run(main())


def test_a_viewer_that_stops_sending_is_gone() -> None:
    async def main() -> None:
        def thread() -> None:
            assert exchange.receive() == GONE
            assert exchange.receive() == GONE
            exchange.finish(START, b"")

        viewer = Viewer()
        exchange = Exchange(asyncio.get_running_loop(), patience=0)
        await asyncio.gather(asyncio.to_thread(thread), exchange.serve(viewer.receive, viewer.send))
        assert viewer.asked == 1
        assert viewer.got[0] is START

    asyncio.run(main())


def test_a_viewer_that_stops_sending_while_a_response_streams_is_gone() -> None:
    async def main() -> None:
        def thread() -> None:
            exchange.send(START, b"a")
            assert exchange.receive() == GONE
            with pytest.raises(Gone):
                exchange.send(None, b"b")
            exchange.cut()

        viewer = Viewer()
        exchange = Exchange(asyncio.get_running_loop(), patience=0)
        await asyncio.gather(asyncio.to_thread(thread), exchange.serve(viewer.receive, viewer.send))

    asyncio.run(main())


def test_a_viewer_that_stops_reading_is_gone() -> None:
    async def main() -> None:
        class Stalled(Viewer):
            async def send(self, message: Message) -> None:
                await asyncio.Event().wait()

        def thread() -> None:
            with pytest.raises(Gone):
                exchange.send(None, b"a")
            exchange.cut()

        viewer = Stalled()
        exchange = Exchange(asyncio.get_running_loop(), patience=0)
        await asyncio.gather(asyncio.to_thread(thread), exchange.serve(viewer.receive, viewer.send))

    asyncio.run(main())


def test_what_an_unread_request_body_may_take_is_bounded() -> None:
    async def main() -> None:
        def thread(exchange: Exchange) -> None:
            for _ in range(50):
                exchange.send(None, b"x")
            exchange.finish(None, b"")

        viewer = Viewer()
        for _ in range(100):
            viewer.says.put_nowait(part(b"x" * 65536, more=True))
        await exchanged(viewer, thread)
        assert 1 <= viewer.asked <= 6

    asyncio.run(main())


def test_a_response_that_cannot_be_sent_is_logged_and_leaves_no_thread_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        class Refuses(Viewer):
            async def send(self, message: Message) -> None:
                raise RuntimeError("bad header")

        def thread(exchange: Exchange) -> None:
            for _ in range(2):
                with pytest.raises(Gone):
                    exchange.send(START, b"a")

        exchange = Exchange(asyncio.get_running_loop())
        viewer = Refuses()
        waiting = asyncio.ensure_future(asyncio.to_thread(thread, exchange))
        with pytest.raises(RuntimeError):
            await exchange.serve(viewer.receive, viewer.send)
        await asyncio.wait_for(waiting, 20)

    asyncio.run(main())
    assert "the response could not be sent" in caplog.text
    assert "RuntimeError: bad header" in caplog.text


def test_a_request_that_is_ended_by_the_server_leaves_no_thread_waiting() -> None:
    async def main() -> None:
        def thread(exchange: Exchange) -> None:
            assert exchange.receive() == GONE
            with pytest.raises(Gone):
                exchange.send(START, b"a")

        exchange = Exchange(asyncio.get_running_loop())
        viewer = Viewer()
        serving = asyncio.ensure_future(exchange.serve(viewer.receive, viewer.send))
        waiting = asyncio.ensure_future(asyncio.to_thread(thread, exchange))
        while not viewer.asked:
            await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        await asyncio.wait_for(waiting, 20)

    asyncio.run(main())


def test_a_request_that_is_ended_before_its_thread_asks_anything() -> None:
    async def main() -> Exchange:
        exchange = Exchange(asyncio.get_running_loop())
        viewer = Viewer()
        serving = asyncio.ensure_future(exchange.serve(viewer.receive, viewer.send))
        await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        exchange.finish(START, b"late")
        await asyncio.sleep(0)
        assert viewer.got == []
        return exchange

    exchange = asyncio.run(main())
    assert exchange.receive() == GONE


def test_a_thread_that_outlives_the_loop_is_told_so() -> None:
    async def main() -> Exchange:
        return Exchange(asyncio.get_running_loop())

    exchange = asyncio.run(main())
    with pytest.raises(Gone):
        exchange.send(START, b"a")
    exchange.cut()
