"""From a Project to a live edge."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
import msgspec
import pytest

from edgeproxy.build import associated_functions, build, for_application, runtime_warnings
from edgeproxy.config.load import load_data
from edgeproxy.config.project import Project
from edgeproxy.errors import ConfigError
from tests.builders import Site


def a_project(folder: Path, runtime: str = "", backend: dict[str, str] | None = None) -> Project:
    (folder / "auth.py").write_text("def handler(event, context): return event['Records'][0]['cf']['request']")
    function = {"code": "auth.py", "handler": "auth.handler", **({"runtime": runtime} if runtime else {})}
    return load_data(
        {
            "version": 1,
            "functions": {"auth": function, "unused": {"runtime": "nodejs20.x", "code": "auth.py", "handler": "a.b"}},
            "distribution": {
                "origins": {
                    "site": {"domain_name": "origin.example.test", "protocol_policy": "http-only", **(backend or {})}
                },
                "default_cache_behavior": {"target_origin": "site", "functions": {"viewer-request": "auth"}},
            },
        },
        folder,
    )


def test_the_origins_can_be_reached_through_any_transport(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"from a mock")

    with build(a_project(tmp_path), transport=httpx.MockTransport(answer)) as edge:
        assert edge.get("/a%2Fb?c").body == b"from a mock"
    assert seen[0].headers["host"] == "d111111abcdef8.cloudfront.net"


def test_only_functions_that_are_attached_are_run(tmp_path: Path) -> None:
    project = a_project(tmp_path)
    assert [function.name for function in associated_functions(project)] == ["auth"]
    with build(project) as edge:
        assert set(edge.pools) == {"auth"}


@pytest.mark.rule("LE-274")
def test_an_association_that_cannot_be_honoured_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nodejs20\.x"):
        build(a_project(tmp_path, "nodejs20.x"))


def test_an_application_that_cannot_be_loaded_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no_such_module"):
        build(a_project(tmp_path, backend={"wsgi": "no_such_module:app"}))


def test_a_given_application_stands_for_its_origin(tmp_path: Path) -> None:
    project = a_project(tmp_path, backend={"wsgi": "no_such_module:app"})
    with build(project, apps={"site": Site(b"given")}) as edge:
        assert edge.get("/").body == b"given"


def test_another_python_than_the_proxy_s_is_a_warning(tmp_path: Path) -> None:
    project = a_project(tmp_path)
    function = project.functions["auth"]
    assert runtime_warnings(function, project) == ()
    own = msgspec.structs.replace(function, runtime=f"python3.{sys.version_info.minor}")
    assert runtime_warnings(own, project) == ()
    other = msgspec.structs.replace(function, runtime="python3.8")
    assert "python3.8" in str(runtime_warnings(other, project)[0])


def test_a_wrapped_application_needs_no_configuration() -> None:
    project = for_application(None)
    assert set(project.distribution.origins) == {"app"}
    assert project.distribution.default_behavior.allowed_methods >= {"GET", "POST", "DELETE"}
