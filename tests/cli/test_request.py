"""`edgeproxy request`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeproxy.cli.main import cli

APP = """
def application(environ, start_response):
    if environ["PATH_INFO"] == "/short":
        start_response("200 OK", [("Content-Length", "9")])
        return [b"begin"]
    body = environ["REQUEST_METHOD"].encode() + b" " + environ["wsgi.input"].read()
    start_response("200 OK", [("Cache-Control", "max-age=60"), ("X-Saw", environ.get("HTTP_X_A", "-"))])
    return [body]
"""
AUTH = """
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    print("looking at", request["uri"])
    if request["uri"] == "/raise":
        raise ValueError("no")
    request["headers"]["x-a"] = [{"key": "X-A", "value": "added"}]
    return request
"""
CONFIG = """
version: 1
functions:
  auth: {code: ./auth.py, handler: auth.handler}
distribution:
  origins:
    app: {wsgi: "site_of_this_test:application"}
  default_cache_behavior:
    target_origin: app
    allowed_methods: [GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE]
    functions: {viewer-request: auth}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "site_of_this_test.py").write_text(APP)
    (tmp_path / "auth.py").write_text(AUTH)
    (tmp_path / "edgeproxy.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def request(*args: str) -> tuple[int, str]:
    result = CliRunner(catch_exceptions=False).invoke(cli, ["request", *args])
    return result.exit_code, result.stdout


def test_it_prints_the_trace_with_the_diff(folder: Path) -> None:
    code, output = request("get", "/a?b=1")
    assert code == 0
    assert "viewer-request" in output
    assert "auth" in output
    assert "+ " in output
    assert "x-a" in output
    assert "looking at /a" in output
    assert "200" in output


def test_repeat_shows_the_cache_at_work(folder: Path) -> None:
    _, output = request("GET", "/a", "--repeat", "2")
    assert "Miss" in output
    assert "Hit" in output


def test_json_is_for_machines(folder: Path) -> None:
    code, output = request("GET", "/a", "--json", "-H", "X-B: 1", "--repeat", "2")
    first, second = (json.loads(line) for line in output.splitlines())
    assert code == 0
    assert first["response"]["status"] == 200
    assert (first["cache"]["result"], second["cache"]["result"]) == ("Miss", "Hit")
    step = first["steps"][0]
    assert (step["hook"], step["function"]) == ("viewer-request", "auth")
    assert step["diff"] == [{"path": "headers.x-a", "before": None, "after": ["added"]}] or "x-a" in str(step["diff"])
    assert step["logs"] == ["looking at /a"]


def test_a_body_is_sent(folder: Path) -> None:
    (folder / "body.txt").write_text("from a file")
    assert "POST a=1" in request("POST", "/", "-d", "a=1", "--verbose")[1]
    assert "POST from a file" in request("POST", "/", "-d", "@body.txt", "-v")[1]


def test_a_failing_function_is_exit_code_1(folder: Path) -> None:
    code, output = request("GET", "/raise")
    assert code == 1
    assert "ValueError" in output
    assert "LE-193" in output


def test_a_body_that_breaks_off_is_exit_code_1(folder: Path) -> None:
    code, output = request("GET", "/short", "-v")
    assert code == 1
    assert "broken off after 5 bytes" in output
    assert output.endswith("\nbegin\n")


def test_standard_input_is_sent_each_time(folder: Path) -> None:
    args = ["request", "POST", "/", "-d", "@-", "-v", "--repeat", "2"]
    result = CliRunner(catch_exceptions=False).invoke(cli, args, input="typed")
    assert result.stdout.count("POST typed") == 2


def test_one_origin_without_a_file(folder: Path) -> None:
    code, output = request("GET", "/", "--origin", "http://127.0.0.1:9", "--viewer-request", "auth.py:handler")
    assert code == 1
    assert "502" in output


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-H", "no colon"], "NAME: VALUE"),
        (["-H", ": x"], "NAME: VALUE"),
        (["-d", "@absent"], "cannot read absent"),
        (["--viewer-request", "auth.py:handler"], "needs --origin"),
        (["-H", "X-A: \udcff"], "cannot be sent"),
        (["-c", "edgeproxy.yaml", "--origin", "http://127.0.0.1:9"], "not both"),
    ],
)
def test_usage_errors(folder: Path, args: list[str], message: str) -> None:
    result = CliRunner().invoke(cli, ["request", "GET", "/", *args])
    assert result.exit_code == 2
    assert message in result.output


def test_a_url_that_is_none_is_a_usage_error(folder: Path) -> None:
    result = CliRunner().invoke(cli, ["request", "GET", "http://["])
    assert result.exit_code == 2
    assert "cannot be sent" in result.output
