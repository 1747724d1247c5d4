"""Data against the schema, with every mistake told in words.

What is wrong is cut out and the rest is tried again: so the rules that span several keys can be checked although
something else is wrong, and the user sees everything at once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from edgeproxy.config.document import Document, KeyPath
from edgeproxy.config.model import Configuration
from edgeproxy.config.problems import Report, nearest, nearest_one

_ROUNDS = 12
"""More than the schema is deep: each round cuts at least one level nearer to the root."""


def validate(document: Document, report: Report) -> Configuration | None:
    """Check data against the schema; everything that is wrong goes into the report.

    Gives what is left, with defaults and placeholders for what was wrong (the report is told where, and takes no more
    findings there), or None when so much is wrong that nothing more can be said.
    """
    cutter = _Cutter(document.data)
    for _ in range(_ROUNDS):
        try:
            configuration = Configuration.model_validate(cutter.data)
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            report.settle(cutter.cut)
            return configuration
        misspelled = {
            (*path[:-1], key)
            for path in (_path(detail["loc"]) for detail in details if detail["type"] == "extra_forbidden")
            if (key := nearest_one(str(path[-1]), keys_at(path[:-1])))
        }
        for detail in details:
            path = _path(detail["loc"])
            # A required key that stands there in a wrong spelling is one mistake, not two; so is a list that is too
            # short because what is in it is wrong.
            consequence = (detail["type"] == "missing" and path in misspelled) or (
                detail["type"] == "too_short"
                and any(len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details)
            )
            if not cutter.covers(path) and not consequence:
                _tell(dict(detail), path, document, report)
        cutter.remove(details)
    return None


def _path(loc: tuple[str | int, ...]) -> KeyPath:
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


class _Cutter:
    """Takes wrong values out of data, and puts placeholders where something required is missing."""

    def __init__(self, data: Any) -> None:
        self.data = copy.deepcopy(data)
        self.cut: set[KeyPath] = set()
        self._placed: set[KeyPath] = set()

    def covers(self, path: KeyPath) -> bool:
        """Whether what stands there is no longer what the user wrote."""
        return any(path[:length] in self.cut for length in range(len(path) + 1))

    def remove(self, details: Iterable[ErrorDetails]) -> None:
        """Take out what one round of validation found wrong."""
        gone: set[KeyPath] = set()
        for detail in details:
            path = _path(detail["loc"])
            if any(path[:length] in gone for length in range(len(path) + 1)):
                continue
            if detail["type"] == "missing" and path not in self._placed:
                _at(self.data, path[:-1])[path[-1]] = _placeholder(path)
                self._placed.add(path)
                self.cut.add(path)
            else:
                gone.add(self._pop(path))

    def _pop(self, path: KeyPath) -> KeyPath:
        """Take out what is at a path, or what holds it: what was taken.

        A placeholder that is refused takes its holder with it. Items keep their indexes, so a list goes whole.
        """
        while path:
            self.cut.add(path)
            holder = _at(self.data, path[:-1])
            if isinstance(holder, dict) and holder.pop(path[-1], self) is not self and path not in self._placed:
                break
            path = path[:-1]
        return path


_EXAMPLES = {"handler": "index.handler", "bucket": "bucket", "region": "us-east-1"}
"""Placeholders for required keys that not every text fits."""


def _placeholder(path: KeyPath) -> Any:
    kind = _type_at(path)
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if kind is int:
        return 0
    return _EXAMPLES.get(str(path[-1]), "") if kind is str else {}


def _at(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = data[part]
    return data


_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "int_from_float": "a whole number",
    "finite_number": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping (`key: value` lines)",
    "model_type": "a mapping (`key: value` lines)",
    "tuple_type": "a list",
}


def _tell(detail: Mapping[str, Any], path: KeyPath, document: Document, report: Report) -> None:
    kind, context, found = detail["type"], detail.get("ctx", {}), detail["input"]
    is_key = detail["loc"] != path
    secret = path in document.expanded
    shown = "the text of a variable" if secret else _shown(found)
    if kind == "missing":
        report.problem(path, "this key is required and missing")
    elif kind == "extra_forbidden":
        known = keys_at(path[:-1])
        report.problem(path, "unknown key", hint=nearest(str(path[-1]), known))
    elif kind == "literal_error":
        choices = [str(choice) for choice in choices_at(path, key=is_key)]
        expected = " or ".join(part for part in (", ".join(choices[:-1]), choices[-1]) if part)
        meant = nearest_one(found, choices) if isinstance(found, str) and not secret else ""
        hint = f"did you mean `{meant}`?" if meant else ""
        report.problem(path, f"expected {expected}, found {shown}", hint=hint)
    elif kind == "refused":
        hint = "" if secret else context["hint"]
        report.problem(path, f"{context['words']}, found {shown}", hint=hint, rule=context["rule"])
    elif kind in _KINDS:
        hint = "put it in quotes" if kind == "string_type" and isinstance(found, (int, float)) else ""
        report.problem(path, f"expected {_KINDS[kind]}, found {shown}", hint=hint)
    else:
        report.problem(path, _bounds(kind, context, shown))


def _bounds(kind: str, context: Mapping[str, Any], shown: str) -> str:
    words = {
        "greater_than_equal": "expected {ge} or more",
        "less_than_equal": "expected {le} or less",
        "string_too_short": "expected at least {min_length} character(s)",
        "string_too_long": "expected at most {max_length} characters",
        "too_short": "expected at least {min_length} item(s)",
        "too_long": "expected at most {max_length} items",
    }.get(kind)
    return f"{words.format(**context) if words else f'expected something else ({kind})'}, found {shown}"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"`{value}`" if len(value) <= 60 else f"`{value[:57]}…`"
    if isinstance(value, (int, float)):
        return "a very large number" if isinstance(value, int) and abs(value) >= 10**18 else str(value)
    if isinstance(value, dict):
        return "a mapping"
    return f"a list of {len(value)}" if isinstance(value, (list, tuple)) else f"a {type(value).__name__}"


def keys_at(path: KeyPath) -> tuple[str, ...]:
    """The keys that the schema knows at a path; none for a mapping whose keys are the user's."""
    found = _type_at(path)
    return tuple(found.model_fields) if isinstance(found, type) and issubclass(found, BaseModel) else ()


def choices_at(path: KeyPath, *, key: bool = False) -> tuple[Any, ...]:
    """The values that the schema allows at a path (for the key itself, with `key`), where it lists them."""
    return get_args(get_args(_type_at(path[:-1]))[0] if key else _type_at(path))


def _type_at(path: KeyPath) -> Any:
    found: Any = Configuration
    for part in path:
        if isinstance(found, type) and issubclass(found, BaseModel):
            found = _bare(found.model_fields[str(part)].annotation)
        elif get_origin(found) is dict:
            found = _bare(get_args(found)[1])
        else:
            found = _bare(get_args(found)[0])
    return found


def _bare(annotation: Any) -> Any:
    """A type without `Annotated` and without `| None`."""
    while True:
        if hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(kind for kind in get_args(annotation) if kind is not NoneType)
        else:
            return annotation
