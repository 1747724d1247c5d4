from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.events.header_map import header_map, header_view
from edgeproxy.messages.headers import NO_HEADERS, Headers
from tests.strategies import headers

rule = pytest.mark.rule


@rule("LE-85")
@rule("LE-87")
def test_key_is_the_name_on_the_wire() -> None:
    assert header_map(Headers([("x-A", "1"), ("Host", "h")])) == {
        "x-a": [{"key": "x-A", "value": "1"}],
        "host": [{"key": "Host", "value": "h"}],
    }


@rule("LE-86")
def test_an_item_for_every_line_in_order() -> None:
    lines = [("Cookie", "a=1"), ("X-A", "1"), ("cookie", "b=2"), ("Cookie", "c=3, d=4")]
    made = header_map(Headers(lines))
    assert list(made) == ["cookie", "x-a"]
    assert made["cookie"] == [
        {"key": "Cookie", "value": "a=1"},
        {"key": "cookie", "value": "b=2"},
        {"key": "Cookie", "value": "c=3, d=4"},
    ]


@rule("LE-60")
@pytest.mark.parametrize(("wire", "text"), [("\xc3\xa9", "é"), ("\xe9", "é"), ("plain", "plain")])
def test_values_are_text(wire: str, text: str) -> None:
    assert header_map(Headers([("X-A", wire)]))["x-a"][0]["value"] == text


@rule("LE-108")
@rule("LE-109")
@rule("LE-110")
def test_hidden_names_are_absent() -> None:
    lines = Headers([("Connection", "close"), ("X-A", "1"), ("X-Edge-B", "2"), ("TE", "trailers")])
    assert list(header_map(lines)) == ["x-a"]
    view = header_view(lines)
    assert view.hidden == {"connection", "x-edge-b", "te"}
    assert view.visible(lines).lines == (("X-A", "1"),)
    assert view.visible(lines) is view.visible(lines)


def test_headers_that_can_all_be_seen_are_their_own_visible_part() -> None:
    lines = Headers([("X-A", "1")])
    assert header_view(lines).visible(lines) is lines
    assert header_map(NO_HEADERS) == {}


def test_the_view_is_made_once() -> None:
    lines = Headers([("X-A", "1")])
    assert header_view(lines) is header_view(lines)
    assert header_view(lines).template is header_view(lines).template


@rule("LE-300")
@given(headers())
def test_maps_share_nothing(lines: Headers) -> None:
    template = header_view(lines).template
    for made in (header_map(lines), header_map(lines)):
        assert made == template
        for name, entry in made.items():
            assert entry is not template[name]
            for item in entry:
                item["value"] = "changed"
            entry.clear()
        made.clear()
    assert header_map(lines) == template


NAMES = st.sampled_from(["X-A", "x-a", "X-B", "Connection", "Cookie", "X-Edge-C"])
LINES = st.lists(st.tuples(NAMES, st.text("ab\xe9\xc3\xa9", max_size=3)))
CHANGES = st.dictionaries(
    st.sampled_from(["x-a", "x-b", "connection", "cookie", "x-new"]),
    st.lists(st.text("ab\xc3\xa9", max_size=3), max_size=2),
)


@given(LINES, CHANGES)
def test_the_view_of_an_edit_is_the_view_of_the_edited_headers(
    lines: list[tuple[str, str]], values: dict[str, list[str]]
) -> None:
    changes = {name: tuple((name.title(), value) for value in given) for name, given in values.items()}
    before = Headers(lines)
    header_view(before)
    carried, anew = header_view(before.edited(changes)), header_view(Headers(before.edited(changes).lines))
    assert carried.template == anew.template
    assert carried.hidden == anew.hidden
    assert carried.build() == anew.build()
