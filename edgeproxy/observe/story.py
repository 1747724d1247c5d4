"""A trace as plain values, secrets masked: what JSON, terminal and pages show."""

from __future__ import annotations

import msgspec

from edgeproxy.function import Json

HeaderLines = tuple[tuple[str, str], ...]


class Changed(msgspec.Struct, frozen=True):
    """One difference between what a function saw and what it returned."""

    path: str
    """As `headers.x-a`, or `origin.custom.domainName`."""
    before: Json
    """`MISSING` of `events.diff` when there was nothing."""
    after: Json
    """The same when there is nothing now."""


class Warned(msgspec.Struct, frozen=True):
    """Something that CloudFront ignores, or refuses where the profile is lenient."""

    rule: str
    field: str
    message: str
    hint: str


class Failed(msgspec.Struct, frozen=True, rename={"kind": "class"}):
    """Why the edge answered with an error of its own."""

    kind: str
    """`validation`, `execution`, `limit`, `timeout` (LE-192 to LE-195), or another `FailureKind`."""
    rule: str
    field: str
    value: str
    message: str
    hint: str
    hook: str | None
    function: str | None
    error_type: str
    """The runtime's error type, of a function that gave no result."""
    stack: tuple[str, ...]
    status: int
    """What the viewer was answered."""
    result_type: str


class StepStory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step. The fields without a default are in the JSON of every step."""

    step: str
    """`ReadBody`, `Invoke`, `LookUp`, `Fetch`, `Store`, `Skip`, `Fail` or `Send`."""
    hook: str | None
    function: str | None
    version: int | None
    cold: bool | None
    started_ms: float
    """Since the request arrived."""
    duration_ms: float
    outcome: str
    """`Invoke`: `request` or `response`, what the function returned; `invalid` when it cannot be used; else how the
    invocation failed. `LookUp`: `fresh`, `stale`, `absent`. `Fetch`: the status, or how the origin failed. `Store`:
    `storing`, `too large`, `refused`. `Send`: `complete`, `broken`, `sending`. `ReadBody`: `read`, `broken`. `Skip`:
    `skipped`. `Fail`: `answered`."""
    diff: tuple[Changed, ...]
    failure: Failed | None
    logs: tuple[str, ...]
    """What the function printed, a line each."""

    handler_ms: float | None = None
    """`Invoke`: the handler alone."""
    init_ms: float | None = None
    """`Invoke`: the init phase of a cold start."""
    invocation_id: str = ""
    warnings: tuple[Warned, ...] = ()
    event: Json = None
    """`Invoke`: the part of the event that the function may change; only when asked for."""
    reason: str = ""
    """`Skip`, `Store`, `ReadBody`: why, in words."""
    rule: str = ""
    origin: str = ""
    """`Fetch`: id of the configured origin."""
    target: str = ""
    """`Fetch`: method, address and path that the origin was asked for."""
    sent_headers: HeaderLines = ()
    """`Fetch`: the request's."""
    received_headers: HeaderLines = ()
    """`Fetch`: the response's."""


class RequestStory(msgspec.Struct, frozen=True):
    """The request as the viewer sent it."""

    method: str
    target: str
    """Path and query."""
    headers: HeaderLines
    ip: str
    scheme: str
    http_version: str


class ResponseStory(msgspec.Struct, frozen=True):
    """The response as the viewer was sent it."""

    status: int
    reason: str
    headers: HeaderLines


class CacheStory(msgspec.Struct, frozen=True):
    """The cache's part, and why."""

    result: str
    reason: str
    rule: str


class SentStory(msgspec.Struct, frozen=True):
    """How sending ended."""

    size: int
    """Body bytes."""
    complete: bool
    stored: bool
    error: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One request from beginning to end."""

    id: str
    at: float
    """Epoch seconds."""
    distribution: str
    duration_ms: float
    request: RequestStory
    response: ResponseStory
    cache: CacheStory
    steps: tuple[StepStory, ...]
    failure: Failed | None
    sent: SentStory | None
    """None while it goes on."""
