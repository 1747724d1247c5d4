from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.encode import GivenBody
from edgeproxy.messages.body import Stream, Whole, read
from tests.events.samples import LENIENT, OLD, answered, changed, event_at, rejected, warned, went_on

rule = pytest.mark.rule
VIEWER_REQUEST, ORIGIN_REQUEST = Hook.VIEWER_REQUEST, Hook.ORIGIN_REQUEST


@rule("LE-68")
@pytest.mark.parametrize(
    "body",
    [
        {"action": "read-only", "data": "x", "encoding": "text"},
        {"data": "not base64", "encoding": "other"},
        {},
    ],
)
def test_without_replace_the_original_goes_on(body: dict[str, Any]) -> None:
    original = Stream([b"all of it"])
    event = event_at(VIEWER_REQUEST, body=original, shown_body=GivenBody(b"all", True))
    decoded = went_on(event, changed(event, body=body))
    assert decoded.request is event.request
    assert decoded.request.body is original
    assert not decoded.replaced_body


@rule("LE-117")
def test_without_a_body_the_original_goes_on() -> None:
    event = event_at(VIEWER_REQUEST, body=Whole(b"a"), shown_body=GivenBody(b"a", False))
    assert went_on(event, changed(event, without=["body"])).request is event.request


@pytest.mark.parametrize(
    ("body", "octets"),
    [
        pytest.param({"data": "bmFtZT1BbmE="}, b"name=Ana", marks=rule("LE-133")),
        pytest.param({"data": "/w==", "encoding": "base64"}, b"\xff", marks=rule("LE-134")),
        pytest.param({"data": "é", "encoding": "text"}, b"\xc3\xa9", marks=rule("LE-134")),
        pytest.param({"data": ""}, b"", marks=rule("LE-133")),
    ],
)
@pytest.mark.parametrize("hook", [VIEWER_REQUEST, ORIGIN_REQUEST])
@rule("LE-67")
def test_replaced(hook: Hook, body: dict[str, Any], octets: bytes) -> None:
    decoded = went_on(event_at(hook), changed(event_at(hook), body={"action": "replace"} | body))
    assert decoded.replaced_body
    assert read(decoded.request.body) == octets


@pytest.mark.parametrize(
    ("body", "broken", "field"),
    [
        pytest.param("text", "LE-138", "body", marks=[rule("LE-138"), rule("LE-213")]),
        pytest.param(None, "LE-138", "body", marks=rule("LE-138")),
        pytest.param([], "LE-138", "body", marks=rule("LE-138")),
        pytest.param({"action": "Replace"}, "LE-138", "body.action", marks=rule("LE-138")),
        pytest.param({"action": None}, "LE-138", "body.action", marks=rule("LE-138")),
        pytest.param({"action": "replace"}, "LE-138", "body.data", marks=rule("LE-138")),
        pytest.param({"action": "replace", "data": {}}, "LE-138", "body.data", marks=rule("LE-138")),
        pytest.param(
            {"action": "replace", "data": "a", "encoding": "utf-8"}, "LE-138", "body.encoding", marks=rule("LE-138")
        ),
        pytest.param({"action": "replace", "data": "a"}, "LE-134", "body.data", marks=rule("LE-134")),
        pytest.param({"action": "replace", "data": "é"}, "LE-134", "body.data", marks=rule("LE-134")),
        pytest.param(
            {"action": "replace", "data": "\ud800", "encoding": "text"}, "LE-309", "body.data", marks=rule("LE-309")
        ),
    ],
)
@pytest.mark.parametrize("profile", [LATEST, LENIENT])
@rule("LE-235")
def test_request_bodies_that_cannot_be(body: Any, broken: str, field: str, profile: Profile) -> None:
    event = event_at(VIEWER_REQUEST)
    violation = rejected(event, changed(event, body=body), profile)
    assert (violation.rule, violation.field) == (broken, field)


@rule("LE-135")
@rule("LE-136")
@rule("LE-249")
@rule("LE-340")
@pytest.mark.parametrize(("hook", "limit"), [(VIEWER_REQUEST, 40_960), (ORIGIN_REQUEST, 1_048_576)])
def test_request_bodies_that_are_too_large(hook: Hook, limit: int) -> None:
    event = event_at(hook)
    fits = changed(event, body={"action": "replace", "encoding": "text", "data": "a" * limit})
    assert went_on(event, fits).request.body.length == limit
    large = changed(event, body={"action": "replace", "encoding": "text", "data": "a" * (limit + 1)})
    violation = rejected(event, large)
    assert violation.rule == "LE-136"
    assert f"{limit + 1:,}" in violation.message
    assert went_on(event, large, OLD).request.body.length == limit
    assert warned(went_on(event, large, Profile(uncertain={"LE-136": "cut"}))) == ("LE-136",)
    assert went_on(event, large, LENIENT).request.body.length == limit + 1
    assert rejected(event, large, Profile(column="2023", uncertain={"LE-136": "reject"})).rule == "LE-136"


