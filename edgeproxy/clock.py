"""The only source of time. Everything else is handed a `Clock`, so a test can hold time still and move it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, both in seconds."""

    def now(self) -> float:
        """Seconds since the epoch: for dates, ages and expiry."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary point that never go back: for durations and deadlines."""
        ...


class SystemClock:
    """The machine's clock."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


class ManualClock:
    """A clock that stands still until it is told to move.

    :param start: the epoch seconds of the first reading; the default is 2026-01-01T00:00:00Z.
    """

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._start = start
        self._elapsed = 0.0

    def now(self) -> float:
        return self._start + self._elapsed

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move both readings forward.

        :param seconds: how far; negative values are refused with `ValueError`, as time only goes one way here.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot go back: {seconds}")
        self._elapsed += seconds
