"""The story for a terminal, by its exact text."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.failures import Failure, FailureKind
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import S3Origin
from edgeproxy.events.check import Violation
from edgeproxy.function import Fault, FaultKind, Invocation, Report
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from edgeproxy.observe.text import one_line, render
from edgeproxy.pipeline.steps import (
    NOTED,
    Answered,
    BodyBroken,
    BodyRead,
    Fail,
    Fetch,
    Fetched,
    Invoke,
    ReadBody,
    Sent,
    Warn,
)
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    AT,
    PAGE,
    REQUEST,
    SECRET,
    UNAVAILABLE,
    a_fault,
    a_fetch,
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
    with_header,
)

MISS = """\
GET /docs/?page=2
  Host: www.example.test

viewer-request  auth:7  cold (init 35.0 ms)  0.5 ms
  + headers.x-user: "ada"
  | checking
  | user    ada

look-up  absent

origin-request  rewrite:1  warm  0.2 ms
  - uri: "/docs/"
  + uri: "/docs/index.html"

origin  site  200  10.5 ms
  GET http://origin.example.test/v2/docs/?page=2

origin-response  tidy:1  warm  0.1 ms
  - headers.cache-control: "max-age=60"

viewer-response  secure:2  warm  0.2 ms
  + headers.x-frame: "DENY"
  ! LE-91 headers.x-frame: The key X is not it.

cache  Miss: nothing is stored under its key; stored for 60 s: max-age=60 [CF-155]

200 OK  Miss  52.2 ms  5 bytes  stored
  Content-Type: text/plain
  Cache-Control: max-age=60
  X-Cache: Miss from cloudfront"""

HIT = """\
GET /docs/?page=2
  Host: www.example.test

viewer-request  auth:7  warm  0.5 ms
  no change

look-up  fresh

origin-request  rewrite  skipped: answered from the cache [LE-9]

origin-response  tidy  skipped: answered from the cache [LE-9]

cache  Hit: stored 12 s ago, fresh for 48 s more [CF-298]

200 OK  Hit  0.8 ms  5 bytes
  Content-Type: text/plain
  Cache-Control: max-age=60
  X-Cache: Hit from cloudfront"""

VALIDATION = """\
GET /docs/?page=2
  Host: www.example.test

viewer-request  auth:7  warm  0.5 ms  invalid
  + headers.connection: "close"

failed  502 LambdaValidationError
  hook      viewer-request
  function  auth
  rule      LE-172
  field     headers.connection
  value     close
  message   The function tried to add a header that is not allowed, headerName : Connection.
  hint      no function may return this header: leave it out

502 Bad Gateway  LambdaValidationError  1.0 ms  6 bytes
  Content-Type: text/html
  X-Cache: LambdaValidationError from cloudfront"""

FAULT = """\
GET /docs/?page=2
  Host: www.example.test

look-up  absent

origin-request  rewrite:1  warm  1.5 ms  error
  | about to fail

failed  503 LambdaExecutionError
  hook      origin-request
  function  rewrite
  rule      LE-193
  message   KeyError: 'host'
      File index.py, line 3

503 Service Unavailable  LambdaExecutionError  2.2 ms  6 bytes
  Content-Type: text/html
  X-Cache: LambdaExecutionError from cloudfront"""

UNREACHABLE = """\
GET /docs/?page=2
  Host: www.example.test

look-up  absent

origin  site  connect  3.0 ms
  GET http://origin.example.test/v2/docs/?page=2

failed  502 Error
  rule      CF-231
  message   GET http://127.0.0.1:9000 (origin site): connection refused

502 Bad Gateway  Error  3.2 ms  6 bytes
  Content-Type: text/html
  X-Cache: Error from cloudfront"""

GENERATED = """\
GET /docs/?page=2
  Host: www.example.test

viewer-request  auth:7  warm  0.5 ms  generated the response
  + headers.location: "/login"
  + status: "302"

viewer-response  secure  skipped: viewer-request generated the response [LE-14]

cache  LambdaGeneratedResponse: the cache was not asked [CF-149]

