"""Findings with their lines, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from edgeproxy.config.document import Document, KeyPath
from edgeproxy.errors import Problem


class Report:
    """Collects what is wrong and what is worth knowing.

    :param file: as it is shown; `""` when there is none.
    :param document: for the lines.
    """

    def __init__(self, file: str, document: Document) -> None:
        self._file = file
        self._lines: Mapping[KeyPath, int] = document.lines
        self._problems: list[Problem] = []
        self._warnings: list[Problem] = []
        self._settled: frozenset[KeyPath] = frozenset()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Mistakes, in the order of the file, each once."""
        return _in_order(self._problems)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is allowed and worth knowing, in the order of the file."""
        return _in_order(self._warnings)

    def settle(self, paths: Iterable[KeyPath]) -> None:
        """What stands at these paths is no longer what the user wrote: findings there are dropped from now on."""
        self._settled = self._settled.union(paths)

    def is_settled(self, path: KeyPath) -> bool:
        """Whether enough was said about a path, or about what holds it."""
        return any(path[:length] in self._settled for length in range(len(path) + 1))

    def is_partly_settled(self, path: KeyPath) -> bool:
        """Whether something under a path is no longer what the user wrote."""
        return any(settled[: len(path)] == path for settled in self._settled)

    def problem(self, path: KeyPath, message: str, *, hint: str = "", rule: str = "", line: int = 0) -> None:
        """Note a mistake. `path` may name a key that is missing: then the line is that of what should hold it."""
        if not self.is_settled(path):
            self._problems.append(Problem(message, self._file, line or self._line(path), dotted(path), hint, rule))

    def warning(self, path: KeyPath, message: str, *, hint: str = "", rule: str = "") -> None:
        """Note what the user should know, and may leave as it is."""
        if not self.is_settled(path):
            self._warnings.append(Problem(message, self._file, self._line(path), dotted(path), hint, rule))

    def _line(self, path: KeyPath) -> int:
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 0)


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line))


def dotted(path: KeyPath) -> str:
    """A key path as it is shown: `distribution.cache_behaviors[0].functions`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def nearest_one(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or `""`. CloudFront's `CamelCase` finds the snake_case."""
    names = sorted(known)
    lowered = {name.lower(): name for name in reversed(names)}
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower()
    for spelling in (word.lower(), snake, snake.replace("-", "_")):
        if found := get_close_matches(spelling, lowered, n=1, cutoff=0.65):
            return lowered[found[0]]
    return ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The hint for a word that is not among the known ones: the nearest of them, else all (if they are few)."""
    names = sorted(known)
    if not names:
        return ""
    if found := nearest_one(word, names):
        return f"did you mean `{found}`?"
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"one of: {shown}"
