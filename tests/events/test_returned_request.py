from __future__ import annotations

from typing import Any

import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.decode import Rejected, decode
from tests.events.samples import LENIENT, changed, event_at, item, rejected, warned, went_on

rule = pytest.mark.rule
VIEWER_REQUEST, ORIGIN_REQUEST = Hook.VIEWER_REQUEST, Hook.ORIGIN_REQUEST
HOOKS = pytest.mark.parametrize("hook", [VIEWER_REQUEST, ORIGIN_REQUEST])


@HOOKS
@rule("LE-126")
@rule("LE-128")
def test_uri_and_querystring_change(hook: Hook) -> None:
    event = event_at(hook)
    request = went_on(event, changed(event, uri="/é%20b;c=d", querystring="a=é&?")).request
    assert (request.path, request.query) == ("/\xc3\xa9%20b;c=d", "a=\xc3\xa9&?")
    assert request.headers is event.request.headers
    assert request.viewer is event.request.viewer


@rule("LE-60")
@pytest.mark.parametrize("wire", ["/\xe9", "/\xc3\xa9", "/a b", "/a#b"])
def test_what_is_left_alone_keeps_its_octets(wire: str) -> None:
    event = event_at(VIEWER_REQUEST, path=wire, query=wire)
    request = went_on(event, changed(event, headers={"x-a": item("X-A", "1")})).request
    assert (request.path, request.query) == (wire, wire)


@pytest.mark.parametrize(
    ("fields", "broken", "problem"),
    [
        pytest.param({"uri": "a"}, "LE-124", "does not begin with /", marks=[rule("LE-124"), rule("LE-215")]),
        pytest.param({"uri": ""}, "LE-124", "does not begin with /", marks=rule("LE-124")),
        pytest.param({"uri": "/a?b=1"}, "LE-124", "has a ?", marks=[rule("LE-124"), rule("LE-375")]),
        pytest.param({"uri": "/a b"}, "LE-124", "raw ' '", marks=[rule("LE-124"), rule("LE-376")]),
        pytest.param({"uri": "/a\r\nb"}, "LE-124", "raw '\\r'", marks=rule("LE-376")),
        pytest.param({"uri": "/a#b"}, "LE-124", "raw '#'", marks=rule("LE-124")),
        pytest.param({"uri": "/\ud800"}, "LE-124", "raw '\\ud800'", marks=rule("LE-309")),
        pytest.param({"uri": None}, "LE-124", "not a string", marks=rule("LE-124")),
        pytest.param({"querystring": "?a"}, "LE-127", "begins with ?", marks=rule("LE-127")),
        pytest.param({"querystring": "a b"}, "LE-127", "raw ' '", marks=rule("LE-127")),
        pytest.param({"querystring": "a#b"}, "LE-127", "raw '#'", marks=rule("LE-127")),
        pytest.param({"querystring": "\x7f"}, "LE-127", "raw '\\x7f'", marks=rule("LE-127")),
        pytest.param({"querystring": None}, "LE-127", "not a string", marks=rule("LE-127")),
        pytest.param({"querystring": {"a": "b"}}, "LE-127", "not a string", marks=rule("LE-127")),
    ],
)
@pytest.mark.parametrize("profile", [LATEST, LENIENT])
@rule("LE-233")
def test_uri_and_querystring_that_cannot_be(
    fields: dict[str, Any], broken: str, problem: str, profile: Profile
) -> None:
    event = event_at(VIEWER_REQUEST)
    violation = rejected(event, changed(event, **fields), profile)
    assert (violation.rule, violation.field) == (broken, next(iter(fields)))
    assert problem in violation.message


@rule("LE-125")
@rule("LE-251")
@pytest.mark.parametrize(
    ("uri", "querystring", "fits"),
    [
        (8_191, 0, True),
        (8_192, 0, False),
        (8_000, 190, True),
        (8_000, 191, False),
    ],
)
def test_length(uri: int, querystring: int, fits: bool) -> None:
    event = event_at(ORIGIN_REQUEST)
    value = changed(event, uri="/" + "a" * (uri - 1), querystring="b" * querystring)
    if fits:
        assert len(went_on(event, value).request.path) == uri
    else:
        assert rejected(event, value).rule == "LE-125"
        assert warned(went_on(event, value, LENIENT)) == ("LE-125",)


