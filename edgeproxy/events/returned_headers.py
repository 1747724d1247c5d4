"""The header map that a function returned, against the one it was given (LE-85 to LE-95, LE-172 to LE-190)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edgeproxy.cloudfront.header_rules import (
    NAMES,
    NOT_ADDED,
    READ_ONLY_RULE,
    Column,
    NameFacts,
    bad_character,
    read_only,
)
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.events import check_table as checks
from edgeproxy.events.check import Check, Findings, shown
from edgeproxy.events.header_map import HeaderView, header_view
from edgeproxy.events.schema import HeaderItem
from edgeproxy.function import Json
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.text import to_text, to_wire

_MISSING = object()


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with the list of one header."""

    check: Check
    place: str
    """Where in the list, as `[0].value`."""
    value: Json
    character: str = ""


def entry_lines(name: str, entry: Json, known: Mapping[str, str], problems: list[Problem]) -> list[tuple[str, str]]:
    """The lines that a header's list stands for: key and text.

    :param name: the lower-case name in the map.
    :param known: text -> wire string, for the values that were given under this name; they need no check.
    :param problems: what is wrong is added here.
    """
    if not isinstance(entry, list):
        problems.append(Problem(checks.ENTRY_NOT_ARRAY, "", entry))
        return []
    lines: list[tuple[str, str]] = []
    for index, item in enumerate(entry):
        if not isinstance(item, dict):
            problems.append(Problem(checks.ITEM_NOT_OBJECT, f"[{index}]", item))
            continue
        key = _key(name, item.get("key", _MISSING), index, problems)
        value = item.get("value", _MISSING)
        # The service's own message speaks of a string or a list of strings (LE-92).
        for text in value if isinstance(value, list) and value else (value,):
            if text is _MISSING:
                problems.append(Problem(checks.VALUE_MISSING, f"[{index}].value", ""))
            elif not isinstance(text, str):
                problems.append(Problem(checks.VALUE_NOT_STRING, f"[{index}].value", text))
            elif text not in known and (character := bad_character(text)) is not None:
                problems.append(Problem(checks.BAD_VALUE, f"[{index}].value", text, character))
            else:
                lines.append((key, text))
    return lines


def _key(name: str, key: Json, index: int, problems: list[Problem]) -> str:
    if key is _MISSING:
        return NAMES[name].canonical
    if not isinstance(key, str):
        problems.append(Problem(checks.KEY_NOT_STRING, f"[{index}].key", key))
    elif key.isascii() and key.lower() == name:
        return key
    else:
        problems.append(Problem(checks.OTHER_KEY, f"[{index}].key", key))
    return NAMES[name].canonical


def merged(returned: Mapping[str, Json]) -> Mapping[str, Json]:
    """The map with lower-case names; the lists of two spellings of one name are joined in order (LE-90)."""
    if "".join(returned).islower():
        return returned
    result: dict[str, Json] = {}
    for spelled, entry in returned.items():
        facts = NAMES[spelled]
        # Lower case of what is no token could be one: a Kelvin sign becomes a k.
        name = facts.lower if facts.is_token else spelled
        before = result.get(name)
        if isinstance(before, list):
            result[name] = [*before, *entry] if isinstance(entry, list) else entry
        elif name not in result:
            result[name] = entry
    return result


