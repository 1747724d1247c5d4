"""Text from outside made safe for a terminal, and colours."""

from __future__ import annotations

import json

from edgeproxy.function import Json

_TAB = "    "


def safe(text: str, limit: int = 200) -> str:
    r"""Text without anything that a terminal would obey: control characters, escape sequences, and characters that
    change the direction of text are shown as `\x1b`; what is longer than `limit` characters is cut.
    """
    left_out = len(text) - limit
    if left_out > 0:
        text = text[:limit]
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escaped(c) for c in text.replace("\t", _TAB))
    return f"{text}... ({left_out} more)" if left_out > 0 else text


def shown(value: Json, limit: int = 200) -> str:
    """A JSON value on one line, safe for a terminal."""
    return safe(json.dumps(value, ensure_ascii=False), limit)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


class Paint:
    """Colours, when they are wanted.

    :param color: false: text stays as it is.
    """

    def __init__(self, color: bool) -> None:
        self._color = color

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def dim(self, text: str) -> str:
        return self._in("2", text)

    def red(self, text: str) -> str:
        return self._in("31", text)

    def green(self, text: str) -> str:
        return self._in("32", text)

    def yellow(self, text: str) -> str:
        return self._in("33", text)

    def status(self, text: str, status: int) -> str:
        """Green below 400, yellow below 500, else red."""
        if status >= 500:
            return self.red(text)
        return self.yellow(text) if status >= 400 else self.green(text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color else text
