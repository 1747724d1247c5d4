from __future__ import annotations

import pytest

from edgeproxy.cloudfront.policies import cache_policy, origin_request_policy
from edgeproxy.config import defaults
from edgeproxy.config.hosts import is_host
from edgeproxy.config.load import load_data


def test_the_default_policies_are_managed_ones() -> None:
    assert cache_policy(defaults.DEFAULT_CACHE_POLICY) is not None
    assert origin_request_policy(defaults.DEFAULT_ORIGIN_REQUEST_POLICY) is not None


@pytest.mark.rule("CF-67")
def test_cloudfront_knows_seven_methods() -> None:
    assert " ".join(sorted(defaults.ALL_METHODS)) == "DELETE GET HEAD OPTIONS PATCH POST PUT"


def test_a_wrapped_application_can_be_named_as_an_origin() -> None:
    behavior = {"target_origin": defaults.APP_ORIGIN}
    project = load_data({"version": 1, "distribution": {"default_cache_behavior": behavior}}, app_origin=True)
    assert project.distribution.default_behavior.origin.domain_name == defaults.APP_DOMAIN_NAME
    assert is_host(defaults.APP_DOMAIN_NAME)
