"""The shape of the project: which room imports which, what stays pure, and where the test of a module is."""

from __future__ import annotations

import ast
import graphlib
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = "edgeproxy"

# --- the rules -------------------------------------------------------------------------------------------------------

GROUND = frozenset({"errors", "clock", "ids", "function"})
RULES = frozenset({"messages", "cloudfront"})
LINE = RULES | {"events", "pipeline"}
ADAPTERS = frozenset({"runtime", "stores", "origins", "observe", "config"})
LIVE = GROUND | LINE | ADAPTERS | {"edge", "build"}

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    # errors, clock, ids, function <- messages <- cloudfront <- events <- pipeline <- edge <- build <- the rest
    "errors": frozenset(),
    "clock": frozenset({"errors"}),
    "ids": frozenset({"errors"}),
    "function": frozenset({"errors"}),
    "messages": frozenset({"errors", "function"}),
    "cloudfront": frozenset({"errors", "function", "messages"}),
    "events": frozenset({"errors", "function"}) | RULES,
    "pipeline": frozenset({"errors", "function", "events"}) | RULES,
    "edge": GROUND | LINE,
    "build": GROUND | LINE | ADAPTERS | {"edge"},
    # Adapters import neither pipeline nor edge nor each other; observe reads traces.
    "runtime": GROUND,
    "stores": GROUND | RULES,
    "origins": GROUND | RULES,
    "config": GROUND | RULES,
    "observe": GROUND | LINE,
    # What the users hold.
    "wsgi": LIVE,
    "server": LIVE,
    "admin": LIVE,
    "testing": LIVE | {"wsgi"},
    "cli": LIVE | {"wsgi", "server", "admin", "__init__"},
    "__init__": LIVE | {"wsgi"},
    "__main__": frozenset({"cli"}),
}
"""Room -> the other rooms that it may import. A room is a module or a folder directly under the package."""

PURE_ROOMS = frozenset({"errors", "function", "messages", "cloudfront", "events", "pipeline"})
IMPURE = frozenset(
    {
        *("os", "time", "random", "secrets", "uuid", "logging", "tempfile", "shutil", "signal"),
        *("socket", "ssl", "select", "selectors", "socketserver", "asyncio"),
        *("threading", "multiprocessing", "concurrent", "subprocess", "queue"),
        *("werkzeug", "httpx", "httpcore", "yaml", "click", "granian"),
    }
)
"""Top-level modules with I/O, time, chance or threads: a pure room imports none of them."""

UNMIRRORED = frozenset({"functions", "examples", "live", "bench", "browser", "cases"})
"""Folders of `tests` that do not mirror a room."""
UNMIRRORED_TESTS = frozenset({"test_layout.py", "test_exports.py", "test_readme.py"})
"""Tests directly under `tests` that mirror no module."""

RULE_ID = re.compile(r"(LE|CF|LR|FN)-[0-9]+")

# --- reading ---------------------------------------------------------------------------------------------------------


class Import(NamedTuple):
    """One imported module."""

    place: str
    """File and line, from the root of the project."""
    importer: str
    module: str
    """Dotted name; for `from a import b`, `a.b` where that is a module of the package, else `a`."""


def room(module: str) -> str:
    """The room of a module of the package."""
    return module.split(".")[1] if "." in module else "__init__"


