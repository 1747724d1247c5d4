from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.config.behaviors import Names, build_behavior, build_behaviors
from edgeproxy.config.defaults import ALL_METHODS, DEFAULT_CACHE_POLICY, DEFAULT_ORIGIN_REQUEST_POLICY
from edgeproxy.config.distribution_model import BehaviorConfig, CacheBehaviorConfig
from edgeproxy.config.document import Document
from edgeproxy.config.policies import Policies
from edgeproxy.config.problems import Report
from edgeproxy.function import Function

SITE, SPARE = Origin(id="site", domain_name="site.test"), Origin(id="spare", domain_name="spare.test")
AUTH = Function(name="auth", code="/auth", handler="index.handler")
NAMES = Names(
    functions={"auth": AUTH},
    origins={"site": SITE, "spare": SPARE},
    groups={"ha": ("spare", "site")},
    key_groups=frozenset({"media"}),
    policies=Policies({}, {}, frozenset()),
)


def a_report() -> Report:
    return Report("", Document({}, {}))


def built(**keys: Any) -> Any:
    report = a_report()
    config = BehaviorConfig.model_validate({"target_origin": "site", **keys})
    behavior = build_behavior(config, "*", NAMES, ("b",), report)
    assert report.problems == ()
    assert behavior is not None
    return behavior


@pytest.mark.rule("CF-15")
def test_defaults() -> None:
    behavior = built()
    assert behavior.origin is SITE
    assert behavior.viewer_protocol_policy == "allow-all"
    assert behavior.allowed_methods == behavior.cached_methods == {"GET", "HEAD"}
    assert behavior.compress is False
    assert behavior.cache_policy.name == DEFAULT_CACHE_POLICY
    assert behavior.origin_request_policy.name == DEFAULT_ORIGIN_REQUEST_POLICY
    assert behavior.functions == {}


def test_a_cache_policy_alone_forwards_nothing_more() -> None:
    assert built(cache_policy="CachingDisabled").origin_request_policy is None


def test_an_origin_request_policy_alone_has_the_default_cache_policy() -> None:
    behavior = built(origin_request_policy="AllViewer")
    assert behavior.cache_policy.name == DEFAULT_CACHE_POLICY
    assert behavior.origin_request_policy.name == "AllViewer"


def test_the_legacy_form() -> None:
    behavior = built(forwarded_values={"query_string": True}, max_ttl=60)
    assert behavior.cache_policy.max_ttl == 60
    assert behavior.cache_policy.query_strings.behavior == "all"


@pytest.mark.rule("CF-14")
def test_the_first_member_stands_for_its_group() -> None:
    assert built(target_origin="ha").origin is SPARE


def test_a_group_whose_members_are_unknown_is_told_of_elsewhere() -> None:
    names = Names({}, {}, {"ha": ("x", "y")}, frozenset(), NAMES.policies)
    report = a_report()
    assert build_behavior(BehaviorConfig(target_origin="ha"), "*", names, (), report) is None
    assert report.problems == ()


@pytest.mark.rule("CF-15")
@pytest.mark.parametrize(
    "methods", [["HEAD", "GET"], ["GET", "HEAD", "OPTIONS"], sorted(ALL_METHODS), ["GET", "GET", "HEAD"]]
)
def test_sets_of_methods(methods: list[str]) -> None:
    assert built(allowed_methods=methods).allowed_methods == set(methods)


@pytest.mark.rule("CF-15")
@pytest.mark.parametrize(
    ("key", "methods", "hint"),
    [
        ("allowed_methods", ["GET"], "add HEAD"),
        ("allowed_methods", [], "add GET, HEAD"),
        ("allowed_methods", ["GET", "OPTIONS"], "add HEAD"),
        ("cached_methods", ["GET", "HEAD", "POST"], "add OPTIONS"),
    ],
)
def test_other_sets_of_methods(key: str, methods: list[str], hint: str) -> None:
    report = a_report()
    config = BehaviorConfig.model_validate(
        {"target_origin": "site", "allowed_methods": list(ALL_METHODS), key: methods}
    )
    build_behavior(config, "*", NAMES, (), report)
    assert {(problem.key, problem.hint) for problem in report.problems} >= {(key, hint)}


@pytest.mark.rule("LE-2")
def test_one_function_at_four_hooks() -> None:
    behavior = built(functions={hook.value: "auth" for hook in Hook})
    assert {hook: found.function for hook, found in behavior.functions.items()} == dict.fromkeys(Hook, AUTH)


@pytest.mark.rule("LE-63")
@pytest.mark.rule("LE-379")
@pytest.mark.parametrize("hook", Hook)
def test_the_request_body_is_for_request_hooks(hook: Hook) -> None:
    report = a_report()
    functions = {hook.value: {"function": "auth", "include_body": True}}
    config = BehaviorConfig.model_validate({"target_origin": "site", "functions": functions})
    build_behavior(config, "*", NAMES, (), report)
    expected = [] if hook.on_request else [(f"functions.{hook.value}.include_body", "LE-379")]
    assert [(problem.key, problem.rule) for problem in report.problems] == expected


@pytest.mark.rule("CF-85")
def test_host_in_the_key_of_an_s3_origin() -> None:
    bucket = Origin(id="bucket", domain_name="b.s3.eu-west-1.amazonaws.com", is_s3=True)
    names = Names({}, {"bucket": bucket, "site": SITE}, {}, frozenset(), NAMES.policies)
    legacy = {"forwarded_values": {"headers": ["Host"]}}
    for target, keys, expected in (
        ("bucket", legacy, ["forwarded_values"]),
        ("bucket", {}, []),
        ("bucket", {"cache_policy": "UseOriginCacheControlHeaders"}, []),
        ("site", legacy, []),
    ):
        report = a_report()
        config = BehaviorConfig.model_validate({"target_origin": target, **keys})
        assert build_behavior(config, "*", names, (), report) is not None
        assert [problem.key for problem in report.problems] == expected


def patterns(*texts: str) -> Report:
    report = a_report()
    configs = tuple(CacheBehaviorConfig(target_origin="site", path_pattern=text) for text in texts)
    found = build_behaviors(configs, NAMES, report)
    assert [behavior.path_pattern for behavior in found] == list(texts)
    return report


def test_patterns_keep_their_order() -> None:
    report = patterns("/b/*", "/a/*", "*.jpg")
    assert (report.problems, report.warnings) == ((), ())


@pytest.mark.rule("CF-45")
def test_the_same_pattern_in_another_spelling_is_a_warning() -> None:
    report = patterns("/a/*", "a/*")
    assert report.problems == ()
    assert [(warning.key, warning.rule) for warning in report.warnings] == [
        ("distribution.cache_behaviors[1].path_pattern", "CF-45")
    ]


@pytest.mark.rule("CF-47")
@pytest.mark.parametrize("pattern", ["", "/a b", "/é", "/[ab]", "a" * 256, "/a%20"])
def test_patterns_that_cloudfront_refuses(pattern: str) -> None:
    (problem,) = patterns(pattern).problems
    assert problem.rule == "CF-47"


def test_a_behavior_that_names_something_unknown_is_left_out() -> None:
    report = a_report()
    configs = (CacheBehaviorConfig(target_origin="x", path_pattern="/a"),)
    assert build_behaviors(configs, NAMES, report) == ()
    assert len(report.problems) == 1
