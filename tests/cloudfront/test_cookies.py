from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.cookies import select_cookies
from edgeproxy.cloudfront.policies import Selection
from edgeproxy.messages.headers import Headers

ALL, NONE = Selection("all"), Selection("none")
ONLY = Selection("whitelist", frozenset({"a", "b"}))
BUT = Selection("allExcept", frozenset({"a", "b"}))
STAR = Selection("whitelist", frozenset({"a*"}))

names = st.text("abc$019\xb2\xe9_-", min_size=1, max_size=6).filter(lambda name: not name.startswith("$"))
pairs = st.lists(st.tuples(names, st.text("xyz=\xa0\x85", max_size=4)), max_size=8)


def cookies(*values: str) -> Headers:
    return Headers([("Cookie", value) for value in values])


@pytest.mark.parametrize(
    ("values", "selection", "kept"),
    [
        ((), ALL, ""),
        (("a=1",), NONE, ""),
        (("a=1; c=2",), ALL, "a=1; c=2"),
        (("c=3; b=2; a=1; A=0",), ONLY, "a=1; b=2"),
        (("c=3; b=2; a=1; A=0",), BUT, "A=0; c=3"),
        (("c=3",), ONLY, ""),
        pytest.param(("c=3;b=2;a=1",), ALL, "a=1; b=2; c=3", marks=pytest.mark.rule("CF-110")),
        pytest.param(("c10=a; c2=b; c1=c",), ALL, "c1=c; c2=b; c10=a", marks=pytest.mark.rule("CF-110"), id="natural"),
        pytest.param(("x10y=1; x9z=2; x=3",), ALL, "x=3; x9z=2; x10y=1", marks=pytest.mark.rule("CF-110")),
        pytest.param(("b=2", "a=1"), ALL, "a=1; b=2", marks=pytest.mark.rule("CF-110"), id="several-lines"),
        pytest.param(("a=2; a=1",), ALL, "a=2; a=1", marks=pytest.mark.rule("CF-110"), id="one-name-keeps-its-order"),
        pytest.param(("$Version=1; a=1; $Path=/",), ALL, "a=1", marks=pytest.mark.rule("CF-111")),
        pytest.param(("a; =x; ;; b c=1; d\te=1; f=1",), ALL, "f=1", marks=pytest.mark.rule("CF-112")),
        pytest.param(("a=; b=x=y",), ALL, "a=; b=x=y", marks=pytest.mark.rule("CF-112"), id="empty-and-equals-signs"),
        pytest.param((" \ta=1 ;\tb=2\t",), ALL, "a=1; b=2", marks=pytest.mark.rule("CF-112"), id="blanks"),
        pytest.param(("a*=1; ab=2",), STAR, "a*=1", marks=pytest.mark.rule("CF-84"), id="no-wildcards"),
    ],
)
def test_what_is_selected(values: tuple[str, ...], selection: Selection, kept: str) -> None:
    assert select_cookies(cookies(*values), selection) == kept


def test_octets_that_look_like_blanks_survive() -> None:
    # The UTF-8 of "voilà" ends with 0xA0, that of "Å" with 0x85.
    assert select_cookies(cookies("a=voil\xc3\xa0; b=\xc3\x85"), ALL) == "a=voil\xc3\xa0; b=\xc3\x85"


@pytest.mark.parametrize("name", ["c\xb2", "9" * 5000, "c" + "0" * 5000])
def test_digits_of_every_kind_and_length_can_be_sorted(name: str) -> None:
    assert sorted(select_cookies(cookies(f"{name}=1; c3=2"), ALL).split("; ")) == sorted((f"{name}=1", "c3=2"))


@pytest.mark.rule("CF-78")
@given(st.data())
def test_the_order_of_cookies_does_not_matter(data: st.DataObject) -> None:
    jar = data.draw(st.dictionaries(names, st.text("xyz=", max_size=4), max_size=6))
    sent = [f"{name}={value}" for name, value in jar.items()]
    shuffled = data.draw(st.permutations(sent))
    assert select_cookies(cookies("; ".join(sent)), ALL) == select_cookies(cookies("; ".join(shuffled)), ALL)


@given(st.lists(st.text('ab=;$ \t019\xb2\xa0,"', max_size=20), max_size=3), st.sampled_from((ALL, NONE, ONLY, BUT)))
def test_selection_never_raises_and_never_invents(values: list[str], selection: Selection) -> None:
    sent = [pair.strip(" \t") for value in values for pair in value.split(";")]
    kept = select_cookies(cookies(*values), selection)
    for pair in kept.split("; ") if kept else ():
        assert pair in sent
        sent.remove(pair)


@given(pairs)
def test_each_cookie_is_either_listed_or_not(jar: list[tuple[str, str]]) -> None:
    sent = cookies("; ".join(f"{name}={value}" for name, value in jar))
    count = [len(kept.split("; ")) if (kept := select_cookies(sent, how)) else 0 for how in (ONLY, BUT, ALL)]
    assert count[0] + count[1] == count[2] == len(jar)
