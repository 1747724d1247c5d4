"""Path patterns (CF-40 to CF-51): `*`, `?`, order, and an index over a thousand of them.

Three things keep a look-up short, whatever path a viewer sends. Patterns without a wildcard stand in a dictionary.
Those whose first segment is literal are looked for only under that segment. What remains is grouped by the lengths of
the literal text at both ends, so that one look-up asks for all patterns of a group. Nothing is remembered per path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_letters, digits

import msgspec

_MAX_LENGTH = 255
_FORBIDDEN = re.compile(r"[^A-Za-z0-9_\-.*$/~\"'@:+&?]")

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = {f"{ord(character):02X}": character for character in f"{ascii_letters}{digits}-._~"}
_SLASHES = re.compile(r"//+")


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a path pattern of a configuration, in one sentence, or None (CF-47)."""
    if not pattern:
        return "a path pattern cannot be empty"
    if len(pattern) > _MAX_LENGTH:
        return f"a path pattern has at most {_MAX_LENGTH} characters, this one has {len(pattern)}"
    if found := _FORBIDDEN.search(pattern):
        return f"a path pattern cannot contain {found[0]!r}: letters, digits and _-.*$/~\"'@:+&? are allowed"
    return None


def normalize_path(path: str) -> str:
    """The form of a raw viewer path that patterns are compared with; it serves for nothing else (CF-48, CF-49).

    RFC 3986, 6.2.2, in its order: the hexadecimal digits of an escape become capitals and escaped unreserved
    characters become themselves (`%2F` stays, CF-50), dot segments are removed, and then runs of `/` become one.
    """
    if "%" in path:
        path = _normalize_escapes(path)
    if "/." in path:
        path = _remove_dot_segments(path)
    if "//" in path:
        path = _SLASHES.sub("/", path)
    return path


def _normalize_escapes(text: str) -> str:
    return _ESCAPE.sub(_normalize_escape, text)


def _normalize_escape(escape: re.Match[str]) -> str:
    octet = escape[1].upper()
    return _UNRESERVED.get(octet, f"%{octet}")


def _remove_dot_segments(path: str) -> str:
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


class _Piece(msgspec.Struct, frozen=True):
    """What stands between two `*`: literal characters and `?`, so a text of one length. No repetition, hence no
    backtracking: looking for it costs at most its length times that of the path.
    """

    expression: re.Pattern[str]
    length: int


def _piece(text: str) -> _Piece:
    expression = "".join("." if character == "?" else re.escape(character) for character in text)
    return _Piece(re.compile(expression, re.DOTALL), len(text))


class _Glob(msgspec.Struct, frozen=True):
    """A pattern with wildcards, taken apart at its `*`."""

    index: int
    literal_start: str
    literal_end: str
    """Of the pieces at both ends, what the group's look-up has already compared."""
    start: _Piece
    middle: tuple[_Piece, ...]
    end: _Piece | None
    """None when there is no `*`: then `start` is all."""

    def matches(self, path: str) -> bool:
        """Whether it matches a normalised path that begins and ends with the literal text."""
        start, end = self.start, self.end
        if end is None:
            return start.expression.fullmatch(path) is not None
        last = len(path) - end.length
        if start.length > last:
            return False
        if start.length > len(self.literal_start) and start.expression.match(path) is None:
            return False
        if end.length > len(self.literal_end) and end.expression.match(path, last) is None:
            return False
        # The first place where a piece fits is always right: it leaves the most to those that follow.
        at = start.length
        for piece in self.middle:
            found = piece.expression.search(path, at, last)
            if found is None:
                return False
            at = found.end()
        return True


def _glob(index: int, pattern: str) -> _Glob:
    start, *rest = pattern.split("*")
    end = rest[-1] if rest else start
    return _Glob(
        index=index,
        literal_start=start.partition("?")[0],
        literal_end=end.rpartition("?")[2],
        start=_piece(start),
        middle=tuple(_piece(text) for text in rest[:-1] if text),
        end=_piece(end) if rest else None,
    )


class _Group(msgspec.Struct, frozen=True):
    """Patterns whose literal ends have the same lengths."""

    start_length: int
    end_length: int
    first: int
    """The lowest index among them."""
    by_ends: dict[tuple[str, str], list[_Glob]]
    """Literal start and end -> its patterns, in order."""


def _groups(globs: Iterable[_Glob]) -> list[_Group]:
    """In the order of their lowest index."""
    groups: dict[tuple[int, int], _Group] = {}
    for glob in globs:
        lengths = (len(glob.literal_start), len(glob.literal_end))
        group = groups.setdefault(lengths, _Group(*lengths, glob.index, {}))
        group.by_ends.setdefault((glob.literal_start, glob.literal_end), []).append(glob)
    return list(groups.values())


class PatternIndex:
    """Finds the first pattern that matches a path.

    :param patterns: in the order in which they are tried. A leading `/` is implied (CF-45). They are taken as they are:
        `pattern_problem` tells which of them CloudFront would refuse.
    """

    __slots__ = ("_anywhere", "_by_segment", "_exact")

    def __init__(self, patterns: Iterable[str]) -> None:
        self._exact: dict[str, int] = {}
        anywhere: list[_Glob] = []
        by_segment: dict[str, list[_Glob]] = {}
        for index, written in enumerate(patterns):
            pattern = _normalize_escapes(written if written.startswith("/") else f"/{written}")
            if "*" not in pattern and "?" not in pattern:
                self._exact.setdefault(pattern, index)
                continue
            glob = _glob(index, pattern)
            segment, slash, _ = glob.literal_start[1:].partition("/")
            (by_segment.setdefault(segment, []) if slash else anywhere).append(glob)
        self._anywhere = _groups(anywhere)
        self._by_segment = {segment: _groups(globs) for segment, globs in by_segment.items()}

    def match(self, path: str) -> int | None:
        """Index of the first pattern that matches a raw path, or None.

        :param path: as the viewer sent it, without the query string (CF-41).
        """
        path = normalize_path(path)
        best = self._exact.get(path)
        slash = path.find("/", 1)
        if slash > 0 and (groups := self._by_segment.get(path[1:slash])):
            best = _first(groups, path, best)
        return _first(self._anywhere, path, best)


def _first(groups: list[_Group], path: str, best: int | None) -> int | None:
    """The lowest index below `best` of a pattern in `groups` that matches, else `best`."""
    for group in groups:
        if best is not None and group.first > best:
            break
        ends = (path[: group.start_length], path[-group.end_length :] if group.end_length else "")
        for glob in group.by_ends.get(ends, ()):
            if best is not None and glob.index > best:
                break
            if glob.matches(path):
                best = glob.index
                break
    return best
