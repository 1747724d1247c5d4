"""The command: help, exit codes, how mistakes are shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from edgeproxy.cli import main as cli_main
from edgeproxy.cli.main import COMMANDS, cli, main


def run(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgeproxy", *args], cwd=cwd, capture_output=True, text=True, timeout=30, check=False
    )


def test_help_names_every_command_and_an_example() -> None:
    output = CliRunner().invoke(cli, ["--help"]).output
    assert all(name in output for name in COMMANDS)
    assert "edgeproxy serve --origin" in output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_each_command_has_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert f"Example: edgeproxy {name}" in result.output


def test_help_loads_no_command_and_no_heavy_library() -> None:
    probe = (
        "import sys\nsys.argv = ['edgeproxy', '--help']\nfrom edgeproxy.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'pydantic', 'granian', 'httpx', 'httpcore', 'werkzeug', 'yaml', 'msgspec.json', 'prometheus_client',"
        " 'asyncio', 'edgeproxy.build'} & set(sys.modules)\nprint('heavy:', sorted(heavy))"
    )
    result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=30, check=True)
    assert "heavy: []" in result.stdout


def test_a_wrong_command_is_a_usage_error_with_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["edgeproxy", "serv"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "Did you mean 'serve'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "code"),
    [(["--version"], 0), ([], 0), (["serve", "--no-such-option"], 2), (["serve", "--port", "99999"], 2), (["zzz"], 2)],
)
def test_exit_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str], code: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["edgeproxy", *args])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == code
    captured = capsys.readouterr()
    assert captured.out or captured.err


def test_three_mistakes_give_three_messages_with_lines_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "edgeproxy.yaml").write_text(
        "version: 1\n"
        "distribution:\n"
        "  origins:\n"
        "    site: {domain_name: a.example.test, protcol_policy: http-only}\n"
        "  default_cache_behavior:\n"
        "    target_origin: sight\n"
        "    viewer_protocol_policy: redirect-to-http\n"
    )
    result = run("check", cwd=tmp_path)
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 3, result.stderr
    assert [line.split(":")[2] for line in lines] == ["4", "6", "7"]
    assert "protocol_policy" in lines[0]
    assert "site" in lines[1]
    assert "redirect-to-https" in lines[2]


def test_without_a_file_it_says_what_to_do(tmp_path: Path) -> None:
    result = run("serve", cwd=tmp_path)
    assert result.returncode == 2
    assert "there is no edgeproxy.yaml here" in result.stderr
    assert "--origin" in result.stderr


def test_an_abort_is_not_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def aborted(**_: object) -> None:
        raise click.Abort

    monkeypatch.setattr(cli_main, "cli", aborted)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 130
