from __future__ import annotations

import subprocess
import sys
import threading

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.function import Fault, FaultKind, Invocation, Report
from edgeproxy.messages.body import Whole
from edgeproxy.messages.request import Request
from edgeproxy.observe.metrics import Metrics
from edgeproxy.pipeline.steps import Invoke, Sent
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    PAGE,
    a_fault,
    a_function,
    a_generated_response,
    a_hit,
    a_miss,
    a_plain,
    a_refusal,
    a_stream,
    a_trace,
    a_validation_failure,
    an_event,
    an_unreachable_origin,
    returned,
    sends,
)

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class Store:
    entries = 3
    bytes = 4_096


def samples(metrics: Metrics) -> Samples:
    text = metrics.exposition().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(*traces: Trace, store: Store | None = None) -> Samples:
    metrics = Metrics(store)
    for trace in traces:
        metrics.add(trace)
    return samples(metrics)


def value(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


AUTH = {"function": "auth", "version": "7", "hook": "viewer-request"}
REWRITE = {"function": "rewrite", "version": "1", "hook": "origin-request"}


def test_invocations() -> None:
    found = counted(a_miss(), a_hit(), a_hit())
    assert value(found, "edgeproxy_function_invocations_total", **AUTH) == 3
    assert value(found, "edgeproxy_function_invocations_total", **REWRITE) == 1
    assert value(found, "edgeproxy_function_cold_starts_total", **AUTH) == 1
    assert value(found, "edgeproxy_function_cold_starts_total", **REWRITE) == 0
    assert value(found, "edgeproxy_function_duration_seconds_count", **AUTH) == 3
    assert value(found, "edgeproxy_function_duration_seconds_sum", **AUTH) == pytest.approx(0.0015)
    assert value(found, "edgeproxy_function_init_duration_seconds_count", **AUTH) == 1
    assert value(found, "edgeproxy_function_init_duration_seconds_sum", **AUTH) == pytest.approx(0.035)


@pytest.mark.parametrize(
    ("trace", "labels", "kind", "invocations", "throttles"),
    [
        pytest.param(a_validation_failure(), AUTH, "validation", 1, 0, id="validation"),
        pytest.param(a_fault(), REWRITE, "execution", 1, 0, id="raised", marks=pytest.mark.rule("LE-193")),
        pytest.param(a_fault(FaultKind.EXIT), REWRITE, "execution", 1, 0, id="exited"),
        pytest.param(a_fault(FaultKind.MARSHAL), REWRITE, "execution", 1, 0, id="not serialisable"),
        pytest.param(
            a_fault(FaultKind.NOT_JSON), REWRITE, "validation", 1, 0, id="no JSON", marks=pytest.mark.rule("LE-308")
        ),
        pytest.param(a_fault(FaultKind.TIMEOUT), REWRITE, "timeout", 1, 0, id="time-out"),
        pytest.param(a_fault(FaultKind.THROTTLE), REWRITE, "limit", 0, 1, id="throttle"),
    ],
)
@pytest.mark.rule("LE-332")
@pytest.mark.rule("LE-335")
@pytest.mark.rule("LR-307")
@pytest.mark.rule("LR-308")
@pytest.mark.rule("LR-309")
def test_errors_by_kind(trace: Trace, labels: dict[str, str], kind: str, invocations: int, throttles: int) -> None:
    found = counted(trace)
    errors = {
        other: value(found, "edgeproxy_function_errors_total", **labels, kind=other)
        for other in ("execution", "validation", "limit", "timeout")
    }
    assert errors == dict.fromkeys(errors, 0) | {kind: 1}
    assert value(found, "edgeproxy_function_invocations_total", **labels) == invocations
    assert value(found, "edgeproxy_function_throttles_total", **labels) == throttles
    assert value(found, "edgeproxy_function_duration_seconds_count", **labels) == invocations


@pytest.mark.rule("LR-310")
def test_duration_is_the_handlers_without_init() -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    found = counted(
        *(
            a_trace(
                (Invoke(a_function("f"), event), returned(event.subject(), ms=ms, init=900.0), 1_000.0),
                sends(PAGE, "Miss"),
            )
            for ms in (0.5, 0.6, 40_000.0)
        )
    )
    labels = {"function": "f", "version": "1", "hook": "viewer-request"}
    name = "edgeproxy_function_duration_seconds_bucket"
    assert value(found, name, **labels, le="0.0005") == 1
    assert value(found, name, **labels, le="0.001") == 2
    assert value(found, name, **labels, le="30.0") == 2
    assert value(found, name, **labels, le="+Inf") == 3


def test_a_function_that_fails_at_its_cold_start_is_cold() -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    fault = Invocation(Fault(FaultKind.ERROR, "ImportError", "no"), Report(cold=True, init_ms=5.0))
    found = counted(a_trace((Invoke(a_function("auth", 7), event), fault, 1.0), sends(PAGE, "Error")))
    assert value(found, "edgeproxy_function_cold_starts_total", **AUTH) == 1


def test_requests_by_result_and_status() -> None:
    found = counted(a_miss(), a_hit(), a_hit(), a_fault(), an_unreachable_origin(), a_refusal(), a_generated_response())
    requests = {
        tuple(sorted(dict(labels).values())): number
        for (name, labels), number in found.items()
        if name == "edgeproxy_requests_total"
    }
    assert requests == {
        ("200", "Miss"): 1,
        ("200", "Hit"): 2,
        ("503", "LambdaExecutionError"): 1,
        ("502", "Error"): 1,
        ("403", "Error"): 1,
        ("302", "LambdaGeneratedResponse"): 1,
    }
    assert value(found, "edgeproxy_request_duration_seconds_count") == 7


@pytest.mark.rule("CF-514")
def test_origin_latency_is_that_of_requests_answered_by_an_origin() -> None:
    found = counted(a_plain(), a_hit(), an_unreachable_origin(), a_generated_response())
    assert value(found, "edgeproxy_origin_latency_seconds_count") == 1
    assert value(found, "edgeproxy_origin_latency_seconds_sum") == pytest.approx(0.010)
    assert value(found, "edgeproxy_request_duration_seconds_count") == 4


@pytest.mark.rule("CF-509")
@pytest.mark.rule("CF-510")
def test_bytes() -> None:
    found = counted(
        a_plain(request=Request("POST", "/", body=Whole(b"1234567")), sent=Sent(1_000, complete=True)),
        a_plain(request=Request("POST", "/", body=a_stream(20)), sent=Sent(10, complete=False)),
        a_plain(request=Request("POST", "/", body=a_stream())),
    )
    assert value(found, "edgeproxy_bytes_total", direction="downloaded") == 1_015
    assert value(found, "edgeproxy_bytes_total", direction="uploaded") == 27


def test_a_request_that_is_still_being_sent_counts_no_bytes() -> None:
    trace = a_plain()
    step = trace.records[0]
    trace = Trace(
        trace.id,
        trace.request,
        "",
        0.0,
        trace.started,
        (step, msgspec.structs.replace(trace.records[-1], outcome=step.outcome)),
    )
    assert value(counted(trace), "edgeproxy_bytes_total", direction="downloaded") == 0


def test_the_store_is_asked_when_the_counts_are_read() -> None:
    store = Store()
    metrics = Metrics(store)
    assert value(samples(metrics), "edgeproxy_cache_entries") == 3
    assert value(samples(metrics), "edgeproxy_cache_bytes") == 4_096
    store.entries = 4
    assert value(samples(metrics), "edgeproxy_cache_entries") == 4


def test_without_a_store_there_are_no_gauges() -> None:
    assert not any(name.startswith("edgeproxy_cache") for name, _ in counted())


def test_every_name_and_help_is_there_before_any_request() -> None:
    text = Metrics(Store()).exposition().decode()
    for name in (
        "edgeproxy_function_invocations_total",
        "edgeproxy_function_errors_total",
        "edgeproxy_function_throttles_total",
        "edgeproxy_function_duration_seconds",
        "edgeproxy_function_init_duration_seconds",
        "edgeproxy_function_cold_starts_total",
        "edgeproxy_requests_total",
        "edgeproxy_request_duration_seconds",
        "edgeproxy_origin_latency_seconds",
        "edgeproxy_bytes_total",
        "edgeproxy_cache_bytes",
        "edgeproxy_cache_entries",
    ):
        assert f"# HELP {name} " in text
        assert f"# TYPE {name} " in text
    assert "_created" not in text


def test_many_threads() -> None:
    metrics = Metrics()

    def work() -> None:
        for _ in range(100):
            metrics.add(a_hit())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert value(samples(metrics), "edgeproxy_function_invocations_total", **AUTH) == 400


@pytest.mark.live
def test_only_who_serves_metrics_loads_the_library() -> None:
    code = (
        "import sys, edgeproxy.observe.console, edgeproxy.observe.recorder, edgeproxy.admin.app; "
        "sys.exit('prometheus_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
