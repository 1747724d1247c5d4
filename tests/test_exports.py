"""The public names."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import edgeproxy


def test_all_is_sorted_and_says_everything_once() -> None:
    assert edgeproxy.__all__ == sorted(set(edgeproxy.__all__))


@pytest.mark.parametrize("name", edgeproxy.__all__)
def test_every_name_is_there(name: str) -> None:
    assert callable(getattr(edgeproxy, name))


def test_what_is_public_is_in_all() -> None:
    for name in edgeproxy.__all__:
        getattr(edgeproxy, name)
    public = {
        name
        for name, value in vars(edgeproxy).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("edgeproxy")
    }
    assert public == set(edgeproxy.__all__)


def test_type_checkers_see_the_same_names() -> None:
    module = ast.parse(Path(edgeproxy.__file__).read_text("utf-8"))
    (block,) = (node for node in module.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    froms = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    homes = {alias.name: node.module for node in froms for alias in node.names}
    assert sorted(homes) == edgeproxy.__all__
    assert homes == edgeproxy._HOMES


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'edgeproxy' has no attribute 'Egde'"):
        getattr(edgeproxy, "Egde")  # noqa: B009 - a type checker would see the mistake


@pytest.mark.live
def test_the_import_alone_loads_nothing() -> None:
    script = "import sys, edgeproxy; print(*[name for name in sys.modules if name.startswith('edgeproxy')])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["edgeproxy"]
