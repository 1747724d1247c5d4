from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.cache_control import LONGEST, is_field_list, parse_cache_control, seconds, unstored_fields


@pytest.mark.parametrize(
    ("value", "directives"),
    [
        ("", {}),
        (" , ,,\t", {}),
        ("max-age=60", {"max-age": "60"}),
        ("public, max-age=60 , must-revalidate", {"public": None, "max-age": "60", "must-revalidate": None}),
        pytest.param("MAX-AGE=60, No-Store", {"max-age": "60", "no-store": None}, marks=pytest.mark.rule("CF-128")),
        pytest.param("max-age=1, max-age=2", {"max-age": "1"}, marks=pytest.mark.rule("CF-128"), id="first-wins"),
        ("max-age = 60 ", {"max-age": "60"}),
        ('max-age="60"', {"max-age": "60"}),
        ('no-cache="Set-Cookie, X-A", max-age=5', {"no-cache": "Set-Cookie, X-A", "max-age": "5"}),
        (r'x="a\", b", y', {"x": 'a", b', "y": None}),
        ('no-cache=""', {"no-cache": ""}),
        ("no-cache=", {"no-cache": None}),
        # Broken: what can be read still counts, above all what forbids storing.
        ('max-age="60, no-store', {"max-age": '"60', "no-store": None}),
        ('x="a", max-age="60, private', {"x": "a", "max-age": '"60', "private": None}),
        ("no-cache no-store", {"no-cache": None}),
        ("no-cache; max-age=60", {"no-cache": None}),
        ("=60, private", {"private": None}),
        ('"no-store", private', {"private": None}),
        ("max-age=60\xa0, caf\xe9", {"max-age": "60\xa0", "caf\xe9": None}),
        ("private,", {"private": None}),
    ],
)
def test_what_is_read(value: str, directives: dict[str, str | None]) -> None:
    assert parse_cache_control(value) == directives


@given(st.text('max-agenostrec=0123456789,;" \t\\\xe9\xa0\x0b', max_size=40))
def test_parsing_never_raises_and_names_are_clean(value: str) -> None:
    for name, argument in parse_cache_control(value).items():
        assert name
        assert name == name.lower()
        assert not set(name) & set('=,;" \t')
        assert argument is None or argument in value or '"' in value


@given(
    st.dictionaries(
        st.sampled_from(("max-age", "s-maxage", "private", "no-cache", "x")),
        st.none() | st.from_regex(r"[a-zA-Z0-9]+", fullmatch=True) | st.text('abc, ="\\;', min_size=1, max_size=8),
        max_size=4,
    )
)
def test_what_is_written_is_read(directives: dict[str, str | None]) -> None:
    def written(name: str, argument: str | None) -> str:
        if argument is None:
            return name
        if argument.isalnum():
            return f"{name}={argument}"
        return '{}="{}"'.format(name, argument.replace("\\", "\\\\").replace('"', '\\"'))

    assert parse_cache_control(", ".join(written(*item) for item in directives.items())) == directives


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (" " * 30_000 + '"', set()),
        ('"\\' * 15_000, set()),
        ('x="' * 10_001 + ",y", {"x", "y"}),
        ("a " * 15_000, {"a"}),
        ('"a",' * 7_000 + "b", {"b"}),
        ("c" + "," * 30_000 + "d", {"c", "d"}),
    ],
    ids=["blanks", "escapes", "quotes", "words", "members", "commas"],
)
def test_values_as_long_as_headers_may_be(value: str, names: set[str]) -> None:
    assert parse_cache_control(value).keys() == names


@pytest.mark.rule("CF-126")
@pytest.mark.parametrize(
    ("argument", "lifetime"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("60", 60),
        ("00000000000060", 60),
        (str(LONGEST), LONGEST),
        (str(LONGEST + 1), LONGEST),
        ("9" * 10, LONGEST),
        ("9" * 11, LONGEST),
        ("9" * 9999, LONGEST),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1 ", None),
        ("60;", None),
        ("\xb2", None),
        ("1_0", None),
    ],
)
def test_a_lifetime(argument: str | None, lifetime: int | None) -> None:
    assert seconds(argument) == lifetime


@pytest.mark.rule("CF-126")
@given(st.text(max_size=12))
def test_a_lifetime_is_within_its_bounds(argument: str) -> None:
    lifetime = seconds(argument)
    assert lifetime is None or 0 <= lifetime <= LONGEST


@pytest.mark.rule("CF-142")
@pytest.mark.parametrize(
    ("value", "fields"),
    [
        (None, set()),
        ("max-age=60", set()),
        ("no-cache", set()),
        ('no-cache=""', set()),
        ('No-Cache="Set-Cookie"', {"set-cookie"}),
        ('max-age=5, no-cache=" X-A,, set-cookie "', {"x-a", "set-cookie"}),
        ("no-cache=Set-Cookie", {"set-cookie"}),
        ('private="Set-Cookie"', set()),
    ],
)
def test_fields_that_are_not_stored(value: str | None, fields: set[str]) -> None:
    assert unstored_fields(value) == fields


@pytest.mark.rule("CF-142")
@pytest.mark.parametrize(
    ("directive", "argument", "only_fields"),
    [
        ("no-cache", "Set-Cookie", True),
        ("no-cache", None, False),
        ("no-cache", "", False),
        ("private", "Set-Cookie", False),
        ("no-store", "x", False),
    ],
)
def test_a_directive_about_fields_only(directive: str, argument: str | None, only_fields: bool) -> None:
    assert is_field_list(directive, argument) is only_fields
