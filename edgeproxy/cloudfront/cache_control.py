"""The `Cache-Control` field, read tolerantly (CF-126 to CF-128)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

LONGEST = 3_153_600_000
"""Seconds that a lifetime may be: 100 years (CF-126)."""

_MEMBER = re.compile(r'(?:[^,"]++|"(?:[^"\\]|\\.)*+")*+', re.DOTALL)
_DIRECTIVE = re.compile(r'[ \t]*+([^\s=;"]++)[ \t]*+(?:=[ \t]*+(.*))?', re.DOTALL)


@lru_cache(maxsize=512)
def parse_cache_control(value: str) -> Mapping[str, str | None]:
    """Lower-case directive -> its argument without quotes, or None. The first of two wins (CF-128)."""
    found: dict[str, str | None] = {}
    for member in _members(value):
        match = _DIRECTIVE.match(member)
        if match is not None:
            name, argument = match.groups()
            found.setdefault(name.lower(), _unquoted(argument.rstrip(" \t")) if argument else None)
    return MappingProxyType(found)


def seconds(argument: str | None) -> int | None:
    """A lifetime, cut to a hundred years; None when it is not a whole number of seconds."""
    if argument is None or not (argument.isascii() and argument.isdigit()):
        return None
    digits = argument.lstrip("0") or "0"
    return LONGEST if len(digits) > 10 else min(int(digits), LONGEST)


def is_field_list(directive: str, argument: str | None) -> bool:
    """Whether a directive concerns only the fields it names, as `no-cache="Set-Cookie"` (CF-142)."""
    return directive == "no-cache" and bool(argument)


def unstored_fields(value: str | None) -> frozenset[str]:
    """Lower-case names of the fields that a response with that `Cache-Control` is stored without (CF-142)."""
    if value is None or "no-cache" not in value.lower():
        return frozenset()
    fields = parse_cache_control(value).get("no-cache") or ""
    return frozenset(name for field in fields.split(",") if (name := field.strip(" \t").lower()))


def _members(value: str) -> Iterator[str]:
    """The parts between commas that stand outside quotes. Behind a quote that is never closed, every comma counts."""
    start = 0
    while start <= len(value):
        match = _MEMBER.match(value, start)
        end = start if match is None else match.end()
        if end < len(value) and value[end] == '"':
            yield from value[start:].split(",")
            return
        yield value[start:end]
        start = end + 1


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text
