from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, OPEN_POINTS, Profile
from edgeproxy.events.decode import Answer, GoOn, Rejected, decode
from edgeproxy.events.encode import Event
from tests.events.samples import LENIENT, OLD, event_at, rejected
from tests.strategies import events, json_values

rule = pytest.mark.rule
PROFILES = st.sampled_from((LATEST, LENIENT, OLD)) | st.builds(
    Profile,
    column=st.sampled_from(("latest", "2023")),
    strict=st.booleans(),
    uncertain=st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(point.choices) for name, point in OPEN_POINTS.items()}
    ),
)


@rule("LE-120")
@rule("LE-226")
@pytest.mark.parametrize("hook", list(Hook))
@pytest.mark.parametrize("profile", [LATEST, LENIENT])
@pytest.mark.parametrize(
    "value",
    [pytest.param(None, marks=[rule("LE-356"), rule("LE-307"), rule("LE-316"), rule("LE-399")]), [], "x", 1, True, 1.5],
)
def test_what_is_no_object(hook: Hook, profile: Profile, value: Any) -> None:
    violation = rejected(event_at(hook), value, profile)
    assert (violation.rule, violation.field) == ("LE-120", "")
    assert ("LE-356" in violation.hint) == (value is None)


@rule("LE-169")
@rule("LE-181")
@given(events(hidden=False), PROFILES)
def test_what_was_given_comes_back_as_it_was(event: Event, profile: Profile) -> None:
    decoded = decode(event, json.loads(json.dumps(event.subject())), profile)
    if event.hook.on_request:
        assert isinstance(decoded, GoOn)
        assert decoded.request is event.request
        assert decoded.origin is event.origin
        assert not decoded.replaced_body
    else:
        assert isinstance(decoded, Answer)
        assert decoded.response is event.response
    assert decoded.warnings == ()


@rule("LE-109")
@given(events())
def test_only_what_is_hidden_can_be_lost(event: Event) -> None:
    decoded = decode(event, event.subject(), LATEST)
    if isinstance(decoded, GoOn):
        assert (
            Event(hook=event.hook, config=event.config, request=decoded.request).subject()["headers"]
            == (event.subject()["headers"])
        )
    else:
        assert isinstance(decoded, Answer)
        assert decoded.response is event.response


@given(events(), json_values(), PROFILES)
def test_no_json_value_makes_it_raise(event: Event, value: Any, profile: Profile) -> None:
    decoded = decode(event, value, profile)
    assert isinstance(decoded, GoOn | Answer | Rejected)
    if isinstance(decoded, Rejected):
        assert decoded.violations


@st.composite
def mutated(draw: st.DrawFn, event: Event) -> Any:
    """What a function could return for an event: the right part, with some of it replaced, deleted or added."""
    value: Any = event.subject()
    for _ in range(draw(st.integers(1, 4))):
        place = value
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.booleans()):
                place[key] = draw(json_values())
            elif draw(st.booleans()) and isinstance(place, dict):
                place[draw(st.sampled_from(_NEW_NAMES))] = draw(st.just(place[key]) | json_values())
            else:
                del place[key]
            break
    return value


_NEW_NAMES = ("status", "body", "bodyEncoding", "origin", "custom", "s3", "via", "Via", "x-new", "X-A", "connection")


@rule("LE-119")
@given(st.data(), events(), PROFILES)
def test_no_change_makes_it_raise(data: st.DataObject, event: Event, profile: Profile) -> None:
    value = data.draw(mutated(event))
    before = event.subject()
    decoded = decode(event, value, profile)
    assert event.subject() == before
    message = (
        decoded.request if isinstance(decoded, GoOn) else decoded.response if isinstance(decoded, Answer) else None
    )
    if message is None:
        assert isinstance(decoded, Rejected)
        assert decoded.violations
        return
    for name, text in message.headers:
        assert (name + text).encode("latin-1")


@given(st.data(), events(hidden=False))
def test_what_is_accepted_is_accepted_again(data: st.DataObject, event: Event) -> None:
    decoded = decode(event, data.draw(mutated(event)), LATEST)
    if isinstance(decoded, GoOn):
        again = Event(hook=event.hook, config=event.config, request=decoded.request, origin=decoded.origin)
        second = decode(again, again.subject(), LATEST)
        assert isinstance(second, GoOn)
        assert second.request is decoded.request
        assert second.origin is decoded.origin
