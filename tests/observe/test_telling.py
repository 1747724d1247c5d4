"""What a trace says, step by step."""

from __future__ import annotations

import msgspec
import pytest

from edgeproxy.cloudfront.entry import Entry
from edgeproxy.cloudfront.failures import Failure, FailureKind
from edgeproxy.cloudfront.freshness import Keep, Refuse
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import OriginFault
from edgeproxy.events.check import Violation
from edgeproxy.events.diff import MISSING
from edgeproxy.function import FaultKind
from edgeproxy.observe.secrets import MASK
from edgeproxy.observe.story import Changed
from edgeproxy.observe.telling import tell
from edgeproxy.pipeline.steps import (
    NOTED,
    Answered,
    BodyBroken,
    BodyRead,
    Fail,
    Found,
    Invoke,
    LookUp,
    ReadBody,
    Sent,
    Store,
    Storing,
    Warn,
)
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    AT,
    ID,
    PAGE,
    SECRET,
    UNAVAILABLE,
    a_fault,
    a_function,
    a_generated_response,
    a_hit,
    a_key,
    a_miss,
    a_plain,
    a_refusal,
    a_stream,
    a_trace,
    a_validation_failure,
    an_event,
    an_unreachable_origin,
    header,
    returned,
    sends,
    with_header,
)


def outcomes(trace: Trace) -> list[tuple[str, str]]:
    return [(step.step, step.outcome) for step in tell(trace).steps]


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        pytest.param(
            a_miss(),
            [
                ("Invoke", "request"),
                ("LookUp", "absent"),
                ("Invoke", "request"),
                ("Fetch", "200"),
                ("Invoke", "response"),
                ("Store", "storing"),
                ("Invoke", "response"),
                ("Send", "complete"),
            ],
            id="miss",
        ),
        pytest.param(
            a_hit(),
            [
                ("Invoke", "request"),
                ("LookUp", "fresh"),
                ("Skip", "skipped"),
                ("Skip", "skipped"),
                ("Send", "complete"),
            ],
            id="hit",
        ),
        pytest.param(
            a_generated_response(),
            [("Invoke", "response"), ("Skip", "skipped"), ("Send", "complete")],
            id="generated",
        ),
        pytest.param(a_validation_failure(), [("Invoke", "invalid"), ("Send", "complete")], id="validation"),
        pytest.param(a_fault(), [("LookUp", "absent"), ("Invoke", "error"), ("Send", "complete")], id="error"),
        pytest.param(
            a_fault(FaultKind.TIMEOUT),
            [("LookUp", "absent"), ("Invoke", "timeout"), ("Send", "complete")],
            id="timeout",
        ),
        pytest.param(
            an_unreachable_origin(), [("LookUp", "absent"), ("Fetch", "connect"), ("Send", "complete")], id="origin"
        ),
        pytest.param(a_refusal(), [("Fail", "answered"), ("Send", "complete")], id="refused"),
        pytest.param(
            a_plain(sent=Sent(1, complete=False)),
            [("Fetch", "200"), ("Store", "refused"), ("Send", "broken")],
            id="broken off",
        ),
        pytest.param(
            a_trace(
                (ReadBody(a_stream(), 1), BodyRead(b"", False, a_stream()), 0.0),
                (LookUp(a_key()), Found(Entry.of(PAGE, b"", AT - 60, 10), AT), 0.0),
                (Store(PAGE, Keep(60, rule="CF-155", reason="max-age=60"), a_key()), NOTED, 0.0),
                sends(PAGE, "Miss"),
            ),
            [("ReadBody", "read"), ("LookUp", "stale"), ("Store", "too large"), ("Send", "complete")],
            id="stale, too large",
        ),
        pytest.param(
            a_trace(
                (ReadBody(a_stream(), 1), BodyBroken("gone"), 0.0),
                (Fail(Failure(kind=FailureKind.VIEWER_BODY, detail="gone")), Answered(UNAVAILABLE), 0.0),
                sends(UNAVAILABLE, "Error"),
            ),
            [("ReadBody", "broken"), ("Send", "complete")],
            id="body broken off",
        ),
    ],
)
def test_every_step_says_what_came_of_it(trace: Trace, expected: list[tuple[str, str]]) -> None:
    assert outcomes(trace) == expected


