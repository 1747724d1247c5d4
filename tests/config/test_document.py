from __future__ import annotations

import subprocess
import sys

from edgeproxy.config.document import Document, Mistake


def test_a_text_without_mistakes_or_variables_is_data_and_lines() -> None:
    document = Document({"a": ["b"]}, {(): 1, ("a",): 1, ("a", 0): 2})
    assert (document.mistakes, document.expanded) == ((), frozenset())
    assert document.lines["a", 0] == 2


def test_a_mistake_is_about_the_whole_text_unless_it_names_a_key() -> None:
    assert Mistake("this is not YAML", 3) == Mistake("this is not YAML", 3, (), "")


def test_a_document_needs_no_parser() -> None:
    code = "import sys, edgeproxy.config.document; print({'pydantic', 'yaml'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