302 Found  LambdaGeneratedResponse  0.8 ms  0 bytes
  Location: /login
  X-Cache: LambdaGeneratedResponse from cloudfront"""


@pytest.mark.parametrize(
    ("trace", "text"),
    [
        pytest.param(a_miss(), MISS, id="miss"),
        pytest.param(a_hit(), HIT, id="hit"),
        pytest.param(a_validation_failure(), VALIDATION, id="validation"),
        pytest.param(a_fault(), FAULT, id="execution"),
        pytest.param(an_unreachable_origin(), UNREACHABLE, id="origin"),
        pytest.param(a_generated_response(), GENERATED, id="generated"),
    ],
)
def test_the_story_of_a_request(trace: Trace, text: str) -> None:
    assert render(trace, color=False) == text


def test_verbose_shows_the_header_lines_of_every_message() -> None:
    text = render(a_plain(), color=False, verbose=True)
    assert "GET /docs/?page=2\n  Host: www.example.test\n  Cookie: (masked)\n  Accept: */*\n" in text
    assert "  > X-From-Edge: (masked)\n  < Content-Type: text/plain\n" in text


def test_verbose_shows_long_values_whole() -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    trace = a_trace(
        (Invoke(a_function("auth"), event), returned(with_header(event, "X-Long", "a" * 1_000)), 0.5),
        sends(PAGE, "Miss"),
    )
    assert f'+ headers.x-long: "{"a" * 199}... (802 more)\n' in render(trace, color=False)
    assert f'+ headers.x-long: "{"a" * 1_000}"\n' in render(trace, color=False, verbose=True)


def test_the_viewers_own_headers_are_shown_when_asked_for() -> None:
    hidden = render(a_plain(), color=False, verbose=True)
    shown = render(a_plain(), color=False, verbose=True, reveal=True)
    assert "session=abcdef" not in hidden
    assert "  Cookie: session=abcdef\n" in shown
    assert SECRET not in shown


def test_a_refused_request_names_the_rule() -> None:
    assert "failed  403 Error\n  rule      CF-56\n  message   DELETE is not allowed" in render(a_refusal(), color=False)


def test_a_response_that_broke_off() -> None:
    text = render(a_plain(sent=Sent(3, complete=False, error="it stopped")), color=False)
    assert text.endswith("\n  broken off after 3 bytes: it stopped")
    assert "200 OK  Miss  10.2 ms  3 bytes\n" in text
    gone = one_line(a_plain(sent=Sent(3, complete=False)))
    assert gone.endswith("\n  broken off after 3 bytes: the viewer went away")


def test_a_response_that_is_still_being_sent() -> None:
    trace = a_plain()
    going_on = msgspec.structs.replace(
        trace, records=(*trace.records[:-1], msgspec.structs.replace(trace.records[-1], outcome=NOTED))
    )
    assert "200 OK  Miss  10.2 ms\n" in render(going_on, color=False)
    assert one_line(going_on) == "GET /docs/?page=2 200 Miss 10.2 ms  origin:site 10.0"


def test_a_request_body_that_broke_off() -> None:
    failure = Failure(kind=FailureKind.VIEWER_BODY, detail="the viewer went away", rule="CF-57")
    trace = a_trace(
        (ReadBody(a_stream(), 40_960), BodyBroken("the viewer went away"), 1.0),
        (Fail(failure), Answered(UNAVAILABLE), 0.0),
        sends(UNAVAILABLE, "Error"),
    )
    assert "\nrequest body  broken off: the viewer went away\n\nfailed  400 Error\n" in render(trace, color=False)


def test_a_request_body_that_was_read_is_no_news() -> None:
    trace = a_trace((ReadBody(a_stream(), 40_960), BodyRead(b"abc", False, a_stream()), 1.0), sends(PAGE, "Miss"))
    assert "request body" not in render(trace, color=False)


def test_the_address_of_an_origin() -> None:
    def fetch(**changes: object) -> str:
        step = a_fetch()
        origin = msgspec.structs.replace(step.request.origin, **changes)
        step = Fetch(msgspec.structs.replace(step.request, origin=origin))
        return render(a_trace((step, Fetched(PAGE, AT), 1.0), sends(PAGE, "Miss")), color=False)

    assert "GET https://origin.example.test/v2/docs/" in fetch(protocol="https", port=443)
    assert "GET https://origin.example.test:8443/v2/docs/" in fetch(protocol="https", port=8443)
    step = a_fetch()
    s3 = Fetch(msgspec.structs.replace(step.request, origin=S3Origin(domain_name="b.s3.amazonaws.com")))
    text = render(a_trace((s3, Fetched(PAGE, AT), 1.0), sends(PAGE, "Miss")), color=False)
    assert "GET s3://b.s3.amazonaws.com/v2/docs/" in text


def test_a_warning_says_what_to_do() -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    violation = Violation(rule="LE-120", field="", message="Odd.", sentence="", hint="do this")
    trace = a_trace(
        (Invoke(a_function("auth"), event), returned(event.subject()), 0.5),
        (Warn(Hook.VIEWER_REQUEST, "auth", (violation,)), NOTED, 0.0),
        sends(PAGE, "Miss"),
    )
    assert "\n  no change\n  ! LE-120: Odd.\n    do this\n" in render(trace, color=False)


def test_a_null_is_told_from_nothing() -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    trace = a_trace(
        (Invoke(a_function("auth"), event), returned(event.subject() | {"uri": None}), 0.5), sends(PAGE, "Miss")
    )
    assert '\n  - uri: "/docs/"\n  + uri: null\n' in render(trace, color=False)


def test_a_flood_of_output_is_bounded() -> None:
    event = an_event(Hook.VIEWER_REQUEST)
    output = ("first\nsecond", "", *(f"line {n}" for n in range(30)))
    trace = a_trace(
        (Invoke(a_function("auth"), event), returned(event.subject(), output=output), 0.5), sends(PAGE, "Miss")
    )
    text = render(trace, color=False)
    assert "  | first\n  | second\n  | \n  | line 0\n" in text
    assert "  | line 17\n  | ... (12 more lines)\n" in text


@pytest.mark.parametrize(
    ("trace", "text"),
    [
        pytest.param(
            a_miss(),
            "GET /docs/?page=2 200 Miss 52.3 ms  viewer-request:auth 0.5 cold  origin-request:rewrite 0.2  "
            "origin:site 10.5  origin-response:tidy 0.1  viewer-response:secure 0.2",
            id="miss",
        ),
        pytest.param(a_hit(), "GET /docs/?page=2 200 Hit 0.7 ms  viewer-request:auth 0.5", id="hit"),
        pytest.param(
            a_validation_failure(),
            "GET /docs/?page=2 502 LambdaValidationError 1.0 ms  viewer-request:auth 0.5\n"
            "  viewer-request auth: LE-172 headers.connection: "
            "The function tried to add a header that is not allowed, headerName : Connection.",
            id="validation",
        ),
        pytest.param(
            a_fault(),
            "GET /docs/?page=2 503 LambdaExecutionError 2.2 ms  origin-request:rewrite 1.5\n"
            "  origin-request rewrite: LE-193: KeyError: 'host'",
            id="execution",
        ),
        pytest.param(
            an_unreachable_origin(),
            "GET /docs/?page=2 502 Error 3.2 ms  origin:site 3.0\n"
            "  origin-connect: CF-231: GET http://127.0.0.1:9000 (origin site): connection refused",
            id="origin",
        ),
        pytest.param(
            a_refusal(),
            "GET /docs/?page=2 403 Error 0.2 ms\n  method-not-allowed: CF-56: DELETE is not allowed by behavior *",
            id="refused",
        ),
    ],
)
def test_one_line_and_one_for_the_failure(trace: Trace, text: str) -> None:
    assert one_line(trace) == text


def test_colours_only_when_asked_for() -> None:
    assert "\x1b" not in render(a_validation_failure(), color=False) + one_line(a_validation_failure())
    text = render(a_miss(), color=True)
    assert '\x1b[32m  + headers.x-user: "ada"\x1b[0m' in text
    assert '\x1b[31m  - uri: "/docs/"\x1b[0m' in text
    assert "\x1b[1mviewer-request\x1b[0m" in text
    assert "\x1b[33m  ! LE-91" in text
    assert "\x1b[32m200 OK\x1b[0m" in text
    assert "\x1b[2morigin-request  rewrite  skipped" in render(a_hit(), color=True)
    assert "\x1b[31mviewer-request auth\x1b[0m: LE-172" in one_line(a_validation_failure(), color=True)
    assert " \x1b[31m502\x1b[0m " in one_line(a_validation_failure(), color=True)
    assert " \x1b[33m403\x1b[0m " in one_line(a_refusal(), color=True)


ATTACK = "\x1b]0;owned\x07\r\nfake \x9b31m \u202e \ud800"


def test_nothing_from_outside_commands_the_terminal() -> None:
    wire = "\x1b[31m\r\n"
    request = Request("GET", f"/{wire}", wire, Headers([("Host", wire), (f"X-{wire}", wire)]))
    event = an_event(Hook.VIEWER_REQUEST, request)
    failure = Failure(
        kind=FailureKind.EXECUTION,
        detail=ATTACK,
        field=ATTACK,
        value=ATTACK,
        hint=ATTACK,
        hook=event.hook,
        function=ATTACK,
    )
    fault = Invocation(Fault(FaultKind.ERROR, ATTACK, ATTACK, (ATTACK,)), Report(output=(ATTACK,)))
    trace = a_trace(
        (Invoke(a_function(ATTACK), event), returned({ATTACK: ATTACK}, output=(ATTACK,)), 0.5),
        (a_fetch(request), Fetched(PAGE, AT), 1.0),
        (Invoke(a_function(ATTACK), event), fault, 0.5),
        (Fail(failure), Answered(UNAVAILABLE), 0.0),
        sends(PAGE, "Error", Sent(1, complete=False, error=ATTACK)),
        request=request,
    )
    for text in (render(trace, color=False, verbose=True), one_line(trace)):
        assert all(character == "\n" or character.isprintable() for character in text)
        assert "\nfake" not in text


@given(st.text(), st.text())
def test_any_value_is_shown_on_one_line(name: str, value: str) -> None:
    event = an_event(Hook.VIEWER_REQUEST, REQUEST)
    result = event.subject() | {"extra": {name: value}}
    trace = a_trace((Invoke(a_function("auth"), event), returned(result), 0.5), sends(PAGE, "Miss"))
    lines = render(trace, color=False).split("\n")
    assert lines[4].startswith("  + extra: ")
    assert lines[5] == ""
    assert all(line.isprintable() for line in lines)
