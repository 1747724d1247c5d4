from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.messages.dates import format_date, parse_date

EXAMPLE = 784111777
"""The moment of the examples in RFC 9110, 5.6.7."""


@given(st.integers(0, 253402300799))
def test_every_second_survives(epoch: int) -> None:
    assert parse_date(format_date(epoch)) == epoch


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    parsed = parse_date(text)
    assert parsed is None or isinstance(parsed, int)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "  Sun, 06 Nov 1994 08:49:37 GMT ",
    ],
)
def test_the_three_forms(text: str) -> None:
    assert parse_date(text) == EXAMPLE


def test_fractions_are_cut() -> None:
    assert format_date(EXAMPLE + 0.999) == "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("text", "year"),
    [("Tuesday, 01-Jan-69 00:00:00 GMT", 2069), ("Thursday, 01-Jan-70 00:00:00 GMT", 1970)],
)
def test_a_year_of_two_digits(text: str, year: int) -> None:
    assert parse_date(text) == parse_date(f"Mon, 01 Jan {year} 00:00:00 GMT")


def test_a_leap_second_rolls_over() -> None:
    assert parse_date("Sat, 31 Dec 2016 23:59:60 GMT") == parse_date("Sun, 01 Jan 2017 00:00:00 GMT")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-1",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nox 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, ٠٦ Nov 1994 08:49:37 GMT",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None
