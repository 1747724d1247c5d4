"""Path patterns (CF-40 to CF-51)."""

from __future__ import annotations

from collections.abc import Iterable


class PatternIndex:
    """Placeholder that the module's author replaces."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(patterns)

    def match(self, path: str) -> int | None:
        """Index of the first pattern that matches a raw path, or None."""
        return None
