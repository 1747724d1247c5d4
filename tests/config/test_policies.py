from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.cloudfront.policies import CachePolicy, HeaderSelection, OriginRequestPolicy, Selection
from edgeproxy.config.document import Document
from edgeproxy.config.model import Configuration
from edgeproxy.config.policies import (
    RESPONSE_HEADERS_POLICIES,
    Policies,
    build_policies,
    check_key_headers,
    legacy_policies,
    ttls,
)
from edgeproxy.config.policy_model import CachePolicyConfig, ForwardedValues, LegacyTtls
from edgeproxy.config.problems import Report


def a_report() -> Report:
    return Report("", Document({}, {}))


def policies(report: Report, **sections: Any) -> Policies:
    distribution = {"origins": {"a": {"url": "http://a"}}, "default_cache_behavior": {"target_origin": "a"}}
    return build_policies(Configuration.model_validate({"distribution": distribution, **sections}), report)


@pytest.mark.rule("CF-18")
def test_a_cache_policy_with_everything() -> None:
    own = {
        "comment": "mine",
        "min_ttl": 1,
        "default_ttl": 2,
        "max_ttl": 3,
        "parameters_in_cache_key_and_forwarded_to_origin": {
            "enable_accept_encoding_gzip": True,
            "enable_accept_encoding_brotli": True,
            "headers_config": {"header_behavior": "whitelist", "headers": ["Accept-Language", "Host"]},
            "cookies_config": {"cookie_behavior": "allExcept", "cookies": ["Session"]},
            "query_strings_config": {"query_string_behavior": "whitelist", "query_strings": ["Q"]},
        },
    }
    report = a_report()
    assert policies(report, cache_policies={"own": own}).cache["own"] == CachePolicy(
        name="own",
        min_ttl=1,
        default_ttl=2,
        max_ttl=3,
        headers=HeaderSelection("whitelist", frozenset({"accept-language", "host"})),
        cookies=Selection("allExcept", frozenset({"Session"})),
        query_strings=Selection("whitelist", frozenset({"Q"})),
        gzip=True,
        brotli=True,
    )
    assert report.problems == ()


@pytest.mark.rule("CF-19")
@pytest.mark.parametrize(
    ("behavior", "names"),
    [
        ("none", []),
        ("whitelist", ["A"]),
        ("allViewer", []),
        ("allViewerAndWhitelistCloudFront", ["CloudFront-Viewer-TLS"]),
        ("allExcept", ["Host"]),
    ],
)
def test_an_origin_request_policy(behavior: Any, names: list[str]) -> None:
    own = {"headers_config": {"header_behavior": behavior, "headers": names}}
    report = a_report()
    found = policies(report, origin_request_policies={"own": own}).origin_request["own"]
    expected = HeaderSelection(behavior, frozenset(name.lower() for name in names))
    assert found == OriginRequestPolicy(name="own", headers=expected)
    assert report.problems == ()


def test_policies_are_found_by_name_and_by_id() -> None:
    report = a_report()
    found = policies(report, cache_policies={"own": {"min_ttl": 0}}, response_headers_policies={"mine": {}})
    own, managed = found.find_cache("own", (), report), found.find_cache("CachingOptimized", (), report)
    assert own is found.cache["own"]
    assert managed is not None
    assert found.find_cache(managed.id, (), report) == managed
    assert found.find_origin_request("AllViewer", (), report) is not None
    for name in ("mine", "SimpleCORS", "Managed-SimpleCORS", RESPONSE_HEADERS_POLICIES["SimpleCORS"]):
        found.check_response_headers(name, (), report)
    assert report.problems == ()


def test_the_one_kind_is_not_found_for_the_other() -> None:
    report = a_report()
    found = policies(report, cache_policies={"own": {"min_ttl": 0}})
    assert found.find_origin_request("own", ("x",), report) is None
    found.check_response_headers("own", ("y",), report)
    assert [problem.message for problem in report.problems] == ["there is no policy `own`"] * 2


@pytest.mark.rule("CF-370")
def test_a_policy_whose_settings_are_not_published_is_named_as_such() -> None:
    report = a_report()
    assert policies(report).find_cache("a6bad946-36c3-4c33-aa98-362c74a7fb13", ("x",), report) is None
    (problem,) = report.problems
    assert (problem.key, problem.rule) == ("x", "CF-370")
    assert "Amplify hosting, no cookies" in problem.message
    assert "unknown" in problem.message


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("cache_policies", "CachingDisabled"),
        ("origin_request_policies", "AllViewer"),
        ("response_headers_policies", "SimpleCORS"),
    ],
)
def test_names_of_managed_policies_are_taken(section: str, name: str) -> None:
    report = a_report()
    policies(report, **{section: {name: {"min_ttl": 0} if section == "cache_policies" else {}}})
    assert [problem.key for problem in report.problems] == [f"{section}.{name}"]


