from __future__ import annotations

from pathlib import Path

import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.config.options import for_wsgi, from_options
from edgeproxy.config.project import UrlBackend
from edgeproxy.errors import ConfigError, Problem


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "auth.py").touch()
    (tmp_path / "rewrite.mjs").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/auth.py").touch()
    return tmp_path


def refused(origin: str, functions: dict[Hook, str], base: Path) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        from_options(origin, functions, base=base)
    return caught.value.problems


@pytest.mark.parametrize(
    ("url", "name", "protocol", "ports"),
    [
        ("http://127.0.0.1:9000", "127.0.0.1", "http-only", (9000, 443)),
        ("http://a.test/", "a.test", "http-only", (80, 443)),
        ("https://a.test", "a.test", "https-only", (80, 443)),
        ("https://a.test:8443", "a.test", "https-only", (80, 8443)),
    ],
)
def test_one_origin(url: str, name: str, protocol: str, ports: tuple[int, int]) -> None:
    project = from_options(url)
    behavior = project.distribution.default_behavior
    origin = behavior.origin
    assert (origin.domain_name, origin.protocol_policy, (origin.http_port, origin.https_port)) == (
        name,
        protocol,
        ports,
    )
    assert project.backends == {origin.id: UrlBackend(url.rstrip("/"))}
    assert behavior.cache_policy.name == "UseOriginCacheControlHeaders-QueryStrings"
    assert behavior.origin_request_policy is not None
    assert behavior.origin_request_policy.name == "AllViewerExceptHostHeader"
    assert len(behavior.allowed_methods) == 7
    assert (project.functions, project.watched, project.warnings) == ({}, (), ())


@pytest.mark.parametrize(
    ("option", "name", "code", "handler"),
    [
        ("auth.py:handler", "auth", "auth.py", "auth.handler"),
        ("auth.py:auth.handler", "auth", "auth.py", "auth.handler"),
        ("rewrite.mjs:handler", "rewrite", "rewrite.mjs", "rewrite.handler"),
        ("other:auth.handler", "other", "other", "auth.handler"),
    ],
)
def test_file_and_handler(option: str, name: str, code: str, handler: str, base: Path) -> None:
    project = from_options("http://a.test", {Hook.ORIGIN_REQUEST: option}, base=base)
    function = project.distribution.default_behavior.functions[Hook.ORIGIN_REQUEST].function
    assert (function.name, function.code, function.handler) == (name, str(base / code), handler)
    assert project.functions == {name: function}
    assert project.watched == (str(base / code),)


def test_the_same_handler_at_two_hooks_is_one_function(base: Path) -> None:
    options = {Hook.VIEWER_REQUEST: "auth.py:handler", Hook.VIEWER_RESPONSE: "auth.py:auth.handler"}
    project = from_options("http://a.test", options, base=base)
    assert list(project.functions) == ["auth"]
    assert len(project.distribution.default_behavior.functions) == 2


def test_files_of_the_same_name_are_told_apart(base: Path) -> None:
    options = {Hook.VIEWER_REQUEST: "auth.py:handler", Hook.VIEWER_RESPONSE: "other/auth.py:handler"}
    assert list(from_options("http://a.test", options, base=base).functions) == ["auth", "auth-viewer-response"]


@pytest.mark.rule("LR-50")
def test_the_name_is_one_that_lambda_takes(tmp_path: Path) -> None:
    (tmp_path / "my función.py").touch()
    project = from_options("http://a.test", {Hook.VIEWER_REQUEST: "my función.py:handler"}, base=tmp_path)
    assert list(project.functions) == ["my-funci-n"]


def test_everything_wrong_is_told_at_once(base: Path) -> None:
    options = {
        Hook.VIEWER_REQUEST: "auth.py",
        Hook.ORIGIN_REQUEST: "nope.py:handler",
        Hook.ORIGIN_RESPONSE: "other:handler",
        Hook.VIEWER_RESPONSE: ":handler",
    }
    found = refused("localhost:9000", options, base)
    assert [(problem.key, problem.hint) for problem in found] == [
        ("--origin", "http://localhost:9000"),
        ("--viewer-request", "such as auth.py:handler"),
        ("--origin-request", ""),
        ("--origin-response", "such as other:index.handler"),
        ("--viewer-response", "such as auth.py:handler"),
    ]


def test_a_wrapped_application(base: Path) -> None:
    project = for_wsgi({Hook.VIEWER_REQUEST: "auth.py:handler"}, base=base)
    behavior = project.distribution.default_behavior
    assert (behavior.origin.id, behavior.origin.domain_name) == ("app", "app.localhost")
    assert project.backends == {}
    assert len(behavior.allowed_methods) == 7
    assert list(behavior.functions) == [Hook.VIEWER_REQUEST]


def test_a_wrapped_application_with_a_wrong_function(base: Path) -> None:
    with pytest.raises(ConfigError, match="--viewer-request: there is no file or folder"):
        for_wsgi({Hook.VIEWER_REQUEST: "nope.py:handler"}, base=base)
