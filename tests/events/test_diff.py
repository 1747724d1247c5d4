from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.events.diff import MISSING, Change, diff
from edgeproxy.events.encode import Event
from tests.events.samples import changed, event_at, item
from tests.strategies import events, json_values


@given(events())
def test_nothing_changed(event: Event) -> None:
    assert diff(event.subject(), event.subject()) == ()


def test_paths_and_values() -> None:
    event = event_at(Hook.ORIGIN_REQUEST)
    value = changed(
        event,
        uri="/b",
        headers={"X-A": item("X-A", "1"), "host": item("Host", "h"), "cookie": [*item("Cookie", "z"), *item("C", "y")]},
        without=("headers.user-agent",),
    )
    value["origin"]["custom"]["domainName"] = "b.example.test"
    value["origin"]["custom"]["customHeaders"] = {}
    assert diff(event.subject(), value) == (
        Change("uri", "/a", "/b"),
        Change("headers.host", "www.example.test", "h"),
        Change("headers.user-agent", "Test/1.0", MISSING),
        Change("headers.cookie", ["a=1", "b=2"], ["z", "y"]),
        Change("headers.x-a", MISSING, "1"),
        Change("origin.custom.customHeaders.x-from-edge", "s3cr3t", MISSING),
        Change("origin.custom.domainName", "origin.example.test", "b.example.test"),
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": None}, {}, (Change("a", None, MISSING),)),
        ({}, {"a": None}, (Change("a", MISSING, None),)),
        ({"status": "200"}, {"status": 200}, (Change("status", "200", 200),)),
        ({"a": 1}, {"a": True}, (Change("a", 1, True),)),
        ({"a": 1}, None, (Change("", {"a": 1}, None),)),
        ({"headers": {}}, {"headers": []}, (Change("headers", {}, []),)),
        ({"headers": {}}, {"headers": {"a": "b"}}, (Change("headers.a", MISSING, "b"),)),
        ({"headers": {"a": item("A", "1")}}, {"headers": {"a": []}}, (Change("headers.a", "1", MISSING),)),
        ({"headers": {"a": item("A", "1")}}, {"headers": {"A": item("a", "1")}}, ()),
        ({"body": {"data": ""}}, {"body": {"data": "x"}}, (Change("body.data", "", "x"),)),
    ],
)
def test_cases(before: Any, after: Any, expected: tuple[Change, ...]) -> None:
    assert diff(before, after) == expected


def test_json_leaves_out_what_was_missing() -> None:
    assert msgspec.json.encode(Change("a", None, MISSING)) == b'{"path":"a","before":null}'


@given(json_values(nan=False), json_values())
def test_any_two_values_can_be_compared(before: Any, after: Any) -> None:
    assert diff(before, before) == ()
    assert isinstance(diff(before, after), tuple)
