"""Traces written out: what the readers are shown. Every value is a literal, so that a test can say the exact text."""

from __future__ import annotations

from typing import Any

from edgeproxy.cloudfront.cache_key import CacheKey
from edgeproxy.cloudfront.entry import Entry
from edgeproxy.cloudfront.failures import Failure, FailureKind, of_origin
from edgeproxy.cloudfront.freshness import Keep, Refuse
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin, EffectiveOrigin, OriginFailure, OriginFault, OriginRequest
from edgeproxy.events.check import Violation
from edgeproxy.events.encode import Event, EventConfig, GivenBody
from edgeproxy.function import Fault, FaultKind, Function, Invocation, Report, Returned
from edgeproxy.messages.body import EMPTY, Body, Stream, Whole
from edgeproxy.messages.headers import NO_HEADERS, Headers
from edgeproxy.messages.request import Request, Viewer
from edgeproxy.messages.response import Response
from edgeproxy.pipeline.flow import of_fault
from edgeproxy.pipeline.steps import (
    NOTED,
    Absent,
    Answered,
    Fail,
    Fetch,
    Fetched,
    Found,
    Invoke,
    LookUp,
    Outcome,
    Send,
    Sent,
    Skip,
    Step,
    Store,
    Storing,
    Warn,
)
from edgeproxy.pipeline.trace import Record, Trace

AT = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""
ID = "abcDEF_-0123456789=="
SECRET = "s3cr3t-of-the-origin"

VIEWER = Viewer(ip="203.0.113.7", port=50_000)
REQUEST = Request(
    "GET",
    "/docs/",
    "page=2",
    Headers([("Host", "www.example.test"), ("Cookie", "session=abcdef"), ("Accept", "*/*")]),
    viewer=VIEWER,
)
ORIGIN = CustomOrigin(domain_name="origin.example.test", path="/v2", custom_headers=Headers([("X-From-Edge", SECRET)]))
PAGE = Response(200, Headers([("Content-Type", "text/plain"), ("Cache-Control", "max-age=60")]), Whole(b"hello"))
UNAVAILABLE = Response(502, Headers([("Content-Type", "text/html")]), Whole(b"<HTML>"))


def a_key(request: Request = REQUEST) -> CacheKey:
    return CacheKey("d111111abcdef8.cloudfront.net", request.path, request.query)


def a_function(name: str, version: int = 1) -> Function:
    return Function(name=name, version=version, code="/functions", handler="index.handler")


def an_event(
    hook: Hook,
    request: Request = REQUEST,
    response: Response | None = None,
    origin: EffectiveOrigin = ORIGIN,
    body: GivenBody | None = None,
) -> Event:
    return Event(
        hook=hook,
        config=EventConfig("d111111abcdef8.cloudfront.net", "EDFDVBD6EXAMPLE", ID),
        request=request,
        origin=None if hook.at_viewer else origin,
        response=response,
        body=body,
    )


def header(name: str, value: str) -> list[dict[str, str]]:
    return [{"key": name, "value": value}]


def returned(value: Any, *, ms: float = 0.5, init: float | None = None, output: tuple[str, ...] = ()) -> Invocation:
    return Invocation(
        Returned(value),
        Report(request_id="6c0ee2b5", cold=init is not None, duration_ms=ms, init_ms=init or 0.0, output=output),
    )


def with_header(event: Event, name: str, value: str) -> Any:
    """What the event shows, with one more header: what a handler usually returns."""
    subject = event.subject()
    subject["headers"][name.lower()] = header(name, value)
    return subject


def a_fetch(request: Request = REQUEST) -> Fetch:
    headers = request.headers.with_line("X-From-Edge", SECRET)
    return Fetch(
        OriginRequest(
            origin_id="site", origin=ORIGIN, method=request.method, target="/v2/docs/?page=2", headers=headers
        )
    )


def a_trace(*steps: tuple[Step, Outcome, float], request: Request = REQUEST, trace_id: str = ID) -> Trace:
    """A trace of steps that follow each other; each with its milliseconds."""
    now = started = 100.0
    records = []
    for step, outcome, ms in steps:
        ended = now + ms / 1000
        records.append(Record(step, outcome, now, ended))
        now = ended
    return Trace(trace_id, request, "EDFDVBD6EXAMPLE", AT, started, tuple(records))


def sends(response: Response, result: str, sent: Sent | None = None) -> tuple[Step, Outcome, float]:
    final = response.headers.with_line("X-Cache", f"{result} from cloudfront")
    body = response.body
    size = body.length or 0
    return (
        Send(Response(response.status, final, body, response.reason), result),
        sent or Sent(size, complete=True),
        0.25,
    )


