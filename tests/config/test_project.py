from __future__ import annotations

import subprocess
import sys


def test_naming_a_project_does_not_load_the_schema() -> None:
    code = "import sys, edgeproxy.config.project; print({'pydantic', 'yaml'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
