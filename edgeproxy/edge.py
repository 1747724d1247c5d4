"""The edge: owns every live thing, performs the steps of the flow, stamps the outcomes, hands out the trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self, TypeAlias, assert_never
from urllib.parse import urlsplit

import msgspec

from edgeproxy.clock import Clock
from edgeproxy.cloudfront.cache_key import CacheKey
from edgeproxy.cloudfront.distribution import Distribution
from edgeproxy.cloudfront.entry import Entry
from edgeproxy.cloudfront.error_page import error_page
from edgeproxy.cloudfront.failures import Failure
from edgeproxy.cloudfront.freshness import Keep
from edgeproxy.cloudfront.origin import OriginFailure, OriginRequest
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.cloudfront.viewer_response import EdgeIdentity
from edgeproxy.errors import BodyError, InternalError
from edgeproxy.function import EventSource, Invocation
from edgeproxy.ids import Ids
from edgeproxy.messages.body import EMPTY, Body, Whole, peek, tee
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.request import Request, Viewer
from edgeproxy.messages.response import Response
from edgeproxy.messages.text import to_wire
from edgeproxy.messages.url import split_target
from edgeproxy.pipeline.flow import Visit, serve
from edgeproxy.pipeline.steps import (
    NOTED,
    Absent,
    Answered,
    BodyBroken,
    BodyRead,
    Fail,
    Fetch,
    Fetched,
    Found,
    Invoke,
    LookUp,
    Outcome,
    ReadBody,
    Send,
    Sent,
    Skip,
    Step,
    Store,
    Storing,
    Warn,
)
from edgeproxy.pipeline.trace import Record, Trace

GivenHeaders: TypeAlias = Mapping[str, str] | Headers | list[Line] | None
"""Request headers as a caller may give them; a list keeps repeated lines."""


class FunctionPool(Protocol):
    """The environments of one function."""

    def invoke(self, event: EventSource) -> Invocation: ...

    def close(self) -> None: ...


class CacheStore(Protocol):
    """Where entries sit."""

    @property
    def entries(self) -> int:
        """How many."""
        ...

    @property
    def bytes(self) -> int:
        """Their sizes together."""
        ...

    def get(self, key: CacheKey) -> Entry | None: ...

    def put(self, key: CacheKey, entry: Entry) -> bool:
        """Store an entry; False when it is larger than the store allows."""
        ...


class OriginClient(Protocol):
    """Request in, response out. The response's body must be closed by whoever does not read it to its end."""

    def fetch(self, request: OriginRequest) -> Response | OriginFailure: ...

    def close(self) -> None: ...


class Exchange:
    """One request being answered: the response, whose body is still to be sent.

    Take `data` when it is not None, else iterate; then `close`. Only then is the trace complete.
    """

    __slots__ = ("_complete", "_edge", "_error", "_open", "_records", "_send", "_size", "_started", "_stored", "_trace",
                 "_visit")  # fmt: skip

    def __init__(self, edge: Edge, visit: Visit, started: float) -> None:
        self._edge = edge
        self._visit = visit
        self._started = started
        self._records: list[Record] = []
        self._open: list[Body] = [visit.request.body]
        """Bodies that must be closed whatever happens."""
        self._size = 0
        self._complete = False
        self._error = ""
        self._stored = False
        self._trace: Trace | None = None
        self._send: Send | None = None

    @property
    def response(self) -> Response:
        """What the viewer is sent."""
        if self._send is None:
            raise InternalError("the flow has not come to its end")
        return self._send.response

    @property
    def trace(self) -> Trace:
        """What happened; there only after `close`."""
        if self._trace is None:
            raise InternalError("the exchange is not closed yet")
        return self._trace

    @property
    def data(self) -> bytes | None:
        """The body, when it is in memory; None when it must be iterated."""
        if self._is_bodiless():
            data = b""
        else:
            body = self.response.body
            if not isinstance(body, Whole):
                return None
            data = body.data
        self._size, self._complete = len(data), True
        return data

    def __iter__(self) -> Iterator[bytes]:
        """The body in chunks. Raises `errors.BodyError` when it breaks off at its source."""
        try:
            for chunk in self.response.body:
                self._size += len(chunk)
                yield chunk
        except BodyError as error:
            self._error = str(error) or type(error).__name__
            raise
        self._complete = True

    def close(self) -> None:
        """Release everything and complete the trace. Closing twice does nothing more."""
        if self._trace is not None:
            return
        send = self._send
        if send is not None:
            send.response.body.close()
        for body in self._open:
            body.close()
        if send is None:
            return
        begun = self._records[-1].ended if self._records else self._started
        sent = Sent(self._size, self._complete, self._stored, self._error)
        self._records.append(Record(send, sent, begun, self._edge.clock.monotonic()))
        visit = self._visit
        self._trace = Trace(
            visit.request_id, visit.request, visit.distribution.id, visit.at, self._started, tuple(self._records)
        )
        self._edge.on_trace(self._trace)

    def drive(self) -> None:
        """Perform the flow's steps up to `Send`."""
        clock = self._edge.clock.monotonic
        flow = serve(self._visit)
        step = next(flow)
        begun = self._started
        while not isinstance(step, Send):
            outcome = self._perform(step)
            ended = clock()
            self._records.append(Record(step, outcome, begun, ended))
            begun = ended
            step = flow.send(outcome)
        self._send = step

    def _is_bodiless(self) -> bool:
        return self._visit.request.method == "HEAD" or self.response.status in {204, 304}

    def _perform(self, step: Step) -> Outcome:
        edge = self._edge
        match step:
            case Invoke():
                return edge.pools[step.function.name].invoke(step.event)
            case LookUp():
                entry = edge.store.get(step.key)
                now = edge.clock.now()
                return Absent(now) if entry is None else Found(entry, now)
            case Fetch():
                fetched = edge.origins.fetch(step.request)
                if isinstance(fetched, OriginFailure):
                    return fetched
                self._open.append(fetched.body)
                return Fetched(fetched, edge.clock.now())
            case Store():
                return self._store(step)
            case ReadBody():
                try:
                    return BodyRead(*peek(step.body, step.limit))
                except BodyError as error:
                    return BodyBroken(str(error) or "the viewer's body broke off")
            case Fail():
                return Answered(edge.answer_failure(step.failure, self._visit.request_id))
            case Skip() | Warn():
                return NOTED
            case Send():
                raise InternalError("Send ends the flow: it is not performed")
            case _:
                assert_never(step)

    def _store(self, step: Store) -> Outcome:
        key, decision, response = step.key, step.decision, step.response
        if key is None or not isinstance(decision, Keep):
            return NOTED
        edge = self._edge
        length = response.body.length
        if length is not None and length > edge.max_object_bytes:
            return NOTED
        at, ttl = edge.clock.now(), decision.ttl

        def keep(data: bytes | None) -> None:
            if data is not None:
                self._stored = edge.store.put(key, Entry.of(response, data, at, ttl))

        body = tee(response.body, edge.max_object_bytes, keep)
        return Storing(msgspec.structs.replace(response, body=body))


