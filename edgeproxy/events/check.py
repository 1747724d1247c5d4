"""What a violation is, what may be tolerated, and in which order checks decide (LE-222)."""

from __future__ import annotations

import enum

import msgspec

from edgeproxy.cloudfront.profile import Profile
from edgeproxy.function import Json


class Step(enum.IntEnum):
    """The order of checks; the first one that fails decides (LE-226 to LE-236)."""

    OBJECT = 226
    KIND = 227
    STATUS = 228
    HEADER_SHAPE = 229
    HEADER_SYNTAX = 230
    DISALLOWED = 231
    READ_ONLY = 232
    URI = 233
    ORIGIN = 234
    BODY = 235
    SIZE = 236


class Gravity(enum.Enum):
    """What a finding of a check means."""

    FATAL = "fatal"
    """There is nothing to go on with, strict or not."""
    STRICT = "strict"
    """A strict profile rejects the result; a lenient one warns and goes on."""
    WARNING = "warning"
    """The service accepts it; it rarely is what was meant."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a result can be wrong: a row of the table in `check_table`."""

    rule: str
    step: Step
    message: str
    """For the log, as LE-326 and LE-327 word it; `{name}` stands for a detail of the finding."""
    sentence: str = ""
    """For the error page (LE-211 to LE-220), with the same details; `""` in a row that only warns."""
    hint: str = ""
    """What to do about it."""
    gravity: Gravity = Gravity.FATAL
    open_point: str = ""
    """The setting of `uncertain` that decides: anything but `reject` tolerates the finding."""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with a function's result. It fails the request, or is a warning."""

    rule: str
    field: str
    """Path into the result, as `headers.connection`; `""` for the result itself."""
    value: str = ""
    """What was found there, shortened and printable."""
    message: str
    """The log line without its prefix (LE-326)."""
    sentence: str
    """The diagnostic sentence of the error page (section 5.3)."""
    hint: str = ""


_SHOWN = 100


def shown(value: Json) -> str:
    """A value for people: short, on one line, and free of characters that cannot be printed."""
    if isinstance(value, str):
        cut = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        return cut if cut.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in cut)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Python refuses to print an integer of some thousand digits.
        return str(value) if value.bit_length() <= 64 else "a huge number"
    if isinstance(value, float):
        return repr(value)
    return "a list" if isinstance(value, list) else "an object"


class Findings:
    """What the checks of one result found.

    :param profile: decides what is tolerated.
    """

    __slots__ = ("_rejecting", "_warnings", "profile")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._rejecting: list[tuple[Step, Violation]] = []
        self._warnings: list[Violation] = []

    def add(
        self, check: Check, field: str = "", value: Json = "", *, rule: str = "", hint: str = "", **details: str
    ) -> bool:
        """Note a finding. True when it is tolerated: a warning, and the caller goes on with a repair.

        :param rule: in place of the row's, where the row serves several rules.
        :param hint: in place of the row's.
        :param details: printable text for the row's wording; `value` is always among it.
        """
        text = shown(value)
        violation = Violation(
            rule=rule or check.rule,
            field=field,
            value=text,
            message=check.message.format(value=text, **details),
            sentence=check.sentence.format(value=text, **details),
            hint=hint or check.hint,
        )
        if self._tolerates(check):
            self._warnings.append(violation)
            return True
        self._rejecting.append((check.step, violation))
        return False

    def _tolerates(self, check: Check) -> bool:
        if check.gravity is Gravity.FATAL:
            return False
        if check.gravity is Gravity.WARNING or not self.profile.strict:
            return True
        return bool(check.open_point) and self.profile.choice(check.open_point) != "reject"

    @property
    def warnings(self) -> tuple[Violation, ...]:
        """What was found and tolerated, in the order of finding."""
        return tuple(self._warnings)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What makes the result unusable, the one that decides first (LE-222)."""
        if not self._rejecting:
            return ()
        return tuple(violation for _, violation in sorted(self._rejecting, key=_step))


def _step(found: tuple[Step, Violation]) -> Step:
    return found[0]
