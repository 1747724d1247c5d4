"""What the loop, which talks to the viewer, and the thread, which runs the application, share for one request.

The thread asks, the loop does it and answers. At most one chunk of a body is in between, so a slow side slows the
other. The end of a response is handed over in one go and needs no answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from enum import Enum
from queue import SimpleQueue
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

logger = logging.getLogger("edgeproxy.server")

_HELD_MESSAGES = 4
"""Messages of an unread request body that are held while a response streams: only by asking is a viewer found gone."""


_PATIENCE = 60.0
"""Seconds."""


class Gone(Exception):  # noqa: N818  nothing went wrong: nobody is there any more to be answered
    """The viewer went away, or the server is ending."""


class Want(Enum):
    """What a thread can ask for."""

    FINISH = "send this as the end of the response"
    SEND = "send this, there is more"
    RECEIVE = "give the next message of the request body"
    CUT = "end without completing the response"


class Exchange:
    """One request and its response. `serve` runs in the loop, everything else is called by the thread.

    :param patience: seconds that a viewer may take to send, or to take, the next part of a body. One that takes longer
        is gone: as many stalled viewers as there are threads would keep everyone else from being answered.
    """

    __slots__ = ("_answers", "_asked", "_gone", "_inbox", "_loop", "_over", "_patience", "_watcher")

    def __init__(self, loop: asyncio.AbstractEventLoop, *, patience: float = _PATIENCE) -> None:
        self._loop = loop
        self._patience = patience
        self._asked: asyncio.Future[tuple[Want, Message | None, bytes]] = loop.create_future()
        self._answers: SimpleQueue[Message | None] | None = None
        self._over = False
        self._gone = False
        self._watcher: asyncio.Task[None] | None = None
        self._inbox: asyncio.Queue[Message] | None = None

    def finish(self, start: Message | None, body: bytes) -> None:
        """Hand over the end of the response: `body` is its last octets; `start` comes before, unless it was sent."""
        self._post(Want.FINISH, start, body)

    def cut(self) -> None:
        """End without completing the response: the viewer sees that it is not whole."""
        self._post(Want.CUT, None, b"")

    def send(self, start: Message | None, body: bytes) -> None:
        """Send `body`, and `start` before it unless it was sent; returns when it is on its way. Raises `Gone`."""
        self._ask(Want.SEND, start, body)

    def receive(self) -> Message:
        """The next message about the request body; `http.disconnect` when there will be no more."""
        try:
            return self._ask(Want.RECEIVE, None, b"")
        except Gone:
            return {"type": "http.disconnect"}

    def _post(self, want: Want, start: Message | None, body: bytes) -> None:
        try:
            self._loop.call_soon_threadsafe(self._hear, (want, start, body))
        except RuntimeError:  # the loop is closed: the server ended without this thread
            self._over = True

    def _ask(self, want: Want, start: Message | None, body: bytes) -> Message:
        if self._answers is None:
            self._answers = SimpleQueue()
        if not self._over:
            self._post(want, start, body)
        answer = None if self._over else self._answers.get()
        if answer is None:
            raise Gone
        return answer

    def _hear(self, asked: tuple[Want, Message | None, bytes]) -> None:
        if not self._asked.done():
            self._asked.set_result(asked)
        elif self._answers is not None:  # too late: `serve` has ended
            self._answers.put(None)

    async def serve(self, receive: Receive, send: Send) -> None:
        """Do what the thread asks, until the response has ended or was cut."""
        try:
            while True:
                want, start, body = await self._asked
                if start is not None:
                    await send(start)
                if want is Want.FINISH:
                    await send({"type": "http.response.body", "body": body, "more_body": False})
                    return
                if want is Want.CUT:
                    return
                answer: Message | None
                if want is Want.RECEIVE:
                    answer = await self._next_message(receive)
                else:
                    answer = await self._send_chunk(receive, send, body)
                self._asked = self._loop.create_future()
                if self._answers is not None:
                    self._answers.put(answer)
        except Exception:
            logger.exception("the response could not be sent")  # Granian's own log is off
            raise
        finally:
            self._over = True
            if self._watcher is not None:
                self._watcher.cancel()
            if not self._asked.done():
                self._asked.cancel()
            if self._answers is not None:
                self._answers.put(None)

    async def _send_chunk(self, receive: Receive, send: Send, body: bytes) -> Message | None:
        if self._watcher is None:
            self._inbox = asyncio.Queue(_HELD_MESSAGES)
            self._watcher = self._loop.create_task(self._watch(receive, self._inbox))
        if not self._gone:
            try:
                async with asyncio.timeout(self._patience):
                    await send({"type": "http.response.body", "body": body, "more_body": True})
            except TimeoutError:
                self._gone = True
        return None if self._gone else {}

    async def _watch(self, receive: Receive, inbox: asyncio.Queue[Message]) -> None:
        while not self._gone:
            message = await receive()
            self._gone = message["type"] == "http.disconnect"
            await inbox.put(message)

    async def _next_message(self, receive: Receive) -> Message:
        if self._gone and (self._inbox is None or self._inbox.empty()):
            return {"type": "http.disconnect"}
        try:
            async with asyncio.timeout(self._patience):
                return await (receive() if self._inbox is None else self._inbox.get())
        except TimeoutError:
            self._gone = True
            return {"type": "http.disconnect"}
