from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin, EffectiveOrigin, S3Origin
from edgeproxy.cloudfront.profile import LATEST
from edgeproxy.events.decode import Rejected, decode
from edgeproxy.events.encode import origin_part
from edgeproxy.messages.headers import Headers
from tests.events.samples import (
    CUSTOM,
    LENIENT,
    OLD,
    S3,
    S3_IDENTITY,
    changed,
    event_at,
    item,
    rejected,
    warned,
    went_on,
)

rule = pytest.mark.rule
HOOK = Hook.ORIGIN_REQUEST


def custom(**fields: Any) -> dict[str, Any]:
    """A valid custom origin with other fields."""
    return {"custom": origin_part(CUSTOM)["custom"] | fields}


def s3(**fields: Any) -> dict[str, Any]:
    return {"s3": origin_part(S3)["s3"] | fields}


@rule("LE-141")
@pytest.mark.parametrize("origin", [CUSTOM, S3, S3_IDENTITY])
def test_an_origin_left_alone_is_the_same_object(origin: EffectiveOrigin) -> None:
    event = event_at(HOOK, origin=origin)
    assert went_on(event, event.subject()).origin is origin


@rule("LE-242")
def test_without_an_origin_the_configured_one_is_used() -> None:
    event = event_at(HOOK)
    assert went_on(event, changed(event, without=["origin"])).origin is CUSTOM


@pytest.mark.parametrize(
    ("origin", "broken"),
    [
        pytest.param({}, "LE-241", marks=[rule("LE-69"), rule("LE-241")]),
        pytest.param(None, "LE-69", marks=rule("LE-69")),
        pytest.param([], "LE-69", marks=rule("LE-69")),
        pytest.param("https://b.test", "LE-69", marks=rule("LE-69")),
        pytest.param({"custom": None}, "LE-69", marks=rule("LE-69")),
        pytest.param({"custom": {}, "s3": {}}, "LE-69", marks=rule("LE-69")),
        pytest.param({"other": {}}, "LE-69", marks=rule("LE-69")),
        pytest.param({"custom": {"domainName": "b.test"}}, "LE-142", marks=[rule("LE-142"), rule("LE-365")]),
        pytest.param({"s3": {"domainName": "b.test"}}, "LE-142", marks=rule("LE-142")),
        pytest.param(custom(domainName=""), "LE-148", marks=rule("LE-71")),
        pytest.param(custom(domainName="192.0.2.1"), "LE-148", marks=rule("LE-148")),
        pytest.param(custom(domainName="::1"), "LE-148", marks=rule("LE-148")),
        pytest.param(custom(domainName="b.test:80"), "LE-148", marks=rule("LE-148")),
        pytest.param(custom(domainName="b..test"), "LE-148", marks=rule("LE-71")),
        pytest.param(custom(domainName=".".join(["a" * 63] * 4)), "LE-148", marks=rule("LE-71")),
        pytest.param(custom(domainName="b.test\n"), "LE-148", marks=rule("LE-71")),
        pytest.param(custom(domainName=7), "LE-148", marks=rule("LE-71")),
        pytest.param(custom(path="/"), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(path="a"), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(path="/a/"), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(path="/a b"), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(path="/a?b"), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(path="/é"), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(path="/" + "a" * 255), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(path=None), "LE-72", marks=rule("LE-72")),
        pytest.param(custom(port=8080.0), "LE-74", marks=rule("LE-74")),
        pytest.param(custom(port="443"), "LE-74", marks=rule("LE-74")),
        pytest.param(custom(port=81), "LE-74", marks=rule("LE-74")),
        pytest.param(custom(port=65536), "LE-74", marks=rule("LE-74")),
        pytest.param(custom(port=True), "LE-74", marks=rule("LE-74")),
        pytest.param(custom(protocol="match-viewer"), "LE-75", marks=rule("LE-75")),
        pytest.param(custom(readTimeout=3), "LE-76", marks=rule("LE-76")),
        pytest.param(custom(readTimeout=121), "LE-76", marks=[rule("LE-76"), rule("LE-414")]),
        pytest.param(custom(keepaliveTimeout=0), "LE-73", marks=rule("LE-73")),
        pytest.param(custom(keepaliveTimeout=121), "LE-73", marks=rule("LE-414")),
        pytest.param(custom(sslProtocols="TLSv1.2"), "LE-77", marks=rule("LE-77")),
        pytest.param(custom(sslProtocols=["TLSv1.3"]), "LE-77", marks=rule("LE-77")),
        pytest.param(custom(sslProtocols=[[]]), "LE-77", marks=rule("LE-77")),
        pytest.param(s3(domainName="Bucket.s3.amazonaws.com"), "LE-71", marks=rule("LE-71")),
        pytest.param(s3(domainName=".".join(["a" * 43] * 3)), "LE-71", marks=rule("LE-71")),
        pytest.param(s3(path="/"), "LE-72", marks=rule("LE-72")),
        pytest.param(s3(region=None), "LE-79", marks=rule("LE-79")),
        pytest.param(s3(authMethod="origin-access-control"), "LE-78", marks=rule("LE-78")),
        pytest.param(s3(authMethod="origin-access-identity"), "LE-83", marks=[rule("LE-83"), rule("LE-364")]),
    ],
)
@pytest.mark.parametrize("profile", [LATEST, LENIENT])
@rule("LE-217")
@rule("LE-234")
def test_origins_that_cannot_be(origin: Any, broken: str, profile: Any) -> None:
    event = event_at(HOOK)
    violation = rejected(event, changed(event, origin=origin), profile)
    assert violation.rule == broken
    assert violation.field.startswith("origin")
    assert violation.sentence.startswith("The Lambda function returned an invalid origin configuration: ")


