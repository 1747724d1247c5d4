"""Header fields in order, with their original spelling, looked up without regard to case."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Protocol, Self, TypeAlias, TypeVar

Line: TypeAlias = tuple[str, str]
"""One header line: the name as spelled, and the value; both are wire strings (an octet per character)."""

Changes: TypeAlias = Mapping[str, tuple[Line, ...]]
"""Lower-case name -> the lines that it gets; none for a header that goes."""

D = TypeVar("D", bound="Derived")


class Derived(Protocol):
    """Something computed from headers and remembered with them.

    An edit of the headers can be carried over to it, which costs less than to compute it anew: most requests and
    responses differ from the one before by a header or two.
    """

    @classmethod
    def of(cls, headers: Headers, /) -> Self:
        """Compute it."""
        ...

    def edited(self, changes: Changes, /) -> Self:
        """What it is for the same headers after an edit; see `Headers.edited`."""
        ...


class Headers:
    """An immutable list of header lines.

    :param lines: pairs of name and value. They are taken as they are: whoever reads them from outside checks them
        there (`cloudfront.header_rules` has the checks).
    """

    __slots__ = ("_before", "_by_name", "_changes", "_derived", "_lines")

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self._lines = tuple(lines)
        self._by_name: dict[str, tuple[Line, ...]] | None = None
        self._derived: Derived | None = None
        self._before: Derived | None = None
        """What was derived from the headers that these are an edit of."""
        self._changes: Changes = {}

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

    def derived(self, kind: type[D]) -> D:
        """What `kind` is for these headers; made once. One kind is remembered, the last that was asked for."""
        known = self._derived
        if type(known) is not kind:
            before, self._before = self._before, None
            known = self._derived = kind.of(self) if type(before) is not kind else before.edited(self._changes)
        return known

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

    def edited(self, changes: Changes) -> Headers:
        """A copy in which each name has exactly these lines: at the place of its first line, else at the end.

        :param changes: lower-case name -> its lines; none removes the header. Not to be changed afterwards.
        """
        if not changes:
            return self
        by_name = self.by_name
        index = {**by_name, **changes}
        if not all(changes.values()):
            index = {name: lines for name, lines in index.items() if lines}
        if len(by_name) == len(self._lines):
            result = Headers([line for lines in index.values() for line in lines])
        else:
            result = Headers(self._edited_lines(changes))
        result._by_name = index
        if self._derived is not None:
            result._before, result._changes = self._derived, changes
        return result

    def _edited_lines(self, changes: Changes) -> list[Line]:
        left = dict(changes)
        result: list[Line] = []
        for line in self._lines:
            name = line[0].lower()
            if name not in changes:
                result.append(line)
            elif name in left:
                result.extend(left.pop(name))
        for lines in left.values():
            result.extend(lines)
        return result

    def with_line(self, name: str, value: str) -> Headers:
        """A copy with one more line at the end."""
        return Headers((*self._lines, (name, value)))

    def replaced(self, name: str, value: str) -> Headers:
        """A copy in which `name` has exactly this value: at the place of its first line, else at the end."""
        return self.edited({name.lower(): ((name, value),)})

    def without(self, names: Container[str]) -> Headers:
        """A copy without the lines whose lower-case name is in `names`; itself when there are none."""
        return self.edited({name: () for name in self.by_name if name in names})

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