def a_miss() -> Trace:
    """Through four hooks to the origin; everything that goes well happens in it."""
    auth = an_event(Hook.VIEWER_REQUEST)
    rewrite = an_event(Hook.ORIGIN_REQUEST)
    rewritten = rewrite.subject() | {"uri": "/docs/index.html"}
    tidy = an_event(Hook.ORIGIN_RESPONSE, response=PAGE)
    tidied = tidy.subject()
    del tidied["headers"]["cache-control"]
    secure = an_event(Hook.VIEWER_RESPONSE, response=PAGE)
    mismatch = Violation(rule="LE-91", field="headers.x-frame", value="X", message="The key X is not it.", sentence="")
    return a_trace(
        (
            Invoke(a_function("auth", 7), auth),
            returned(with_header(auth, "X-User", "ada"), ms=0.5, init=35.0, output=("checking", "user\tada")),
            40.0,
        ),
        (LookUp(a_key()), Absent(AT), 0.0),
        (Invoke(a_function("rewrite"), rewrite), returned(rewritten, ms=0.25), 0.5),
        (a_fetch(), Fetched(PAGE, AT), 10.5),
        (Invoke(a_function("tidy"), tidy), returned(tidied, ms=0.125), 0.5),
        (Store(PAGE, Keep(60, rule="CF-155", reason="max-age=60"), a_key()), Storing(PAGE), 0.0),
        (Invoke(a_function("secure", 2), secure), returned(with_header(secure, "X-Frame", "DENY"), ms=0.25), 0.5),
        (Warn(Hook.VIEWER_RESPONSE, "secure", (mismatch,)), NOTED, 0.0),
        sends(PAGE, "Miss", Sent(5, complete=True, stored=True)),
    )


def a_hit() -> Trace:
    """Answered from the cache: the origin hooks are skipped."""
    auth = an_event(Hook.VIEWER_REQUEST)
    entry = Entry.of(PAGE, b"hello", AT - 12, 60)
    skipped = ((Hook.ORIGIN_REQUEST, "rewrite"), (Hook.ORIGIN_RESPONSE, "tidy"))
    return a_trace(
        (Invoke(a_function("auth", 7), auth), returned(auth.subject()), 0.5),
        (LookUp(a_key()), Found(entry, AT), 0.0),
        (Skip(skipped, "answered from the cache", "LE-9"), NOTED, 0.0),
        sends(PAGE, "Hit"),
    )


def a_validation_failure() -> Trace:
    """viewer-request returned a header that is not allowed."""
    auth = an_event(Hook.VIEWER_REQUEST)
    failure = Failure(
        kind=FailureKind.VALIDATION,
        detail="The function tried to add a header that is not allowed, headerName : Connection.",
        rule="LE-172",
        field="headers.connection",
        value="close",
        hint="no function may return this header: leave it out",
        hook=Hook.VIEWER_REQUEST,
        function="auth",
    )
    return a_trace(
        (Invoke(a_function("auth", 7), auth), returned(with_header(auth, "Connection", "close")), 0.5),
        (Fail(failure), Answered(UNAVAILABLE), 0.25),
        sends(UNAVAILABLE, "LambdaValidationError"),
    )


def a_fault(kind: FaultKind = FaultKind.ERROR, stack: tuple[str, ...] = ("  File index.py, line 3",)) -> Trace:
    """A function that gave no result, at origin-request."""
    function, event = a_function("rewrite"), an_event(Hook.ORIGIN_REQUEST)
    fault = Fault(kind, "KeyError", "'host'", stack)
    answer = Response(503, Headers([("Content-Type", "text/html")]), Whole(b"<HTML>"))
    failure = of_fault(fault, function, Hook.ORIGIN_REQUEST)
    return a_trace(
        (LookUp(a_key()), Absent(AT), 0.0),
        (Invoke(function, event), Invocation(fault, Report(duration_ms=1.5, output=("about to fail",))), 2.0),
        (Fail(failure), Answered(answer), 0.0),
        sends(answer, failure.row.result_type),
    )


def an_unreachable_origin() -> Trace:
    """Nobody listens where the origin should be."""
    refused = OriginFailure(OriginFault.CONNECT, "GET http://127.0.0.1:9000 (origin site): connection refused")
    return a_trace(
        (LookUp(a_key()), Absent(AT), 0.0),
        (a_fetch(), refused, 3.0),
        (Fail(of_origin(refused)), Answered(UNAVAILABLE), 0.0),
        sends(UNAVAILABLE, "Error"),
    )


def a_refusal(request: Request = REQUEST) -> Trace:
    """A request that no behaviour allows: no function ran."""
    failure = Failure(kind=FailureKind.METHOD_NOT_ALLOWED, detail="DELETE is not allowed by behavior *")
    answer = Response(403, NO_HEADERS, EMPTY)
    return a_trace((Fail(failure), Answered(answer), 0.0), sends(answer, "Error"), request=request)


def a_generated_response() -> Trace:
    """viewer-request answered by itself."""
    event = an_event(Hook.VIEWER_REQUEST)
    value = {"status": "302", "headers": {"location": header("Location", "/login")}}
    answer = Response(302, Headers([("Location", "/login")]))
    return a_trace(
        (Invoke(a_function("auth", 7), event), returned(value), 0.5),
        (
            Skip(((Hook.VIEWER_RESPONSE, "secure"),), "viewer-request generated the response", "LE-14"),
            NOTED,
            0.0,
        ),
        sends(answer, "LambdaGeneratedResponse"),
    )


def a_plain(
    response: Response = PAGE,
    request: Request = REQUEST,
    *,
    result: str = "Miss",
    sent: Sent | None = None,
    trace_id: str = ID,
) -> Trace:
    """From the origin, with no function and nothing stored."""
    return a_trace(
        (a_fetch(request), Fetched(response, AT), 10.0),
        (Store(response, Refuse(rule="CF-155", reason="no-store")), NOTED, 0.0),
        sends(response, result, sent),
        request=request,
        trace_id=trace_id,
    )


def a_stream(length: int | None = None) -> Body:
    return Stream((b"abc",), length)
