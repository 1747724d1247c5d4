from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.config.document import Document, KeyPath
from edgeproxy.config.model import Configuration
from edgeproxy.config.problems import Report
from edgeproxy.config.validate import choices_at, keys_at, validate

SITE: dict[str, Any] = {
    "distribution": {"origins": {"a": {"url": "http://a"}}, "default_cache_behavior": {"target_origin": "a"}}
}


def check(data: Any, expanded: frozenset[KeyPath] = frozenset()) -> tuple[Configuration | None, list[str], Report]:
    document = Document(data, {}, expanded)
    report = Report("", document)
    configuration = validate(document, report)
    return configuration, [str(problem) for problem in report.problems], report


def test_what_is_right_stays() -> None:
    configuration, problems, report = check(SITE)
    assert problems == []
    assert configuration is not None
    assert configuration.distribution.origins["a"].url == "http://a"
    assert not report.is_partly_settled(())


@pytest.mark.parametrize("data", [[], "x", 5, None, {}, {"distribution": None}])
def test_too_much_is_wrong(data: Any) -> None:
    _, problems, _ = check(data)
    assert len(problems) == 1


def test_what_is_wrong_gets_its_default_and_is_settled() -> None:
    configuration, problems, report = check({**SITE, "server": {"port": "x", "host": "::"}})
    assert problems == ["server.port: expected a whole number, found `x`"]
    assert configuration is not None
    assert (configuration.server.host, configuration.server.port) == ("::", 8080)
    assert report.is_settled(("server", "port"))
    assert not report.is_settled(("server", "host"))


def test_what_is_required_and_wrong_gets_a_placeholder() -> None:
    function = {"code": 5, "handler": "x"}
    policy = {"min_ttl": "x", "parameters_in_cache_key_and_forwarded_to_origin": {"cookies_config": {}}}
    data = {**SITE, "functions": {"f": function}, "cache_policies": {"p": policy}}
    configuration, problems, _ = check(data)
    assert len(problems) == 4
    assert configuration is not None
    assert configuration.functions["f"].code == ""
    assert configuration.functions["f"].handler == "index.handler"
    assert configuration.cache_policies["p"].min_ttl == 0


def test_what_no_placeholder_fits_goes_with_what_holds_it() -> None:
    data = {"distribution": {**SITE["distribution"], "origin_groups": {"g": {"members": 5}, "h": []}}}
    configuration, problems, report = check(data)
    assert len(problems) == 3
    assert configuration is not None
    assert configuration.distribution.origin_groups == {}
    assert report.is_settled(("distribution", "origin_groups", "g"))


def test_a_list_with_something_wrong_goes_whole() -> None:
    data = {"distribution": {**SITE["distribution"], "aliases": ["a.test", 5, 6]}}
    configuration, problems, report = check(data)
    assert problems == [
        "distribution.aliases[1]: expected text, found 5 (put it in quotes)",
        "distribution.aliases[2]: expected text, found 6 (put it in quotes)",
    ]
    assert configuration is not None
    assert configuration.distribution.aliases == ()
    assert configuration.distribution.default_cache_behavior.target_origin == "a"
    assert report.is_settled(("distribution", "aliases", 0))


def test_the_data_is_not_touched() -> None:
    data = {**SITE, "strict": 7}
    check(data)
    assert data["strict"] == 7


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "nothing"),
        (True, "true"),
        ("x" * 60, f"`{'x' * 60}`"),
        ("x" * 61, f"`{'x' * 57}…`"),
        (10**30, "a very large number"),
        (float("nan"), "nan"),
        ([1, 2], "a list of 2"),
        (b"x", "a bytes"),
    ],
)
def test_what_was_found_is_shown(value: Any, shown: str) -> None:
    _, problems, _ = check({**SITE, "functions": value})
    assert problems == [f"functions: expected a mapping (`key: value` lines), found {shown}"]


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"server": {"host": ""}}, "server.host: expected at least 1 character(s), found ``"),
        ({"server": {"port": "9" * 5000}}, "server.port: expected a smaller number"),
        ({"server": {"port": float("inf")}}, "server.port: expected a whole number, found inf"),
        ({"server": {"port": 1.5}}, "server.port: expected a whole number, found 1.5"),
        ({"server": {"threads": 0}}, "server.threads: expected 1 or more, found 0"),
        ({"strict": []}, "strict: expected true or false, found a list of 0"),
        ({"trusted_proxies": {}}, "trusted_proxies: expected a list, found a mapping"),
        ({"trusted_proxies": "a"}, "trusted_proxies: expected a list, found `a`"),
        ({"functions": "a"}, "functions: expected a mapping (`key: value` lines), found `a`"),
    ],
)
def test_words(section: dict[str, Any], words: str) -> None:
    _, problems, _ = check({**SITE, **section})
    assert len(problems) == 1
    assert problems[0].startswith(words)


def test_what_has_no_words_names_its_kind() -> None:
    _, problems, _ = check({**SITE, "uncertain": {5: "x"}, "profile": "lates"}, frozenset({("profile",)}))
    assert problems == [
        "profile: expected latest or 2023, found the text of a variable",
        "uncertain[5]: expected text, found 5 (put it in quotes)",
    ]


def test_what_the_schema_knows_at_a_path() -> None:
    assert "target_origin" in keys_at(("distribution", "cache_behaviors", 0))
    assert keys_at(("functions",)) == ()
    assert keys_at(("resolve", "a.test")) == ()
    assert keys_at(("admin",)) == ("host", "port")
    assert choices_at(("distribution", "default_cache_behavior", "cached_methods", 0))[:2] == ("GET", "HEAD")
    assert "origin-request" in choices_at(("distribution", "default_cache_behavior", "functions", "x"), key=True)
