"""What a stream is.

A body is a sequence of byte chunks with an optional known length. `Whole` can be read again and again; `Stream` is
used up by one reading and must be closed by whoever stops early. A stream that breaks off raises `errors.BodyError`:
ending without one means that it was complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol


class Body(Protocol):
    """The octets of a message."""

    @property
    def length(self) -> int | None:
        """Bytes in all, or None when that is not known before the end."""
        ...

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None:
        """Give up what is unread and release what stands behind it. Closing twice does nothing more."""
        ...


class Whole:
    """A body in memory.

    :param data: all of its bytes.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    @property
    def length(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[bytes]:
        return iter((self.data,) if self.data else ())

    def close(self) -> None:
        """Nothing stands behind it."""

    def __repr__(self) -> str:
        return f"Whole({self.data[:40]!r}{'…' if len(self.data) > 40 else ''}, {len(self.data)} bytes)"


EMPTY = Whole(b"")


class Stream:
    """A body that arrives while it is read, once.

    :param chunks: the bytes; raises `errors.BodyError` when they break off.
    :param length: bytes in all, where the sender said so.
    :param close: called once, when the stream is closed or has been read to its end.
    """

    __slots__ = ("_chunks", "_close", "length")

    def __init__(
        self, chunks: Iterable[bytes], length: int | None = None, close: Callable[[], None] | None = None
    ) -> None:
        self._chunks = iter(chunks)
        self._close = close
        self.length = length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        close, self._close = self._close, None
        self._chunks = iter(())
        if close is not None:
            close()

    def __repr__(self) -> str:
        return f"Stream(length={self.length})"


def read(body: Body) -> bytes:
    """All of a body, in memory. Raises `errors.BodyError` when it breaks off."""
    if isinstance(body, Whole):
        return body.data
    try:
        return b"".join(body)
    finally:
        body.close()


def peek(body: Body, limit: int) -> tuple[bytes, bool, Body]:
    """Read at most `limit` bytes from the front of a body.

    Gives those bytes, whether there are more, and a body that still has everything. At most one chunk is read beyond
    the limit.
    """
    if isinstance(body, Whole):
        return body.data[:limit], len(body.data) > limit, body
    seen: list[bytes] = []
    size = 0
    chunks = iter(body)
    for chunk in chunks:
        seen.append(chunk)
        size += len(chunk)
        if size > limit:
            rest = Stream(chain(seen, chunks), body.length, body.close)
            return b"".join(seen)[:limit], True, rest
    return b"".join(seen), False, Whole(b"".join(seen))


def tee(body: Body, limit: int, keep: Callable[[bytes | None], None]) -> Body:
    """A body that passes on `body` and keeps a copy.

    :param limit: bytes; a larger body is passed on without a copy.
    :param keep: called once: with everything when `body` came to its end within the limit, and with None when it broke
        off, was closed before its end, or was larger.
    """
    if isinstance(body, Whole):
        keep(body.data if len(body.data) <= limit else None)
        return body
    return Stream(_teed(body, limit, keep), body.length, body.close)


def _teed(body: Body, limit: int, keep: Callable[[bytes | None], None]) -> Iterator[bytes]:
    copy: list[bytes] = []
    size = 0
    complete = False
    try:
        for chunk in body:
            size += len(chunk)
            if size <= limit:
                copy.append(chunk)
            else:
                copy.clear()
            yield chunk
        complete = True
    finally:
        keep(b"".join(copy) if complete and size <= limit else None)
