from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.decode import Rejected, decode
from edgeproxy.messages.headers import Line
from tests.events.samples import (
    LENIENT,
    OLD,
    REQUEST_LINES,
    answered,
    changed,
    event_at,
    item,
    rejected,
    warned,
    went_on,
)

rule = pytest.mark.rule
VIEWER_REQUEST, ORIGIN_REQUEST = Hook.VIEWER_REQUEST, Hook.ORIGIN_REQUEST
ORIGIN_RESPONSE, VIEWER_RESPONSE = Hook.ORIGIN_RESPONSE, Hook.VIEWER_RESPONSE


@pytest.mark.parametrize("hook", [VIEWER_REQUEST, ORIGIN_RESPONSE, VIEWER_RESPONSE])
@pytest.mark.parametrize(
    ("headers", "broken", "field"),
    [
        pytest.param({"x-a": "1"}, "LE-239", "headers.x-a", marks=[rule("LE-239"), rule("LE-357"), rule("LE-229")]),
        pytest.param({"x-a": {"key": "X", "value": "1"}}, "LE-239", "headers.x-a", marks=rule("LE-239")),
        pytest.param({"x-a": None}, "LE-239", "headers.x-a", marks=rule("LE-239")),
        pytest.param({"x-a": ["1"]}, "LE-229", "headers.x-a[0]", marks=rule("LE-229")),
        pytest.param({"x-a": [{"key": "X-A"}]}, "LE-93", "headers.x-a[0].value", marks=rule("LE-93")),
        pytest.param({"x-a": [{"value": 5}]}, "LE-92", "headers.x-a[0].value", marks=[rule("LE-92"), rule("LE-358")]),
        pytest.param({"x-a": [{"value": True}]}, "LE-92", "headers.x-a[0].value", marks=rule("LE-92")),
        pytest.param({"x-a": [{"value": None}]}, "LE-92", "headers.x-a[0].value", marks=rule("LE-92")),
        pytest.param({"x-a": [{"value": {}}]}, "LE-92", "headers.x-a[0].value", marks=rule("LE-92")),
        pytest.param({"x-a": [{"value": []}]}, "LE-92", "headers.x-a[0].value", marks=rule("LE-92")),
        pytest.param({"x-a": [{"value": ["1", 2]}]}, "LE-92", "headers.x-a[0].value", marks=rule("LE-92")),
        pytest.param({"x-a": [{"key": 1, "value": "1"}]}, "LE-85", "headers.x-a[0].key", marks=rule("LE-85")),
        pytest.param({"": item("", "1")}, "LE-188", "headers.", marks=[rule("LE-188"), rule("LE-230")]),
        pytest.param({"x a": item("x a", "1")}, "LE-188", "headers.x a", marks=rule("LE-188")),
        pytest.param({"\u212a": item("k", "1")}, "LE-188", "headers.\u212a", marks=rule("LE-188")),
        pytest.param({"x-a": item("X-A", "a\r\nb")}, "LE-189", "headers.x-a[0].value", marks=rule("LE-189")),
        pytest.param({"x-a": item("X-A", "\ud800")}, "LE-189", "headers.x-a[0].value", marks=rule("LE-309")),
        pytest.param({"Connection": item("Connection", "a")}, "LE-172", "headers.connection", marks=rule("LE-172")),
        pytest.param({"x-edge-a": item("X-Edge-A", "a")}, "LE-172", "headers.x-edge-a", marks=rule("LE-231")),
        pytest.param({"client-cert": item("Client-Cert", "a")}, "LE-173", "headers.client-cert", marks=rule("LE-173")),
    ],
)
def test_what_no_function_may_return(hook: Hook, headers: dict[str, Any], broken: str, field: str) -> None:
    event = event_at(hook)
    violation = rejected(event, changed(event, headers=headers))
    assert (violation.rule, violation.field) == (broken, field)


@rule("LE-174")
@rule("LE-361")
def test_a_generated_response_is_told_every_bad_header() -> None:
    names = ("Connection", "X-Cache", "X-Amz-Cf-Id", "Via")
    value = {"status": "200", "headers": {name.lower(): item(name, "a") for name in names}}
    decoded = decode(event_at(VIEWER_REQUEST), value, LATEST)
    assert isinstance(decoded, Rejected)
    assert [violation.field for violation in decoded.violations] == [f"headers.{name.lower()}" for name in names]
    assert [violation.rule for violation in decoded.violations] == ["LE-172"] * 3 + ["LE-171"]


@rule("LE-327")
@rule("LE-376")
def test_log_of_a_bad_character() -> None:
    value = {"status": "302", "headers": {"location": item("Location", "/?a\r\nb")}}
    violation = rejected(event_at(VIEWER_REQUEST), value)
    assert "invalid character : '%0D' in header value, headerName : Location." in violation.message


