"""From a trace to its story: made when somebody looks, not before."""

from __future__ import annotations

from typing import assert_never

import msgspec

from edgeproxy.cloudfront.failures import Failure
from edgeproxy.cloudfront.freshness import Refuse
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin, OriginFailure, OriginRequest
from edgeproxy.events.check import Violation
from edgeproxy.events.diff import diff
from edgeproxy.function import Fault, Invocation, Json, Returned
from edgeproxy.messages.text import to_text
from edgeproxy.observe.blame import blame
from edgeproxy.observe.secrets import Secrets
from edgeproxy.observe.story import (
    CacheStory,
    Changed,
    Failed,
    HeaderLines,
    RequestStory,
    ResponseStory,
    SentStory,
    StepStory,
    Story,
    Warned,
)
from edgeproxy.pipeline.steps import (
    BodyBroken,
    BodyRead,
    Fail,
    Fetch,
    Fetched,
    Found,
    Invoke,
    LookUp,
    ReadBody,
    Send,
    Sent,
    Skip,
    Store,
    Storing,
    Warn,
)
from edgeproxy.pipeline.trace import Record, Trace


def tell(trace: Trace, *, reveal: bool = False, events: bool = False) -> Story:
    """The story of a trace.

    :param reveal: show the viewer's `Authorization`, `Cookie` and `Set-Cookie`.
    :param events: with the event of each function.
    """
    secrets = Secrets(trace, reveal=reveal)
    request, response, decision, sent = trace.request, trace.response, trace.cache_decision, trace.sent
    return Story(
        id=trace.id,
        at=trace.at,
        distribution=trace.distribution_id,
        duration_ms=_ms(trace.duration),
        request=RequestStory(
            request.method,
            to_text(request.target),
            secrets.lines(request.headers),
            request.viewer.ip,
            request.viewer.scheme,
            request.viewer.http_version,
        ),
        response=ResponseStory(response.status, to_text(response.phrase), secrets.lines(response.headers)),
        cache=CacheStory(decision.result, decision.reason, decision.rule),
        steps=_Teller(trace, secrets, events).steps(),
        failure=failed(trace.failure, secrets, _stack(trace)) if trace.failure else None,
        sent=SentStory(sent.size, sent.complete, sent.stored, secrets.text(sent.error)) if sent else None,
    )


def failed(failure: Failure, secrets: Secrets, stack: tuple[str, ...] = ()) -> Failed:
    """A failure as plain values."""
    value = failure.value
    return Failed(
        kind=failure.kind.value,
        rule=failure.rule or failure.row.rule,
        field=failure.field,
        value=secrets.part(value, failure.field),
        message=secrets.message(failure.detail, failure.field, value),
        hint=secrets.text(failure.hint),
        hook=failure.hook.value if failure.hook else None,
        function=failure.function or None,
        error_type=failure.error_type,
        stack=tuple(secrets.text(line) for line in stack),
        status=failure.row.status,
        result_type=failure.row.result_type,
    )


