"""A Lambda function and one invocation of it: what the pipeline asks for and what a runtime answers.

No CloudFront here: an event goes in, JSON or a fault comes out.
"""

from __future__ import annotations

import enum
from typing import Any, Literal, Protocol, TypeAlias

import msgspec

Json: TypeAlias = Any
"""What `json.loads` can give: dict, list, str, int, float, bool or None."""


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered version of a function, as an association names it (LE-267)."""

    name: str
    runtime: str = ""
    """`python3.N` or `nodejsN.x`; empty means the proxy's own interpreter."""
    code: str
    """Absolute path of the folder with the code, or of a single file."""
    handler: str
    """`module.function`, as Lambda spells it."""
    timeout: float = 5.0
    """Seconds that one invocation may take."""
    memory_size: int = 128
    """MB (1,048,576 bytes)."""
    version: int = 1
    isolation: Literal["process", "inline"] = "inline"
    executable: str = ""
    """Path of the interpreter that runs it; empty means: found by `runtime`."""
    warm: int = 0
    """Environments started ahead of traffic."""
    max_concurrency: int | None = None
    """Invocations at one time before the next is throttled; None means no limit of its own."""
    credentials: str = "none"
    """`none`, or the AWS profile whose credentials the function sees."""

    @property
    def replica_name(self) -> str:
        """The name under which the function runs at the edge (LE-280, LE-288)."""
        return f"us-east-1.{self.name}"


class FaultKind(enum.Enum):
    """How an invocation failed; CloudFront answers each in its own way (LE-192 to LE-195)."""

    ERROR = "error"
    """The handler raised, or its module could not be loaded."""
    TIMEOUT = "timeout"
    EXIT = "exit"
    """The environment ended: exit, crash, or killed for its memory."""
    MARSHAL = "marshal"
    """The result is not serialisable, or larger than Lambda allows (LE-224, LE-225)."""
    NOT_JSON = "not-json"
    """The runtime sent something that is no JSON: `NaN`, or a result cut off (LE-308)."""
    THROTTLE = "throttle"
    """No environment was free and none may be started."""


class Fault(msgspec.Struct, frozen=True):
    """An invocation that gave no result: the runtime's error payload (LR-220)."""

    kind: FaultKind
    error_type: str
    """As the runtime names it: the exception's class, or `Runtime.…`."""
    message: str
    stack: tuple[str, ...] = ()
    """Items of `stackTrace`, outermost first."""


class Returned(msgspec.Struct, frozen=True):
    """The handler's result, as JSON. It shares no object with the handler (LE-300)."""

    value: Json


class Report(msgspec.Struct, frozen=True):
    """The facts of one invocation, whatever came of it (LE-328)."""

    request_id: str = ""
    """UUID of the invocation."""
    log_stream: str = ""
    cold: bool = False
    """True for the first invocation of an environment."""
    duration_ms: float = 0.0
    init_ms: float = 0.0
    """Duration of the init phase; 0 unless `cold`."""
    output: tuple[str, ...] = ()
    """What the function printed, a line each, in order."""


class Invocation(msgspec.Struct, frozen=True):
    """The answer to one invocation."""

    result: Returned | Fault
    report: Report = Report()


class EventSource(Protocol):
    """Where an invocation's event comes from."""

    def build(self) -> Json:
        """The event, new in every part: a handler may do what it likes with it (LE-300)."""
        ...

    def likely_result(self) -> Json:
        """What a handler that changes nothing returns, shared and not to be changed.

        A runtime may take the parts of a result that are equal to it from here, instead of copying them.
        """
        ...
