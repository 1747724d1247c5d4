from __future__ import annotations

import pytest

from edgeproxy.errors import (
    BodyError,
    ConfigError,
    EdgeProxyError,
    InternalError,
    OriginBodyError,
    Problem,
    ViewerBodyError,
)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is wrong"), "is wrong"),
        (Problem("is wrong", file="edge.yaml"), "edge.yaml: is wrong"),
        (Problem("is wrong", file="edge.yaml", line=3), "edge.yaml:3: is wrong"),
        (Problem("is wrong", key="a.b"), "a.b: is wrong"),
        (Problem("is wrong", rule="CF-47"), "is wrong [CF-47]"),
        (
            Problem("is wrong", "edge.yaml", 3, "a.b", "did you mean c?", "CF-47"),
            "edge.yaml:3: a.b: is wrong [CF-47] (did you mean c?)",
        ),
    ],
)
def test_a_problem_says_where_what_and_why(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_config_error_has_all_problems_in_order_a_line_each() -> None:
    problems = [Problem("one", line=1), Problem("two", line=2)]
    error = ConfigError(problems)
    assert error.problems == tuple(problems)
    assert str(error) == "1: one\n2: two"


@pytest.mark.parametrize(
    ("error", "parent"),
    [
        (ConfigError, EdgeProxyError),
        (BodyError, EdgeProxyError),
        (OriginBodyError, BodyError),
        (ViewerBodyError, BodyError),
        (InternalError, EdgeProxyError),
    ],
)
def test_the_tree(error: type[Exception], parent: type[Exception]) -> None:
    assert error.__base__ is parent
