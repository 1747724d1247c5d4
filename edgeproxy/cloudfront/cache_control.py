"""The `Cache-Control` field, read tolerantly (CF-126 to CF-128)."""

from __future__ import annotations

import re
from functools import lru_cache

_DIRECTIVE = re.compile(r'\s*([^\s=,;"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^,"]*))?[^,]*(?:,|$)')
LONGEST = 3_153_600_000
"""Seconds that a lifetime may be: 100 years (CF-126)."""


@lru_cache(maxsize=512)
def parse_cache_control(value: str) -> dict[str, str | None]:
    """Lower-case directive -> its argument without quotes, or None. The first of two wins. Not to be changed."""
    found: dict[str, str | None] = {}
    for name, argument in _DIRECTIVE.findall(value):
        found.setdefault(name.lower(), _unquoted(argument.strip()) if argument else None)
    return found


def seconds(argument: str | None) -> int | None:
    """A lifetime, cut to a hundred years; None when it is not a whole number of seconds."""
    if argument is None or not (argument.isascii() and argument.isdigit()):
        return None
    return LONGEST if len(argument) > 10 else min(int(argument), LONGEST)


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text