@HOOKS
@rule("LE-118")
@rule("LE-406")
@pytest.mark.parametrize("name", ["method", "uri", "querystring"])
def test_a_missing_field(hook: Hook, name: str) -> None:
    event = event_at(hook)
    value = changed(event, without=[name])
    violation = rejected(event, value)
    assert (violation.rule, violation.field) == ("LE-118", name)
    for profile in (LENIENT, Profile(uncertain={"LE-118": "fill"})):
        decoded = went_on(event, value, profile)
        assert decoded.request is event.request
        assert warned(decoded) == ("LE-118",)


@rule("LE-118")
def test_missing_headers() -> None:
    event = event_at(VIEWER_REQUEST, lines=[("X-A", "1")])
    value = changed(event, without=["headers"])
    assert rejected(event, value).rule == "LE-118"
    assert went_on(event, value, LENIENT).request.headers.lines == ()
    event = event_at(VIEWER_REQUEST, lines=[("Host", "a"), ("X-A", "1")])
    decoded = went_on(event, changed(event, without=["headers"]), LENIENT)
    assert decoded.request.headers.lines == (("Host", "a"),)
    assert warned(decoded) == ("LE-118", "LE-182")


@rule("LE-119")
@rule("LE-122")
def test_unknown_and_unneeded_fields() -> None:
    event = event_at(VIEWER_REQUEST)
    assert went_on(event, changed(event, more={"a": 1}, without=["clientIp"])).request is event.request


@HOOKS
@rule("LE-405")
@pytest.mark.parametrize(
    ("name", "value", "broken"),
    [
        pytest.param("method", "POST", "LE-123", marks=[rule("LE-123"), rule("LE-55")]),
        pytest.param("method", None, "LE-123", marks=rule("LE-123")),
        pytest.param("clientIp", "192.0.2.9", "LE-122", marks=[rule("LE-122"), rule("LE-54")]),
    ],
)
def test_read_only_fields(hook: Hook, name: str, value: Any, broken: str) -> None:
    event = event_at(hook)
    violation = rejected(event, changed(event, **{name: value}))
    assert (violation.rule, violation.field) == (broken, name)
    for profile in (LENIENT, Profile(uncertain={"LE-123": "ignore"})):
        decoded = went_on(event, changed(event, **{name: value}), profile)
        assert decoded.request is event.request
        assert warned(decoded) == (broken,)


@rule("LE-132")
def test_an_origin_at_viewer_request() -> None:
    event = event_at(VIEWER_REQUEST)
    value = changed(event, origin={"custom": {}})
    assert rejected(event, value).rule == "LE-132"
    for profile in (LENIENT, Profile(uncertain={"LE-132": "ignore"})):
        decoded = went_on(event, value, profile)
        assert decoded.origin is None
        assert warned(decoded) == ("LE-132",)


@HOOKS
@rule("LE-115")
@rule("LE-355")
def test_a_whole_event_is_no_request(hook: Hook) -> None:
    event = event_at(hook)
    for value in (event.build(), event.build()["Records"][0]["cf"]):
        violation = rejected(event, value, LENIENT)
        assert violation.rule == "LE-115"
        assert "return cf.request" in violation.hint


@HOOKS
@rule("LE-116")
@rule("LE-243")
@rule("LE-357")
@pytest.mark.parametrize(
    ("value", "broken"),
    [
        ({"statusCode": 200, "body": "x"}, "LE-243"),
        ({"statusCode": 200, "isBase64Encoded": False}, "LE-243"),
        ({"statusCode": 200, "body": "x", "headers": {"Content-Type": "text/html"}}, "LE-239"),
    ],
)
def test_a_result_for_api_gateway(hook: Hook, value: dict[str, Any], broken: str) -> None:
    violation = rejected(event_at(hook), value)
    assert violation.rule == broken
    assert "{" in violation.hint


@rule("LE-222")
def test_the_order_of_checks() -> None:
    event = event_at(VIEWER_REQUEST)
    bad_headers = {"x-a": "1", "x b": item("x b", "1"), "via": item("Via", "a"), "connection": item("Connection", "a")}
    value = changed(event, origin={}, body=1, uri="?", headers=bad_headers)
    decoded = decode(event, value, LATEST)
    assert isinstance(decoded, Rejected)
    assert [violation.rule for violation in decoded.violations] == [
        "LE-239",
        "LE-188",
        "LE-172",
        "LE-177",
        "LE-124",
        "LE-132",
        "LE-138",
    ]
