from __future__ import annotations

import pytest

from edgeproxy.config.document import Document, KeyPath
from edgeproxy.config.problems import Report, dotted, nearest, nearest_one
from edgeproxy.errors import Problem

LINES: dict[KeyPath, int] = {(): 1, ("a",): 2, ("a", "b"): 3, ("c",): 5}


def a_report() -> Report:
    return Report("f.yaml", Document(None, LINES))


def test_problems_come_in_the_order_of_the_file_each_once() -> None:
    report = a_report()
    report.problem(("c",), "later")
    report.problem(("a", "b"), "first", hint="h", rule="CF-1")
    report.problem(("c",), "later")
    report.warning(("a",), "careful")
    assert report.problems == (
        Problem("first", "f.yaml", 3, "a.b", "h", "CF-1"),
        Problem("later", "f.yaml", 5, "c"),
    )
    assert report.warnings == (Problem("careful", "f.yaml", 2, "a"),)


def test_a_missing_key_has_the_line_of_what_should_hold_it() -> None:
    report = a_report()
    report.problem(("a", "x", 0), "missing")
    report.problem(("x",), "missing")
    report.problem((), "here", line=9)
    assert [problem.line for problem in report.problems] == [1, 2, 9]


def test_without_lines_the_line_is_0() -> None:
    report = Report("", Document({}, {}))
    report.problem(("a",), "x")
    assert report.problems == (Problem("x", key="a"),)


def test_nothing_more_is_said_of_what_is_settled() -> None:
    report = a_report()
    report.problem(("a", "b"), "said before")
    report.settle([("a", "b")])
    report.settle([("c",)])
    report.problem(("a", "b", "x"), "dropped")
    report.warning(("c",), "dropped")
    report.problem(("a",), "kept")
    assert [problem.message for problem in report.problems] == ["kept", "said before"]
    assert report.warnings == ()
    assert report.is_settled(("a", "b", 0))
    assert not report.is_settled(("a",))
    assert report.is_partly_settled(("a",))
    assert not report.is_partly_settled(("a", "c"))


def test_a_path_is_shown_with_dots_and_brackets() -> None:
    assert dotted(()) == ""
    assert dotted(("a", "b", 0, "c")) == "a.b[0].c"


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("max_tll", "max_ttl"),
        ("MaxTTL", "max_ttl"),
        ("PathPattern", "path_pattern"),
        ("path-pattern", "path_pattern"),
        ("getter", "GET"),
        ("zzzzzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_spelling(word: str, found: str) -> None:
    assert nearest_one(word, ["max_ttl", "path_pattern", "GET"]) == found


def test_hints() -> None:
    assert nearest("sit", ["site", "app"]) == "did you mean `site`?"
    assert nearest("zzz", ["site", "app"]) == "one of: app, site"
    assert nearest("zzz", []) == ""
    assert nearest("zzz", [f"a{i:02}" for i in range(25)]).endswith("a18, a19, …")
