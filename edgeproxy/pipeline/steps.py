"""What the flow asks for, and what it is told. Steps are imperative, outcomes are what happened."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias, TypeVar

import msgspec

from edgeproxy.cloudfront.cache_key import CacheKey
from edgeproxy.cloudfront.entry import Entry
from edgeproxy.cloudfront.failures import Failure
from edgeproxy.cloudfront.freshness import Keep, Refuse
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import OriginFailure, OriginRequest
from edgeproxy.events.check import Violation
from edgeproxy.events.encode import Event
from edgeproxy.function import Function, Invocation
from edgeproxy.messages.body import Body
from edgeproxy.messages.response import Response


class ReadBody(msgspec.Struct, frozen=True):
    """Read the front of the viewer's body, as far as Include Body shows it (LE-65)."""

    body: Body
    limit: int
    """Bytes."""


class BodyRead(msgspec.Struct, frozen=True):
    """The front of the body."""

    data: bytes
    """At most `limit` bytes."""
    truncated: bool
    """There are more."""
    body: Body
    """The whole body again, the part that was read included."""


class BodyBroken(msgspec.Struct, frozen=True):
    """The viewer went away or broke its framing while sending."""

    message: str


class Invoke(msgspec.Struct, frozen=True):
    """Invoke a function with an event. The outcome is `function.Invocation`."""

    function: Function
    event: Event

    @property
    def hook(self) -> Hook:
        return self.event.hook


class LookUp(msgspec.Struct, frozen=True):
    """Look in the cache."""

    key: CacheKey


class Found(msgspec.Struct, frozen=True):
    """Something is stored under the key, fresh or not."""

    entry: Entry
    at: float
    """Epoch seconds: the flow judges freshness by it."""


class Absent(msgspec.Struct, frozen=True):
    """Nothing is stored under the key."""

    at: float
    """Epoch seconds."""


class Fetch(msgspec.Struct, frozen=True):
    """Send a request to an origin. The outcome is `Fetched`, or `OriginFailure` when there was no response."""

    request: OriginRequest


class Fetched(msgspec.Struct, frozen=True):
    """An origin answered."""

    response: Response
    at: float
    """Epoch seconds at which its headers were complete."""


class Store(msgspec.Struct, frozen=True):
    """Store a response while it is passed on, or record why it is not stored."""

    response: Response
    decision: Keep | Refuse
    key: CacheKey | None = None
    """None only with `Refuse`."""


class Storing(msgspec.Struct, frozen=True):
    """The response whose body is to be sent on: reading it to its end is what stores it."""

    response: Response


class Skip(msgspec.Struct, frozen=True):
    """Record functions that are attached but do not run for this request, and why."""

    functions: tuple[tuple[Hook, str], ...]
    """Hook and function name."""
    reason: str
    rule: str


class Warn(msgspec.Struct, frozen=True):
    """Record what a function did that CloudFront ignores, or refuses where the profile is lenient."""

    hook: Hook
    function: str
    violations: tuple[Violation, ...]


class Fail(msgspec.Struct, frozen=True):
    """Make the answer to a failure."""

    failure: Failure


class Answered(msgspec.Struct, frozen=True):
    """The response for a failure."""

    response: Response


class Send(msgspec.Struct, frozen=True):
    """Send the response to the viewer: the last step of every flow."""

    response: Response
    result: str
    """What `X-Cache` says before ` from cloudfront`."""


class Sent(msgspec.Struct, frozen=True):
    """How it ended."""

    size: int
    """Body bytes handed to the viewer."""
    complete: bool
    """False when the viewer went away, or the body broke off at its source."""
    stored: bool = False
    """The response, or the one it was made from, was put into the cache."""
    error: str = ""
    """Why it broke off."""


class Noted(msgspec.Struct, frozen=True):
    """The outcome of a step that only records."""


NOTED = Noted()

Step: TypeAlias = ReadBody | Invoke | LookUp | Fetch | Store | Skip | Warn | Fail | Send
Outcome: TypeAlias = (
    BodyRead | BodyBroken | Invocation | Found | Absent | Fetched | OriginFailure | Storing | Answered | Sent | Noted
)

T = TypeVar("T")
Flow: TypeAlias = Generator[Step, Outcome, T]
"""A generator that yields steps, is sent outcomes, and returns a T."""
