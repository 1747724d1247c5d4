"""Header lines as the map of an event, and back to the lines that a function left alone."""

from __future__ import annotations

from edgeproxy.cloudfront.header_rules import NAMES
from edgeproxy.events.schema import HeaderItem, HeaderMap
from edgeproxy.messages.headers import Changes, Headers
from edgeproxy.messages.text import to_text


class HeaderView:
    """What a function sees of some headers. `header_view` makes it and remembers it with them."""

    __slots__ = ("_has_repeated", "_visible", "hidden", "template")

    def __init__(self, template: HeaderMap, hidden: frozenset[str], *, has_repeated: bool) -> None:
        self._has_repeated = has_repeated
        self.template = template
        """The map to compare a result with. Never handed to a function, and not to be changed."""
        self.hidden = hidden
        """Lower-case names that no function sees (LE-108 to LE-110)."""
        self._visible: Headers | None = None

    @classmethod
    def of(cls, headers: Headers) -> HeaderView:
        """The view of headers of which nothing is known yet."""
        names = NAMES
        hidden = set()
        has_repeated = False
        template: HeaderMap = {}
        for key, value in headers.lines:
            facts = names[key]
            name = facts.lower
            if facts.hidden:
                hidden.add(name)
                continue
            item: HeaderItem = {"key": key, "value": value if value.isascii() else to_text(value)}
            if name in template:
                template[name].append(item)
                has_repeated = True
            else:
                template[name] = [item]
        return cls(template, frozenset(hidden), has_repeated=has_repeated)

    def edited(self, changes: Changes) -> HeaderView:
        """The view of the same headers after an edit."""
        template = self.template.copy()
        hidden = self.hidden
        has_repeated = self._has_repeated
        for name, lines in changes.items():
            if not lines:
                template.pop(name, None)
                hidden -= {name}
            elif NAMES[name].hidden:
                hidden |= {name}
            else:
                template[name] = [{"key": key, "value": to_text(value)} for key, value in lines]
                has_repeated = has_repeated or len(lines) > 1
        return HeaderView(template, hidden, has_repeated=has_repeated)

    def build(self) -> HeaderMap:
        """The map, new in every part."""
        if not self._has_repeated:
            return {name: [items[0].copy()] for name, items in self.template.items()}
        return {name: [item.copy() for item in items] for name, items in self.template.items()}

    def visible(self, headers: Headers) -> Headers:
        """The headers without the hidden lines; `headers` themselves, whose view this is, when there are none."""
        if not self.hidden:
            return headers
        if self._visible is None:
            self._visible = headers.without(self.hidden)
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
