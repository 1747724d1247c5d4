"""Header fields in order, with their original spelling, looked up without regard to case."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

Line: TypeAlias = tuple[str, str]
"""One header line: the name as spelled, and the value; both are wire strings (an octet per character)."""

T = TypeVar("T")


class Headers:
    """An immutable list of header lines.

    :param lines: pairs of name and value. They are taken as they are: whoever reads them from outside checks them
        there (`cloudfront.header_rules` has the checks).
    """

    __slots__ = ("_by_name", "_derived", "_lines")

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines = tuple(lines)
        self._by_name: dict[str, tuple[Line, ...]] | None = None
        self._derived: dict[Callable[[Headers], Any], Any] | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines, in order."""
        return self._lines

    @property
    def by_name(self) -> dict[str, tuple[Line, ...]]:
        """Lower-case name -> its lines, in the order of each name's first line. Made once; not to be changed."""
        index = self._by_name
        if index is None:
            index = {}
            repeated: dict[str, list[Line]] = {}  # apart, so that a thousand lines of one name cost a thousand steps
            for line in self._lines:
                name = line[0].lower()
                if name in index:
                    repeated.setdefault(name, [index[name][0]]).append(line)
                else:
                    index[name] = (line,)
            for name, lines in repeated.items():
                index[name] = tuple(lines)
            self._by_name = index
        return index

    def derived(self, make: Callable[[Headers], T]) -> T:
        """What `make` gives for these headers; made once. `make` is a module's function; nothing changes its result."""
        known = self._derived
        if known is None:
            known = self._derived = {}
        elif make in known:
            found: T = known[make]
            return found
        result = known[make] = make(self)
        return result

    def get(self, name: str) -> str | None:
        """The value of the first line of that name, or None. `name` in any case."""
        lines = self.by_name.get(name.lower())
        return None if lines is None else lines[0][1]

    def __getitem__(self, name: str) -> str:
        """The value of the first line of that name. Raises `KeyError` when there is none."""
        return self.by_name[name.lower()][0][1]

    def all(self, name: str) -> tuple[str, ...]:
        """The values of every line of that name, in order."""
        return tuple(value for _, value in self.by_name.get(name.lower(), ()))

    def joined(self, name: str) -> str | None:
        """The values of every line of that name as one comma-separated list (RFC 9110, 5.3), or None."""
        lines = self.by_name.get(name.lower())
        if lines is None:
            return None
        return lines[0][1] if len(lines) == 1 else ", ".join(value for _, value in lines)

    def with_line(self, name: str, value: str) -> Headers:
        """A copy with one more line at the end."""
        return Headers((*self._lines, (name, value)))

    def replaced(self, name: str, value: str) -> Headers:
        """A copy in which `name` has exactly this value: at the place of its first line, else at the end."""
        lower = name.lower()
        if lower not in self.by_name:
            return self.with_line(name, value)
        lines: list[Line] = []
        done = False
        for line in self._lines:
            if line[0].lower() != lower:
                lines.append(line)
            elif not done:
                lines.append((name, value))
                done = True
        return Headers(lines)

    def without(self, names: Container[str]) -> Headers:
        """A copy without the lines whose lower-case name is in `names`; itself when there are none."""
        if not any(name in names for name in self.by_name):
            return self
        return Headers(line for line in self._lines if line[0].lower() not in names)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.by_name

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._lines == other._lines

    def __hash__(self) -> int:
        return hash(self._lines)

    def __repr__(self) -> str:
        return f"Headers({list(self._lines)!r})"


NO_HEADERS = Headers()
