"""Header lines as the map of an event, and back to the lines that a function left alone."""

from __future__ import annotations

from edgeproxy.cloudfront.header_rules import NAMES
from edgeproxy.events.schema import HeaderMap
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.text import to_text


class HeaderView:
    """What a function sees of some headers. Made by `header_view`, which remembers it with the headers."""

    __slots__ = ("_entries", "_repeated", "_template", "_visible", "hidden")

    def __init__(self, headers: Headers) -> None:
        names = NAMES
        entries: list[tuple[str, str, str]] = []
        hidden: list[Line] = []
        for line in headers.lines:
            key, value = line
            facts = names[key]
            if facts.hidden:
                hidden.append(line)
            else:
                entries.append((facts.lower, key, value if value.isascii() else to_text(value)))
        self._entries = entries
        self._repeated = len({entry[0] for entry in entries}) != len(entries)
        self._template: HeaderMap | None = None
        self._visible: Headers | None = None
        self.hidden = tuple(hidden)
        """The lines that no function sees, in order (LE-108 to LE-110)."""

    def build(self) -> HeaderMap:
        """The map, new in every part."""
        if not self._repeated:
            return {name: [{"key": key, "value": value}] for name, key, value in self._entries}
        made: HeaderMap = {}
        for name, key, value in self._entries:
            made.setdefault(name, []).append({"key": key, "value": value})
        return made

    @property
    def template(self) -> HeaderMap:
        """The map to compare a result with. Never handed to a function, and not to be changed."""
        template = self._template
        if template is None:
            template = self._template = self.build()
        return template

    def visible(self, headers: Headers) -> Headers:
        """The headers without the hidden lines; `headers` themselves, whose view this is, when there are none."""
        if not self.hidden:
            return headers
        if self._visible is None:
            self._visible = Headers(line for line in headers.lines if not NAMES[line[0]].hidden)
        return self._visible


def header_view(headers: Headers) -> HeaderView:
    """The view of some headers, made once for each `Headers`."""
    return headers.derived(HeaderView)


def header_map(headers: Headers) -> HeaderMap:
    """The headers as a function sees them, new in every part (LE-85 to LE-87)."""
    return headers.derived(HeaderView).build()
