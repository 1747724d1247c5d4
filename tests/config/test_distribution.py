from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.cloudfront.distribution import Distribution
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.config.distribution import build_distribution
from edgeproxy.config.document import Document
from edgeproxy.config.model import Configuration
from edgeproxy.config.problems import Report
from edgeproxy.function import Function


def built(profile: Profile | None = None, **keys: Any) -> tuple[Distribution | None, Report]:
    distribution = {
        "origins": {"site": {"url": "http://a"}, "spare": {"url": "http://b"}},
        "default_cache_behavior": {"target_origin": "site", "functions": {"viewer-request": "auth"}},
        **keys,
    }
    report = Report("", Document({}, {}))
    auth = Function(name="auth", code="/", handler="a.b", timeout=6.0)
    configuration = Configuration.model_validate({"distribution": distribution})
    return build_distribution(configuration, {"auth": auth}, profile or Profile(), report), report


def test_a_distribution() -> None:
    keys: dict[str, Any] = {
        "id": "E2",
        "domain_name": "d2.cloudfront.net",
        "aliases": ["www.example.test", "*.example.test"],
        "default_root_object": "index.html",
        "cache_behaviors": [{"path_pattern": "/a", "target_origin": "spare"}],
    }
    distribution, report = built(**keys)
    assert report.problems == ()
    assert distribution is not None
    assert (distribution.id, distribution.domain_name) == ("E2", "d2.cloudfront.net")
    assert distribution.aliases == ("www.example.test", "*.example.test")
    assert distribution.default_root_object == "index.html"
    assert [behavior.origin.id for behavior in distribution.all_behaviors()] == ["spare", "site"]


def test_functions_are_held_against_the_limits_of_their_hooks() -> None:
    assert [warning.rule for warning in built()[1].warnings] == ["LE-265"]
    assert [problem.rule for problem in built(Profile(column="2023"))[1].problems] == ["LE-253"]


def test_without_a_default_behavior_there_is_none() -> None:
    distribution, report = built(default_cache_behavior={"target_origin": "x"})
    assert distribution is None
    assert len(report.problems) == 1


@pytest.mark.rule("CF-6")
def test_there_is_an_origin() -> None:
    _, report = built(origins={})
    assert "distribution.origins" in [problem.key for problem in report.problems]


@pytest.mark.rule("CF-12")
@pytest.mark.rule("CF-13")
@pytest.mark.parametrize("code", [400, 403, 404, 416, 429, 500, 502, 503, 504])
def test_an_origin_group(code: int) -> None:
    group = {"members": ["spare", "site"], "failover_status_codes": [code]}
    distribution, report = built(origin_groups={"ha": group}, default_cache_behavior={"target_origin": "ha"})
    assert report.problems == ()
    assert distribution is not None
    assert distribution.default_behavior.origin.id == "spare"
    older = built(Profile(column="2023"), origin_groups={"ha": group})[1].problems
    assert ("CF-13" in [problem.rule for problem in older]) is (code == 429)


@pytest.mark.rule("CF-281")
@pytest.mark.rule("CF-282")
@pytest.mark.rule("CF-283")
def test_error_responses() -> None:
    codes = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
    pages = [{"error_code": code, "response_code": code, "response_page_path": "/e"} for code in codes[1:]]
    assert built(custom_error_responses=[{"error_code": 400}, *pages])[1].problems == ()


@pytest.mark.rule("CF-26")
def test_a_root_object_with_a_slash_is_a_warning() -> None:
    _, report = built(default_root_object="/index.html", default_cache_behavior={"target_origin": "site"})
    assert report.problems == ()
    assert [(warning.rule, warning.hint) for warning in report.warnings] == [("CF-26", "index.html")]


@pytest.mark.parametrize(
    ("restriction", "good"),
    [
        ({"type": "none"}, True),
        ({"type": "blacklist", "locations": ["NO"]}, True),
        ({"type": "none", "locations": ["NO"]}, False),
        ({"type": "blacklist"}, False),
    ],
)
def test_geo_restriction(restriction: dict[str, Any], good: bool) -> None:
    assert (built(geo_restriction=restriction)[1].problems == ()) is good
