from __future__ import annotations

import pytest

from edgeproxy.cloudfront.profile import LATEST, OPEN_POINTS, Profile


@pytest.mark.parametrize("rule", OPEN_POINTS)
def test_an_open_point_has_choices_and_a_default_among_them(rule: str) -> None:
    point = OPEN_POINTS[rule]
    assert len(set(point.choices)) == len(point.choices) >= 2
    assert point.default == point.choices[0]
    assert point.in_2023 in ("", *point.choices)
    assert point.about
    assert LATEST.choice(rule) == point.default


@pytest.mark.parametrize("rule", OPEN_POINTS)
def test_a_choice_wins_over_the_default_in_both_columns(rule: str) -> None:
    for chosen in OPEN_POINTS[rule].choices:
        assert Profile(uncertain={rule: chosen}).choice(rule) == chosen
        assert Profile(column="2023", uncertain={rule: chosen}).choice(rule) == chosen


@pytest.mark.rule("LE-136")
@pytest.mark.rule("LE-340")
def test_a_default_can_differ_in_2023() -> None:
    assert LATEST.choice("LE-136") == "reject"
    assert Profile(column="2023").choice("LE-136") == "cut"


@pytest.mark.rule("LE-17")
def test_the_default_of_2023_is_the_latest_where_nothing_changed() -> None:
    assert Profile(column="2023").choice("LE-17") == "after-origin-response"


def test_a_rule_that_is_not_open() -> None:
    with pytest.raises(KeyError):
        LATEST.choice("LE-1")
