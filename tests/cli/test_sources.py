"""Where a command takes its project from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from edgeproxy.cli.sources import project_from, show_warnings
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.errors import ConfigError, Problem

NOTHING: dict[str, Any] = {"origin": None, **{hook.value.replace("-", "_"): None for hook in Hook}}
CONFIG = """
version: 1
distribution:
  id: E1FROMFILE1234
  origins: {site: {domain_name: a.example.test}}
  default_cache_behavior: {target_origin: site}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "auth.py").write_text("def handler(event, context): ...")
    return tmp_path


def test_a_named_file(folder: Path) -> None:
    (folder / "other.yaml").write_text(CONFIG)
    assert project_from("other.yaml", dict(NOTHING)).distribution.id == "E1FROMFILE1234"


def test_the_file_in_the_current_folder(folder: Path) -> None:
    (folder / "edgeproxy.yaml").write_text(CONFIG)
    options = {**NOTHING, "port": 1}
    assert project_from(None, options).file == "edgeproxy.yaml"
    assert options == {"port": 1}, "what was used is taken out"


def test_one_origin_with_functions() -> None:
    project = project_from(None, {**NOTHING, "origin": "http://127.0.0.1:9000", "viewer_request": "auth.py:handler"})
    behavior = project.distribution.default_behavior
    assert list(behavior.functions) == [Hook.VIEWER_REQUEST]
    assert behavior.allowed_methods >= {"DELETE", "PATCH"}
    assert behavior.cache_policy.name == "UseOriginCacheControlHeaders-QueryStrings"
    assert behavior.origin_request_policy is not None
    assert behavior.origin_request_policy.name == "AllViewerExceptHostHeader"


def test_no_file_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"there is no edgeproxy\.yaml here"):
        project_from(None, dict(NOTHING))


@pytest.mark.parametrize(
    ("config", "options"),
    [("edgeproxy.yaml", {"origin": "http://h"}), (None, {"origin_request": "a.py:b"})],
)
def test_options_that_do_not_go_together(config: str | None, options: dict[str, str]) -> None:
    with pytest.raises(click.UsageError):
        project_from(config, {**NOTHING, **options})


def test_warnings_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    show_warnings((Problem("is old", "f.yaml", 3, "a.b"),))
    assert capsys.readouterr().err == "warning: f.yaml:3: a.b: is old\n"
