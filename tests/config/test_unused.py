from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.config.document import Document
from edgeproxy.config.model import Configuration
from edgeproxy.config.problems import Report
from edgeproxy.config.unused import ROWS, warn_of_unused
from edgeproxy.config.validate import keys_at

FUNCTION = {"code": "x", "handler": "a.b"}
GROUP = {"members": ["site", "b"], "failover_status_codes": [500]}


def warned(top: dict[str, Any], distribution: dict[str, Any], behavior: dict[str, Any]) -> list[str]:
    data = {
        **top,
        "distribution": {
            "origins": {"site": {"url": "http://a"}},
            "default_cache_behavior": {"target_origin": "site"},
            "cache_behaviors": [{"path_pattern": "/a", "target_origin": "site", **behavior}],
            **distribution,
        },
    }
    report = Report("", Document(data, {}))
    warn_of_unused(Configuration.model_validate(data), report)
    assert report.problems == ()
    return [warning.key for warning in report.warnings]


B = "distribution.cache_behaviors[0]."


@pytest.mark.parametrize(
    ("top", "distribution", "behavior", "key"),
    [
        ({"functions": {"f": {**FUNCTION, "isolation": "process"}}}, {}, {}, "functions.f.isolation"),
        ({"functions": {"f": {**FUNCTION, "executable": "/bin/python"}}}, {}, {}, "functions.f.executable"),
        ({"functions": {"f": {**FUNCTION, "warm": 1}}}, {}, {}, "functions.f.warm"),
        ({"functions": {"f": {**FUNCTION, "credentials": "profile p"}}}, {}, {}, "functions.f.credentials"),
        ({}, {"origin_groups": {"ha": GROUP}}, {}, "distribution.origin_groups.ha"),
        ({}, {"custom_error_responses": [{"error_code": 404}]}, {}, "distribution.custom_error_responses"),
        ({}, {"geo_restriction": {"type": "whitelist", "locations": ["NL"]}}, {}, "distribution.geo_restriction"),
        ({}, {}, {"trusted_key_groups": ["media"]}, B + "trusted_key_groups"),
        ({}, {}, {"response_headers_policy": "SimpleCORS"}, B + "response_headers_policy"),
        ({}, {}, {"compress": True}, B + "compress"),
        ({}, {}, {"forwarded_values": {"query_string": True}}, B + "forwarded_values"),
        ({"viewer": {"country": "NL"}}, {}, {}, "viewer.country"),
        ({"trusted_proxies": ["10.0.0.0/8"]}, {}, {}, "trusted_proxies"),
        ({"server": {"workers": 2}}, {}, {}, "server.workers"),
        ({"logs": {"functions": {"console": "json"}}}, {}, {}, "logs"),
    ],
)
def test_what_is_asked_for_and_does_not_happen_is_said(
    top: dict[str, Any], distribution: dict[str, Any], behavior: dict[str, Any], key: str
) -> None:
    assert warned(top, distribution, behavior) == [key]


def test_the_signature_of_an_origin() -> None:
    s3 = {"bucket": "abc", "region": "eu-west-1", "origin_access_identity": "E1"}
    assert warned({}, {"origins": {"site": {"s3": s3}}}, {}) == ["distribution.origins.site.s3.origin_access_identity"]


def test_what_equals_the_present_state_is_not_said() -> None:
    top = {
        "functions": {"f": {**FUNCTION, "isolation": "inline", "warm": 0, "max_concurrency": 1, "credentials": "none"}},
        "server": {"workers": 1},
        "trusted_proxies": [],
    }
    behavior = {"compress": False, "trusted_key_groups": [], "forwarded_values": None}
    distribution = {"geo_restriction": {"type": "none"}, "origin_groups": {}, "custom_error_responses": []}
    assert warned(top, distribution, behavior) == []
    assert warned({}, {"geo_restriction": None}, {}) == []


def test_every_row_names_a_key_of_the_schema() -> None:
    for row in ROWS:
        path = row.path[:-1] if row.path[-1] == "*" else row.path
        assert path[-1] in keys_at(
            tuple(0 if part == "*" and "behaviors" in str(row.path) else part for part in path[:-1])
        )
