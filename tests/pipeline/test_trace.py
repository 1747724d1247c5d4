from __future__ import annotations

import pytest

from edgeproxy.cloudfront.failures import FailureKind
from edgeproxy.cloudfront.origin import OriginFailure, OriginFault
from edgeproxy.pipeline.flow import Visit, serve
from edgeproxy.pipeline.steps import NOTED, Outcome, Send, Sent, Step
from edgeproxy.pipeline.trace import CacheDecision, Record, Trace
from tests.pipeline.script import (
    Answer,
    a_page,
    a_request,
    a_visit,
    absent,
    answered,
    begun,
    failed,
    found,
    managed_cache_policy,
    returned,
)

Told = Answer | Outcome


def traced(visit: Visit, *told: Told, sent: Outcome | None = None) -> Trace:
    """The trace of a visit whose steps were told these outcomes; each step takes a second."""
    flow = serve(visit)
    records: list[Record] = []
    outcomes = iter(told)
    step: Step = next(flow)
    while not isinstance(step, Send):
        answer = next(outcomes)
        outcome = answer(step) if callable(answer) else answer
        records.append(Record(step, outcome, 100.0 + len(records), 101.0 + len(records)))
        step = flow.send(outcome)
    last = NOTED if sent is None else sent
    records.append(Record(step, last, 100.0 + len(records), 101.0 + len(records)))
    assert not list(outcomes), "more was told than asked"
    return Trace(visit.request_id, visit.request, visit.distribution.id, visit.at, 99.5, tuple(records))


def test_the_end_of_a_request() -> None:
    trace = traced(a_visit("/a"), absent, answered(200, b"hi", Cache_Control="max-age=60"), begun)
    assert trace.response.status == 200
    assert trace.response.headers["x-cache"] == "Miss from cloudfront"
    assert (trace.result, trace.cache) == ("Miss", "Miss")
    assert trace.failure is None
    assert trace.duration == pytest.approx(4.5)


def test_how_sending_ended_is_known_only_afterwards() -> None:
    hit = a_visit("/a"), found()
    assert traced(*hit).sent is None
    ended = Sent(6, complete=False, error="the viewer went away")
    assert traced(*hit, sent=ended).sent is ended


@pytest.mark.parametrize(
    ("visit", "told", "expected"),
    [
        pytest.param(
            a_visit("/a"),
            [found(age=5, fresh_for=60)],
            ("Hit", "stored 5 s ago, fresh for 60 s more", "CF-298"),
            id="hit",
        ),
        pytest.param(
            a_visit("/a"),
            [found(404, age=5, fresh_for=5)],
            ("Error", "stored 5 s ago, fresh for 5 s more", "CF-298"),
            id="hit-on-an-error",
        ),
        pytest.param(
            a_visit("/a"),
            [found(age=100, fresh_for=-40), answered(200, Cache_Control="max-age=60"), begun],
            ("Miss", "the stored response expired 40 s ago; stored for 60 s: max-age", "CF-129"),
            id="expired",
        ),
        pytest.param(
            a_visit("/a"),
            [absent, answered(200, Cache_Control="max-age=60"), begun],
            ("Miss", "nothing is stored under its key; stored for 60 s: max-age", "CF-129"),
            id="miss-stored",
        ),
        pytest.param(
            a_visit("/a"),
            [absent, answered(200, Cache_Control="no-store"), NOTED],
            (
                "Miss",
                "nothing is stored under its key; not stored: the origin says no-store and the minimum TTL is 0",
                "CF-133",
            ),
            id="miss-refused",
        ),
        pytest.param(
            a_visit("/a"),
            [absent, answered(200, Cache_Control="max-age=60"), NOTED],
            (
                "Miss",
                "nothing is stored under its key; not stored: larger than cache.max_object_bytes",
                "CF-129",
            ),
            id="too-large",
        ),
        pytest.param(
            a_visit(a_request("/a", method="POST", body=b"x")),
            [answered(200, Cache_Control="max-age=60"), NOTED],
            ("Miss", "the cache was not asked; not stored: POST is not a cached method", "CF-149"),
            id="post",
        ),
        pytest.param(
            a_visit("/a", cache_policy=managed_cache_policy("CachingDisabled")),
            [answered(200, Cache_Control="max-age=60"), NOTED],
            ("Miss", "the cache was not asked; not stored: all TTLs of the cache policy are 0", "CF-131"),
            id="caching-disabled",
        ),
        pytest.param(
            a_visit("/a", viewer_request="auth"),
            [returned({"status": "401"})],
            ("LambdaGeneratedResponse", "the cache was not asked", "CF-149"),
            id="answered-by-viewer-request",
        ),
        pytest.param(
            a_visit("/a"),
            [absent, OriginFailure(OriginFault.CONNECT, "refused"), a_page],
            ("Error", "nothing is stored under its key", "CF-299"),
            id="no-origin",
        ),
    ],
)
def test_the_part_of_the_cache_in_words(visit: Visit, told: list[Told], expected: tuple[str, str, str]) -> None:
    assert traced(visit, *told).cache_decision == CacheDecision(*expected)


@pytest.mark.parametrize(
    ("visit", "told", "reached"),
    [
        pytest.param(a_visit("/a"), [found()], False, id="hit"),
        pytest.param(a_visit("/a"), [absent, answered(204), NOTED], True, id="miss"),
        pytest.param(a_visit("/a"), [absent, OriginFailure(OriginFault.DNS, "no"), a_page], True, id="no-answer"),
        pytest.param(a_visit("/a", viewer_request="auth"), [returned({"status": "401"})], False, id="generated"),
    ],
)
def test_whether_an_origin_was_asked(visit: Visit, told: list[Told], reached: bool) -> None:
    assert traced(visit, *told).reached_origin is reached


def test_the_failure_is_what_the_edge_answered_itself() -> None:
    trace = traced(a_visit("/a", viewer_request="auth"), failed(error_type="ValueError", message="no"), a_page)
    assert trace.failure is not None
    assert (trace.failure.kind, trace.failure.function) == (FailureKind.EXECUTION, "auth")
    assert trace.result == trace.failure.row.result_type
    assert trace.response.status == trace.failure.row.status


def test_an_error_of_the_origin_is_no_failure_of_the_edge() -> None:
    trace = traced(a_visit("/a"), absent, answered(500), begun)
    assert trace.failure is None
    assert trace.result == "Error"
