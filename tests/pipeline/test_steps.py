from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import OriginFailure
from edgeproxy.events.encode import Event, EventConfig
from edgeproxy.function import Function, Invocation
from edgeproxy.pipeline import steps
from edgeproxy.pipeline.steps import Invoke, Outcome, Step
from tests.pipeline.script import a_request

STEPS = get_args(Step)
OUTCOMES = get_args(Outcome)


@pytest.mark.parametrize("kind", [*STEPS, *OUTCOMES])
def test_steps_and_outcomes_are_values(kind: type[msgspec.Struct]) -> None:
    assert kind.__struct_config__.frozen
    assert kind.__doc__


def test_every_kind_defined_here_is_a_step_or_an_outcome() -> None:
    defined = {
        kind
        for kind in vars(steps).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == steps.__name__
    }
    assert defined == {*STEPS, *OUTCOMES} - {Invocation, OriginFailure}
    assert not set(STEPS) & set(OUTCOMES)


@pytest.mark.parametrize("hook", Hook)
def test_an_invocation_knows_its_hook(hook: Hook) -> None:
    event = Event(hook=hook, config=EventConfig("d.cloudfront.net", "E", "id=="), request=a_request())
    assert Invoke(Function(name="f", code="/code", handler="index.handler"), event).hook is hook
