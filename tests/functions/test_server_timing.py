from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.decode import Answer
from edgeproxy.events.encode import Event
from edgeproxy.messages.response import Response
from tests.functions.deployed import accepted, handler_of, response_event
from tests.strategies import events

handler = handler_of("server-timing")


def respond(event: Event, profile: Profile = LATEST) -> Response:
    result = accepted(handler, event, profile)
    assert isinstance(result, Answer)
    return result.response


@pytest.mark.parametrize(
    ("headers", "lines"),
    [
        pytest.param({}, ("edge;desc=miss",), id="miss"),
        pytest.param({"Age": "0"}, ("edge;desc=hit",), id="hit", marks=pytest.mark.rule("LE-114")),
        pytest.param({"age": "31"}, ("edge;desc=hit",), id="hit, lower case"),
        pytest.param({"Server-Timing": "db;dur=53"}, ("db;dur=53", "edge;desc=miss"), id="beside the origin's"),
    ],
)
def test_says_where_the_answer_came_from(headers: dict[str, str], lines: tuple[str, ...]) -> None:
    assert respond(response_event(Hook.VIEWER_RESPONSE, headers)).headers.all("server-timing") == lines


@pytest.mark.rule("LE-172")
@pytest.mark.rule("LE-180")
@pytest.mark.rule("LE-182")
@given(events(hooks=[Hook.VIEWER_RESPONSE]), st.sampled_from((LATEST, Profile(column="2023"))))
def test_adds_one_line_and_changes_nothing(event: Event, profile: Profile) -> None:
    given_response = event.response
    assert given_response is not None
    response = respond(event, profile)
    assert response.status == given_response.status
    assert response.body is given_response.body
    before = {name: given_response.headers.all(name) for name in given_response.headers.by_name}
    added = response.headers.all("server-timing")[-1]
    after = {name: response.headers.all(name) for name in response.headers.by_name}
    assert after == {**before, "server-timing": (*before.get("server-timing", ()), added)}
    assert added == ("edge;desc=hit" if "age" in before else "edge;desc=miss")