@rule("LE-358")
def test_log_of_a_wrong_type_names_header_and_type() -> None:
    event = event_at(VIEWER_REQUEST)
    message = rejected(event, changed(event, headers={"x-count": [{"value": 5}]})).message
    assert "X-Count" in message
    assert "5, which is a number" in message


@pytest.mark.parametrize(
    ("hook", "lines", "name", "entry", "verb", "broken"),
    [
        pytest.param(VIEWER_REQUEST, [], "via", item("Via", "1.1 x"), "add", "LE-177", marks=rule("LE-177")),
        pytest.param(
            VIEWER_REQUEST, [("Host", "a")], "host", item("Host", "b"), "change", "LE-177", marks=rule("LE-183")
        ),
        pytest.param(VIEWER_REQUEST, [("Host", "a")], "host", None, "delete", "LE-182", marks=rule("LE-183")),
        pytest.param(VIEWER_REQUEST, [("Host", "a")], "host", [], "delete", "LE-182", marks=rule("LE-94")),
        pytest.param(VIEWER_REQUEST, [], "cdn-loop", item("CDN-Loop", "a"), "add", "LE-177", marks=rule("LE-336")),
        pytest.param(
            ORIGIN_REQUEST,
            [("Accept-Encoding", "gzip")],
            "accept-encoding",
            item("Accept-Encoding", "br"),
            "change",
            "LE-178",
            marks=[rule("LE-178"), rule("LE-184"), rule("LE-101")],
        ),
        pytest.param(
            ORIGIN_RESPONSE,
            [("Transfer-Encoding", "chunked")],
            "transfer-encoding",
            None,
            "delete",
            "LE-182",
            marks=[rule("LE-182"), rule("LE-338"), rule("LE-360")],
        ),
        pytest.param(ORIGIN_RESPONSE, [], "via", item("Via", "a"), "add", "LE-179", marks=rule("LE-179")),
        pytest.param(
            VIEWER_RESPONSE,
            [("Content-Encoding", "gzip")],
            "content-encoding",
            item("Content-Encoding", "br"),
            "change",
            "LE-180",
            marks=[rule("LE-180"), rule("LE-337")],
        ),
        pytest.param(
            VIEWER_REQUEST,
            [("Via", "a"), ("Via", "b")],
            "via",
            [*item("Via", "b"), *item("Via", "a")],
            "change",
            "LE-177",
            marks=rule("LE-181"),
        ),
        pytest.param(
            VIEWER_REQUEST, [("Host", "a")], "host", item("Odd", "b"), "change", "LE-177", marks=rule("LE-91")
        ),
    ],
)
@rule("LE-232")
def test_read_only_headers(hook: Hook, lines: list[Line], name: str, entry: Any, verb: str, broken: str) -> None:
    event = event_at(hook, lines=lines)
    value = event.subject()
    if entry is None:
        del value["headers"][name]
    else:
        value["headers"][name] = entry
    violation = rejected(event, value)
    assert (violation.rule, violation.field) == (broken, f"headers.{name}")
    assert f"the function tried to {verb} read-only header, headerName : " in violation.message
    decoded = decode(event, value, LENIENT)
    assert not isinstance(decoded, Rejected)
    message = event.request if hook.on_request else event.response
    result = decoded.request if hasattr(decoded, "request") else decoded.response
    assert message is not None
    assert result.headers == message.headers


@rule("LE-327")
@rule("LE-360")
def test_log_of_a_deleted_header() -> None:
    event = event_at(ORIGIN_RESPONSE, lines=[("transfer-encoding", "chunked")])
    violation = rejected(event, changed(event, headers={}, without=["headers.transfer-encoding"]))
    assert violation.message == (
        "Lambda function result failed validation, "
        "the function tried to delete read-only header, headerName : Transfer-Encoding."
    )
    assert "LE-360" in violation.hint


@rule("LE-180")
@rule("LE-337")
def test_content_length_at_viewer_response_in_the_older_column() -> None:
    event = event_at(VIEWER_RESPONSE)
    value = changed(event, headers={"content-length": item("Content-Length", "7")})
    assert rejected(event, value).rule == "LE-180"
    assert answered(event, value, OLD).response.headers.get("content-length") == "7"


@rule("LE-173")
def test_client_certificate_in_the_older_column() -> None:
    event = event_at(ORIGIN_REQUEST)
    value = changed(event, headers={"client-cert": item("Client-Cert", "a")})
    assert went_on(event, value, OLD).request.headers.get("client-cert") == "a"


