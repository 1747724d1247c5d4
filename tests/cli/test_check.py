"""`edgeproxy check`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edgeproxy.cli.main import cli

CONFIG = """
version: 1
functions:
  auth: {{runtime: {runtime}, code: ./auth.py, handler: auth.handler}}
distribution:
  origins:
    site: {{domain_name: origin.example.test}}
  default_cache_behavior:
    target_origin: site
    functions: {{viewer-request: auth}}
"""
OWN = f"python3.{sys.version_info.minor}"


def check(folder: Path, source: str, runtime: str = OWN) -> Result:
    (folder / "auth.py").write_text(source)
    (folder / "edgeproxy.yaml").write_text(CONFIG.format(runtime=runtime))
    return CliRunner().invoke(cli, ["check", str(folder / "edgeproxy.yaml")])


def test_a_good_file_is_fine(tmp_path: Path) -> None:
    result = check(tmp_path, "def handler(event, context): ...")
    assert result.exit_code == 0, result.output
    assert result.output.endswith("fine (1 behavior, 1 origin, 1 function)\n")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import no_such_package", "Runtime.ImportModuleError"),
        ("def (", "Runtime.UserCodeSyntaxError"),
        ("", "Runtime.HandlerNotFound"),
    ],
)
def test_a_handler_that_cannot_be_loaded_is_exit_code_1(tmp_path: Path, source: str, message: str) -> None:
    result = check(tmp_path, source)
    assert result.exit_code == 1
    assert message in result.output
    assert "functions.auth.handler" in result.output


def test_another_python_than_the_proxy_s_is_an_error_here(tmp_path: Path) -> None:
    result = check(tmp_path, "def handler(event, context): ...", runtime="python3.8")
    assert result.exit_code == 1
    assert "python3.8" in result.output


def test_a_runtime_that_cannot_be_run_is_never_dropped(tmp_path: Path) -> None:
    result = check(tmp_path, "exports.handler = async () => {}", runtime="nodejs20.x")
    assert result.exit_code != 0
