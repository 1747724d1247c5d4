from __future__ import annotations

from typing import Literal

import pytest

from edgeproxy.cloudfront.origin import CustomOrigin, Origin, OriginRequest, S3Origin
from edgeproxy.messages.body import EMPTY
from edgeproxy.messages.headers import Headers

CUSTOM = Headers([("X-From-Edge", "secret")])


@pytest.mark.rule("CF-11")
@pytest.mark.rule("LE-75")
@pytest.mark.parametrize(
    ("policy", "viewer_scheme", "protocol", "port"),
    [
        ("http-only", "http", "http", 8000),
        ("http-only", "https", "http", 8000),
        ("https-only", "http", "https", 8443),
        ("https-only", "https", "https", 8443),
        ("match-viewer", "http", "http", 8000),
        ("match-viewer", "https", "https", 8443),
    ],
)
def test_a_custom_origin_has_a_protocol_and_its_port(
    policy: Literal["http-only", "https-only", "match-viewer"], viewer_scheme: str, protocol: str, port: int
) -> None:
    origin = Origin(id="o", domain_name="o.test", protocol_policy=policy, http_port=8000, https_port=8443)
    effective = origin.effective(viewer_scheme)
    assert isinstance(effective, CustomOrigin)
    assert (effective.protocol, effective.port) == (protocol, port)


@pytest.mark.rule("LE-70")
@pytest.mark.rule("LE-72")
@pytest.mark.rule("LE-73")
@pytest.mark.rule("LE-76")
@pytest.mark.rule("LE-77")
def test_a_custom_origin_keeps_every_setting() -> None:
    origin = Origin(
        id="o",
        domain_name="o.test",
        path="/v2",
        protocol_policy="http-only",
        read_timeout=11,
        keepalive_timeout=12,
        ssl_protocols=("TLSv1.1",),
        custom_headers=CUSTOM,
    )
    assert origin.effective("http") == CustomOrigin(
        domain_name="o.test",
        path="/v2",
        protocol="http",
        port=80,
        read_timeout=11,
        keepalive_timeout=12,
        ssl_protocols=("TLSv1.1",),
        custom_headers=CUSTOM,
    )


@pytest.mark.rule("LE-78")
@pytest.mark.rule("LE-79")
@pytest.mark.rule("LE-80")
def test_an_s3_origin_has_no_protocol() -> None:
    origin = Origin(
        id="o",
        domain_name="b.s3.eu-west-1.amazonaws.com",
        is_s3=True,
        path="/p",
        protocol_policy="https-only",
        region="eu-west-1",
        auth_method="origin-access-identity",
        custom_headers=CUSTOM,
    )
    assert origin.effective("https") == S3Origin(
        domain_name="b.s3.eu-west-1.amazonaws.com",
        path="/p",
        region="eu-west-1",
        auth_method="origin-access-identity",
        custom_headers=CUSTOM,
    )


def test_a_request_to_an_origin_has_no_body_unless_it_is_given_one() -> None:
    request = OriginRequest(
        origin_id="o", origin=CustomOrigin(domain_name="o.test"), method="GET", target="/", headers=CUSTOM
    )
    assert request.body is EMPTY
    assert not request.has_body
