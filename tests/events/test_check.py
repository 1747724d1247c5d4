from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.check import Check, Findings, Gravity, Step, shown
from tests.events.samples import LENIENT
from tests.strategies import json_values


def row(step: Step, gravity: Gravity, open_point: str = "") -> Check:
    return Check(
        rule="LE-1",
        step=step,
        gravity=gravity,
        open_point=open_point,
        message="{what} is {value}",
        sentence="{what}",
        hint="mend it",
    )


@pytest.mark.parametrize(
    ("gravity", "open_point", "profile", "tolerated"),
    [
        (Gravity.FATAL, "", LATEST, False),
        (Gravity.FATAL, "", LENIENT, False),
        (Gravity.STRICT, "", LATEST, False),
        (Gravity.STRICT, "", LENIENT, True),
        (Gravity.WARNING, "", LATEST, True),
        (Gravity.WARNING, "", LENIENT, True),
        (Gravity.STRICT, "LE-161", LATEST, False),
        (Gravity.STRICT, "LE-161", Profile(uncertain={"LE-161": "ignore"}), True),
        (Gravity.STRICT, "LE-154", LATEST, True),
        (Gravity.STRICT, "LE-154", Profile(uncertain={"LE-154": "reject"}), False),
        (Gravity.STRICT, "LE-154", Profile(strict=False, uncertain={"LE-154": "reject"}), True),
    ],
)
def test_what_is_tolerated(gravity: Gravity, open_point: str, profile: Profile, tolerated: bool) -> None:
    findings = Findings(profile)
    assert findings.add(row(Step.URI, gravity, open_point), "uri", "/x", what="it") is tolerated
    (found,) = findings.warnings if tolerated else findings.violations
    assert len(findings.warnings) + len(findings.violations) == 1
    assert (found.rule, found.field, found.value) == ("LE-1", "uri", "/x")
    assert (found.message, found.sentence, found.hint) == ("it is /x", "it", "mend it")


def test_a_finding_may_name_its_own_rule_and_hint() -> None:
    findings = Findings(LATEST)
    findings.add(row(Step.URI, Gravity.FATAL), rule="LE-2", hint="other", what="it")
    assert (findings.violations[0].rule, findings.violations[0].hint) == ("LE-2", "other")


@pytest.mark.rule("LE-222")
@pytest.mark.rule("LE-226")
@pytest.mark.rule("LE-236")
def test_the_earliest_step_decides_and_within_it_the_first_found() -> None:
    findings = Findings(LATEST)
    for place, step in enumerate([Step.SIZE, Step.URI, Step.HEADER_SHAPE, Step.URI, Step.OBJECT]):
        findings.add(row(step, Gravity.FATAL), str(place), what="it")
    assert [violation.field for violation in findings.violations] == ["4", "2", "1", "3", "0"]


def test_steps_are_numbered_as_their_rules() -> None:
    assert [step.value for step in Step] == list(range(226, 237))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain é", "plain é"),
        ("a\r\n\ud800", "a\\r\\n\\ud800"),
        ("x" * 101, "x" * 99 + "…"),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (-7, "-7"),
        (1.5, "1.5"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
    ],
)
def test_values_for_people(value: Any, expected: str) -> None:
    assert shown(value) == expected


def test_a_number_that_python_refuses_to_print() -> None:
    assert shown(10**5000) == "a huge number"


@given(json_values())
def test_what_is_shown_can_be_printed_and_is_short(value: Any) -> None:
    text = shown(value)
    assert text.isprintable()
    assert len(text) <= 1_000
    text.encode()