@rule("LE-135")
@rule("LE-250")
def test_the_largest_base64() -> None:
    event = event_at(VIEWER_REQUEST)
    fits = changed(event, body={"action": "replace", "data": "AAAA" * 13_653 + "AA=="})
    assert went_on(event, fits).request.body.length == 40_960
    large = changed(event, body={"action": "replace", "data": "AAAA" * 13_653 + "AAA="})
    assert rejected(event, large).rule == "LE-136"


@rule("LE-140")
@rule("LE-380")
def test_the_rest_of_a_truncated_body_is_lost() -> None:
    event = event_at(ORIGIN_REQUEST, shown_body=GivenBody(b"a", True))
    decoded = went_on(event, changed(event, body={"action": "replace", "data": "YQ=="}))
    assert warned(decoded) == ("LE-140",)


@rule("LE-246")
@pytest.mark.parametrize("data", ["_w==", "/w=\n=", "/w", " /w=="])
def test_base64_that_is_not_quite(data: str) -> None:
    value = {"status": "200", "body": data, "bodyEncoding": "base64"}
    assert rejected(event_at(VIEWER_REQUEST), value).rule == "LE-245"
    relaxed = Profile(uncertain={"LE-246": "relaxed"})
    assert read(answered(event_at(VIEWER_REQUEST), value, relaxed).response.body) == b"\xff"


@pytest.mark.parametrize(
    ("fields", "broken", "field"),
    [
        pytest.param({"body": {}}, "LE-157", "body", marks=[rule("LE-157"), rule("LE-213")]),
        pytest.param({"body": 1}, "LE-157", "body", marks=rule("LE-157")),
        pytest.param({"body": None}, "LE-157", "body", marks=[rule("LE-157"), rule("LE-370")]),
        pytest.param({"body": "a", "bodyEncoding": "gzip"}, "LE-155", "bodyEncoding", marks=rule("LE-155")),
        pytest.param({"body": "a", "bodyEncoding": None}, "LE-155", "bodyEncoding", marks=rule("LE-155")),
        pytest.param({"bodyEncoding": ["text"]}, "LE-155", "bodyEncoding", marks=rule("LE-155")),
        pytest.param({"body": "a", "bodyEncoding": "base64"}, "LE-245", "body", marks=rule("LE-245")),
        pytest.param({"body": "\ud800"}, "LE-309", "body", marks=rule("LE-309")),
    ],
)
@pytest.mark.parametrize("hook", [VIEWER_REQUEST, ORIGIN_REQUEST, Hook.ORIGIN_RESPONSE])
@rule("LE-235")
def test_response_bodies_that_cannot_be(hook: Hook, fields: dict[str, Any], broken: str, field: str) -> None:
    violation = rejected(event_at(hook), {"status": "200"} | fields)
    assert (violation.rule, violation.field) == (broken, field)
    assert ("LE-370" in violation.hint) == (fields.get("body", "") is None)


@pytest.mark.parametrize(
    ("fields", "octets"),
    [
        pytest.param({"body": "é"}, b"\xc3\xa9", marks=rule("LE-156")),
        pytest.param({"body": "é", "bodyEncoding": "text"}, b"\xc3\xa9", marks=rule("LE-155")),
        pytest.param({"body": "/w==", "bodyEncoding": "base64"}, b"\xff", marks=rule("LE-155")),
        pytest.param({"body": ""}, b"", marks=rule("LE-154")),
    ],
)
@pytest.mark.parametrize("hook", [VIEWER_REQUEST, ORIGIN_REQUEST, Hook.ORIGIN_RESPONSE])
def test_response_bodies(hook: Hook, fields: dict[str, Any], octets: bytes) -> None:
    response = answered(event_at(hook), {"status": "200"} | fields).response
    assert read(response.body) == octets
    assert response.headers.get("content-length") == str(len(octets))


@rule("LE-247")
@rule("LE-244")
@rule("LE-252")
@rule("LE-236")
@rule("LE-381")
@rule("LE-408")
@pytest.mark.parametrize(
    ("hook", "limit"), [(VIEWER_REQUEST, 40_960), (ORIGIN_REQUEST, 1_048_576), (Hook.ORIGIN_RESPONSE, 1_048_576)]
)
def test_responses_that_are_too_large(hook: Hook, limit: int) -> None:
    event = event_at(hook)
    headers = {"x-a": [{"key": "X-A", "value": "é"}]}
    room = limit - 5
    assert answered(event, {"status": "200", "headers": headers, "body": "a" * room}).response.body.length == room
    large = {"status": "200", "headers": headers, "body": "a" * (room + 1)}
    violation = rejected(event, large)
    assert violation.rule == "LE-247"
    assert f"{limit + 1:,}" in violation.message
    assert warned(answered(event, large, LENIENT)) == ("LE-247",)
    encoded = {"status": "200", "body": "AAAA" * (limit // 4 + 1), "bodyEncoding": "base64"}
    assert rejected(event, encoded).rule == "LE-247"
    assert answered(event, encoded, Profile(uncertain={"LE-252": "decoded"})).response.body.length


@rule("LE-170")
def test_the_origins_own_body_does_not_count() -> None:
    event = event_at(Hook.ORIGIN_RESPONSE)
    value = changed(event, headers={"x-a": [{"key": "X-A", "value": "a" * 2_000_000}]})
    assert answered(event, value).response.body is event.response.body if event.response else False