@rule("LE-181")
@pytest.mark.parametrize("entry", [[{"value": "1.1 a"}], item("VIA", "1.1 a"), [{"value": ["1.1 a"]}]])
def test_equal_values_leave_a_read_only_header_alone(entry: Any) -> None:
    event = event_at(VIEWER_REQUEST, lines=[("via", "1.1 a")])
    value = event.subject()
    del value["headers"]["via"]
    value["headers"]["VIA"] = entry
    assert went_on(event, value).request.headers.lines == (("via", "1.1 a"),)


@rule("LE-171")
@rule("LE-359")
@pytest.mark.parametrize(
    ("hook", "name"),
    [(VIEWER_REQUEST, "Content-Length"), (ORIGIN_REQUEST, "Transfer-Encoding"), (ORIGIN_REQUEST, "Via")],
)
def test_read_only_headers_of_a_generated_response(hook: Hook, name: str) -> None:
    value = {"status": "200", "headers": {name.lower(): item(name, "0")}}
    violation = rejected(event_at(hook), value)
    assert violation.rule == "LE-171"
    assert violation.hint


@rule("LE-362")
def test_hint_for_host_at_viewer_request() -> None:
    event = event_at(VIEWER_REQUEST)
    assert "origin-request" in rejected(event, changed(event, headers={"host": item("Host", "b")})).hint


@rule("LE-144")
def test_host_may_change_at_origin_request() -> None:
    event = event_at(ORIGIN_REQUEST)
    assert went_on(event, changed(event, headers={"host": item("Host", "b")})).request.host == "b"


@rule("LE-176")
@rule("LE-372")
@pytest.mark.parametrize(
    ("hook", "lines", "fails"),
    [
        (VIEWER_REQUEST, [], True),
        (VIEWER_REQUEST, [("CloudFront-Viewer-Country", "NL")], False),
        (ORIGIN_REQUEST, [], False),
    ],
)
def test_viewer_country(hook: Hook, lines: list[Line], fails: bool) -> None:
    event = event_at(hook, lines=lines)
    value = changed(event, headers={"cloudfront-viewer-country": item("CloudFront-Viewer-Country", "BE")})
    if fails:
        assert rejected(event, value).rule == "LE-176"
    else:
        assert went_on(event, value).request.headers.get("cloudfront-viewer-country") == "BE"


@rule("LE-176")
def test_other_cloudfront_headers_may_be_added_at_viewer_request() -> None:
    event = event_at(VIEWER_REQUEST)
    added = changed(event, headers={"cloudfront-is-mobile-viewer": item("CloudFront-Is-Mobile-Viewer", "true")})
    assert went_on(event, added).request.headers.get("cloudfront-is-mobile-viewer") == "true"


@pytest.mark.parametrize(
    ("headers", "lines"),
    [
        pytest.param({"x-my-id": [{"value": "1"}]}, (("X-My-Id", "1"),), marks=rule("LE-88")),
        pytest.param({"X-MY-id": [{"value": "1"}]}, (("X-My-Id", "1"),), marks=rule("LE-88")),
        pytest.param({"x-a": item("x-A", "1")}, (("x-A", "1"),), marks=rule("LE-89")),
        pytest.param(
            {"x-a": item("X-A", "1"), "X-A": item("X-a", "2")}, (("X-A", "1"), ("X-a", "2")), marks=rule("LE-90")
        ),
        pytest.param({"x-a": [{"value": ["1", "2"]}]}, (("X-A", "1"), ("X-A", "2")), marks=rule("LE-92")),
        pytest.param({"x-a": item("X-A", "")}, (("X-A", ""),), marks=[rule("LE-93"), rule("LE-407")]),
        pytest.param({"x-a": []}, (), marks=[rule("LE-94"), rule("LE-407")]),
        pytest.param({"x-a": item("X-A", "é")}, (("X-A", "\xc3\xa9"),), marks=rule("LE-190")),
        pytest.param({"x-a": [{"value": "1", "more": 2}]}, (("X-A", "1"),), marks=rule("LE-119")),
        pytest.param({"x-a": item("X-A", "a\tb")}, (("X-A", "a\tb"),), marks=rule("LE-189")),
        pytest.param({"connection": []}, (), marks=rule("LE-94")),
        pytest.param({"if-match": item("If-Match", "*")}, (("If-Match", "*"),), marks=rule("LE-185")),
        pytest.param({"x-amz-meta-a": item("X-Amz-Meta-A", "1")}, (("X-Amz-Meta-A", "1"),), marks=rule("LE-175")),
    ],
)
@pytest.mark.parametrize("hook", [VIEWER_REQUEST, ORIGIN_REQUEST])
def test_headers_that_are_added(hook: Hook, headers: dict[str, Any], lines: tuple[Line, ...]) -> None:
    event = event_at(hook)
    assert went_on(event, changed(event, headers=headers)).request.headers.lines == REQUEST_LINES + lines


