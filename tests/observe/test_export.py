"""The JSON of a trace: its format is a contract (design section 8)."""

from __future__ import annotations

import json

import pytest

from edgeproxy.observe.export import to_json
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    SECRET,
    a_fault,
    a_generated_response,
    a_hit,
    a_miss,
    a_refusal,
    a_validation_failure,
    an_unreachable_origin,
)

KEYS_OF_A_STEP = {
    "step",
    "hook",
    "function",
    "version",
    "cold",
    "started_ms",
    "duration_ms",
    "outcome",
    "diff",
    "failure",
    "logs",
}

EVERY_KIND = [
    a_miss(),
    a_hit(),
    a_validation_failure(),
    a_fault(),
    an_unreachable_origin(),
    a_refusal(),
    a_generated_response(),
]


@pytest.mark.parametrize("trace", EVERY_KIND)
def test_every_trace_has_the_format(trace: Trace) -> None:
    story = to_json(trace)
    assert json.loads(json.dumps(story)) == story
    assert story["id"] == trace.id
    assert {"status", "headers"} <= story["response"].keys()
    assert {"result", "reason", "rule"} == story["cache"].keys()
    for step in story["steps"]:
        assert step.keys() >= KEYS_OF_A_STEP
        assert all(change.keys() == {"path", "before", "after"} for change in step["diff"])
        assert step["failure"] is None or {"class", "rule", "field", "message"} <= step["failure"].keys()
        assert isinstance(step["logs"], list)


def test_a_step_of_a_function() -> None:
    step = to_json(a_miss())["steps"][0]
    assert step == {
        "step": "Invoke",
        "hook": "viewer-request",
        "function": "auth",
        "version": 7,
        "cold": True,
        "started_ms": 0.0,
        "duration_ms": 40.0,
        "outcome": "request",
        "diff": [{"path": "headers.x-user", "before": None, "after": "ada"}],
        "failure": None,
        "logs": ["checking", "user\tada"],
        "handler_ms": 0.5,
        "init_ms": 35.0,
        "invocation_id": "6c0ee2b5",
    }


def test_what_was_taken_away() -> None:
    step = to_json(a_miss())["steps"][4]
    assert step["diff"] == [{"path": "headers.cache-control", "before": "max-age=60", "after": None}]


def test_a_failure() -> None:
    story = to_json(a_validation_failure())
    failure = story["steps"][0]["failure"]
    assert (failure["class"], failure["rule"], failure["field"]) == ("validation", "LE-172", "headers.connection")
    assert story["failure"] == failure


def test_a_skipped_hook() -> None:
    step = to_json(a_hit())["steps"][2]
    assert (step["step"], step["hook"], step["reason"], step["rule"]) == (
        "Skip",
        "origin-request",
        "answered from the cache",
        "LE-9",
    )


def test_secrets() -> None:
    hidden, shown = json.dumps(to_json(a_miss())), json.dumps(to_json(a_miss(), reveal=True))
    assert "session=abcdef" not in hidden
    assert "session=abcdef" in shown
    assert SECRET not in hidden + shown
