"""What is never shown of a trace.

The values of an origin's custom headers are secrets, always: the edge and the origin share them. `Authorization`,
`Cookie` and `Set-Cookie` are the viewer's; they are shown only to the viewer's own developer (`reveal`).

Secrets are found in two ways: by place (a header of that name, in a message, an event or a path of a diff), and by
value wherever text is free (what a function printed, the message of a failure).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec import UNSET

from edgeproxy.function import Invocation, Json, Returned
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.text import to_text
from edgeproxy.pipeline.steps import Fetch, Fetched, Invoke
from edgeproxy.pipeline.trace import Record, Trace

MASK = "(masked)"
PERSONAL = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie"})
"""Header names, in lower case, whose values are the viewer's own."""

_CUSTOM = "customHeaders"
_SHORTEST = 6
"""Characters from which on a secret is looked for in free text; a shorter one would blot out ordinary words."""
_DEPTH = 64
"""Levels of a function's result that are shown; a result may be nested more deeply than Python can recurse."""
_BITS = 1_024
"""Python refuses to print an integer of some thousand digits."""
_SEPARATORS = re.compile(r"[.\[\]]+")


class Secrets:
    """The secrets of one trace.

    :param reveal: show the viewer's own headers; custom headers of origins stay masked.
    """

    def __init__(self, trace: Trace, *, reveal: bool = False) -> None:
        self._personal = frozenset() if reveal else PERSONAL
        custom: set[str] = set()
        values: set[str] = set()
        for record in trace.records:
            for name, value in _custom_headers(record):
                custom.add(name.lower())
                values.add(value)
        for name, value in _message_headers(trace):
            if name.lower() in self._personal:
                values.add(to_text(value))
        self._custom = frozenset(custom)
        # The longest first: one secret may be a part of another.
        self._values = sorted((value for value in values if len(value) >= _SHORTEST), key=lambda v: (-len(v), v))

    def text(self, text: str) -> str:
        """Free text without the secrets in it."""
        for value in self._values:
            text = text.replace(value, MASK)
        return text

    def lines(self, headers: Headers, *, to_origin: bool = False) -> tuple[tuple[str, str], ...]:
        """Header lines as text.

        :param to_origin: they are those of a request to an origin, so custom headers are among them.
        """
        hidden = self._personal | self._custom if to_origin else self._personal
        return tuple(
            (to_text(name), MASK if name.lower() in hidden else self.text(to_text(value))) for name, value in headers
        )

    def part(self, value: Json, path: str = "") -> Json:
        """A part of an event or of a function's result; what is returned shares nothing with it.

        :param path: where it stands, as `headers.cookie`.
        """
        return self._walk(value, name=path.rpartition(".")[2], hidden=self.hides(path))

    def message(self, message: str, field: str, value: str) -> str:
        """A message about a value: when the field is secret, so is the value in it."""
        if value and self.hides(field):
            message = message.replace(value, MASK)
        return self.text(message)

    def hides(self, path: str) -> bool:
        """Whether what stands at a path is secret, wherever it is shown."""
        names = [name for name in _SEPARATORS.split(path) if name]
        return _CUSTOM in names or any(self._is_personal(above, name) for above, name in pairwise(names))

    def _is_personal(self, above: str, name: str) -> bool:
        return above == "headers" and name.lower() in self._personal

    def _walk(self, value: Json, name: str, hidden: bool, depth: int = 0, in_list: bool = False) -> Json:
        if depth > _DEPTH:
            return "..."
        if isinstance(value, dict):
            made = {}
            for key, item in value.items():
                inner = hidden or key == _CUSTOM or self._is_personal(name, key)
                if in_list and key == "key":
                    inner = False  # a header line's name
                made[self.text(key)] = self._walk(item, key, inner, depth + 1)
            return made
        if isinstance(value, list):
            return [self._walk(item, name, hidden, depth + 1, in_list=True) for item in value]
        if value is None or isinstance(value, bool) or value is UNSET:
            return value
        if hidden:
            return MASK
        if isinstance(value, int) and value.bit_length() > _BITS:
            return "a huge number"
        return self.text(value) if isinstance(value, str) else value


def _custom_headers(record: Record) -> Iterator[tuple[str, str]]:
    """The custom headers, as text, of the origins that a step had to do with; of a function's result, too."""
    step, outcome = record.step, record.outcome
    origin = step.request.origin if isinstance(step, Fetch) else step.event.origin if isinstance(step, Invoke) else None
    if origin is not None:
        yield from ((name, to_text(value)) for name, value in origin.custom_headers)
    if isinstance(outcome, Invocation) and isinstance(outcome.result, Returned):
        yield from _custom_headers_of_result(outcome.result.value)


def _custom_headers_of_result(value: Json) -> Iterator[tuple[str, str]]:
    origin = value.get("origin") if isinstance(value, dict) else None
    for part in origin.values() if isinstance(origin, dict) else ():
        headers = part.get(_CUSTOM) if isinstance(part, dict) else None
        for name, items in headers.items() if isinstance(headers, dict) else ():
            for item in items if isinstance(items, list) else ():
                text = item.get("value") if isinstance(item, dict) else None
                if isinstance(text, str):
                    yield name, text


def _message_headers(trace: Trace) -> Iterator[tuple[str, str]]:
    yield from trace.request.headers
    yield from trace.response.headers
    for record in trace.records:
        if isinstance(record.outcome, Fetched):
            yield from record.outcome.response.headers