@rule("LE-90")
@pytest.mark.parametrize("second", ["1", {"value": "1"}])
@pytest.mark.parametrize("swapped", [False, True])
def test_two_spellings_of_which_one_is_no_list(second: Any, swapped: bool) -> None:
    event = event_at(VIEWER_REQUEST)
    entries = [item("X-A", "1"), second]
    first, other = reversed(entries) if swapped else entries
    assert rejected(event, changed(event, headers={"x-a": first, "X-A": other})).rule == "LE-239"


@rule("LE-91")
@rule("LE-407")
def test_a_key_of_another_name_is_dropped() -> None:
    event = event_at(VIEWER_REQUEST)
    decoded = went_on(event, changed(event, headers={"x-a": item("Other", "1"), "x-k": item("x-\u212a", "2")}))
    assert decoded.request.headers.lines[-2:] == (("X-A", "1"), ("X-K", "2"))
    assert warned(decoded) == ("LE-91", "LE-91")


@rule("LE-95")
@rule("LE-117")
def test_names_that_are_missing_are_removed() -> None:
    event = event_at(ORIGIN_RESPONSE)
    assert answered(event, changed(event, without=["headers.etag"])).response.headers.get("etag") is None
    assert answered(event, changed(event, without=["headers"])).response.headers.lines == ()


@rule("LE-60")
def test_unchanged_values_keep_their_octets() -> None:
    lines = [("X-A", "\xe9"), ("X-B", "\xe9"), ("X-B", "b")]
    event = event_at(ORIGIN_REQUEST, lines=lines)
    value = changed(event, headers={"x-b": [*item("X-B", "é"), *item("X-B", "€")]})
    assert went_on(event, value).request.headers.lines == (("X-A", "\xe9"), ("X-B", "\xe9"), ("X-B", "\xe2\x82\xac"))


def test_values_that_were_given_need_no_check() -> None:
    event = event_at(ORIGIN_REQUEST, lines=[("X-A", "\x01")])
    value = changed(event, headers={"x-a": [*item("X-A", "\x01"), *item("X-A", "b")]})
    assert went_on(event, value).request.headers.all("x-a") == ("\x01", "b")


@rule("LE-109")
@rule("LE-110")
@pytest.mark.parametrize("headers", [{}, {"x-b": item("X-B", "1")}])
def test_what_no_function_sees_leaves_a_request(headers: dict[str, Any]) -> None:
    event = event_at(VIEWER_REQUEST, lines=[("Connection", "close"), ("X-A", "1"), ("X-Real-IP", "::1")])
    result = went_on(event, changed(event, headers=headers)).request.headers
    assert [name for name, _ in result] == ["X-A", *(["X-B"] if headers else [])]


@rule("LE-108")
@pytest.mark.parametrize("hook", [ORIGIN_RESPONSE, VIEWER_RESPONSE])
def test_what_no_function_sees_stays_in_a_response(hook: Hook) -> None:
    event = event_at(hook, lines=[("X-Amzn-RequestId", "r"), ("X-A", "1")])
    assert event.response is not None
    assert answered(event, event.subject()).response is event.response
    value = changed(event, headers={"x-a": item("X-A", "2")})
    assert answered(event, value).response.headers.lines == (("X-Amzn-RequestId", "r"), ("X-A", "2"))


@rule("LE-172")
def test_a_lenient_profile_drops_what_is_not_allowed() -> None:
    event = event_at(ORIGIN_RESPONSE)
    decoded = answered(event, changed(event, headers={"x-cache": item("X-Cache", "Hit")}), LENIENT)
    assert decoded.response.headers.get("x-cache") is None
    assert warned(decoded) == ("LE-172",)


@rule("LE-166")
@rule("LE-391")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a=1; Path=/, b=2", ("LE-391",)),
        ("a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT, b=2; Path=/", ("LE-391",)),
        ("a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Path=/", ()),
        ("a=1", ()),
    ],
)
def test_cookies_joined_by_a_comma(value: str, expected: tuple[str, ...]) -> None:
    event = event_at(ORIGIN_RESPONSE)
    decoded = answered(event, changed(event, headers={"set-cookie": item("Set-Cookie", value)}))
    assert decoded.response.headers.get("set-cookie") == value
    assert warned(decoded) == expected


@rule("LE-238")
@pytest.mark.parametrize("headers", [None, [], "a", 1])
@pytest.mark.parametrize("hook", list(Hook))
@pytest.mark.parametrize("profile", [LATEST, LENIENT])
def test_headers_that_are_no_object(headers: Any, hook: Hook, profile: Profile) -> None:
    event = event_at(hook)
    violation = rejected(event, event.subject() | {"headers": headers}, profile)
    assert (violation.rule, violation.field) == ("LE-238", "headers")
