"""What a configuration text says, whatever it was written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the root: `("distribution", "aliases", 0)`."""


class Mistake(msgspec.Struct, frozen=True):
    """Something wrong with the text itself."""

    message: str
    line: int
    key: KeyPath = ()
    hint: str = ""


class Document(msgspec.Struct, frozen=True):
    """What a text says."""

    data: Any
    """dict, list, str, int, float, bool or None; dicts have text keys."""
    lines: Mapping[KeyPath, int]
    """The line of each key and each list item; the root is `()`."""
    expanded: frozenset[KeyPath] = frozenset()
    """Texts that a variable is part of: they may be secret."""
    mistakes: tuple[Mistake, ...] = ()
