"""What holds for every function: it can be uploaded to Lambda@Edge as it is."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.functions.deployed import FUNCTIONS, handler_of

FOLDERS = sorted(path.parent for path in FUNCTIONS.glob("*/index.py"))


def test_there_is_a_function_for_each_hook() -> None:
    assert {"canonical-host", "directory-index", "security-headers", "server-timing"} <= {path.name for path in FOLDERS}
    assert all((path / "index.py").is_file() for path in FUNCTIONS.iterdir() if path.is_dir())


@pytest.mark.rule("LE-276")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_needs_nothing_but_python(folder: Path) -> None:
    tree = ast.parse((folder / "index.py").read_text("utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names - {"os"}, "no layers, and no environment variables of one's own"
    assert ast.get_docstring(tree)
    assert callable(handler_of(folder.name))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_says_how_to_attach_it(folder: Path) -> None:
    text = (folder / "README.md").read_text("utf-8")
    assert text.startswith(f"# {folder.name}\n")
    for part in ("**Attach** as ", "**Policies:**", "**To change:**", "**Limits**", "handler: index.handler"):
        assert part in text