@rule("LE-217")
def test_the_sentence_names_the_field() -> None:
    event = event_at(HOOK)
    sentence = rejected(event, changed(event, origin=custom(domainName="192.0.2.1"))).sentence
    assert (
        sentence == "The Lambda function returned an invalid origin configuration: The value of DomainName is invalid."
    )


@rule("LE-365")
def test_missing_fields_are_named() -> None:
    event = event_at(HOOK)
    origin = custom()
    del origin["custom"]["sslProtocols"], origin["custom"]["customHeaders"]
    assert rejected(event, changed(event, origin=origin)).value == "sslProtocols, customHeaders"


@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        pytest.param({"domainName": "b.test"}, "domain_name", "b.test", marks=rule("LE-141")),
        pytest.param({"domainName": "localhost"}, "domain_name", "localhost", marks=rule("LE-71")),
        pytest.param({"path": ""}, "path", "", marks=rule("LE-72")),
        pytest.param({"path": "/a%20b/c"}, "path", "/a%20b/c", marks=rule("LE-72")),
        pytest.param({"path": "/a"}, "path", "/a", marks=rule("LE-72")),
        pytest.param({"port": 80}, "port", 80, marks=rule("LE-74")),
        pytest.param({"port": 1024}, "port", 1024, marks=rule("LE-74")),
        pytest.param({"protocol": "http"}, "protocol", "http", marks=rule("LE-75")),
        pytest.param({"readTimeout": 120}, "read_timeout", 120, marks=rule("LE-76")),
        pytest.param({"keepaliveTimeout": 1}, "keepalive_timeout", 1, marks=rule("LE-73")),
        pytest.param({"sslProtocols": ["SSLv3", "TLSv1"]}, "ssl_protocols", ("SSLv3", "TLSv1"), marks=rule("LE-77")),
    ],
)
def test_fields_that_change(fields: dict[str, Any], attribute: str, value: Any) -> None:
    event = event_at(HOOK)
    decoded = went_on(event, changed(event, origin=custom(**fields), headers={"host": item("Host", "b.test")}))
    assert decoded.origin == msgspec.structs.replace(CUSTOM, **{attribute: value})
    assert decoded.origin is not None
    assert decoded.origin.custom_headers is CUSTOM.custom_headers


@rule("LE-73")
@rule("LE-76")
@pytest.mark.parametrize(("fields", "broken"), [({"readTimeout": 61}, "LE-76"), ({"keepaliveTimeout": 61}, "LE-73")])
def test_time_outs_of_the_older_column(fields: dict[str, Any], broken: str) -> None:
    event = event_at(HOOK)
    assert rejected(event, changed(event, origin=custom(**fields)), OLD).rule == broken


def test_fields_that_were_given_need_no_check() -> None:
    origin = msgspec.structs.replace(CUSTOM, read_timeout=1)
    event = event_at(HOOK, origin=origin)
    value = changed(event)
    value["origin"]["custom"]["port"] = 443
    assert went_on(event, value).origin == msgspec.structs.replace(origin, port=443)


@rule("LE-141")
def test_from_custom_to_s3_and_back() -> None:
    event = event_at(HOOK)
    assert went_on(event, changed(event, origin=s3())).origin == S3
    event = event_at(HOOK, origin=S3_IDENTITY)
    assert went_on(event, changed(event, origin=custom())).origin == CUSTOM


@rule("LE-80")
def test_fields_that_an_s3_origin_does_not_have_are_ignored() -> None:
    event = event_at(HOOK)
    assert went_on(event, changed(event, origin=s3(port=1, protocol="?"))).origin == S3


