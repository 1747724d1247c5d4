"""What can go wrong, told apart by whose mistake it is.

    EdgeProxyError
    |-- ConfigError        the user's mistake: everything wrong with a configuration, each with file, line and key
    |-- BodyError          a body that stopped before its end
    |   |-- OriginBodyError    the origin's: closed early, broke its framing, or fell silent
    |   `-- ViewerBodyError    the viewer's: it went away, or broke its framing, while sending
    `-- InternalError      our own bug: never the answer to input from outside

A function's failure and an origin that cannot be reached are not exceptions: they are outcomes that the pipeline is
told (`function.Fault`, `cloudfront.origin.OriginFailure`), because CloudFront has an answer for each of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class EdgeProxyError(Exception):
    """Base of every exception that this package raises on purpose."""


class Problem(msgspec.Struct, frozen=True):
    """One mistake in a configuration."""

    message: str
    """What was found and what was expected, in one sentence."""
    file: str = ""
    line: int = 0
    """1-based; 0 when the mistake has no line, as for a command-line option."""
    key: str = ""
    """Path of the key, as `distribution.origins.site.url`."""
    hint: str = ""
    """The nearest right spelling, or what to do."""
    rule: str = ""
    """The numbered rule that the configuration breaks, when there is one."""

    def __str__(self) -> str:
        place = ":".join(part for part in (self.file, str(self.line or "")) if part)
        text = ": ".join(part for part in (place, self.key, self.message) if part)
        text += f" [{self.rule}]" if self.rule else ""
        return f"{text} ({self.hint})" if self.hint else text


class ConfigError(EdgeProxyError):
    """The configuration cannot be used. `problems` has every mistake that was found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class BodyError(EdgeProxyError):
    """A body ended before it was complete; what came so far must never be taken for the whole."""


class OriginBodyError(BodyError):
    """The origin's body broke off (CF-193, CF-235)."""


class ViewerBodyError(BodyError):
    """The viewer's body broke off: nothing of it may reach an origin as complete."""


class InternalError(EdgeProxyError):
    """A state that the code promises never to reach."""