def test_a_response_that_is_still_being_sent() -> None:
    trace = a_plain()
    going_on = msgspec.structs.replace(
        trace, records=(*trace.records[:-1], msgspec.structs.replace(trace.records[-1], outcome=NOTED))
    )
    assert outcomes(going_on)[-1] == ("Send", "sending")
    assert tell(going_on).sent is None


def test_an_invocation() -> None:
    first = tell(a_miss()).steps[0]
    assert (first.hook, first.function, first.version, first.cold) == ("viewer-request", "auth", 7, True)
    assert (first.started_ms, first.duration_ms, first.handler_ms, first.init_ms) == (0.0, 40.0, 0.5, 35.0)
    assert first.logs == ("checking", "user\tada")
    assert first.diff == (Changed("headers.x-user", MISSING, "ada"),)
    assert first.invocation_id == "6c0ee2b5"
    assert first.event is None
    third = tell(a_miss()).steps[2]
    assert (third.cold, third.init_ms, third.started_ms) == (False, None, 40.0)
    assert third.diff == (Changed("uri", "/docs/", "/docs/index.html"),)


def test_the_event_when_asked_for() -> None:
    steps = tell(a_miss(), events=True).steps
    assert steps[0].event["uri"] == "/docs/"
    assert steps[0].event["headers"]["cookie"] == header("Cookie", MASK)
    assert steps[2].event["origin"]["custom"]["customHeaders"]["x-from-edge"] == header("X-From-Edge", MASK)
    assert steps[4].event["status"] == "200"
    assert steps[1].event is None


@pytest.mark.rule("LE-9")
def test_a_skipped_hook_says_why() -> None:
    skipped = [step for step in tell(a_hit()).steps if step.step == "Skip"]
    assert [(step.hook, step.function) for step in skipped] == [
        ("origin-request", "rewrite"),
        ("origin-response", "tidy"),
    ]
    assert {(step.reason, step.rule) for step in skipped} == {("answered from the cache", "LE-9")}


def test_of_a_response_that_a_function_made_everything_is_new() -> None:
    assert tell(a_generated_response()).steps[0].diff == (
        Changed("headers.location", MISSING, "/login"),
        Changed("status", MISSING, "302"),
    )


@pytest.mark.parametrize(
    ("value", "changed"),
    [
        (None, ()),
        ([], ()),
        ({"status": "200"}, (Changed("status", MISSING, "200"),)),
        ({"status": "200", "headers": 5}, (Changed("status", MISSING, "200"), Changed("headers", MISSING, 5))),
    ],
)
def test_odd_results(value: object, changed: tuple[Changed, ...]) -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    trace = a_trace((Invoke(a_function("f"), event), returned(value), 0.5), sends(PAGE, "Miss"))
    assert tell(trace).steps[0].diff == changed


def test_a_failure_is_told_with_its_step_and_with_the_request() -> None:
    story = tell(a_validation_failure())
    failure = story.steps[0].failure
    assert failure is not None
    assert failure == story.failure
    assert (failure.kind, failure.rule, failure.field, failure.value) == (
        "validation",
        "LE-172",
        "headers.connection",
        "close",
    )
    assert (failure.hook, failure.function, failure.status) == ("viewer-request", "auth", 502)
    assert failure.result_type == "LambdaValidationError"
    assert failure.message.endswith("headerName : Connection.")
    assert failure.hint == "no function may return this header: leave it out"
    assert failure.stack == ()


def test_a_fault_has_its_stack() -> None:
    story = tell(a_fault())
    assert story.failure == story.steps[1].failure
    assert story.failure is not None
    assert story.failure.stack == ("  File index.py, line 3",)
    assert (story.failure.kind, story.failure.error_type) == ("execution", "KeyError")