@rule("LE-79")
@rule("LE-83")
def test_origin_access_identity() -> None:
    event = event_at(HOOK, origin=S3_IDENTITY)
    other = {"domainName": "other.s3.amazonaws.com", "authMethod": "origin-access-identity"}
    origin = went_on(event, changed(event, origin=s3(**other))).origin
    assert isinstance(origin, S3Origin)
    assert origin.auth_method == "origin-access-identity"
    assert rejected(event, changed(event, origin=s3(**other, region=""))).rule == "LE-79"
    assert went_on(event, changed(event, origin=s3(region=""))).origin == msgspec.structs.replace(S3, region="")
    event = event_at(HOOK, origin=S3)
    assert rejected(event, changed(event, origin=s3(**other))).rule == "LE-83"


@pytest.mark.parametrize(
    ("headers", "broken"),
    [
        pytest.param([], "LE-146", marks=rule("LE-146")),
        pytest.param({"x-a": "1"}, "LE-146", marks=rule("LE-146")),
        pytest.param({"x-a": [{"value": 1}]}, "LE-146", marks=rule("LE-146")),
        pytest.param({"x-a": item("X-A", "a\nb")}, "LE-146", marks=rule("LE-146")),
        pytest.param({"x-a": item("X-A", "")}, "LE-146", marks=[rule("LE-146"), rule("LE-366"), rule("LE-93")]),
        pytest.param({"": item("", "a")}, "LE-146", marks=rule("LE-146")),
        pytest.param({"Host": item("Host", "a")}, "LE-186", marks=rule("LE-186")),
        pytest.param({"x-amz-a": item("X-Amz-A", "a")}, "LE-186", marks=rule("LE-186")),
        pytest.param({"x-cache": item("X-Cache", "a")}, "LE-186", marks=rule("LE-186")),
        pytest.param({"cookie": item("Cookie", "a")}, "LE-186", marks=rule("LE-186")),
        pytest.param({"user-agent": item("User-Agent", "a")}, "LE-146", marks=[rule("LE-146"), rule("LE-366")]),
    ],
)
def test_custom_headers_that_are_refused(headers: Any, broken: str) -> None:
    event = event_at(HOOK)
    decoded = decode(event, changed(event, origin=custom(customHeaders=headers)), LATEST)
    assert isinstance(decoded, Rejected)
    assert broken in [violation.rule for violation in decoded.violations]
    assert all("HeaderName or HeaderValue" in violation.sentence for violation in decoded.violations)


@rule("LE-70")
@rule("LE-146")
def test_custom_headers_that_change() -> None:
    origin = msgspec.structs.replace(CUSTOM, custom_headers=Headers([("X-Key", "\xe9"), ("X-B", "\xe9")]))
    event = event_at(HOOK, origin=origin)
    value = changed(event)
    value["origin"]["custom"]["customHeaders"] = {
        "x-b": item("X-B", "é"),
        "x-key": [*item("X-Key", "é"), *item("X-Key", "€")],
        "X-NEW": item("other", "1"),
    }
    decoded = went_on(event, value)
    assert decoded.origin is not None
    assert decoded.origin.custom_headers.lines == (
        ("X-B", "\xe9"),
        ("X-Key", "\xe9"),
        ("X-Key", "\xe2\x82\xac"),
        ("X-New", "1"),
    )
    assert warned(decoded) == ("LE-91",)


@rule("LE-146")
@rule("LE-366")
def test_a_header_with_the_name_of_a_custom_header() -> None:
    event = event_at(HOOK)
    value = changed(event, headers={"x-from-edge": item("X-From-Edge", "a")})
    assert rejected(event, value).field == "headers.x-from-edge"
    assert warned(decode(event, value, LENIENT)) == ("LE-146",)


@rule("LE-146")
def test_a_double_name_that_was_given_is_nobodys_fault() -> None:
    event = event_at(HOOK, lines=[("X-From-Edge", "viewer's")])
    assert went_on(event, changed(event, headers={"x-a": item("X-A", "1")})).origin is CUSTOM


@rule("LE-143")
@rule("LE-363")
@pytest.mark.parametrize(("host", "warns"), [("www.example.test", True), ("b.test", False), (None, False)])
def test_host_of_another_origin(host: str | None, warns: bool) -> None:
    event = event_at(HOOK, lines=[] if host is None else [("Host", host)])
    decoded = went_on(event, changed(event, origin=custom(domainName="b.test")))
    assert warned(decoded) == (("LE-143",) if warns else ())
    assert isinstance(decoded.origin, CustomOrigin)
