"""What happened to one request: its steps with their outcomes. Everything that reports only reads this."""

from __future__ import annotations

import msgspec

from edgeproxy.cloudfront.failures import Failure
from edgeproxy.cloudfront.freshness import Refuse
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from edgeproxy.pipeline.steps import Absent, Fail, Fetch, Found, LookUp, Outcome, Send, Sent, Step, Store, Storing


class Record(msgspec.Struct, frozen=True):
    """One step."""

    step: Step
    outcome: Outcome
    started: float
    """Seconds on the monotonic clock."""
    ended: float


class CacheDecision(msgspec.Struct, frozen=True):
    """What the cache had to do with the request, in words."""

    result: str
    """What `X-Cache` says: `Hit`, `Miss`, `Error`, `LambdaGeneratedResponse`, …"""
    reason: str
    rule: str


class Trace(msgspec.Struct, frozen=True):
    """The story of one request."""

    id: str
    """The request id: `X-Amz-Cf-Id`."""
    request: Request
    """As the viewer sent it. Its body has been used up."""
    distribution_id: str
    at: float
    """Epoch seconds at which the request arrived."""
    started: float
    """Seconds on the monotonic clock at which it arrived."""
    records: tuple[Record, ...]

    @property
    def response(self) -> Response:
        """What the viewer was sent; its body has been used up."""
        return self._last().response

    @property
    def result(self) -> str:
        """What `X-Cache` says before ` from cloudfront`."""
        return self._last().result

    @property
    def sent(self) -> Sent | None:
        """How sending ended; None while it goes on."""
        outcome = self.records[-1].outcome
        return outcome if isinstance(outcome, Sent) else None

    @property
    def failure(self) -> Failure | None:
        """What the edge answered with an error of its own, or None."""
        return next((record.step.failure for record in self.records if isinstance(record.step, Fail)), None)

    @property
    def cache(self) -> str:
        """The cache's part in one word: the same as `result`."""
        return self.result

    @property
    def cache_decision(self) -> CacheDecision:
        """Why it was a hit, a miss, or not stored."""
        reason, rule = "the cache was not asked", "CF-149"
        for record in self.records:
            step, outcome = record.step, record.outcome
            if isinstance(step, LookUp):
                reason, rule = _looked_up(outcome)
            elif isinstance(step, Store):
                told, rule = _stored(step, outcome)
                reason = f"{reason}; {told}"
        return CacheDecision(self.result, reason, rule)

    @property
    def reached_origin(self) -> bool:
        """Whether an origin was asked."""
        return any(isinstance(record.step, Fetch) for record in self.records)

    @property
    def duration(self) -> float:
        """Seconds from the request's arrival to the last byte."""
        return self.records[-1].ended - self.started

    def _last(self) -> Send:
        step = self.records[-1].step
        assert isinstance(step, Send), "every flow ends with Send"
        return step


def _stored(step: Store, outcome: Outcome) -> tuple[str, str]:
    if isinstance(step.decision, Refuse):
        return f"not stored: {step.decision.reason}", step.decision.rule
    if not isinstance(outcome, Storing):
        return "not stored: larger than cache.max_object_bytes", step.decision.rule
    return f"stored for {step.decision.ttl:.0f} s: {step.decision.reason}", step.decision.rule


def _looked_up(outcome: Outcome) -> tuple[str, str]:
    if isinstance(outcome, Found):
        if outcome.entry.is_fresh(outcome.at):
            left = outcome.entry.expires_at - outcome.at
            return f"stored {outcome.entry.age(outcome.at)} s ago, fresh for {left:.0f} s more", "CF-298"
        return f"the stored response expired {outcome.at - outcome.entry.expires_at:.0f} s ago", "CF-165"
    assert isinstance(outcome, Absent)
    return "nothing is stored under its key", "CF-299"
