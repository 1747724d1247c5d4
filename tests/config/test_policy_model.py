"""The schema of policies."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edgeproxy.config import policy_model as model
from edgeproxy.config.base import Section
from tests.config.sections import is_described, refuses_unknown_keys, sections_of


@pytest.mark.rule("CF-5")
@pytest.mark.parametrize("section", sections_of(model))
def test_every_section_is_described_and_refuses_unknown_keys(section: type[Section]) -> None:
    is_described(section)
    refuses_unknown_keys(section)


def test_a_policy_selects_nothing_unless_it_says_so() -> None:
    key = model.CachePolicyConfig(min_ttl=0).parameters_in_cache_key_and_forwarded_to_origin
    assert key.headers_config.header_behavior == "none"
    assert key.cookies_config.cookie_behavior == "none"
    assert key.query_strings_config.query_string_behavior == "none"
    assert not key.enable_accept_encoding_gzip
    more = model.OriginRequestPolicyConfig()
    assert more.headers_config.header_behavior == "none"


@pytest.mark.rule("CF-18")
def test_a_cache_policy_must_name_its_minimum_ttl() -> None:
    with pytest.raises(ValidationError, match="min_ttl"):
        model.CachePolicyConfig.model_validate({})


@pytest.mark.rule("CF-19")
@pytest.mark.parametrize(
    ("section", "value"),
    [
        (model.KeyHeadersConfig, {"header_behavior": "all"}),
        (model.KeyHeadersConfig, {"header_behavior": "allExcept"}),
        (model.OriginHeadersConfig, {"header_behavior": "all"}),
        (model.CookiesConfig, {"cookie_behavior": "allViewer"}),
        (model.QueryStringsConfig, {"query_string_behavior": "allViewer"}),
        (model.CachePolicyConfig, {"min_ttl": -1}),
    ],
)
def test_behaviours_that_a_kind_of_policy_does_not_have(section: type[Section], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        section.model_validate(value)


@pytest.mark.rule("CF-19")
@pytest.mark.parametrize("behavior", ["none", "whitelist", "allViewer", "allViewerAndWhitelistCloudFront", "allExcept"])
def test_header_behaviours_of_an_origin_request_policy(behavior: str) -> None:
    assert model.OriginHeadersConfig.model_validate({"header_behavior": behavior}).header_behavior == behavior
