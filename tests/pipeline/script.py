"""A script for the flow: the steps that are expected, and what the flow is told.

    Script(serve(a_visit("/a", viewer_request="auth")))
        << invokes(Hook.VIEWER_REQUEST, "auth")
        >> returned({"status": "401"})
        << sends(401, "LambdaGeneratedResponse")

`<<` compares the step that the flow yielded, `>>` tells it the outcome. A step that only records may be left out of
the script: it is told `NOTED`. On a mismatch the whole way so far is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edgeproxy.cloudfront.distribution import Association, Behavior, Distribution
from edgeproxy.cloudfront.entry import Entry
from edgeproxy.cloudfront.failures import FailureKind
from edgeproxy.cloudfront.freshness import Keep, Refuse
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.policies import CachePolicy, OriginRequestPolicy, cache_policy, origin_request_policy
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.cloudfront.viewer_response import EdgeIdentity
from edgeproxy.function import Fault, FaultKind, Function, Invocation, Returned
from edgeproxy.messages.body import EMPTY, Body, Whole, read
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request, Viewer
from edgeproxy.messages.response import Response
from edgeproxy.pipeline.flow import Visit
from edgeproxy.pipeline.steps import (
    NOTED,
    Absent,
    Answered,
    Fail,
    Fetch,
    Fetched,
    Flow,
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

AT = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""

Expectation = Callable[[Step], object]
"""Raises AssertionError when the step is another one."""
Answer = Callable[[Step], Outcome]


class Script:
    """Drives a flow step by step."""

    def __init__(self, flow: Flow[None]) -> None:
        self._flow = flow
        self._way: list[str] = []
        self.step: Step | None = next(flow)

    def __lshift__(self, expectation: Expectation) -> Script:
        while isinstance(self.step, Skip | Warn) and not getattr(expectation, "of_a_note", False):
            self._tell(NOTED)
        assert self.step is not None, self._told("the flow has ended")
        try:
            expectation(self.step)
        except AssertionError as error:
            raise AssertionError(self._told(str(error))) from None
        self._way.append(f"<< {brief(self.step)}")
        return self

    def __rshift__(self, answer: Answer | Outcome) -> Script:
        assert self.step is not None, self._told("the flow has ended")
        self._tell(answer(self.step) if callable(answer) else answer)
        return self

    def ends(self) -> None:
        """The last step was `Send`, and nothing comes after it."""
        assert isinstance(self.step, Send), self._told(f"not at the end: {brief(self.step)}")
        self._tell(Sent(0, complete=True))
        assert self.step is None, self._told(f"goes on after Send: {brief(self.step)}")

    def _tell(self, outcome: Outcome) -> None:
        self._way.append(f">> {brief(outcome)}")
        try:
            self.step = self._flow.send(outcome)
        except StopIteration:
            self.step = None

    def _told(self, message: str) -> str:
        return "\n".join([message, "the way so far:", *self._way, f"-> {brief(self.step)}"])


def brief(value: object) -> str:
    text = repr(value)
    return text if len(text) < 300 else text[:300] + "…"


# --- what is expected -----------------------------------------------------------------------------------------------


def invokes(hook: Hook, function: str) -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, Invoke), f"expected {hook.value} of {function}"
        assert (step.hook, step.function.name) == (hook, function)

    return check


def looks_up(path: str | None = None) -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, LookUp), "expected a look-up"
        assert path is None or step.key.path == path

    return check


def fetches(target: str, *, headers: Mapping[str, str | None] | None = None, method: str = "GET") -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, Fetch), "expected a fetch"
        assert (step.request.method, step.request.target) == (method, target)
        for name, value in (headers or {}).items():
            assert step.request.headers.joined(name) == value, f"{name}: {step.request.headers!r}"

    return check


def stores(*, ttl: float | None = None) -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, Store), "expected a store"
        assert isinstance(step.decision, Keep), f"not kept: {step.decision}"
        assert ttl is None or step.decision.ttl == ttl

    return check


def stores_nothing(rule: str = "") -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, Store), "expected a refusal to store"
        assert isinstance(step.decision, Refuse), f"kept: {step.decision}"
        assert rule in ("", step.decision.rule), step.decision

    return check


def reads_body(limit: int) -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, ReadBody), "expected a look at the body"
        assert step.limit == limit

    return check


def skips(*hooks: Hook, rule: str) -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, Skip), f"expected {hooks} to be skipped"
        assert (tuple(hook for hook, _ in step.functions), step.rule) == (hooks, rule)

    check.of_a_note = True  # type: ignore[attr-defined]  # a mark for Script, which passes over notes
    return check


def fails(kind: FailureKind, *, rule: str = "", hook: Hook | None = None, field: str = "") -> Expectation:
    def check(step: Step) -> None:
        assert isinstance(step, Fail), f"expected to fail with {kind}"
        assert step.failure.kind is kind, step.failure
        assert rule in ("", step.failure.rule), step.failure
        assert hook in (None, step.failure.hook), step.failure
        assert field in ("", step.failure.field), step.failure

    return check


def sends(status: int, result: str, *, headers: Mapping[str, str | None] | None = None, body: bytes | None = None) -> (
    Expectation
):  # fmt: skip
    def check(step: Step) -> None:
        assert isinstance(step, Send), f"expected to send {status}"
        assert (step.response.status, step.result) == (status, result)
        assert step.response.headers.get("x-cache") == f"{result} from cloudfront"
        for name, value in (headers or {}).items():
            assert step.response.headers.joined(name) == value, f"{name}: {step.response.headers!r}"
        assert body is None or read(step.response.body) == body

    return check


# --- what the flow is told ------------------------------------------------------------------------------------------


def returned(value: object) -> Answer:
    """The function's result; a callable is given the part of the event that a handler should return."""

    def answer(step: Step) -> Outcome:
        assert isinstance(step, Invoke)
        return Invocation(Returned(value(step.event.subject()) if callable(value) else value))

    return answer