@cache
def modules() -> Mapping[str, Path]:
    """Dotted name -> file, of every module of the package."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    return found


@cache
def imports() -> tuple[Import, ...]:
    """Every import statement of the package, those inside functions and for type checkers too."""
    found: list[Import] = []
    for module, path in modules().items():
        source = path.read_text("utf-8")
        name = path.relative_to(ROOT).as_posix()
        found += read_imports(source, name, module, is_package=path.name == "__init__.py")
    return tuple(found)


def read_imports(source: str, file: str, module: str, *, is_package: bool = False) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(f"{file}:{node.lineno}", module, alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                parent = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parent, base] if base else parent)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Import(f"{file}:{node.lineno}", module, inner if inner in modules() else base)


def is_ours(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


# --- checking --------------------------------------------------------------------------------------------------------


def wrong_directions(found: tuple[Import, ...]) -> list[str]:
    return [
        f"{place}: {room(importer)} may not import {room(module)} ({module})"
        for place, importer, module in found
        if is_ours(module)
        and room(module) != room(importer)
        and room(module) not in MAY_IMPORT.get(room(importer), frozenset())
    ]


def impurities(found: tuple[Import, ...]) -> list[str]:
    return [
        f"{place}: {room(importer)} is pure and may not import {module}"
        for place, importer, module in found
        if room(importer) in PURE_ROOMS and module.partition(".")[0] in IMPURE
    ]


def cycle(found: tuple[Import, ...]) -> list[str]:
    """The modules of an import cycle, the first one at the end again; empty when there is none."""
    graph: dict[str, set[str]] = {}
    for _, importer, module in found:
        if is_ours(module) and module != importer:
            graph.setdefault(importer, set()).add(module)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        named: list[str] = error.args[1]
        return named[::-1]
    return []


def mirrored(modules_of_package: list[str], tests: list[str]) -> list[str]:
    """What is wrong between `x/y.py` of the package and `x/test_y.py` of the tests, both as POSIX paths."""
    wanted = {}
    for name in modules_of_package:
        folder, _, file = name.rpartition("/")
        if file not in ("__init__.py", "__main__.py"):
            wanted[f"{folder}/test_{file}".lstrip("/")] = name
    present = {name for name in tests if name.split("/")[0] not in UNMIRRORED | UNMIRRORED_TESTS}
    missing = [
        f"{PACKAGE}/{wanted[name]} has no test: expected tests/{name}" for name in sorted(wanted.keys() - present)
    ]
    return missing + [f"tests/{name} mirrors no module" for name in sorted(present - wanted.keys())]


def bad_rule_marks(source: str, file: str) -> list[str]:
    """`@pytest.mark.rule` without an id, or with one that is not of the form of a rule's."""
    bad = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
            given = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            bad += [f"{file}:{node.lineno}: {rule!r} is no rule" for rule in given if not RULE_ID.fullmatch(str(rule))]
            if not node.args:
                bad.append(f"{file}:{node.lineno}: a rule mark names a rule")
    return bad


# --- the project -----------------------------------------------------------------------------------------------------


def show(problems: list[str]) -> str:
    return "\n" + "\n".join(problems)


def test_every_room_has_its_place() -> None:
    assert {room(module) for module in modules()} <= MAY_IMPORT.keys()


def test_imports_go_one_way() -> None:
    problems = wrong_directions(imports())
    assert not problems, show(problems)


def test_pure_rooms_do_no_io() -> None:
    problems = impurities(imports())
    assert not problems, show(problems)


def test_no_module_imports_itself_by_a_detour() -> None:
    found = cycle(imports())
    assert not found, " -> ".join(found)


