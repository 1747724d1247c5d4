"""The octets of one request to an origin, and of its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import msgspec

RawLine: TypeAlias = tuple[bytes, bytes]


class Address(msgspec.Struct, frozen=True):
    """Where a request really goes."""

    scheme: str
    """`http` or `https`."""
    host: str
    """A name or an IP address, IPv6 without brackets."""
    port: int
    path_prefix: str = ""
    """Put before the target; `""`, or begins with `/` and does not end with one."""


class Place(NamedTuple):
    """What two requests must share to share a connection."""

    scheme: str
    host: str
    port: int
    sni: str
    """The name for SNI and for the certificate (CF-124); `""` without TLS."""
    legacy_tls: bool = False
    """Protocols older than TLS 1.2 are accepted."""


class Payload:
    """The body of one request, which remembers whether any of it is gone.

    :param chunks: its bytes.
    :param replayable: it can be read again from its start.
    """

    __slots__ = ("_chunks", "_replayable", "used_up")

    def __init__(self, chunks: Iterable[bytes], replayable: bool) -> None:
        self._chunks = chunks
        self._replayable = replayable
        self.used_up = False

    def __iter__(self) -> Iterator[bytes]:
        self.used_up = not self._replayable
        return iter(self._chunks)


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it goes on a connection. Times are in seconds; None means no limit."""

    place: Place
    method: bytes
    target: bytes
    lines: list[RawLine]
    """Every header line, those of the framing and of the connection included."""
    payload: Payload | None = None
    attempts: int = 1
    """Tries to connect, and to get an answer in time (CF-247, CF-250)."""
    connect_timeout: float | None = None
    read_timeout: float | None = None
    """To the first byte, and between two packets (CF-249)."""
    keepalive_timeout: float = 5.0
    """For how long the connection may wait for its next request (CF-123)."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one request; 1xx answers are passed over (CF-195, CF-196)."""

    status: int
    reason: bytes
    lines: Sequence[RawLine]
    chunks: Iterable[bytes]
    """The body without its framing. Raises httpcore's exceptions when it breaks off."""
    close: Callable[[], None]
    """To be called once, after the last chunk or to give up the rest."""
    arrived: bool
    """All of the body is most likely here already."""


class Sender(Protocol):
    """Sends requests over the network."""

    def send(self, exchange: Exchange) -> Answer:
        """The origin's answer. Raises httpcore's exceptions, and whatever the payload raises."""
        ...

    def close(self) -> None: ...
