"""The last traces, and how several readers see each one."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import TypeAlias

from edgeproxy.function import Invocation, Json, Returned
from edgeproxy.messages.body import Body, Whole
from edgeproxy.pipeline.steps import Answered, BodyRead, Fetched, Found, Invoke, Send, Store, Storing
from edgeproxy.pipeline.trace import Record, Trace

Reader: TypeAlias = Callable[[Trace], None]
"""Called with each trace, on the thread of its request."""

logger = logging.getLogger(__name__)


def fan_out(*readers: Reader) -> Reader:
    """One reader that calls several. One that raises is logged; the others and the request go on."""

    def read(trace: Trace) -> None:
        for reader in readers:
            try:
                reader(trace)
            except Exception:
                logger.exception("a reader of traces failed on request %s", trace.id)

    return read


class Recorder:
    """A ring of the last traces. Thread-safe.

    :param limit: traces that are kept.
    :param max_bytes: what the bodies that they hold in memory, and what functions printed, may come to. The last trace
        is kept whatever its size.
    """

    def __init__(self, limit: int = 200, max_bytes: int = 16 * 1_048_576) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._traces: OrderedDict[str, tuple[Trace, int]] = OrderedDict()
        self._bytes = 0

    def add(self, trace: Trace) -> None:
        """Keep a trace; the oldest ones go when there are too many or too large ones."""
        size = held_bytes(trace)
        with self._lock:
            self._bytes += size - self._traces.pop(trace.id, (trace, 0))[1]
            self._traces[trace.id] = trace, size
            while len(self._traces) > 1 and (len(self._traces) > self._limit or self._bytes > self._max_bytes):
                self._bytes -= self._traces.popitem(last=False)[1][1]

    def get(self, trace_id: str) -> Trace | None:
        """The trace of that id, or None when it was never there or is gone."""
        with self._lock:
            found = self._traces.get(trace_id)
        return None if found is None else found[0]

    def latest(self, n: int) -> tuple[Trace, ...]:
        """At most `n` traces, the newest first."""
        with self._lock:
            return tuple(trace for trace, _ in islice(reversed(self._traces.values()), n))


def held_bytes(trace: Trace) -> int:
    """Bytes of the bodies that a trace keeps in memory, and of what functions printed; what several steps share counts
    once.
    """
    sizes: dict[int, int] = {}
    _weigh(sizes, trace.request.body)
    for record in trace.records:
        _weigh_record(sizes, record)
    return sum(sizes.values())


def _weigh_record(sizes: dict[int, int], record: Record) -> None:
    step, outcome = record.step, record.outcome
    match step:
        case Invoke():
            if step.event.body is not None:
                sizes[id(step.event.body.data)] = len(step.event.body.data)
            if isinstance(outcome, Invocation) and outcome.report.output:
                sizes[id(outcome.report.output)] = sum(map(len, outcome.report.output))
            if isinstance(outcome, Invocation) and isinstance(outcome.result, Returned):
                text = _returned_body(outcome.result.value)
                sizes[id(text)] = len(text)
        case Store() | Send():
            _weigh(sizes, step.response.body)
        case _:
            pass
    match outcome:
        case Found():
            sizes[id(outcome.entry.body)] = len(outcome.entry.body)
        case BodyRead():
            sizes[id(outcome.data)] = len(outcome.data)
            _weigh(sizes, outcome.body)
        case Fetched() | Storing() | Answered():
            _weigh(sizes, outcome.response.body)
        case _:
            pass


def _weigh(sizes: dict[int, int], body: Body) -> None:
    if isinstance(body, Whole):
        sizes[id(body.data)] = len(body.data)


def _returned_body(value: Json) -> str:
    """The body in a function's result: `body` of a response, `body.data` of a request."""
    body = value.get("body") if isinstance(value, dict) else None
    if isinstance(body, dict):
        body = body.get("data")
    return body if isinstance(body, str) else ""
