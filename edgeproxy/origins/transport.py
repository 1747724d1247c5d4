"""httpx on either side: the pool as an httpx transport, and any httpx transport as a sender.

Nothing else here imports httpx, which takes as long as the rest of a start together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import cast

import httpcore
import httpx

from edgeproxy.messages.headers import Headers
from edgeproxy.origins.answer import declared_length, exactly
from edgeproxy.origins.exchange import Answer, Exchange, Payload, Place
from edgeproxy.origins.pool import Pool

# Each pair is the same event; subclasses before their bases.
_SAME: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.ReadTimeout, httpx.TimeoutException),
    (httpcore.ConnectError, httpx.ProxyError),
    (httpcore.LocalProtocolError, httpx.UnsupportedProtocol),
    (httpcore.ReadError, httpx.TransportError),
)

_DEFAULT_PORTS = {"http": 80, "https": 443}


class PooledTransport(httpx.BaseTransport):
    """The pool for an `httpx.Client`.

    The extensions `target`, `sni_hostname` and `timeout` (`connect` and `read`) of a request are obeyed.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response's body streams. Raises httpx's exceptions."""
        scheme, host = request.url.scheme, request.url.host
        if scheme not in _DEFAULT_PORTS:
            raise httpx.UnsupportedProtocol(f"no connections for {scheme!r}", request=request)
        timeouts = request.extensions.get("timeout", {})
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        stream = cast("Iterable[bytes]", request.stream)
        exchange = Exchange(
            place=Place(
                scheme,
                host,
                request.url.port or _DEFAULT_PORTS[scheme],
                request.extensions.get("sni_hostname", host) if scheme == "https" else "",
            ),
            method=request.method.encode("ascii"),
            target=request.extensions.get("target", request.url.raw_path),
            lines=request.headers.raw,
            payload=Payload(stream, isinstance(stream, httpx.ByteStream)) if has_body else None,
            connect_timeout=timeouts.get("connect"),
            read_timeout=timeouts.get("read"),
        )
        with _as_httpx(request):
            answer = self._pool.send(exchange)
        return httpx.Response(
            answer.status,
            headers=list(answer.lines),
            stream=_ResponseBody(answer, request),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": answer.reason},
        )

    def close(self) -> None:
        self._pool.close()


class _ResponseBody(httpx.SyncByteStream):
    def __init__(self, answer: Answer, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request
        self._close: Callable[[], None] | None = answer.close

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._answer.chunks

    def close(self) -> None:
        close, self._close = self._close, None
        if close is not None:
            close()


class TransportSender:
    """Any httpx transport as a sender of exchanges."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport

    def send(self, exchange: Exchange) -> Answer:
        """The transport's answer; attempts and time to keep connections are the transport's own business."""
        place = exchange.place
        path = b"".join(octet if octet < b"\x7f" else b"%%%02X" % ord(octet) for octet in _octets(exchange.target))
        with _as_httpcore():
            response = self._transport.handle_request(
                httpx.Request(
                    exchange.method.decode("latin-1"),
                    httpx.URL(scheme=place.scheme, host=place.host, port=place.port, raw_path=path),
                    headers=exchange.lines,
                    stream=_RequestBody(exchange.payload or ()),
                    extensions={
                        "target": exchange.target,
                        "sni_hostname": place.sni,
                        "timeout": {
                            "connect": exchange.connect_timeout,
                            "read": exchange.read_timeout,
                            "write": exchange.read_timeout,
                            "pool": exchange.connect_timeout,
                        },
                    },
                )
            )
        lines = response.headers.raw
        length = declared_length(Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in lines))
        return Answer(
            status=response.status_code,
            reason=response.extensions.get("reason_phrase", b""),
            lines=lines,
            chunks=_chunks(response, length if isinstance(length, int) else None),
            close=response.close,
            arrived=isinstance(response.stream, httpx.ByteStream),
        )

    def close(self) -> None:
        self._transport.close()


class _RequestBody(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)


def _chunks(response: httpx.Response, length: int | None) -> Iterator[bytes]:
    with _as_httpcore():
        chunks = cast("Iterable[bytes]", response.stream)
        yield from chunks if length is None else exactly(chunks, length)


def _octets(data: bytes) -> Iterator[bytes]:
    return (data[i : i + 1] for i in range(len(data)))


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for ours, theirs in _SAME:
            if isinstance(error, ours):
                raise theirs(str(error), request=request) from error
        raise


@contextmanager
def _as_httpcore() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        ours = next(ours for ours, theirs in _SAME if isinstance(error, theirs))
        raise ours(str(error)) from error
