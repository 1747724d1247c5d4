"""What a function changed, for people: a list of paths with the value before and after."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from edgeproxy.function import Json

MISSING = msgspec.UNSET
"""Stands for a value that was not there; JSON leaves it out, so it is told apart from null."""

_HEADER_MAPS = frozenset({"headers", "customHeaders"})


class Change(msgspec.Struct, frozen=True):
    """One difference."""

    path: str
    """As `uri`, `headers.x-a` or `origin.custom.domainName`; `""` for the whole."""
    before: Json = MISSING
    """A header's value, or the list of its values when it has several lines; elsewhere the JSON value."""
    after: Json = MISSING


def diff(before: Json, after: Json) -> tuple[Change, ...]:
    """The differences between the part of an event that a function was given and what it returned."""
    return tuple(_changes("", before, after))


def _changes(path: str, before: Json, after: Json) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        if path.rpartition(".")[2] in _HEADER_MAPS:
            before, after = _values_by_name(before), _values_by_name(after)
        for name in dict.fromkeys((*before, *after)):
            inner = f"{path}.{name}" if path else name
            yield from _changes(inner, before.get(name, MISSING), after.get(name, MISSING))
    elif type(before) is not type(after) or before != after:
        yield Change(path, before, after)


def _values_by_name(headers: dict[str, Json]) -> dict[str, Json]:
    """Lower-case name -> its values. A list that is not as it should be stays as it is."""
    return {name.lower(): _values(entry) for name, entry in headers.items()}


def _values(entry: Json) -> Json:
    if not isinstance(entry, list) or not all(isinstance(item, dict) and "value" in item for item in entry):
        return entry
    values = [item["value"] for item in entry]
    if not values:
        return MISSING
    return values[0] if len(values) == 1 else values
