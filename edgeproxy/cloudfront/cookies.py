"""Which cookies a policy selects, and how they are sent on (CF-110 to CF-112)."""

from __future__ import annotations

import re
from functools import lru_cache

from edgeproxy.cloudfront.policies import Selection, SelectionBehavior
from edgeproxy.messages.headers import Headers

_DIGITS = re.compile(r"(\d+)", re.ASCII)


def select_cookies(headers: Headers, selection: Selection) -> str:
    """The `Cookie` value that a selection keeps, or `""`.

    The pairs of every `Cookie` line are sorted in the natural order of their names and joined by `; `; those of one
    name stay in the viewer's order. What is no `name=value` pair is dropped, and so is a cookie whose name begins with
    `$`.
    """
    lines = headers.by_name.get("cookie")
    if lines is None or selection.behavior == "none":
        return ""
    if len(lines) == 1 and len(lines[0][1]) <= _REMEMBERED:
        return _remembered(lines[0][1], selection.behavior, selection.names)
    return _select(";".join([value for _, value in lines]), selection.behavior, selection.names)


_REMEMBERED = 1_024
"""Characters of the longest value whose selection is remembered: viewers repeat their cookies with every request."""


def _select(value: str, behavior: SelectionBehavior, names: frozenset[str]) -> str:
    kept = []
    for pair in value.split(";"):
        # Not every blank that Python knows: octets 0x85 and 0xA0 are parts of UTF-8 characters.
        name, equals, _ = (stripped := pair.strip(" \t")).partition("=")
        if not equals or not name or name.startswith("$") or " " in name or "\t" in name:
            continue
        if behavior == "all" or (name in names) is (behavior == "whitelist"):
            kept.append((_natural(name), name, stripped))
    if len(kept) > 1:
        kept.sort(key=lambda item: item[:2])
    return "; ".join(pair for *_, pair in kept)


_remembered = lru_cache(maxsize=1_024)(_select)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which `c10` comes after `c2`. Numbers are compared as text: a viewer's may have any length."""
    parts = _DIGITS.split(name)
    key: list[tuple[int, int, str]] = []
    for text, digits in zip(parts[::2], (*parts[1::2], ""), strict=True):
        if text:
            key.append((1, 0, text))
        if digits:
            number = digits.lstrip("0")
            key.append((0, len(number), number))
    return tuple(key)
