"""The pytest plugin, by running pytest in pytest."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

APP = """
def application(environ, start_response):
    start_response("200 OK", [("Cache-Control", "max-age=60"), ("Content-Length", "5")])
    return [b"hello"]
"""
CONFIG = """
version: 1
distribution:
  origins: {app: {wsgi: "site_of_the_plugin_test:application"}}
  default_cache_behavior: {target_origin: app}
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(site_of_the_plugin_test=APP)
    (pytester.path / "edge.yaml").write_text(CONFIG)
    pytester.makeini("[pytest]\nedgeproxy_config = edge.yaml\n")
    return pytester


def test_the_fixture_is_an_edge_of_the_test_s_own(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_first(edge):
            assert edge.get("/").trace.cache == "Miss"
            assert edge.get("/").trace.cache == "Hit"

        def test_second(edge):
            assert edge.get("/").body == b"hello"
            assert edge.get("/").trace.cache == "Hit"

        def test_third_begins_with_an_empty_cache(edge):
            assert edge.get("/").trace.cache == "Miss"
        """
    )
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_the_library_is_not_loaded_by_the_start_of_pytest(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_nothing_is_loaded():
            assert "edgeproxy.testing.plugin" in sys.modules
            assert {"edgeproxy.build", "edgeproxy.edge", "werkzeug", "granian", "pydantic"} & set(sys.modules) == set()
        """
    )
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_wrong_configuration_is_shown(project: pytest.Pytester) -> None:
    (project.path / "edge.yaml").write_text("version: 1\n")
    project.makepyfile("def test_it(edge): ...")
    result = project.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*edge.yaml*distribution*"])
