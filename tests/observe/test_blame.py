from __future__ import annotations

import pytest

from edgeproxy.cloudfront.failures import Failure, FailureKind
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.observe.blame import blame
from edgeproxy.pipeline.steps import Absent, Answered, BodyBroken, Fail, Invoke, LookUp, ReadBody
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    AT,
    UNAVAILABLE,
    a_fault,
    a_function,
    a_key,
    a_miss,
    a_refusal,
    a_stream,
    a_trace,
    a_validation_failure,
    an_event,
    an_unreachable_origin,
    returned,
    sends,
)


def blamed(trace: Trace) -> list[int]:
    return [index for index in range(-1, len(trace.records) + 1) if blame(trace.records, index) is not None]


@pytest.mark.parametrize(
    ("trace", "indexes"),
    [
        (a_miss(), []),
        (a_validation_failure(), [0]),
        (a_fault(), [1]),
        (an_unreachable_origin(), [1]),
        (a_refusal(), []),
    ],
)
def test_the_step_before_the_failure_is_blamed_when_it_failed(trace: Trace, indexes: list[int]) -> None:
    assert blamed(trace) == indexes
    assert all(blame(trace.records, index) is trace.failure for index in indexes)


def test_a_body_that_broke_off() -> None:
    failure = Failure(kind=FailureKind.VIEWER_BODY, detail="gone")
    broken = a_trace(
        (ReadBody(a_stream(), 1), BodyBroken("gone"), 0.0),
        (Fail(failure), Answered(UNAVAILABLE), 0.0),
        sends(UNAVAILABLE, "Error"),
    )
    assert blamed(broken) == [0]


def test_a_step_that_went_well_is_not_blamed() -> None:
    failure = Failure(kind=FailureKind.ORIGIN_REQUEST_TOO_LARGE, detail="the request has 30,000 bytes")
    event = an_event(Hook.ORIGIN_REQUEST)
    for step in (
        (Invoke(a_function("rewrite"), event), returned(event.subject()), 0.0),
        (LookUp(a_key()), Absent(AT), 0.0),
    ):
        trace = a_trace(step, (Fail(failure), Answered(UNAVAILABLE), 0.0), sends(UNAVAILABLE, "Error"))
        assert blamed(trace) == []
