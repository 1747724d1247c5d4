from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.policies import Selection
from edgeproxy.cloudfront.query import select_query

ALL, NONE = Selection("all"), Selection("none")
ONLY = Selection("whitelist", frozenset({"a", "b"}))
BUT = Selection("allExcept", frozenset({"a", "b"}))

selections = st.builds(
    Selection,
    st.sampled_from(("none", "whitelist", "allExcept", "all")),
    st.frozensets(st.text("abAB%+", max_size=2), max_size=3),
)
queries = st.text("abAB=&;%+20?é", max_size=30)


@pytest.mark.parametrize(
    ("query", "selection", "kept"),
    [
        pytest.param("x=1&a=2", ALL, "x=1&a=2", marks=pytest.mark.rule("CF-81")),
        pytest.param("&&x", ALL, "&&x", marks=pytest.mark.rule("CF-81"), id="all-keeps-the-raw-text"),
        pytest.param("x=1&a=2", NONE, "", marks=pytest.mark.rule("CF-116")),
        pytest.param("", ONLY, "", marks=pytest.mark.rule("CF-82")),
        pytest.param("", BUT, "", marks=pytest.mark.rule("CF-82")),
        pytest.param("x=1&b=2&a=3", ONLY, "b=2&a=3", marks=pytest.mark.rule("CF-78"), id="the-viewers-order"),
        pytest.param("a=1&x=2&a=3", ONLY, "a=1&a=3", marks=pytest.mark.rule("CF-80"), id="repeated"),
        pytest.param("x=1&b=2&y=3&a=4", BUT, "x=1&y=3", marks=pytest.mark.rule("CF-81")),
        pytest.param("a=1;x=2&x=3", ONLY, "a=1;x=2", marks=pytest.mark.rule("CF-79"), id="semicolon-is-data"),
        pytest.param("a=1=2&c", ONLY, "a=1=2", marks=pytest.mark.rule("CF-79"), id="complete-pair"),
        pytest.param("A=1&a=2", ONLY, "a=2", marks=pytest.mark.rule("CF-78"), id="case"),
        pytest.param("a&a=&a=1", ONLY, "a&a=&a=1", marks=pytest.mark.rule("CF-78"), id="absent-and-empty"),
        pytest.param("%61=1&a=2", ONLY, "a=2", marks=pytest.mark.rule("CF-114"), id="names-are-not-decoded"),
        pytest.param("a=x+y%20z", ONLY, "a=x+y%20z", marks=pytest.mark.rule("CF-114"), id="values-are-not-decoded"),
        pytest.param("a=1&&x&", BUT, "&x&", marks=pytest.mark.rule("CF-81"), id="empty-parameters-have-another-name"),
    ],
)
def test_what_is_selected(query: str, selection: Selection, kept: str) -> None:
    assert select_query(query, selection) == kept


@pytest.mark.rule("CF-114")
@given(queries, selections)
def test_selection_never_invents_a_parameter(query: str, selection: Selection) -> None:
    whole = iter(query.split("&"))
    kept = select_query(query, selection)
    if kept:
        # `in` reads the iterator on: the parameters stand in the viewer's order, none more often than there.
        assert all(parameter in whole for parameter in kept.split("&"))


@given(queries, selections)
def test_selecting_twice_selects_nothing_more(query: str, selection: Selection) -> None:
    kept = select_query(query, selection)
    assert select_query(kept, selection) == kept


@given(queries, st.frozensets(st.sampled_from(("a", "b", "ab", ""))))
def test_a_parameter_is_either_listed_or_not(query: str, names: frozenset[str]) -> None:
    listed = select_query(query, Selection("whitelist", names))
    others = select_query(query, Selection("allExcept", names))
    together = [part for text in (listed, others) if text for part in text.split("&")]
    # An empty parameter that stands alone is not told from none.
    assert sorted(filter(None, together)) == sorted(filter(None, query.split("&")))
