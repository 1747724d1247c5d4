"""`edgeproxy serve`: what it makes of its options. The server itself is in tests/live."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from edgeproxy.cli.main import cli
from edgeproxy.cli.serve import introduction, with_options
from edgeproxy.config.load import from_options, load
from edgeproxy.config.project import AdminSettings, ServerSettings, TlsSettings

NOTHING: dict[str, Any] = dict.fromkeys(("host", "port", "workers", "threads", "tls_cert", "tls_key", "admin_port"))
NOTHING["no_admin"] = False
PROJECT = from_options("http://127.0.0.1:9000")


def test_without_options_the_file_decides() -> None:
    assert with_options(PROJECT, NOTHING) == PROJECT


def test_options_win_over_the_file() -> None:
    changed = with_options(
        PROJECT,
        {**NOTHING, "host": "::1", "port": 0, "threads": 4, "tls_cert": "c.pem", "tls_key": "k.pem", "admin_port": 9},
    )
    assert changed.server == ServerSettings("::1", 0, 1, 4, TlsSettings("c.pem", "k.pem"))
    assert changed.admin == AdminSettings(port=9)
    assert with_options(PROJECT, {**NOTHING, "no_admin": True}).admin is None


@pytest.mark.parametrize("options", [{"tls_cert": "c.pem"}, {"tls_key": "k.pem"}, {"workers": 2}])
def test_what_cannot_be_honoured_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(click.UsageError):
        with_options(PROJECT, {**NOTHING, **options})


def test_the_introduction_names_addresses_behaviors_and_functions_in_the_order_of_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "f.py").write_text("def handler(event, context): ...")
    config = tmp_path / "edgeproxy.yaml"
    config.write_text(
        "version: 1\nfunctions: {f: {code: ./f.py, handler: f.handler}}\n"
        "distribution:\n  origins: {site: {domain_name: a.example.test}}\n"
        "  default_cache_behavior:\n    target_origin: site\n"
        "    functions: {viewer-response: f, origin-request: f, viewer-request: f}\n"
    )
    text = introduction(load(config), {"server": "http://127.0.0.1:8080", "admin": "http://127.0.0.1:8081"})
    assert text.splitlines()[1:] == [
        "  proxy  http://127.0.0.1:8080",
        "  admin  http://127.0.0.1:8081/traces",
        "  * -> site",
        "      viewer-request: f",
        "      origin-request: f",
        "      viewer-response: f",
        "Ctrl-C stops it.",
    ]
    assert "admin" not in introduction(load(config), {"server": "http://127.0.0.1:8080"})


def test_a_wrong_log_format_is_a_usage_error() -> None:
    result = CliRunner().invoke(cli, ["serve", "--origin", "http://127.0.0.1:9", "--log-format", "xml"])
    assert result.exit_code == 2


FIRST_REQUEST = """
import sys
import edgeproxy.server
from edgeproxy.cli.main import main

def answer_once(listeners, *, on_ready):
    on_ready({listener.name: "http://127.0.0.1" for listener in listeners})
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_HOST": "a.test"}
    b"".join(listeners[0].app(environ, lambda status, headers: print(status)))
    print("loaded:", *sorted(name for name in sys.modules if name.startswith(tuple(HEAVY))))
    return 0

edgeproxy.server.serve = answer_once
main()
"""


def loaded_by(heavy: set[str], *args: str) -> str:
    """What `serve` prints until its first request is answered: the status, and which heavy modules it loaded."""
    script = f"HEAVY = {heavy!r}\n{FIRST_REQUEST}"
    result = subprocess.run(
        [sys.executable, "-c", script, "serve", *args], capture_output=True, text=True, timeout=30, check=True
    )
    return result.stdout


def test_one_origin_loads_neither_the_schema_nor_what_it_does_not_use() -> None:
    heavy = {
        *("pydantic", "yaml", "werkzeug", "prometheus_client", "httpx", "xml", "mimetypes"),
        *("edgeproxy.admin", "edgeproxy.config.model", "edgeproxy.observe.console", "edgeproxy.origins.directory"),
    }
    # Port 1 is closed: CloudFront's answer is 502, and everything that asks an origin has been used.
    options = ["--origin", "http://127.0.0.1:1", "--no-admin", "--log-format", "none"]
    assert loaded_by(heavy, *options) == "502 Bad Gateway\nloaded:\n"


def test_the_admin_listener_loads_no_schema() -> None:
    options = ["--origin", "http://127.0.0.1:1", "--log-format", "json"]
    lines = loaded_by({"pydantic", "yaml", "httpx"}, *options).splitlines()
    assert lines[-1] == "loaded:"