class Result(msgspec.Struct, frozen=True):
    """A whole answer, in memory."""

    status: int
    reason: str
    headers: Headers
    body: bytes
    trace: Trace


def ignore_trace(trace: Trace) -> None:
    """For an edge that nobody watches."""


class Edge:
    """A CloudFront edge with one distribution.

    :param pools: the environments of each function, by the function's name.
    :param identity: what the edge calls itself in `Via` and `X-Amz-Cf-Pop`.
    :param max_object_bytes: larger objects are passed on and not stored.
    :param on_trace: called with the trace of each request, on the request's thread, once it is complete.
    :param answer_failure: makes the response for a failure, given the request id.
    """

    def __init__(
        self,
        *,
        distribution: Distribution,
        pools: Mapping[str, FunctionPool],
        store: CacheStore,
        origins: OriginClient,
        identity: EdgeIdentity,
        clock: Clock,
        ids: Ids,
        profile: Profile = LATEST,
        max_object_bytes: int = 8 * 1024 * 1024,
        on_trace: Callable[[Trace], None] = ignore_trace,
        answer_failure: Callable[[Failure, str], Response] = error_page,
    ) -> None:
        self.distribution = distribution
        self.profile = profile
        self.pools = pools
        self.store = store
        self.origins = origins
        self.identity = identity
        self.clock = clock
        self.ids = ids
        self.max_object_bytes = max_object_bytes
        self.on_trace = on_trace
        self.answer_failure = answer_failure

    def handle(self, request: Request) -> Exchange:
        """Answer a viewer request up to the point where the body is to be sent.

        The caller must close the exchange. Raises only for a bug of our own.
        """
        started = self.clock.monotonic()
        visit = Visit(
            request_id=self.ids.request_id(),
            request=request,
            distribution=self.distribution,
            identity=self.identity,
            at=self.clock.now(),
            profile=self.profile,
        )
        exchange = Exchange(self, visit, started)
        try:
            exchange.drive()
        except BaseException:
            exchange.close()
            raise
        return exchange

    def request(
        self,
        method: str,
        url: str,
        headers: GivenHeaders = None,
        body: bytes | Body = b"",
        *,
        viewer: Viewer | None = None,
    ) -> Result:
        """One request through the whole pipeline, in this process, with the whole answer in memory.

        :param url: a path with its query, or a whole URL whose host becomes the Host header.
        :param headers: Host and Content-Length are added when missing.
        :param viewer: the connection it is to have come over; by default 127.0.0.1 and the URL's scheme.
        :raises errors.BodyError: when the origin's body broke off.
        """
        exchange = self.handle(self.make_request(method, url, headers, body, viewer=viewer))
        try:
            data = exchange.data
            if data is None:
                data = b"".join(exchange)
        finally:
            exchange.close()
        response = exchange.response
        return Result(response.status, response.phrase, response.headers, data, exchange.trace)

    def get(self, url: str, headers: GivenHeaders = None) -> Result:
        """`request("GET", url, headers)`."""
        return self.request("GET", url, headers)

    def make_request(
        self,
        method: str,
        url: str,
        headers: GivenHeaders = None,
        body: bytes | Body = b"",
        *,
        viewer: Viewer | None = None,
    ) -> Request:
        """The viewer request that `request` sends."""
        target = to_wire(url).partition("#")[0]
        scheme, host = "http", self._default_host()
        if not target.startswith("/") and "://" in target:
            parts = urlsplit(target)
            scheme, host = parts.scheme, parts.netloc.rpartition("@")[2]
        path, query = split_target(target)
        pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
        lines = [(name, to_wire(value)) for name, value in pairs]
        names = {name.lower() for name, _ in lines}
        if "host" not in names:
            lines.insert(0, ("Host", host))
        if isinstance(body, bytes):
            if body and "content-length" not in names:
                lines.append(("Content-Length", str(len(body))))
            body = Whole(body) if body else EMPTY
        return Request(method, path, query, Headers(lines), body, viewer or Viewer(scheme=scheme))

    def _default_host(self) -> str:
        aliases = self.distribution.aliases
        return aliases[0].replace("*", "www") if aliases else self.distribution.domain_name

    def close(self) -> None:
        """Stop the functions and give up the origin connections."""
        for pool in self.pools.values():
            pool.close()
        self.origins.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
