"""`wsgi.input`: the body of a request, read as it arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from edgeproxy.errors import ViewerBodyError


class ViewerInput:
    """A file-like object over ASGI `http.request` messages.

    The next message is asked for only when the last one has been used up, so a viewer cannot send faster than the
    application reads. Every read raises `ViewerBodyError` once the body broke off: an end without one is the end of a
    complete body. For one thread at a time.

    :param pull: waits for the next message.
    :param length: the Content-Length, or None when the viewer gave none.
    :param empty: the request has no body, so that there is nothing to ask for.
    """

    __slots__ = ("_at", "_broken", "_buffer", "_complete", "_left", "_pull")

    def __init__(self, pull: Callable[[], Mapping[str, Any]], length: int | None, *, empty: bool = False) -> None:
        self._pull = pull
        self._left = length
        self._buffer = b""
        self._at = 0
        self._broken = ""
        self._complete = empty or length == 0

    def _fill(self) -> bool:
        """Have unread octets in the buffer; False at the end of the body."""
        while self._at == len(self._buffer):
            if self._broken:
                raise ViewerBodyError(self._broken)
            if self._complete:
                return False
            message = self._pull()
            if message["type"] != "http.request":
                self._fail("the viewer went away, or broke its framing, before the end of its body")
            self._buffer, self._at = message.get("body", b""), 0
            self._complete = not message.get("more_body", False)
            if self._left is not None:
                self._left -= len(self._buffer)
                if self._left < 0 or (self._complete and self._left):
                    self._fail("the viewer's body has another length than its Content-Length says")
                # Granian tells the end in a message of its own, which nobody has to wait for.
                self._complete = not self._left
        return True

    def _fail(self, why: str) -> None:
        self._buffer, self._at = b"", 0
        self._broken = why
        raise ViewerBodyError(why)

    def read1(self, size: int = -1) -> bytes:
        """What is there at once: waits only when that is nothing. `b""` at the end."""
        if size == 0 or not self._fill():
            return b""
        buffer, at = self._buffer, self._at
        self._at = len(buffer) if size < 0 else min(at + size, len(buffer))
        return buffer[at : self._at]

    def read(self, size: int | None = -1) -> bytes:
        """Exactly `size` bytes, fewer only at the end; everything when `size` is negative."""
        left = -1 if size is None else size
        parts: list[bytes] = []
        while left and (part := self.read1(left)):
            parts.append(part)
            left -= len(part) if left > 0 else 0
        return b"".join(parts)

    def readinto(self, target: bytearray | memoryview) -> int:
        """Fill `target` and tell how many bytes were put there; 0 at the end."""
        octets = self.read(len(target))
        target[: len(octets)] = octets
        return len(octets)

    def readline(self, size: int | None = -1) -> bytes:
        """Up to and with the next newline, at most `size` bytes."""
        left = -1 if size is None else size
        parts: list[bytes] = []
        while left and self._fill():
            newline = self._buffer.find(b"\n", self._at)
            here = (len(self._buffer) if newline < 0 else newline + 1) - self._at
            part = self.read1(here if left < 0 else min(here, left))
            parts.append(part)
            if part.endswith(b"\n"):
                break
            left -= len(part) if left > 0 else 0
        return b"".join(parts)

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Lines until the end, or until they have `hint` bytes together."""
        lines: list[bytes] = []
        size = 0
        for line in self:
            lines.append(line)
            size += len(line)
            if hint and 0 < hint <= size:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line
