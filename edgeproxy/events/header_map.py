"""Header lines as the map of an event, and back to the lines that a function left alone."""

from __future__ import annotations

from edgeproxy.cloudfront.header_rules import NAMES
from edgeproxy.events.schema import HeaderMap
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.text import to_text


class HeaderView:
    """What a function sees of some headers. Made by `header_view`, which remembers it with the headers."""

    __slots__ = ("_entries", "_visible", "hidden", "template")

    def __init__(self, headers: Headers) -> None:
        names = NAMES
        entries: list[tuple[str, str, str]] = []
        hidden: list[Line] = []
        template: HeaderMap = {}
        for line in headers.lines:
            key, value = line
            facts = names[key]
            if facts.hidden:
                hidden.append(line)
                continue
            if not value.isascii():
                value = to_text(value)
            name = facts.lower
            entries.append((name, key, value))
            if name in template:
                template[name].append({"key": key, "value": value})
            else:
                template[name] = [{"key": key, "value": value}]
        self._entries = entries
        self._visible: Headers | None = None
        self.template = template
        """The map to compare a result with. Never handed to a function, and not to be changed."""
        self.hidden = tuple(hidden)
        """The lines that no function sees, in order (LE-108 to LE-110)."""

    def build(self) -> HeaderMap:
        """The map, new in every part."""
        if len(self.template) == len(self._entries):
            return {name: [{"key": key, "value": value}] for name, key, value in self._entries}
        made: HeaderMap = {}
        for name, key, value in self._entries:
            made.setdefault(name, []).append({"key": key, "value": value})
        return made

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


def header_template(headers: Headers) -> HeaderMap:
    """The same map, made once for each `Headers`: to compare with, and not to be changed."""
    return headers.derived(HeaderView).template
