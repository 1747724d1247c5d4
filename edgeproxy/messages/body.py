"""What a stream is.

A body is a sequence of byte chunks with an optional known length. `Whole` can be read again and again; `Stream` is
used up by one reading and must be closed by whoever stops early. A stream that breaks off, or is read on after it was
closed, raises `errors.BodyError`: ending without one means that it was complete.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Protocol

from edgeproxy.errors import BodyError


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


def _no_more() -> bytes:
    # To go on as if a closed stream had ended would pass a part for all.
    raise BodyError("the body was closed, or broke off, before its end")


_CLOSED: Iterator[bytes] = iter(_no_more, b"")
_ENDED: Iterator[bytes] = iter(())


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
        except StopIteration:
            self._chunks = _ENDED
            self.close()
            raise
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._chunks is not _ENDED:
            self._chunks = _CLOSED
        close, self._close = self._close, None
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
    :param keep: called once, as soon as it is known: with everything when `body` came to its end within the limit, and
        with None when it broke off, was closed before its end, or is larger.
    """
    if isinstance(body, Whole):
        keep(body.data if len(body.data) <= limit else None)
        return body
    if body.length is not None and body.length > limit:
        keep(None)
        return body
    teed = _Tee(body, limit, keep)
    return Stream(teed, body.length, teed.close)


class _Tee:
    """The chunks of a body, copied while they pass. An object and no generator: one that is closed before its first
    chunk must say so too.
    """

    __slots__ = ("_body", "_chunks", "_copy", "_keep", "_room")

    def __init__(self, body: Body, limit: int, keep: Callable[[bytes | None], None]) -> None:
        self._body = body
        self._chunks = iter(body)
        self._copy: list[bytes] = []
        self._room = limit
        self._keep: Callable[[bytes | None], None] | None = keep

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._settle(b"".join(self._copy))
            raise
        self._room -= len(chunk)
        if self._room < 0:
            self._settle(None)
        else:
            self._copy.append(chunk)
        return chunk

    def close(self) -> None:
        """End it where it is; a body that broke off ends here as well, by `Stream`."""
        self._settle(None)
        self._body.close()

    def _settle(self, data: bytes | None) -> None:
        keep, self._keep = self._keep, None
        self._copy = []
        if keep is not None:
            keep(data)