class _Teller:
    """Goes over the records; what a `Fail` or `Warn` says belongs to the step before it."""

    def __init__(self, trace: Trace, secrets: Secrets, events: bool) -> None:
        self._started = trace.started
        self._records = trace.records
        self._secrets = secrets
        self._events = events

    def steps(self) -> tuple[StepStory, ...]:
        told: list[StepStory] = []
        for index, record in enumerate(self._records):
            told += self._tell(index, record)
        return tuple(told)

    def _tell(self, index: int, record: Record) -> list[StepStory]:
        step, outcome = record.step, record.outcome
        plain = self._plain(record)
        match step:
            case Invoke():
                return [self._invoked(step, plain, index)]
            case Fetch():
                return [self._fetched(step, plain, index)]
            case ReadBody():
                told = "read" if isinstance(outcome, BodyRead) else "broken"
                reason = self._secrets.text(outcome.message) if isinstance(outcome, BodyBroken) else ""
                return [msgspec.structs.replace(plain, outcome=told, reason=reason, failure=self._failure_after(index))]
            case LookUp():
                fresh = isinstance(outcome, Found) and outcome.entry.is_fresh(outcome.at)
                told = "fresh" if fresh else "stale" if isinstance(outcome, Found) else "absent"
                return [msgspec.structs.replace(plain, outcome=told)]
            case Store():
                decision = step.decision
                told = "refused" if isinstance(decision, Refuse) else "too large"
                told = "storing" if isinstance(outcome, Storing) else told
                return [msgspec.structs.replace(plain, outcome=told, reason=decision.reason, rule=decision.rule)]
            case Skip():
                return [
                    msgspec.structs.replace(
                        plain, hook=hook.value, function=name, outcome="skipped", reason=step.reason, rule=step.rule
                    )
                    for hook, name in step.functions
                ]
            case Warn():
                return []
            case Fail() if blame(self._records, index - 1) is not None:
                return []
            case Fail():
                return [msgspec.structs.replace(plain, outcome="answered", failure=failed(step.failure, self._secrets))]
            case Send():
                ended = outcome if isinstance(outcome, Sent) else None
                told = "sending" if ended is None else "complete" if ended.complete else "broken"
                return [msgspec.structs.replace(plain, outcome=told)]
            case _:
                assert_never(step)

    def _plain(self, record: Record) -> StepStory:
        return StepStory(
            step=type(record.step).__name__,
            hook=None,
            function=None,
            version=None,
            cold=None,
            started_ms=_ms(record.started - self._started),
            duration_ms=_ms(record.ended - record.started),
            outcome="",
            diff=(),
            failure=None,
            logs=(),
        )

    def _invoked(self, step: Invoke, plain: StepStory, index: int) -> StepStory:
        secrets = self._secrets
        invocation = self._records[index].outcome
        assert isinstance(invocation, Invocation)
        result, report = invocation.result, invocation.report
        failure = self._failure_after(index)
        changes: tuple[Changed, ...] = ()
        if isinstance(result, Fault):
            outcome = result.kind.value
        else:
            changes = self._changes(step, result.value)
            answered = not step.hook.on_request or _is_response(result)
            outcome = "invalid" if failure else "response" if answered else "request"
        return msgspec.structs.replace(
            plain,
            hook=step.hook.value,
            function=step.function.name,
            version=step.function.version,
            cold=report.cold,
            outcome=outcome,
            diff=changes,
            failure=failure,
            logs=tuple(secrets.text(line) for line in report.output),
            handler_ms=round(report.duration_ms, 3),
            init_ms=round(report.init_ms, 3) if report.cold else None,
            invocation_id=report.request_id,
            warnings=self._warnings_after(index, step.hook),
            event=secrets.part(step.event.subject()) if self._events else None,
        )

    def _changes(self, step: Invoke, value: Json) -> tuple[Changed, ...]:
        """What the function changed; of a response that it made, all of it."""
        if not isinstance(value, dict):
            return ()
        given: Json = step.event.subject()
        if step.hook.on_request and "status" in value:
            given = {"headers": {}} if isinstance(value.get("headers"), dict) else {}
        part = self._secrets.part
        return tuple(
            Changed(change.path, part(change.before, change.path), part(change.after, change.path))
            for change in diff(given, value)
        )

    def _fetched(self, step: Fetch, plain: StepStory, index: int) -> StepStory:
        outcome = self._records[index].outcome
        received: HeaderLines = ()
        if isinstance(outcome, OriginFailure):
            told = outcome.fault.value
        else:
            assert isinstance(outcome, Fetched)
            told = str(outcome.response.status)
            received = self._secrets.lines(outcome.response.headers)
        return msgspec.structs.replace(
            plain,
            outcome=told,
            failure=self._failure_after(index),
            origin=step.request.origin_id,
            target=f"{step.request.method} {_address(step.request)}{to_text(step.request.target)}",
            sent_headers=self._secrets.lines(step.request.headers, to_origin=True),
            received_headers=received,
        )

    def _failure_after(self, index: int) -> Failed | None:
        """The failure that the step ended in."""
        failure = blame(self._records, index)
        return None if failure is None else failed(failure, self._secrets, _stack_of(self._records[index]))

    def _warnings_after(self, index: int, hook: Hook) -> tuple[Warned, ...]:
        step = self._records[index + 1].step
        if not isinstance(step, Warn) or step.hook is not hook:
            return ()
        return tuple(self._warned(violation) for violation in step.violations)

    def _warned(self, violation: Violation) -> Warned:
        message = self._secrets.message(violation.message, violation.field, violation.value)
        return Warned(violation.rule, violation.field, message, self._secrets.text(violation.hint))


def _is_response(result: Returned) -> bool:
    return isinstance(result.value, dict) and "status" in result.value


def _stack(trace: Trace) -> tuple[str, ...]:
    """The stack of the function that failed last; only then is there one."""
    return next((stack for record in reversed(trace.records) if (stack := _stack_of(record))), ())


def _stack_of(record: Record) -> tuple[str, ...]:
    result = record.outcome.result if isinstance(record.outcome, Invocation) else None
    return result.stack if isinstance(result, Fault) else ()


def _address(request: OriginRequest) -> str:
    """Scheme, name and port of the origin as CloudFront names it."""
    origin = request.origin
    if not isinstance(origin, CustomOrigin):
        return f"s3://{origin.domain_name}"
    usual = 443 if origin.protocol == "https" else 80
    port = "" if origin.port == usual else f":{origin.port}"
    return f"{origin.protocol}://{origin.domain_name}{port}"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
