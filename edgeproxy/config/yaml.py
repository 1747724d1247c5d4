"""YAML text as plain data, with the line of every key.

Scalars are read by the core schema of YAML 1.2: `NO` and `on` are text, `2022-06-01` is text, `12:30` is text.
Keys are always text. Aliases and merge keys (`<<`) work. Lines are 1-based.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import msgspec
import yaml

from edgeproxy.config.document import Document, KeyPath, Mistake

MAX_NODES = 100_000
"""Values after aliases are followed. A thousand behaviours are some ten thousand."""
MAX_DEPTH = 64

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,2})?")
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_VARIABLE = re.compile(r"\$\{(?:([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})?")

_SYNTAX_HINTS = (
    ("", "${", 'put a text with ${…} in quotes: "${NAME}"'),
    ("cannot start any token", "\t", "indent with spaces, not with tabs"),
    ("alphabetic or numeric", "*", "put a text that begins with `*` in quotes"),
    ("mapping values", ": ", "put a text with `: ` in quotes"),
)
"""What the parser says, and what the line has in it -> what is probably meant."""


class _Scalar(msgspec.Struct, frozen=True):
    line: int
    text: str
    plain: bool


class _Sequence(msgspec.Struct):
    line: int
    items: list[_Node]


class _Mapping(msgspec.Struct):
    line: int
    items: dict[str, tuple[int, _Node]]
    """Key -> line of the key, value."""


_Node: TypeAlias = _Scalar | _Sequence | _Mapping


class _Fatal(Exception):  # noqa: N818 - a signal of this module that nobody outside sees
    def __init__(self, message: str, line: int, hint: str = "") -> None:
        self.mistake = Mistake(message, line, hint=hint)
        super().__init__(message)


def parse(text: str, environ: Mapping[str, str]) -> Document:
    """Read one YAML document. Never raises: what is wrong is in `mistakes`, and `data` has what could be read.

    :param environ: the variables for `${VAR}` and `${VAR:-default}`; the default also stands in for an empty one.
    """
    mistakes: list[Mistake] = []
    try:
        root = _Composer(text, mistakes).document()
        plain = _Plain(environ, mistakes)
        data = plain.value(root, ())
    except _Fatal as fatal:
        return Document(None, {(): 1}, mistakes=(*mistakes, fatal.mistake))
    except yaml.YAMLError as error:
        return Document(None, {(): 1}, mistakes=(*mistakes, _syntax(error, text)))
    except UnicodeError:
        return Document(None, {(): 1}, mistakes=(*mistakes, Mistake("the text has characters that are not Unicode", 1)))
    return Document(data, plain.lines, frozenset(plain.expanded), tuple(mistakes))


def _syntax(error: yaml.YAMLError, text: str) -> Mistake:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    words = getattr(error, "problem", None) or getattr(error, "context", None) or getattr(error, "reason", None)
    number = mark.line + 1 if mark else 1
    line = next(iter(text.splitlines()[number - 1 : number]), "")
    hint = next((hint for said, sign, hint in _SYNTAX_HINTS if said in str(words) and sign in line), "")
    return Mistake(f"this is not YAML: {words or error}", number, hint=hint)


class _Composer:
    """Events of the parser -> nodes. An alias is the node that its anchor names, shared."""

    def __init__(self, text: str, mistakes: list[Mistake]) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_Loader)
        self._anchors: dict[str, _Node | None] = {}
        self._mistakes = mistakes

    def document(self) -> _Node:
        node: _Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if node is not None:
                    raise _Fatal("a second document begins here", _line(event), "a file holds one: remove `---`")
                node = self._node(next(self._events), 0)
        return _Scalar(1, "", plain=True) if node is None else node

    def _node(self, event: Any, depth: int) -> _Node:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise _Fatal(f"`*{event.anchor}` names no anchor", line, f"define it before with `&{event.anchor}`")
            found = self._anchors[event.anchor]
            if found is None:
                raise _Fatal(f"`*{event.anchor}` contains itself", line)
            return found
        if depth > MAX_DEPTH:
            raise _Fatal(f"nested deeper than {MAX_DEPTH} levels", line)
        if event.anchor:
            self._anchors[event.anchor] = None
        node = self._collection(event, line, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _collection(self, event: Any, line: int, depth: int) -> _Node:
        tag = (event.tag or "").removeprefix(_TAG)
        if isinstance(event, yaml.ScalarEvent):
            known = ("", "!", "str", "int", "float", "bool", "null")
            self._check_tag(event, known, line)
            return _Scalar(line, event.value, plain=tag not in ("str", "!") and (not event.style or bool(tag)))
        if isinstance(event, yaml.SequenceStartEvent):
            self._check_tag(event, ("", "!", "seq"), line)
            sequence = _Sequence(line, [])
            while not isinstance(following := next(self._events), yaml.SequenceEndEvent):
                sequence.items.append(self._node(following, depth + 1))
            return sequence
        self._check_tag(event, ("", "!", "map"), line)
        mapping = _Mapping(line, {})
        merged: list[_Mapping] = []
        while not isinstance(following := next(self._events), yaml.MappingEndEvent):
            key_line = _line(following)
            key = self._node(following, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key, _Scalar):
                raise _Fatal("a key must be text, not a list or a mapping", key_line)
            if key.text == "<<" and key.plain:
                merged += self._merged(value, key_line)
            elif key.text in mapping.items:
                first = mapping.items[key.text][0]
                self._mistakes.append(
                    Mistake(f"the key `{key.text}` is given twice", key_line, hint=f"the first is on line {first}")
                )
            else:
                mapping.items[key.text] = (key_line, value)
        for other in merged:
            for name, item in other.items.items():
                mapping.items.setdefault(name, item)
        return mapping

    @staticmethod
    def _merged(value: _Node, line: int) -> list[_Mapping]:
        nodes = value.items if isinstance(value, _Sequence) else [value]
        found = [node for node in nodes if isinstance(node, _Mapping)]
        if len(found) != len(nodes):
            raise _Fatal("`<<` merges mappings, and this is none", line)
        return found

    def _check_tag(self, event: Any, known: tuple[str, ...], line: int) -> None:
        if (event.tag or "").removeprefix(_TAG) not in known:
            self._mistakes.append(Mistake(f"the tag `{event.tag}` means nothing here", line, hint="leave it out"))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


class _Plain:
    """Nodes -> plain data, with variables expanded."""

    def __init__(self, environ: Mapping[str, str], mistakes: list[Mistake]) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.expanded: set[KeyPath] = set()
        self._environ = environ
        self._mistakes = mistakes

    def value(self, node: _Node, path: KeyPath, line: int = 0) -> Any:
        line = line or node.line
        if len(self.lines) >= MAX_NODES:
            raise _Fatal(f"more than {MAX_NODES} values once aliases are followed", node.line)
        # A path is met twice only for the root, so the number of lines is the number of values.
        self.lines[path] = line
        if isinstance(node, _Scalar):
            return self._scalar(node, path, line)
        if isinstance(node, _Sequence):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
        return {key: self.value(item, (*path, key), at) for key, (at, item) in node.items.items()}

    def _scalar(self, node: _Scalar, path: KeyPath, line: int) -> str | int | float | bool | None:
        if "${" in node.text:
            self.expanded.add(path)
            return _VARIABLE.sub(lambda match: self._variable(match, path, line), node.text)
        if not node.plain:
            return node.text
        if node.text in _CONSTANTS:
            return _CONSTANTS[node.text]
        if _INT.fullmatch(node.text):
            return int(node.text)
        return float(node.text) if _FLOAT.fullmatch(node.text) else node.text

    def _variable(self, match: re.Match[str], path: KeyPath, line: int) -> str:
        name, default = match.groups()
        if name is None:
            message = "`${` begins the name of an environment variable, and none follows"
            self._mistakes.append(Mistake(message, line, path, "write ${NAME} or ${NAME:-default}"))
            return ""
        value = self._environ.get(name)
        if default is not None:
            return value or default
        if value is None:
            message = f"the environment variable {name} is not set"
            self._mistakes.append(Mistake(message, line, path, f"set it, or write ${{{name}:-default}}"))
            return ""
        return value