@pytest.mark.rule("CF-16")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"min_ttl": 0}, (0, 86_400, 31_536_000)),
        ({"min_ttl": 100_000}, (100_000, 100_000, 31_536_000)),
        ({"min_ttl": 40_000_000}, (40_000_000, 40_000_000, 40_000_000)),
        ({"min_ttl": 0, "default_ttl": 40_000_000}, (0, 40_000_000, 40_000_000)),
        ({"min_ttl": 1, "default_ttl": 2, "max_ttl": 3}, (1, 2, 3)),
        ({"min_ttl": 0, "default_ttl": 0, "max_ttl": 0}, (0, 0, 0)),
        ({"min_ttl": 5, "max_ttl": 5}, (5, 5, 5)),
    ],
)
def test_ttls_that_are_left_out(given: dict[str, int], expected: tuple[int, int, int]) -> None:
    report = a_report()
    assert ttls(CachePolicyConfig.model_validate(given), (), report) == expected
    assert report.problems == ()


@pytest.mark.rule("CF-17")
@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"min_ttl": 2, "default_ttl": 1}, ["default_ttl"]),
        ({"min_ttl": 2, "max_ttl": 1}, ["max_ttl"]),
        ({"min_ttl": 3, "default_ttl": 2, "max_ttl": 1}, ["default_ttl", "max_ttl"]),
        ({"default_ttl": 2, "max_ttl": 1}, ["max_ttl"]),
    ],
)
def test_ttls_out_of_order(given: dict[str, int], keys: list[str]) -> None:
    report = a_report()
    ttls(LegacyTtls.model_validate(given), (), report)
    assert [problem.key for problem in report.problems] == keys
    assert {problem.rule for problem in report.problems} == {"CF-17"}


@pytest.mark.rule("CF-85")
@pytest.mark.parametrize(
    "name",
    [
        "Cache-Control",
        "connection",
        "Content-Length",
        "Cookie",
        "Max-Forwards",
        "Pragma",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Request-Range",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Via",
        "X-Amz-Cf-Id",
        "X-Edge-Location",
        "X-Forwarded-Proto",
        "X-Real-IP",
    ],
)
def test_headers_that_cannot_be_keyed(name: str) -> None:
    report = a_report()
    check_key_headers(("Accept", name), ("headers",), report)
    assert [(problem.key, problem.rule) for problem in report.problems] == [("headers[1]", "CF-85")]


def legacy(data: dict[str, Any], limits: dict[str, int] | None = None) -> tuple[CachePolicy, OriginRequestPolicy]:
    report = a_report()
    values, ttl = ForwardedValues.model_validate(data), LegacyTtls.model_validate(limits or {})
    found = legacy_policies(values, ttl, ("b",), report)
    assert report.problems == ()
    return found


@pytest.mark.rule("CF-21")
class TestLegacyForm:
    def test_nothing(self) -> None:
        cache, forwarded = legacy({})
        assert (cache.query_strings, cache.cookies, cache.headers) == (Selection(), Selection(), HeaderSelection())
        assert (cache.min_ttl, cache.default_ttl, cache.max_ttl) == (0, 86_400, 31_536_000)
        assert (forwarded.query_strings, forwarded.cookies) == (Selection(), Selection())

    def test_the_query_string(self) -> None:
        cache, forwarded = legacy({"query_string": True})
        assert (cache.query_strings, forwarded.query_strings) == (Selection("all"), Selection("all"))

    def test_some_parameters_are_keyed_and_all_are_forwarded(self) -> None:
        cache, forwarded = legacy({"query_string": True, "query_string_cache_keys": ["a"]})
        assert cache.query_strings == Selection("whitelist", frozenset({"a"}))
        assert forwarded.query_strings == Selection("all")

    def test_cookies(self) -> None:
        cache, forwarded = legacy({"cookies": {"forward": "whitelist", "whitelisted_names": ["s"]}})
        assert cache.cookies == forwarded.cookies == Selection("whitelist", frozenset({"s"}))

    def test_some_headers(self) -> None:
        cache, forwarded = legacy({"headers": ["Accept", "Host"]}, {"max_ttl": 100_000})
        assert cache.headers == HeaderSelection("whitelist", frozenset({"accept", "host"}))
        assert forwarded.headers == HeaderSelection("allExcept", frozenset({"host"}))
        assert cache.max_ttl == 100_000

    def test_all_headers_switch_caching_off(self) -> None:
        cache, forwarded = legacy({"headers": ["*"]}, {"max_ttl": 100_000})
        assert cache.caching_disabled
        assert forwarded.headers == HeaderSelection("allViewer")
