from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.config.document import Document
from edgeproxy.config.functions import build_functions, check_limits
from edgeproxy.config.model import FunctionConfig
from edgeproxy.config.problems import Report
from edgeproxy.function import Function


def a_report() -> Report:
    return Report("", Document({}, {}))


def test_a_function_with_everything(tmp_path: Path) -> None:
    (tmp_path / "auth").mkdir()
    config = FunctionConfig(
        runtime="python3.12",
        code="./auth",
        handler="index.handler",
        timeout=7,
        memory_size=256,
        version=3,
        isolation="process",
        executable="/usr/bin/python3",
        warm=2,
        max_concurrency=10,
        credentials="profile staging",
    )
    report = a_report()
    assert build_functions({"auth": config}, tmp_path, report) == {
        "auth": Function(
            name="auth",
            runtime="python3.12",
            code=str(tmp_path / "auth"),
            handler="index.handler",
            timeout=7.0,
            memory_size=256,
            version=3,
            isolation="process",
            executable="/usr/bin/python3",
            warm=2,
            max_concurrency=10,
            credentials="staging",
        )
    }
    assert report.problems == ()


def test_defaults_are_those_of_a_function(tmp_path: Path) -> None:
    (tmp_path / "auth.mjs").touch()
    config = FunctionConfig(code="auth.mjs", handler="auth.handler")
    built = build_functions({"auth": config}, tmp_path, a_report())["auth"]
    assert built == Function(name="auth", code=str(tmp_path / "auth.mjs"), handler="auth.handler")


@pytest.mark.rule("LR-78")
@pytest.mark.rule("LR-79")
@pytest.mark.parametrize("handler", ["index.handler", "pkg/mod.func", "pkg.mod.func", "a.b", "src/index.handler"])
def test_handlers_that_lambda_takes(handler: str) -> None:
    assert FunctionConfig(code="x", handler=handler).handler == handler


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("auht", "did you mean `auth`?"),
        ("zzz", "paths are relative to the configuration file"),
        ("no/auth", "paths are relative to the configuration file"),
        ("\0", "paths are relative to the configuration file"),
    ],
)
def test_code_must_be_there(code: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "auth").mkdir()
    report = a_report()
    build_functions({"auth": FunctionConfig(code=code, handler="a.b")}, tmp_path, report)
    (problem,) = report.problems
    assert problem.message == f"there is no file or folder {tmp_path / code}"
    assert problem.hint == hint


VIEWER, ORIGIN = Hook.VIEWER_REQUEST, Hook.ORIGIN_RESPONSE


@pytest.mark.parametrize(
    ("column", "hook", "timeout", "memory", "rules"),
    [
        pytest.param("latest", VIEWER, 5, 128, [], id="within the older limits"),
        pytest.param("latest", VIEWER, 6, 128, ["LE-265"], id="time", marks=pytest.mark.rule("LE-265")),
        pytest.param("latest", VIEWER, 5, 129, ["LE-265"], id="memory", marks=pytest.mark.rule("LE-265")),
        pytest.param("latest", ORIGIN, 30, 10_240, [], id="at the origin"),
        pytest.param("2023", VIEWER, 6, 128, ["LE-253"], id="time in 2023", marks=pytest.mark.rule("LE-253")),
        pytest.param("2023", VIEWER, 5, 129, ["LE-254"], id="memory in 2023", marks=pytest.mark.rule("LE-254")),
        pytest.param("2023", ORIGIN, 30, 10_240, [], id="at the origin in 2023"),
    ],
)
def test_limits_per_hook(
    column: Literal["latest", "2023"], hook: Hook, timeout: int, memory: int, rules: list[str]
) -> None:
    function = Function(name="f", code="x", handler="a.b", timeout=float(timeout), memory_size=memory)
    report = a_report()
    check_limits(function, [ORIGIN, hook, Hook.VIEWER_RESPONSE] if rules else [hook], Profile(column=column), report)
    found = report.warnings if column == "latest" else report.problems
    assert [problem.rule for problem in found] == rules
    assert len(report.warnings) + len(report.problems) == len(rules)
