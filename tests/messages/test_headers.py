from __future__ import annotations

from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.messages.headers import NO_HEADERS, Changes, Headers, Line

names = st.sampled_from(["Host", "host", "HOST", "Set-Cookie", "set-cookie", "X-A", "x-a", "Via"])
lines = st.lists(st.tuples(names, st.text(st.characters(max_codepoint=0xFF), max_size=5)))

COOKIES = Headers([("Set-Cookie", "a=1"), ("X-A", "x"), ("set-cookie", "b=2")])


@given(lines)
def test_order_and_spelling_are_kept(some: list[Line]) -> None:
    headers = Headers(some)
    assert list(headers) == some
    assert headers.lines == tuple(some)
    assert len(headers) == len(some)


@given(lines, names)
def test_look_up_agrees_with_a_search(some: list[Line], name: str) -> None:
    headers = Headers(iter(some))
    values = [value for written, value in some if written.lower() == name.lower()]
    assert headers.all(name) == tuple(values)
    assert headers.get(name) == (values[0] if values else None)
    assert headers.joined(name) == (", ".join(values) if values else None)
    assert (name in headers) is bool(values)
    assert [line for found in headers.by_name.values() for line in found] == sorted(
        some, key=lambda line: list(headers.by_name).index(line[0].lower())
    )


@given(lines)
def test_names_are_indexed_in_the_order_of_their_first_line(some: list[Line]) -> None:
    assert list(Headers(some).by_name) == list(dict.fromkeys(name.lower() for name, _ in some))


@given(lines, names)
def test_replaced_leaves_one_line_at_the_place_of_the_first(some: list[Line], name: str) -> None:
    before = Headers(some)
    after = before.replaced(name, "new")
    assert after.all(name) == ("new",)
    assert after.without({name.lower()}) == before.without({name.lower()})
    places = [place for place, (written, _) in enumerate(some) if written.lower() == name.lower()]
    assert after.lines.index((name, "new")) == (places[0] if places else len(some))
    assert before.lines == tuple(some)


@given(lines, names)
def test_without_removes_every_line_and_nothing_else(some: list[Line], name: str) -> None:
    headers = Headers(some)
    left = headers.without({name.lower()})
    assert left.lines == tuple(line for line in some if line[0].lower() != name.lower())
    assert (left is headers) is (name not in headers)


@given(lines, lines)
def test_headers_are_values(some: list[Line], others: list[Line]) -> None:
    assert (Headers(some) == Headers(others)) is (some == others)
    assert hash(Headers(some)) == hash(Headers(list(some)))
    assert Headers(some) != some
    assert eval(repr(Headers(some)), {"Headers": Headers}) == Headers(some)


def test_a_line_at_the_end() -> None:
    assert COOKIES.with_line("X-B", "y").lines == (*COOKIES.lines, ("X-B", "y"))
    assert NO_HEADERS.with_line("X-B", "y") == Headers([("X-B", "y")])


def test_an_item_is_the_first_value_and_must_be_there() -> None:
    assert COOKIES["SET-COOKIE"] == "a=1"
    with pytest.raises(KeyError):
        COOKIES["x-b"]


def test_only_text_is_a_name() -> None:
    assert "x-a" in COOKIES
    assert 1 not in COOKIES


class Size:
    """How many lines there are, and how it was found out."""

    def __init__(self, size: int, how: str) -> None:
        self.size = size
        self.how = how

    @classmethod
    def of(cls, headers: Headers, /) -> Self:
        return cls(len(headers), "counted")

    def edited(self, changes: Changes, /) -> Self:
        return type(self)(self.size + len(changes), "carried over")


class OtherSize(Size):
    """Another kind."""


def test_what_is_derived_is_made_once_and_the_last_kind_is_remembered() -> None:
    headers = Headers(COOKIES)
    size = headers.derived(Size)
    assert (size.size, size.how) == (3, "counted")
    assert headers.derived(Size) is size
    assert isinstance(headers.derived(OtherSize), OtherSize)
    assert headers.derived(Size) is not size


def test_what_is_derived_is_carried_over_to_an_edit() -> None:
    headers = Headers(COOKIES)
    assert headers.edited({"x-new": (("X-New", "1"),)}).derived(Size).how == "counted", "nothing was known"
    headers.derived(Size)
    edited = headers.edited({"x-new": (("X-New", "1"),)})
    assert (edited.derived(Size).size, edited.derived(Size).how) == (4, "carried over")
    headers.derived(OtherSize)
    assert headers.edited({"x-new": (("X-New", "1"),)}).derived(Size).how == "counted", "another kind was known"


def lines_and_changes() -> st.SearchStrategy[tuple[list[tuple[str, str]], dict[str, tuple[tuple[str, str], ...]]]]:
    names = st.sampled_from(["A", "a", "B", "C"])
    lines = st.lists(st.tuples(names, st.text("xy", max_size=2)))
    new = st.lists(st.text("xy", max_size=2), max_size=2)
    changes = st.dictionaries(st.sampled_from("abcd"), new).map(
        lambda found: {name: tuple((name.upper(), value) for value in values) for name, values in found.items()}
    )
    return st.tuples(lines, changes)


@given(lines_and_changes())
def test_an_edit_gives_each_name_exactly_its_lines(
    given_both: tuple[list[tuple[str, str]], dict[str, tuple[tuple[str, str], ...]]],
) -> None:
    lines, changes = given_both
    before = Headers(lines)
    after = before.edited(changes)
    assert after.by_name == Headers(after.lines).by_name
    for name in "abcd":
        assert after.by_name.get(name, ()) == changes.get(name, before.by_name.get(name, ()))
    kept = [line for line in lines if line[0].lower() not in changes]
    assert [line for line in after.lines if line[0].lower() not in changes] == kept
    assert (after is before) == (not changes)
