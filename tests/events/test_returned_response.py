from __future__ import annotations

from typing import Any

import msgspec
import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.errors import InternalError
from edgeproxy.events.decode import decode
from edgeproxy.messages.body import read
from edgeproxy.messages.response import Response
from tests.events.samples import LENIENT, answered, changed, event_at, item, rejected, warned

rule = pytest.mark.rule
VIEWER_REQUEST, ORIGIN_REQUEST = Hook.VIEWER_REQUEST, Hook.ORIGIN_REQUEST
ORIGIN_RESPONSE, VIEWER_RESPONSE = Hook.ORIGIN_RESPONSE, Hook.VIEWER_RESPONSE
ON_REQUEST = pytest.mark.parametrize("hook", [VIEWER_REQUEST, ORIGIN_REQUEST])
ON_RESPONSE = pytest.mark.parametrize("hook", [ORIGIN_RESPONSE, VIEWER_RESPONSE])


def given_response(event: Any) -> Response:
    assert isinstance(event.response, Response)
    return event.response


@ON_REQUEST
@rule("LE-14")
@rule("LE-15")
@rule("LE-115")
@rule("LE-116")
def test_a_generated_response(hook: Hook) -> None:
    value = {
        "status": "302",
        "statusDescription": "Gefunden é",
        "headers": {"location": item("Location", "/x"), "set-cookie": [*item("Set-Cookie", "a=1"), {"value": "b=2"}]},
        "body": "moved",
    }
    response = answered(event_at(hook), value).response
    assert (response.status, response.reason) == (302, "Gefunden \xc3\xa9")
    assert response.headers.lines == (
        ("Location", "/x"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Length", "5"),
    )
    assert read(response.body) == b"moved"


@ON_REQUEST
@rule("LE-237")
@rule("LE-152")
@rule("LE-153")
@rule("LE-158")
@rule("LE-159")
def test_the_least_that_a_response_needs(hook: Hook) -> None:
    response = answered(event_at(hook), {"status": "403"}).response
    assert (response.status, response.phrase) == (403, "Forbidden")
    assert response.headers.lines == (("Content-Length", "0"),)
    assert read(response.body) == b""


@pytest.mark.parametrize("status", ["200", 200, "599", 599])
@rule("LE-149")
@rule("LE-150")
def test_statuses(status: str | int) -> None:
    assert answered(event_at(VIEWER_REQUEST), {"status": status}).response.status == int(status)
    event = event_at(ORIGIN_RESPONSE)
    assert answered(event, changed(event, status=status)).response.status == int(status)


@pytest.mark.parametrize("profile", [LATEST, LENIENT])
@pytest.mark.parametrize("hook", list(Hook))
@pytest.mark.parametrize(
    "status", ["100", 199, 0, 600, "abc", "200 OK", " 200", "200\n", 200.0, True, None, [], "\u0662\u0660\u0660", 2**70]
)
@rule("LE-164")
@rule("LE-228")
def test_statuses_that_cannot_be(status: Any, hook: Hook, profile: Profile) -> None:
    violation = rejected(event_at(hook), {"status": status}, profile)
    assert (violation.rule, violation.field) == ("LE-164", "status")


@rule("LE-151")
@pytest.mark.parametrize("text", ["a\r\nX-A: 1", "\x00", "\ud800", 7, []])
def test_descriptions_that_cannot_be(text: Any) -> None:
    value = {"status": "200", "statusDescription": text}
    assert rejected(event_at(VIEWER_REQUEST), value).rule == "LE-151"
    assert answered(event_at(VIEWER_REQUEST), value, LENIENT).response.phrase == "OK"


@rule("LE-162")
@pytest.mark.parametrize(
    ("hook", "profile", "passes"),
    [
        (VIEWER_REQUEST, LATEST, False),
        (VIEWER_REQUEST, Profile(uncertain={"LE-162": "drop"}), False),
        (VIEWER_REQUEST, LENIENT, True),
        (ORIGIN_REQUEST, LATEST, False),
        (ORIGIN_REQUEST, Profile(uncertain={"LE-162": "drop"}), True),
        (ORIGIN_REQUEST, LENIENT, True),
    ],
)
def test_a_body_with_204(hook: Hook, profile: Profile, passes: bool) -> None:
    value = {"status": "204", "body": "x"}
    if passes:
        response = answered(event_at(hook), value, profile).response
        assert read(response.body) == b""
        assert response.headers.lines == ()
    else:
        assert rejected(event_at(hook), value, profile).rule == "LE-162"
    assert answered(event_at(hook), value | {"body": ""}, profile).response.headers.lines == ()


@rule("LE-163")
@ON_REQUEST
def test_a_body_with_304(hook: Hook) -> None:
    decoded = answered(event_at(hook), {"status": 304, "body": "x"})
    assert read(decoded.response.body) == b""
    assert warned(decoded) == ("LE-163",)


@ON_RESPONSE
@rule("LE-169")
@pytest.mark.parametrize("status", [200, "200"])
def test_a_response_left_alone_is_the_same_object(hook: Hook, status: str | int) -> None:
    event = event_at(hook, reason="Fine")
    assert answered(event, changed(event, status=status)).response is event.response


@ON_RESPONSE
@rule("LE-154")
def test_headers_change_and_the_body_stays(hook: Hook) -> None:
    event = event_at(hook)
    response = answered(event, changed(event, headers={"x-a": item("X-A", "1")})).response
    assert response.headers.get("x-a") == "1"
    assert response.body is given_response(event).body
    assert response.reason == given_response(event).reason


@rule("LE-149")
@rule("LE-151")
def test_status_and_description_change_at_origin_response() -> None:
    event = event_at(ORIGIN_RESPONSE, status=404)
    response = answered(event, changed(event, status="200", statusDescription="Found after all")).response
    assert (response.status, response.reason) == (200, "Found after all")
    assert response.headers is given_response(event).headers
    assert response.body is given_response(event).body
    described = answered(event, changed(event, statusDescription="Gone")).response
    assert (described.status, described.reason) == (404, "Gone")
    assert answered(event, changed(event, without=["statusDescription"])).response.phrase == "Not Found"


@rule("LE-161")
@rule("LE-369")
@rule("LE-403")
def test_status_at_viewer_response() -> None:
    event = event_at(VIEWER_RESPONSE, status=200, reason="Fine")
    value = changed(event, status="404")
    assert rejected(event, value).rule == "LE-161"
    for profile in (LENIENT, Profile(uncertain={"LE-161": "ignore"})):
        decoded = answered(event, value, profile)
        assert decoded.response is event.response
        assert warned(decoded) == ("LE-161",)


@rule("LE-151")
@pytest.mark.parametrize("text", ["Other", 7, "a\nb"])
def test_description_at_viewer_response_is_ignored(text: Any) -> None:
    event = event_at(VIEWER_RESPONSE, reason="Fine")
    assert answered(event, changed(event, statusDescription=text)).response is event.response


@rule("LE-154")
@rule("LE-404")
@pytest.mark.parametrize("body", ["x", "", None, {}])
def test_body_at_viewer_response_is_ignored(body: Any) -> None:
    event = event_at(VIEWER_RESPONSE)
    value = changed(event, body=body, bodyEncoding="?")
    for profile in (LATEST, LENIENT):
        decoded = answered(event, value, profile)
        assert decoded.response is event.response
        assert warned(decoded) == ("LE-154",)
    assert rejected(event, value, Profile(uncertain={"LE-154": "reject"})).rule == "LE-154"


@rule("LE-154")
@rule("LE-158")
def test_a_replaced_body_has_its_own_length() -> None:
    lines = [("Transfer-Encoding", "chunked"), ("Content-Length", "5"), ("X-A", "1")]
    event = event_at(ORIGIN_RESPONSE, lines=lines)
    response = answered(event, changed(event, body="longer text")).response
    assert response.headers.lines == (("Content-Length", "11"), ("X-A", "1"))
    assert read(response.body) == b"longer text"
    removed = answered(event, changed(event, body="")).response
    assert removed.headers.get("content-length") == "0"
    assert read(removed.body) == b""


@rule("LE-158")
def test_headers_stay_when_the_length_is_the_same() -> None:
    event = event_at(ORIGIN_RESPONSE)
    assert answered(event, changed(event, body="other")).response.headers is given_response(event).headers


@rule("LE-162")
@rule("LE-163")
@pytest.mark.parametrize("status", ["204", "304"])
def test_a_replaced_body_is_dropped_where_there_can_be_none(status: str) -> None:
    event = event_at(ORIGIN_RESPONSE)
    decoded = answered(event, changed(event, status=status, body="x"))
    assert read(decoded.response.body) == b""
    assert "content-length" not in decoded.response.headers
    assert warned(decoded) == ("LE-163",)


@rule("LE-165")
@rule("LE-371")
@pytest.mark.parametrize(
    ("encoding", "warns"),
    [(item("Content-Encoding", "gzip"), True), ([], False), (item("Content-Encoding", "br"), False)],
)
def test_content_encoding_of_a_replaced_body(encoding: Any, warns: bool) -> None:
    event = event_at(ORIGIN_RESPONSE, lines=[("Content-Encoding", "gzip")])
    decoded = answered(event, changed(event, body="x", headers={"content-encoding": encoding}))
    assert warned(decoded) == (("LE-165",) if warns else ())


@ON_RESPONSE
@pytest.mark.parametrize(
    ("make", "broken"),
    [
        pytest.param(lambda event: event.build(), "LE-115", marks=rule("LE-355")),
        pytest.param(lambda event: event.build()["Records"][0]["cf"], "LE-115", marks=rule("LE-355")),
        pytest.param(
            lambda event: event.build()["Records"][0]["cf"]["request"],
            "LE-227",
            marks=[rule("LE-227"), rule("LE-398")],
        ),
        pytest.param(lambda event: {}, "LE-240", marks=rule("LE-240")),
        pytest.param(lambda event: {"headers": {}}, "LE-240", marks=rule("LE-240")),
        pytest.param(lambda event: {"statusCode": 200}, "LE-240", marks=rule("LE-240")),
    ],
)
def test_what_is_no_response(hook: Hook, make: Any, broken: str) -> None:
    event = event_at(hook)
    for profile in (LATEST, LENIENT):
        violation = rejected(event, make(event), profile)
        assert violation.rule == broken
        assert violation.hint


def test_an_event_of_a_response_hook_has_a_response() -> None:
    event = msgspec.structs.replace(event_at(VIEWER_RESPONSE), response=None)
    with pytest.raises(InternalError, match="viewer-response"):
        decode(event, {"status": "200"}, LATEST)
