from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgeproxy.cloudfront.profile import Profile
from edgeproxy.config.distribution_model import OriginConfig
from edgeproxy.config.document import Document
from edgeproxy.config.origins import build_backends, build_origins
from edgeproxy.config.problems import Report
from edgeproxy.config.project import DirectoryBackend, UrlBackend, WsgiBackend
from edgeproxy.errors import Problem

LATEST, BEFORE = Profile(), Profile(column="2023")


def problems_of(profile: Profile = LATEST, **keys: Any) -> tuple[Problem, ...]:
    report = Report("", Document({}, {}))
    build_origins({"site": OriginConfig.model_validate({"domain_name": "a.test", **keys})}, profile, report)
    return report.problems


@pytest.mark.rule("CF-6")
def test_defaults_are_those_of_the_guide() -> None:
    report = Report("", Document({}, {}))
    origin = build_origins({"site": OriginConfig(domain_name="a.test")}, LATEST, report)["site"]
    assert (origin.http_port, origin.https_port, origin.path) == (80, 443, "")
    assert (origin.read_timeout, origin.keepalive_timeout) == (30, 5)
    assert (origin.connection_attempts, origin.connection_timeout) == (3, 10)
    assert not origin.is_s3
    assert report.problems == ()


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({"domain_name": "a.test", "url": "http://b.test"}, "a.test"),
        ({"url": "http://b.test:9000"}, "b.test"),
        ({"s3": {"bucket": "my-assets", "region": "eu-west-1"}}, "my-assets.s3.eu-west-1.amazonaws.com"),
        ({"directory": "."}, "site.localhost"),
        ({"wsgi": "a:app"}, "site.localhost"),
    ],
)
def test_the_domain_name(keys: dict[str, Any], name: str) -> None:
    report = Report("", Document({}, {}))
    assert build_origins({"site": OriginConfig.model_validate(keys)}, LATEST, report)["site"].domain_name == name
    assert report.problems == ()


@pytest.mark.rule("CF-7")
@pytest.mark.parametrize(("identity", "method"), [("", "none"), ("E1", "origin-access-identity")])
def test_an_s3_origin(identity: str, method: str) -> None:
    s3 = {"bucket": "my-assets", "region": "eu-west-1", "origin_access_identity": identity}
    config = OriginConfig.model_validate({"s3": s3, "read_timeout": 5})
    report = Report("", Document({}, {}))
    origin = build_origins({"site": config}, LATEST, report)["site"]
    assert (origin.is_s3, origin.region, origin.auth_method) == (True, "eu-west-1", method)
    assert report.problems == ()


def test_backends(tmp_path: Path) -> None:
    configs = {
        "url": OriginConfig(url="http://a.test"),
        "directory": OriginConfig(directory="."),
        "wsgi": OriginConfig(wsgi="a.b:make()"),
        "name": OriginConfig(domain_name="a.test"),
    }
    report = Report("", Document({}, {}))
    assert build_backends(configs, tmp_path, report) == {
        "url": UrlBackend("http://a.test"),
        "directory": DirectoryBackend(str(tmp_path)),
        "wsgi": WsgiBackend("a.b:make()", str(tmp_path)),
    }
    assert report.problems == ()


def test_header_values_become_octets() -> None:
    report = Report("", Document({}, {}))
    config = OriginConfig(domain_name="a.test", custom_headers={"X-A": "é", "X-Tab": "a\tb"})
    origin = build_origins({"site": config}, LATEST, report)["site"]
    assert origin.custom_headers.lines == (("X-A", "Ã©"), ("X-Tab", "a\tb"))


REFUSED = [
    "Cache-Control",
    "connection",
    "Content-Length",
    "Cookie",
    "HOST",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Max-Forwards",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Request-Range",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "Via",
    "X-Real-Ip",
    "X-Amz-Anything",
    "x-edge-anything",
]


@pytest.mark.rule("CF-10")
@pytest.mark.parametrize("name", REFUSED)
def test_custom_header_names_that_cloudfront_refuses(name: str) -> None:
    (problem,) = problems_of(custom_headers={name: "x"})
    assert (problem.key, problem.rule) == (f"distribution.origins.site.custom_headers.{name}", "CF-10")


@pytest.mark.rule("CF-10")
def test_a_name_that_was_refused_later() -> None:
    assert problems_of(BEFORE, custom_headers={"Proxy-Authenticate": "x"}) == ()


def lines(count: int, size: int = 1) -> dict[str, str]:
    return {f"X-{index:04}": "v" * size for index in range(count)}


@pytest.mark.rule("LE-187")
@pytest.mark.parametrize(
    ("headers", "profile", "message"),
    [
        (lines(30), LATEST, ""),
        (lines(31), LATEST, "31 custom headers, 30 are allowed"),
        (lines(10), BEFORE, ""),
        (lines(11), BEFORE, "11 custom headers, 10 are allowed"),
        ({"X" * 256: "v" * 1783}, LATEST, ""),
        ({"X" * 257: ""}, LATEST, "the name has 257 characters, 256 are allowed"),
        ({"X": "v" * 1784}, LATEST, "the value has 1784 characters, 1783 are allowed"),
        (lines(10, 1018), LATEST, ""),
        (lines(10, 1019), LATEST, "names and values have 10250 characters in all, 10240 are allowed"),
    ],
)
def test_quotas_of_custom_headers(headers: dict[str, str], profile: Profile, message: str) -> None:
    assert [problem.message for problem in problems_of(profile, custom_headers=headers)] == (
        [message] if message else []
    )


@pytest.mark.rule("CF-6")
@pytest.mark.parametrize(
    ("port", "good"), [(80, True), (443, True), (1024, True), (65535, True), (81, False), (0, False)]
)
def test_ports(port: int, good: bool) -> None:
    assert (problems_of(https_port=port) == ()) is good


@pytest.mark.rule("CF-6")
@pytest.mark.parametrize("key", ["read_timeout", "keepalive_timeout"])
def test_the_older_column_has_lower_bounds(key: str) -> None:
    assert problems_of(BEFORE, **{key: 60}) == ()
    (problem,) = problems_of(BEFORE, **{key: 61})
    assert problem.message == "expected 60 or less, found 61"
    assert problems_of(LATEST, **{key: 120}) == ()