unchanged = returned(lambda subject: subject)


def changed(**fields: Any) -> Answer:
    """The request or response with some of its fields replaced."""
    return returned(lambda subject: {**subject, **fields})


def with_header(name: str, value: str) -> Answer:
    """The request or response with one more header."""

    def edit(subject: dict[str, Any]) -> dict[str, Any]:
        return {**subject, "headers": {**subject["headers"], name.lower(): [{"key": name, "value": value}]}}

    return returned(edit)


def failed(kind: FaultKind = FaultKind.ERROR, error_type: str = "ValueError", message: str = "no") -> Invocation:
    return Invocation(Fault(kind, error_type, message))


def answered(status: int = 200, body: bytes | Body = b"hi", /, **headers: str) -> Fetched:
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Fetched(Response(status, Headers(lines), Whole(body) if isinstance(body, bytes) else body), AT)


absent = Absent(AT)


def found(status: int = 200, body: bytes = b"stored", *, age: int = 5, fresh_for: int = 60, **headers: str) -> Found:
    lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
    entry = Entry(
        status=status,
        reason="",
        headers=Headers(lines),
        body=body,
        stored_at=AT - age,
        expires_at=AT + fresh_for,
    )
    return Found(entry, AT)


def begun(step: Step) -> Outcome:
    """The store has begun."""
    assert isinstance(step, Store)
    return Storing(step.response)


def a_page(step: Step) -> Outcome:
    """The page for a failure."""
    assert isinstance(step, Fail)
    return Answered(Response(step.failure.row.status, Headers([("Content-Type", "text/html")]), Whole(b"page")))


# --- what is served -------------------------------------------------------------------------------------------------

SITE = Origin(id="site", domain_name="origin.example.test", protocol_policy="http-only", path="/v2")


def managed_cache_policy(name: str) -> CachePolicy:
    policy = cache_policy(name)
    assert policy is not None
    return policy


def managed_origin_request_policy(name: str) -> OriginRequestPolicy:
    policy = origin_request_policy(name)
    assert policy is not None
    return policy


def a_behavior(*, origin: Origin = SITE, include_body: tuple[str, ...] = (), **options: Any) -> Behavior:
    """A behaviour; `viewer_request="auth"` and so on attach functions."""
    functions = {
        hook: Association(
            Function(name=name, code="/code", handler="index.handler"), hook.value.replace("-", "_") in include_body
        )
        for hook in Hook
        if (name := options.pop(hook.value.replace("-", "_"), None))
    }
    settings: dict[str, Any] = {
        "path_pattern": "*",
        "cache_policy": managed_cache_policy("UseOriginCacheControlHeaders-QueryStrings"),
        "origin_request_policy": managed_origin_request_policy("AllViewerExceptHostHeader"),
        "allowed_methods": frozenset({"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"}),
    }
    return Behavior(origin=origin, functions=functions, **{**settings, **options})


def a_distribution(behavior: Behavior | None = None, **options: Any) -> Distribution:
    default = behavior or a_behavior()
    return Distribution(default_behavior=default, origins={default.origin.id: default.origin}, **options)


def a_request(
    path: str = "/a",
    query: str = "",
    *,
    method: str = "GET",
    body: bytes | Body | None = None,
    viewer: Viewer | None = None,
    **headers: str,
) -> Request:
    lines = [("Host", "www.example.test"), *((name.replace("_", "-"), value) for name, value in headers.items())]
    if isinstance(body, bytes):
        lines.append(("Content-Length", str(len(body))))
        body = Whole(body)
    return Request(method, path, query, Headers(lines), body or EMPTY, viewer or Viewer("198.51.100.23", 50_000))


def a_visit(
    request: Request | str = "/a",
    *,
    distribution: Distribution | None = None,
    profile: Profile = LATEST,
    **behavior: Any,
) -> Visit:
    return Visit(
        request_id="kQ3vZb0n5Xw1m9LrT7aYcD2eFgH4iJ6kOpQsUuVx8zB_y0AaBbCcDw==",
        request=a_request(request) if isinstance(request, str) else request,
        distribution=distribution or a_distribution(a_behavior(**behavior)),
        identity=EdgeIdentity("LCL50-C1", "0123456789abcdef0123456789abcdef.cloudfront.net"),
        at=AT,
        profile=profile,
    )
