"""The pytest plugin, loaded by its entry point.

It imports the library only when a test asks for the fixture, so that coverage and start-up of a test run are not
spoiled. The configuration file is named by `edgeproxy_config` under `[tool.pytest.ini_options]`, relative to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from edgeproxy.build import Edge


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make `edgeproxy_config` known to pytest."""
    parser.addini("edgeproxy_config", "configuration file for the fixture `edge`", default="edgeproxy.yaml")


@pytest.fixture
def edge(request: pytest.FixtureRequest) -> Iterator[Edge]:
    """An edge of the test's own: `edge.get("/a")` sends a request through the whole pipeline, with no socket."""
    from edgeproxy.build import Edge

    path = request.config.rootpath / request.config.getini("edgeproxy_config")
    with Edge.from_config(path) as edge:
        yield edge
