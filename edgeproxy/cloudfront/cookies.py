"""Which cookies a policy selects, and how they are sent on (CF-110 to CF-112)."""

from __future__ import annotations

import re

from edgeproxy.cloudfront.policies import Selection
from edgeproxy.messages.headers import Headers

_DIGITS = re.compile(r"(\d+)", re.ASCII)


def select_cookies(headers: Headers, selection: Selection) -> str:
    """The `Cookie` value that a selection keeps, or `""`.

    The pairs of every `Cookie` line are sorted in the natural order of their names and joined by `; `. What is no
    `name=value` pair is dropped, and so is a cookie whose name begins with `$`.
    """
    if selection.behavior == "none" or "cookie" not in headers.by_name:
        return ""
    kept = []
    for _, value in headers.by_name["cookie"]:
        for pair in value.split(";"):
            name, equals, _ = (stripped := pair.strip()).partition("=")
            if not equals or not name or name.startswith("$") or " " in name:
                continue
            if selection.behavior == "all" or (name in selection.names) is (selection.behavior == "whitelist"):
                kept.append((_natural(name), stripped))
    if len(kept) > 1:
        kept.sort(key=lambda item: item[0])
    return "; ".join(pair for _, pair in kept)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key in which `c10` comes after `c2`."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in _DIGITS.split(name) if part)
