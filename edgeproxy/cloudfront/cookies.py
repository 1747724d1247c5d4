"""Which cookies a policy selects, and how they are sent on (CF-110 to CF-112)."""

from __future__ import annotations

import re

from edgeproxy.cloudfront.policies import Selection
from edgeproxy.messages.headers import Headers

_DIGITS = re.compile(r"(\d+)", re.ASCII)


def select_cookies(headers: Headers, selection: Selection) -> str:
    """The `Cookie` value that a selection keeps, or `""`.

    The pairs of every `Cookie` line are sorted in the natural order of their names and joined by `; `; those of one
    name stay in the viewer's order. What is no `name=value` pair is dropped, and so is a cookie whose name begins with
    `$`.
    """
    if selection.behavior == "none" or "cookie" not in headers.by_name:
        return ""
    kept = []
    for _, value in headers.by_name["cookie"]:
        for pair in value.split(";"):
            # Not every blank that Python knows: octets 0x85 and 0xA0 are parts of UTF-8 characters.
            name, equals, _ = (stripped := pair.strip(" \t")).partition("=")
            if not equals or not name or name.startswith("$") or " " in name or "\t" in name:
                continue
            if selection.behavior == "all" or (name in selection.names) is (selection.behavior == "whitelist"):
                kept.append((_natural(name), name, stripped))
    if len(kept) > 1:
        kept.sort(key=lambda item: item[:2])
    return "; ".join(pair for *_, pair in kept)


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
