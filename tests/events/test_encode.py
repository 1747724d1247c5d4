from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.events.encode import Event, GivenBody, origin_part
from edgeproxy.function import Json
from edgeproxy.messages.response import Response
from tests.events.samples import CUSTOM, S3_IDENTITY, event_at
from tests.strategies import events

rule = pytest.mark.rule
REQUEST_FIELDS = {"clientIp", "method", "uri", "querystring", "headers"}
BODY = GivenBody(b"name=Ana", False)


def cf_of(event: Event) -> dict[str, Any]:
    made = event.build()
    assert list(made) == ["Records"]
    (record,) = made["Records"]
    assert list(record) == ["cf"]
    cf: dict[str, Any] = record["cf"]
    return cf


@rule("LE-46")
@rule("LE-48")
@rule("LE-49")
@rule("LE-50")
@rule("LE-51")
@rule("LE-13")
@pytest.mark.parametrize("hook", list(Hook))
def test_config(hook: Hook) -> None:
    event = event_at(hook)
    assert cf_of(event)["config"] == {
        "distributionDomainName": "d1edgeproxytest.cloudfront.net",
        "distributionId": "E2EDGEPROXY01",
        "eventType": hook.value,
        "requestId": event.config.request_id,
    }


@rule("LE-47")
@rule("LE-53")
@rule("LE-63")
@rule("LE-168")
@pytest.mark.parametrize(
    ("hook", "fields", "has_response"),
    [
        (Hook.VIEWER_REQUEST, {"body"}, False),
        (Hook.ORIGIN_REQUEST, {"body", "origin"}, False),
        (Hook.ORIGIN_RESPONSE, {"origin"}, True),
        (Hook.VIEWER_RESPONSE, set(), True),
    ],
)
def test_presence(hook: Hook, fields: set[str], has_response: bool) -> None:
    event = msgspec.structs.replace(
        event_at(hook), body=BODY, origin=CUSTOM, response=Response(404, event_at(Hook.VIEWER_RESPONSE).request.headers)
    )
    cf = cf_of(event)
    assert set(cf["request"]) == REQUEST_FIELDS | fields
    assert set(cf) == {"config", "request"} | ({"response"} if has_response else set())
    if has_response:
        assert set(cf["response"]) == {"status", "statusDescription", "headers"}


@pytest.mark.parametrize("hook", list(Hook))
def test_what_is_not_given_is_absent(hook: Hook) -> None:
    event = msgspec.structs.replace(event_at(hook), body=None, origin=None, response=None)
    assert set(cf_of(event)["request"]) == REQUEST_FIELDS
    assert "response" not in cf_of(event)
    assert set(event.subject()) == REQUEST_FIELDS


@rule("LE-54")
@rule("LE-55")
@rule("LE-56")
@rule("LE-57")
def test_request_fields() -> None:
    request = cf_of(event_at(Hook.VIEWER_REQUEST, path="/a%20b%2Fc", query="x=%20+y&&z"))["request"]
    assert request["clientIp"] == "198.51.100.23"
    assert request["method"] == "GET"
    assert request["uri"] == "/a%20b%2Fc"
    assert request["querystring"] == "x=%20+y&&z"
    assert cf_of(event_at(Hook.VIEWER_REQUEST, query=""))["request"]["querystring"] == ""


@rule("LE-60")
@pytest.mark.parametrize("wire", ["/\xc3\xa9", "/\xe9"])
def test_uri_and_querystring_are_text(wire: str) -> None:
    request = cf_of(event_at(Hook.VIEWER_REQUEST, path=wire, query=wire))["request"]
    assert request["uri"] == request["querystring"] == "/é"


@rule("LE-64")
@rule("LE-65")
@rule("LE-377")
@pytest.mark.parametrize(("body", "data"), [(BODY, "bmFtZT1BbmE="), (GivenBody(b"\xff", True), "/w==")])
def test_body(body: GivenBody, data: str) -> None:
    event = event_at(Hook.VIEWER_REQUEST, shown_body=body)
    assert cf_of(event)["request"]["body"] == {
        "action": "read-only",
        "data": data,
        "encoding": "base64",
        "inputTruncated": body.truncated,
    }


@rule("LE-66")
def test_an_empty_body_is_present_where_one_is_given() -> None:
    event = event_at(Hook.ORIGIN_REQUEST, shown_body=GivenBody(b"", False))
    assert cf_of(event)["request"]["body"]["data"] == ""


@rule("LE-69")
@rule("LE-70")
@rule("LE-73")
@rule("LE-74")
@rule("LE-75")
@rule("LE-76")
@rule("LE-77")
@rule("LE-107")
def test_custom_origin() -> None:
    assert origin_part(CUSTOM) == {
        "custom": {
            "customHeaders": {"x-from-edge": [{"key": "X-From-Edge", "value": "s3cr3t"}]},
            "domainName": "origin.example.test",
            "keepaliveTimeout": 5,
            "path": "/v2",
            "port": 8443,
            "protocol": "https",
            "readTimeout": 30,
            "sslProtocols": ["TLSv1.2"],
        }
    }
    assert "x-from-edge" not in cf_of(event_at(Hook.ORIGIN_REQUEST))["request"]["headers"]


@rule("LE-69")
@rule("LE-78")
@rule("LE-79")
@rule("LE-80")
def test_s3_origin() -> None:
    assert cf_of(event_at(Hook.ORIGIN_RESPONSE, origin=S3_IDENTITY))["request"]["origin"] == {
        "s3": {
            "authMethod": "origin-access-identity",
            "customHeaders": {},
            "domainName": "assets.s3.eu-central-1.amazonaws.com",
            "path": "",
            "region": "eu-central-1",
        }
    }


@rule("LE-150")
@rule("LE-392")
@rule("LE-152")
@pytest.mark.parametrize(
    ("status", "reason", "shown"), [(404, "", "Not Found"), (200, "Fine", "Fine"), (200, "\xe9", "é")]
)
def test_response(status: int, reason: str, shown: str) -> None:
    response = cf_of(event_at(Hook.ORIGIN_RESPONSE, status=status, reason=reason))["response"]
    assert response["status"] == str(status)
    assert response["statusDescription"] == shown
    assert response["headers"]["etag"] == [{"key": "ETag", "value": '"1"'}]


@rule("LE-115")
@given(events())
def test_the_subject_is_what_a_function_returns(event: Event) -> None:
    cf = cf_of(event)
    assert event.subject() == (cf["request"] if event.hook.on_request else cf["response"])


@given(events())
def test_an_event_is_json(event: Event) -> None:
    assert json.loads(json.dumps(event.build())) == event.build()
    assert msgspec.json.decode(msgspec.json.encode(event.build())) == event.build()


def destroy(value: Json) -> None:
    """Change every object and list of a JSON value."""
    if isinstance(value, dict):
        for inner in value.values():
            destroy(inner)
        value.clear()
        value["destroyed"] = True
    elif isinstance(value, list):
        for inner in value:
            destroy(inner)
        value[:] = ["destroyed"]


@rule("LE-300")
@rule("LE-52")
@given(events())
def test_events_share_nothing(event: Event) -> None:
    before = json.dumps(event.build())
    made = event.build()
    destroy(made)
    destroy(event.subject())
    assert made["destroyed"] is True
    assert json.dumps(event.build()) == before
