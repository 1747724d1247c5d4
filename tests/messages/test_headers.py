from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.messages.headers import NO_HEADERS, Headers, Line

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


def test_what_is_derived_is_made_once_for_each_maker() -> None:
    made: list[Headers] = []

    def size(headers: Headers) -> int:
        made.append(headers)
        return len(headers)

    def first(headers: Headers) -> str:
        return headers.lines[0][0]

    headers = Headers(COOKIES)
    assert [headers.derived(size), headers.derived(size)] == [3, 3]
    assert made == [headers]
    assert headers.derived(first) == "Set-Cookie"