def test_tests_mirror_modules() -> None:
    package = [path.relative_to(ROOT / PACKAGE).as_posix() for path in modules().values()]
    tests = [path.relative_to(ROOT / "tests").as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    problems = mirrored(package, tests)
    assert not problems, show(problems)


def test_rule_marks_name_rules() -> None:
    problems = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        problems += bad_rule_marks(path.read_text("utf-8"), path.relative_to(ROOT).as_posix())
    assert not problems, show(problems)


# --- the checks themselves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "statement", "problem"),
    [
        ("edgeproxy.messages.url", "import edgeproxy.cloudfront.hooks", "may not import cloudfront"),
        ("edgeproxy.messages.url", "from edgeproxy.cloudfront import hooks", "may not import cloudfront"),
        ("edgeproxy.messages.url", "from ..cloudfront import hooks", "may not import cloudfront"),
        ("edgeproxy.messages.url", "def f():\n    from edgeproxy.clock import Clock", "may not import clock"),
        ("edgeproxy.messages.url", "if TYPE_CHECKING:\n    import edgeproxy.edge", "may not import edge"),
        ("edgeproxy.messages.url", "from edgeproxy import load", "may not import __init__"),
        ("edgeproxy.origins.http", "import edgeproxy.pipeline.steps", "may not import pipeline"),
        ("edgeproxy.origins.http", "from edgeproxy.stores.memory import MemoryStore", "may not import stores"),
        ("edgeproxy.unheard.of", "import edgeproxy.errors", "may not import errors"),
        ("edgeproxy.messages.url", "from edgeproxy.errors import BodyError", ""),
        ("edgeproxy.messages.url", "from . import text", ""),
        ("edgeproxy.messages.url", "from .text import to_wire", ""),
        ("edgeproxy.observe.text", "import edgeproxy.pipeline.trace", ""),
    ],
)
def test_a_wrong_direction_is_found(module: str, statement: str, problem: str) -> None:
    found = wrong_directions(tuple(read_imports(statement, "file.py", module)))
    assert len(found) == bool(problem)
    for text in found:
        assert text.startswith(f"file.py:{statement.count(chr(10)) + 1}: ")
        assert problem in text


def test_a_relative_import_in_a_package_is_of_that_package() -> None:
    (found,) = read_imports("from .hooks import Hook", "file.py", "edgeproxy.cloudfront", is_package=True)
    assert found.module == "edgeproxy.cloudfront.hooks"
    (found,) = read_imports("from ..errors import BodyError", "file.py", "edgeproxy.cloudfront", is_package=True)
    assert found.module == "edgeproxy.errors"


@pytest.mark.parametrize(
    ("module", "statement", "is_pure"),
    [
        ("edgeproxy.events.encode", "import os.path", False),
        ("edgeproxy.events.encode", "def f():\n    from concurrent.futures import Future", False),
        ("edgeproxy.function", "import asyncio", False),
        ("edgeproxy.events.encode", "import json, re", True),
        ("edgeproxy.origins.http", "import socket", True),
    ],
)
def test_an_impurity_is_found(module: str, statement: str, is_pure: bool) -> None:
    found = impurities(tuple(read_imports(statement, "file.py", module)))
    assert len(found) == (0 if is_pure else 1)


def test_a_cycle_is_found() -> None:
    chain = [("edgeproxy.a", "edgeproxy.b"), ("edgeproxy.b", "edgeproxy.c"), ("edgeproxy.a", "edgeproxy.c")]
    assert cycle(tuple(Import("", *pair) for pair in chain)) == []
    found = cycle(tuple(Import("", *pair) for pair in [*chain, ("edgeproxy.c", "edgeproxy.a")]))
    assert found[0] == found[-1]
    pairs = {*chain, ("edgeproxy.c", "edgeproxy.a")}
    assert all(pair in pairs for pair in itertools.pairwise(found))


def test_a_missing_and_a_stray_test_are_found() -> None:
    package = ["__init__.py", "clock.py", "a/__init__.py", "a/b.py", "a/c.py"]
    tests = ["test_clock.py", "test_layout.py", "a/test_b.py", "a/test_d.py", "live/test_anything.py"]
    assert mirrored(package, tests) == [
        "edgeproxy/a/c.py has no test: expected tests/a/test_c.py",
        "tests/a/test_d.py mirrors no module",
    ]


@pytest.mark.parametrize(
    ("mark", "problems"),
    [('"LE-1"', 0), ('"CF-43"', 0), ('"LE1"', 1), ('"XX-1"', 1), ('"LE-1a"', 1), ("1", 1), ("", 1)],
)
def test_a_bad_rule_mark_is_found(mark: str, problems: int) -> None:
    source = f"@pytest.mark.rule({mark})\ndef test_it(): ..."
    assert len(bad_rule_marks(source, "file.py")) == problems
