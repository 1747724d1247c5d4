"""Counts of what happened, in Prometheus' exposition format (design section 8; LE-332, LR-307 to LR-312).

Counting is a few additions under one lock, because it happens on every request; the metrics library only writes the
counts out. Importing this module loads that library, so only those who serve metrics import it.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import Protocol, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from edgeproxy.cloudfront.failures import FailureKind
from edgeproxy.function import Fault, FaultKind, Invocation
from edgeproxy.observe.blame import blame
from edgeproxy.pipeline.steps import Fetched, Invoke
from edgeproxy.pipeline.trace import Trace

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the buckets of every histogram, in seconds."""

ERROR_KINDS = {
    kind: kind.value for kind in (FailureKind.EXECUTION, FailureKind.VALIDATION, FailureKind.LIMIT, FailureKind.TIMEOUT)
}
"""The failures of functions -> the label `kind` (LE-192 to LE-195)."""

FunctionLabels: TypeAlias = tuple[str, str, str]
"""Function, version, hook."""


class CacheSize(Protocol):
    """What a store tells of itself."""

    @property
    def entries(self) -> int: ...

    @property
    def bytes(self) -> int: ...


class _Durations:
    """A histogram of seconds."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Upper bound -> how many were not above it."""
        return list(zip((*map(str, BOUNDS), "+Inf"), accumulate(self.counts), strict=True))


class _FunctionCounts:
    """One function at one hook."""

    __slots__ = ("cold_starts", "duration", "errors", "init", "invocations", "throttles")

    def __init__(self) -> None:
        self.invocations = 0
        self.throttles = 0
        self.cold_starts = 0
        self.errors: defaultdict[str, int] = defaultdict(int)
        self.duration = _Durations()
        self.init = _Durations()

    def add(self, invocation: Invocation, kind: str | None) -> None:
        """Count an invocation, and the kind of error that came of it."""
        result, report = invocation.result, invocation.report
        if kind is not None:
            self.errors[kind] += 1
        if isinstance(result, Fault) and result.kind is FaultKind.THROTTLE:
            # LR-307, LR-326: a throttle is no invocation.
            self.throttles += 1
            return
        self.invocations += 1
        self.duration.add(report.duration_ms / 1000)
        if report.cold:
            self.cold_starts += 1
            self.init.add(report.init_ms / 1000)


class Metrics:
    """A reader of traces that counts. Thread-safe.

    :param store: asked for its size whenever the counts are read; None: the edge has no cache of its own to tell of.
    """

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, store: CacheSize | None = None) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._functions: defaultdict[FunctionLabels, _FunctionCounts] = defaultdict(_FunctionCounts)
        self._requests: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._duration = _Durations()
        self._origin_latency = _Durations()
        self._downloaded = 0
        self._uploaded = 0

    def add(self, trace: Trace) -> None:
        """Count a request."""
        records, sent = trace.records, trace.sent
        with self._lock:
            reached = False
            for index, record in enumerate(records):
                step, outcome = record.step, record.outcome
                if isinstance(step, Invoke) and isinstance(outcome, Invocation):
                    failure = blame(records, index)
                    labels = step.function.name, str(step.function.version), step.hook.value
                    self._functions[labels].add(outcome, ERROR_KINDS.get(failure.kind) if failure else None)
                elif isinstance(outcome, Fetched):
                    reached = True
            self._requests[trace.result, trace.response.status] += 1
            self._duration.add(trace.duration)
            if reached:
                # CF-514: from the request's arrival to the first byte for the viewer.
                self._origin_latency.add(records[-1].started - trace.started)
            self._downloaded += sent.size if sent else 0
            self._uploaded += trace.request.body.length or 0

    def exposition(self) -> bytes:
        """All metrics as text, of the media type `content_type`."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def describe(self) -> Iterator[Metric]:
        """Nothing: the names are known from `collect`."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The metrics as the library's own objects, of one moment."""
        with self._lock:
            families = [*self._of_functions(), *self._of_distribution()]
        return iter(families)

    def _of_functions(self) -> Iterator[Metric]:
        names = ("function", "version", "hook")
        prefix = "edgeproxy_function"
        invocations = CounterMetricFamily(f"{prefix}_invocations", "Handler runs; throttles are none.", labels=names)
        errors = CounterMetricFamily(f"{prefix}_errors", "Failures, by kind.", labels=(*names, "kind"))
        throttles = CounterMetricFamily(f"{prefix}_throttles", "Invocations refused.", labels=names)
        cold = CounterMetricFamily(f"{prefix}_cold_starts", "First invocations of an environment.", labels=names)
        duration = HistogramMetricFamily(f"{prefix}_duration_seconds", "Handler time, without init.", labels=names)
        init = HistogramMetricFamily(f"{prefix}_init_duration_seconds", "Init time of cold starts.", labels=names)
        for labels, counts in sorted(self._functions.items()):
            invocations.add_metric(labels, counts.invocations)
            throttles.add_metric(labels, counts.throttles)
            cold.add_metric(labels, counts.cold_starts)
            for kind in ERROR_KINDS.values():
                errors.add_metric((*labels, kind), counts.errors[kind])
            duration.add_metric(labels, counts.duration.buckets(), counts.duration.sum)
            init.add_metric(labels, counts.init.buckets(), counts.init.sum)
        yield from (invocations, errors, throttles, cold, duration, init)

    def _of_distribution(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "edgeproxy_requests", "Viewer requests, by what X-Cache says and status.", labels=("result_type", "status")
        )
        for (result_type, status), count in sorted(self._requests.items()):
            requests.add_metric((result_type, str(status)), count)
        yield requests
        for name, text, durations in (
            ("edgeproxy_request_duration_seconds", "From arrival to the last byte.", self._duration),
            (
                "edgeproxy_origin_latency_seconds",
                "From arrival to the first byte for the viewer, of requests answered by an origin.",
                self._origin_latency,
            ),
        ):
            yield HistogramMetricFamily(name, text, buckets=durations.buckets(), sum_value=durations.sum)
        size = CounterMetricFamily(
            "edgeproxy_bytes",
            "Body bytes to and from viewers; uploads of a declared length only.",
            labels=("direction",),
        )
        size.add_metric(("downloaded",), self._downloaded)
        size.add_metric(("uploaded",), self._uploaded)
        yield size
        if self._store is not None:
            yield GaugeMetricFamily("edgeproxy_cache_bytes", "Bytes in the cache.", value=self._store.bytes)
            yield GaugeMetricFamily("edgeproxy_cache_entries", "Responses in the cache.", value=self._store.entries)
