"""Origins over HTTP/1.1 (CF-95)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from edgeproxy.clock import Clock
from edgeproxy.cloudfront.origin import CustomOrigin, OriginFailure, OriginFault, OriginRequest
from edgeproxy.errors import OriginBodyError
from edgeproxy.messages.body import EMPTY, Body, Stream, Whole
from edgeproxy.messages.response import Response
from edgeproxy.origins.answer import declared_length, is_bodiless, response_headers
from edgeproxy.origins.exchange import Address, Answer, Exchange, Payload, Place, RawLine, Sender
from edgeproxy.origins.faults import BODY_ERRORS, FETCH_ERRORS, failure_of
from edgeproxy.origins.pool import Pool
from edgeproxy.origins.tls import is_legacy

if TYPE_CHECKING:
    import httpx

SMALL = 65_536
"""Bytes; a body known to be no longer is read at once, as one chunk."""

_S3_READ_TIMEOUT = 30.0  # CF-252
_S3_KEEPALIVE_TIMEOUT = 5.0  # CF-6
_FRAMING = frozenset({"connection", "content-length", "transfer-encoding"})

Resolver: TypeAlias = Callable[[OriginRequest], Address | OriginFailure]


def real_address(request: OriginRequest) -> Address:
    """The origin's own name and port; S3 is reached over HTTPS."""
    origin = request.origin
    if isinstance(origin, CustomOrigin):
        return Address(origin.protocol, origin.domain_name, origin.port)
    return Address("https", origin.domain_name, 443)


class HttpOrigins:
    """Fetches from origins over the network.

    :param clock: for the pool that is made when neither `pool` nor `transport` is given.
    :param pool: kept connections.
    :param transport: any httpx transport, such as `httpx.MockTransport`, in place of a pool.
    :param resolver: says where a request really goes.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        pool: Pool | None = None,
        transport: httpx.BaseTransport | None = None,
        resolver: Resolver = real_address,
    ) -> None:
        self._sender: Sender
        if transport is None:
            self._sender = pool or Pool(clock)
        else:
            # httpx takes 60 ms to import; who passes a transport has it already.
            from edgeproxy.origins.transport import TransportSender  # noqa: PLC0415

            self._sender = TransportSender(transport)
        self._resolver = resolver

    def fetch(self, request: OriginRequest) -> Response | OriginFailure:
        """The origin's answer, as soon as its headers are here."""
        address = self._resolver(request)
        return address if isinstance(address, OriginFailure) else self.fetch_from(address, request)

    def fetch_from(self, address: Address, request: OriginRequest) -> Response | OriginFailure:
        """The same, from this address."""
        what = f"{request.method} {address.scheme}://{address.host}:{address.port} (origin {request.origin_id})"
        try:
            exchange = _exchange(address, request)
        except UnicodeEncodeError as error:
            return OriginFailure(OriginFault.WRITE, f"{what}: not a wire string: {error}")
        try:
            answer = self._sender.send(exchange)
        except FETCH_ERRORS as error:
            return failure_of(error, what)
        result = _response(answer, request.method)
        if isinstance(result, OriginFailure):
            answer.close()
            return OriginFailure(result.fault, f"{what}: {result.message}")
        return result

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._sender.close()


def _exchange(address: Address, request: OriginRequest) -> Exchange:
    """The octets of a request. Raises `UnicodeEncodeError` for a character above U+00FF."""
    origin = request.origin
    legacy_tls, read_timeout, keepalive_timeout = False, _S3_READ_TIMEOUT, _S3_KEEPALIVE_TIMEOUT
    if isinstance(origin, CustomOrigin):
        legacy_tls = is_legacy(origin.ssl_protocols)
        read_timeout, keepalive_timeout = float(origin.read_timeout), float(origin.keepalive_timeout)
    host = ""
    lines: list[RawLine] = []
    for name, value in request.headers:
        lower, octets = _name(name)
        if lower in _FRAMING:
            continue
        if lower == "host":
            host = value
        lines.append((octets, value.strip(" \t").encode("latin-1")))
    lines.append((b"Connection", b"Keep-Alive"))  # CF-94
    length = request.body.length
    payload = None
    if request.has_body or length != 0:
        payload = Payload(request.body, isinstance(request.body, Whole))
        # CF-121: a body of unknown length goes on chunked.
        lines.append((b"Transfer-Encoding", b"chunked") if length is None else (b"Content-Length", b"%d" % length))
    tls = address.scheme == "https"
    return Exchange(
        place=Place(
            address.scheme,
            address.host,
            address.port,
            _server_name(host) or origin.domain_name if tls else "",
            tls and legacy_tls,
        ),
        method=request.method.encode("latin-1"),
        target=f"{address.path_prefix}{request.target}".encode("latin-1"),
        lines=lines,
        payload=payload,
        attempts=request.connection_attempts,
        connect_timeout=request.connection_timeout,
        read_timeout=read_timeout,
        keepalive_timeout=keepalive_timeout,
    )


@lru_cache(maxsize=256)  # a name may have some 32 KB
def _name(name: str) -> tuple[str, bytes]:
    return name.lower(), name.encode("latin-1")


def _server_name(host: str) -> str:
    """The name in a Host header: the origin's domain, or the viewer's Host where that is forwarded (CF-124)."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _response(answer: Answer, method: str) -> Response | OriginFailure:
    if answer.status < 200:
        return OriginFailure(OriginFault.INVALID_RESPONSE, f"status {answer.status} was not asked for")
    reason = answer.reason.decode("latin-1")
    headers = response_headers(
        ((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.lines), reason
    )
    if isinstance(headers, OriginFailure):
        return headers
    length = declared_length(headers)
    if isinstance(length, OriginFailure):
        return length
    return Response(answer.status, headers, _body(answer, method, length), reason)


def _body(answer: Answer, method: str, length: int | None) -> Body:
    if is_bodiless(method, answer.status):
        with suppress(*BODY_ERRORS):  # there is nothing that could break off
            next(iter(answer.chunks), None)  # reads the end of the message, which frees the connection
        answer.close()
        return EMPTY
    if (length is not None and length <= SMALL) or (length is None and answer.arrived):
        return _read_whole(answer, length)
    return Stream(_rest(answer.chunks), length, answer.close)


def _read_whole(answer: Answer, length: int | None) -> Body:
    """Everything, at once. When it breaks off, that is told to whoever reads as far.

    A body without a length that turns out to be larger than it looked goes on as a stream.
    """
    parts: list[bytes] = []
    size = 0
    chunks = iter(answer.chunks)
    try:
        for chunk in chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > SMALL and length is None:
                return Stream(chain(parts, _rest(chunks)), length, answer.close)
    except BODY_ERRORS as error:
        answer.close()
        return Stream(_broken(parts, error), length)
    answer.close()
    return Whole(b"".join(parts)) if parts else EMPTY


def _rest(chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except BODY_ERRORS as error:
        raise _broken_off(error) from error


def _broken(parts: list[bytes], error: Exception) -> Iterator[bytes]:
    yield from parts
    raise _broken_off(error) from error


def _broken_off(error: Exception) -> OriginBodyError:
    return OriginBodyError(f"the origin's body broke off: {error}")