class _Reader:
    """Reads one map, which is not the one that was given.

    :param rule: the rule that lists the hook's read-only names, for this kind of result.
    """

    __slots__ = ("changes", "column", "findings", "given", "hook", "read_only", "rule", "template")

    def __init__(self, given: Headers, view: HeaderView, hook: Hook, rule: str, findings: Findings) -> None:
        self.given = given
        self.rule = rule
        self.template: Mapping[str, list[HeaderItem]] = view.template
        self.findings = findings
        self.column: Column = findings.profile.column
        self.hook = hook
        self.read_only = read_only(hook, self.column)
        self.changes: dict[str, tuple[Line, ...]] = {}

    def read(self, returned: Mapping[str, Json], refused: Mapping[str, str]) -> dict[str, tuple[Line, ...]]:
        """What the result changes. What was wrong is among the findings, and left as it was given.

        :param refused: names that may be passed on but not added, and the rule that says so.
        """
        template = self.template
        given = template.get
        same = 0
        for name, entry in returned.items():
            if given(name, _MISSING) == entry:
                same += 1
            else:
                self._changed(name, entry, refused)
        if same != len(template):
            for name in template:
                if name not in returned:
                    if name in self.read_only:
                        self._object_to(name, "delete")
                    else:
                        self.changes[name] = ()
        return self.changes

    def _changed(self, name: str, entry: Json, refused: Mapping[str, str]) -> None:
        """A header that is not as it was given: check it, and note its lines."""
        facts = NAMES[name]
        if not facts.is_token:
            self.findings.add(checks.BAD_NAME, f"headers.{shown(name)}", name, header=shown(name))
            return
        originals = self.given.by_name[name] if name in self.template else ()
        known = {to_text(value): value for _, value in originals} if originals else _NONE
        problems: list[Problem] = []
        lines = entry_lines(name, entry, known, problems)
        if problems:
            self._report(facts, problems)
        rule = facts.disallowed(self.column) or (refused.get(name, "") if not originals else "")
        if rule and lines:
            self.findings.add(checks.DISALLOWED, f"headers.{name}", lines[0][1], rule=rule, header=facts.canonical)
        elif name in self.read_only:
            texts = [text for _, text in lines]
            # LE-181: the values decide, in order; the case of names and keys does not matter.
            if texts != [to_text(value) for _, value in originals]:
                self._object_to(name, "change" if texts and originals else "delete" if originals else "add")
        else:
            if lines or originals:
                self.changes[name] = tuple([(key, known.get(text) or to_wire(text)) for key, text in lines])
            if name == "set-cookie":
                self._look_at_cookies(lines)

    def _report(self, facts: NameFacts, problems: list[Problem]) -> None:
        for problem in problems:
            self.findings.add(
                problem.check,
                f"headers.{facts.lower}{problem.place}",
                problem.value,
                header=facts.canonical,
                character=_named(problem.character),
                type=_type(problem.value),
            )

    def _object_to(self, name: str, verb: str) -> None:
        """Note that a read-only header was touched."""
        hint = _READ_ONLY_HINTS.get((self.hook, name, verb)) or _READ_ONLY_HINTS.get((self.hook, name, ""), "")
        self.findings.add(
            checks.READ_ONLY,
            f"headers.{name}",
            name,
            rule="LE-182" if verb == "delete" else self.rule,
            hint=hint or ("leave it out" if verb == "add" else ""),
            verb=verb,
            header=NAMES[name].canonical,
        )

    def _look_at_cookies(self, lines: list[tuple[str, str]]) -> None:
        for _, text in lines:
            if _joins_cookies(text):
                self.findings.add(checks.JOINED_COOKIES, "headers.set-cookie", text)


_READ_ONLY_HINTS: Mapping[tuple[Hook, str, str], str] = {
    (Hook.VIEWER_REQUEST, "host", ""): "set Host at origin-request, where it may be changed (LE-362)",
    (Hook.VIEWER_REQUEST, "content-length", "add"): "leave Content-Length out: CloudFront sets it (LE-359)",
    (Hook.ORIGIN_REQUEST, "content-length", "add"): "leave Content-Length out: CloudFront sets it (LE-359)",
    (Hook.ORIGIN_RESPONSE, "transfer-encoding", "delete"): (
        "keep Transfer-Encoding when headers are built anew: copy it from the event (LE-360)"
    ),
}
"""Hook, name and verb (`""` for any) -> what to do."""


def returned_request_headers(value: Json, given: Headers, hook: Hook, findings: Findings) -> Headers:
    """The headers of a returned request. What no function sees is not among them (LE-109, LE-110)."""
    view = header_view(given)
    if value == view.template:
        return view.visible(given)
    if not isinstance(value, dict):
        findings.add(checks.HEADERS_NOT_OBJECT, "headers", value)
        return given
    reader = _Reader(given, view, hook, READ_ONLY_RULE[hook], findings)
    return view.visible(given).edited(reader.read(merged(value), NOT_ADDED.get(hook, _NONE)))


def returned_response_headers(value: Json, given: Headers, hook: Hook, findings: Findings) -> Headers:
    """The headers of a returned response.

    What no function sees goes on as it was: hidden is not removed (LE-108). The names that a function may not touch
    are those of the hook, also for a response that a request hook generated (LE-171): then `given` is empty.
    """
    view = header_view(given)
    if value == view.template:
        return given
    if not isinstance(value, dict):
        findings.add(checks.HEADERS_NOT_OBJECT, "headers", value)
        return given
    reader = _Reader(given, view, hook, _GENERATED if hook.on_request else READ_ONLY_RULE[hook], findings)
    return given.edited(reader.read(merged(value), _NONE))


_GENERATED = "LE-171"
_NONE: Mapping[str, str] = {}
_TYPES: Mapping[type, str] = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list"}


def _type(value: Json) -> str:
    return "null" if value is None else _TYPES.get(type(value), "an object")


def _named(character: str) -> str:
    return f"%{ord(character):02X}" if character else ""


def _joins_cookies(text: str) -> bool:
    """Whether a Set-Cookie value goes on, after a comma, with what looks like another cookie."""
    _, *rest = text.split(",")
    return any("=" in part and " " not in part.split("=", 1)[0].strip(" ") for part in rest)
