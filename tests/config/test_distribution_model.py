"""The schema of a distribution."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from edgeproxy.cloudfront.origin import Origin
from edgeproxy.config import distribution_model as model
from edgeproxy.config.base import Section
from tests.config.sections import is_described, refuses_unknown_keys, sections_of


@pytest.mark.rule("CF-5")
@pytest.mark.parametrize("section", sections_of(model))
def test_every_section_is_described_and_refuses_unknown_keys(section: type[Section]) -> None:
    is_described(section)
    refuses_unknown_keys(section)


@pytest.mark.rule("CF-6")
@pytest.mark.parametrize(
    "field",
    [
        "protocol_policy",
        "http_port",
        "https_port",
        "read_timeout",
        "keepalive_timeout",
        "connection_attempts",
        "connection_timeout",
        "ssl_protocols",
    ],
)
def test_the_defaults_of_an_origin_are_cloudfront_s(field: str) -> None:
    assert getattr(model.OriginConfig(), field) == getattr(Origin(id="o", domain_name="d"), field)


@pytest.mark.rule("CF-6")
@pytest.mark.parametrize(
    ("field", "lowest", "highest"),
    [
        ("read_timeout", 1, 120),
        ("keepalive_timeout", 1, 120),
        ("connection_attempts", 1, 3),
        ("connection_timeout", 1, 10),
    ],
)
def test_the_ranges_of_an_origin(field: str, lowest: int, highest: int) -> None:
    for value in (lowest, highest):
        assert getattr(model.OriginConfig.model_validate({field: value}), field) == value
    for value in (lowest - 1, highest + 1):
        with pytest.raises(ValidationError):
            model.OriginConfig.model_validate({field: value})


def test_an_association_may_be_a_name_alone() -> None:
    short = model.AssociationConfig.model_validate("auth")
    assert short == model.AssociationConfig(function="auth", include_body=False)


@pytest.mark.parametrize(
    ("section", "value"),
    [
        pytest.param(model.OriginGroupConfig, {"members": ["a"], "failover_status_codes": [500]}, id="one member"),
        pytest.param(model.OriginGroupConfig, {"members": ["a", "b"], "failover_status_codes": [418]}, id="418"),
        pytest.param(model.ErrorResponseConfig, {"error_code": 412}, id="412"),
        pytest.param(model.GeoRestrictionConfig, {"type": "whitelist", "locations": ["nl"]}, id="lower case"),
        pytest.param(model.S3Config, {"bucket": "Upper", "region": "eu-west-1"}, id="bucket"),
        pytest.param(model.S3Config, {"bucket": "my-assets", "region": "Europe"}, id="region"),
    ],
)
@pytest.mark.rule("CF-12")
@pytest.mark.rule("CF-13")
@pytest.mark.rule("CF-281")
@pytest.mark.rule("CF-431")
def test_what_is_refused(section: type[Section], value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        section.model_validate(value)