def test_a_failure_of_an_origin() -> None:
    step = tell(an_unreachable_origin()).steps[1]
    assert step.outcome == OriginFault.CONNECT.value
    assert step.origin == "site"
    assert step.received_headers == ()
    assert step.failure is not None
    assert (step.failure.rule, step.failure.hook, step.failure.function) == ("CF-231", None, None)


def test_a_failure_without_a_rule_has_that_of_its_answer() -> None:
    failure = tell(a_refusal()).failure
    assert failure is not None
    assert failure.rule == "CF-56"


def test_a_fetch() -> None:
    step = tell(a_miss()).steps[3]
    assert step.target == "GET http://origin.example.test/v2/docs/?page=2"
    assert ("X-From-Edge", MASK) in step.sent_headers
    assert step.received_headers == (("Content-Type", "text/plain"), ("Cache-Control", "max-age=60"))


def test_what_became_of_storing() -> None:
    trace = a_trace(
        (Store(PAGE, Keep(60, rule="CF-155", reason="max-age=60"), a_key()), Storing(PAGE), 0.0),
        (Store(PAGE, Refuse(rule="CF-127", reason="no-store")), NOTED, 0.0),
        sends(PAGE, "Miss"),
    )
    assert [(step.reason, step.rule) for step in tell(trace).steps[:2]] == [
        ("max-age=60", "CF-155"),
        ("no-store", "CF-127"),
    ]


def test_warnings_belong_to_their_invocation() -> None:
    story = tell(a_miss())
    assert [len(step.warnings) for step in story.steps] == [0, 0, 0, 0, 0, 0, 1, 0]
    assert story.steps[6].warnings[0].rule == "LE-91"


def test_warnings_of_another_hook_are_not_taken() -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    violation = Violation(rule="LE-91", field="", message="m", sentence="")
    trace = a_trace(
        (Invoke(a_function("f"), event), returned(event.subject()), 0.5),
        (Warn(Hook.ORIGIN_REQUEST, "g", (violation,)), NOTED, 0.0),
        sends(PAGE, "Miss"),
    )
    assert tell(trace).steps[0].warnings == ()


def test_the_request_and_the_response() -> None:
    story = tell(a_miss())
    assert (story.id, story.at, story.distribution, story.duration_ms) == (ID, AT, "EDFDVBD6EXAMPLE", 52.25)
    assert (story.request.method, story.request.target) == ("GET", "/docs/?page=2")
    assert story.request.headers[1] == ("Cookie", MASK)
    assert (story.request.ip, story.request.scheme, story.request.http_version) == ("203.0.113.7", "http", "1.1")
    assert (story.response.status, story.response.reason) == (200, "OK")
    assert story.cache.rule == "CF-155"
    assert story.sent is not None
    assert (story.sent.size, story.sent.complete, story.sent.stored) == (5, True, True)


def test_reveal() -> None:
    assert tell(a_miss(), reveal=True).request.headers[1] == ("Cookie", "session=abcdef")


def test_no_secret_of_an_origin_in_anything_that_a_function_says() -> None:
    event = an_event(Hook.ORIGIN_REQUEST)
    result = with_header(event, "X-Leak", SECRET)
    failure = Failure(
        kind=FailureKind.VALIDATION,
        detail=f"bad {SECRET}",
        field="origin.custom.customHeaders.x-from-edge",
        value=SECRET,
        hint=SECRET,
        hook=Hook.ORIGIN_REQUEST,
        function="f",
    )
    violation = Violation(rule="LE-91", field="headers.x-leak", value=SECRET, message=SECRET, sentence="", hint=SECRET)
    trace = a_trace(
        (Invoke(a_function("f"), event), returned(result, output=(f"saw {SECRET}",)), 0.5),
        (Warn(Hook.ORIGIN_REQUEST, "f", (violation,)), NOTED, 0.0),
        (Invoke(a_function("f"), event), returned(result), 0.5),
        (Fail(failure), Answered(UNAVAILABLE), 0.0),
        sends(PAGE, "Error", Sent(1, complete=False, error=SECRET)),
    )
    for reveal in (True, False):
        text = repr(tell(trace, reveal=reveal, events=True))
        assert SECRET not in text
        assert text.count(MASK) >= 8
