from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.config.document import Mistake
from edgeproxy.config.yaml import MAX_DEPTH, MAX_NODES, parse


def mistake(text: str, environ: dict[str, str] | None = None) -> Mistake:
    (found,) = parse(text, environ or {}).mistakes
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("2022-06-01", "2022-06-01"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("<<", "<<"),
        ("=", "="),
        ("7", 7),
        ("-7", -7),
        ("1.10", 1.1),
        ("1e2", 100.0),
        ("1e400", "1e400"),
        (".inf", ".inf"),
        ("9" * 19, float("9" * 19)),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("'7'", "7"),
        ("'true'", "true"),
        ("!!str 7", "7"),
        ("! 7", "7"),
        ("!!int '7'", 7),
        ("|\n  a\n  b", "a\nb"),
        ("!!seq [1]", [1]),
        ("!!map {a: 1}", {"a": 1}),
    ],
)
def test_scalars_are_those_of_the_core_schema(text: str, value: Any) -> None:
    document = parse(f"a: {text}", {})
    assert document.mistakes == ()
    assert document.data == {"a": value}
    assert type(document.data["a"]) is type(value)


def test_keys_are_text() -> None:
    assert parse("404: a\ntrue: b\n~: c\n1.10: d", {}).data == {"404": "a", "true": "b", "~": "c", "1.10": "d"}


def test_every_key_and_item_has_its_line() -> None:
    document = parse("a:\n  b: 1\n  c:\n    - x\n    - {d: 2,\n       e: 3}\n", {})
    assert document.lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", 0): 4,
        ("a", "c", 1): 5,
        ("a", "c", 1, "d"): 5,
        ("a", "c", 1, "e"): 6,
    }


@pytest.mark.parametrize("text", ["", "# only this\n", "---\n"])
def test_an_empty_document_is_nothing(text: str) -> None:
    document = parse(text, {})
    assert (document.data, document.mistakes) == (None, ())


class TestAliases:
    def test_stand_for_what_they_name_with_its_lines(self) -> None:
        document = parse("a: &x\n  b: 1\nc: *x\n", {})
        assert document.data == {"a": {"b": 1}, "c": {"b": 1}}
        assert document.lines["c", "b"] == 2
        assert document.lines["c",] == 3

    @pytest.mark.parametrize("merged", ["*x", "[*x, {d: 4, b: 9}]"])
    def test_are_merged_and_own_keys_win(self, merged: str) -> None:
        document = parse(f"a: &x {{b: 1, c: 2}}\ne:\n  <<: {merged}\n  c: 3\n", {})
        assert document.data["e"]["b"] == 1
        assert document.data["e"]["c"] == 3
        assert ("d" in document.data["e"]) == ("d" in merged)

    def test_a_quoted_merge_key_is_a_key(self) -> None:
        assert parse("'<<': 1", {}).data == {"<<": 1}

    def test_what_is_no_mapping_cannot_be_merged(self) -> None:
        assert "`<<` merges mappings" in mistake("a: {<<: [1]}").message

    def test_without_an_anchor(self) -> None:
        assert mistake("a: 1\nb: *x") == Mistake("`*x` names no anchor", 2, hint="define it before with `&x`")

    @pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: *x}", "a: &x {<<: *x}"])
    def test_that_contain_themselves(self, text: str) -> None:
        assert mistake(text).message == "`*x` contains itself"

    def test_cannot_grow_without_bound(self) -> None:
        lines = ["a0: &a0 [x]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
        found = mistake("\n".join(lines))
        assert found.message == f"more than {MAX_NODES} values once aliases are followed"


@pytest.mark.parametrize(
    ("text", "message", "line", "hint"),
    [
        ("a: 1\nb: 2\na: 3", "the key `a` is given twice", 3, "the first is on line 1"),
        ("a: 1\n---\nb: 2", "a second document begins here", 2, "a file holds one: remove `---`"),
        ("? [a]\n: b", "a key must be text, not a list or a mapping", 1, ""),
        ("a: !Ref b", "the tag `!Ref` means nothing here", 1, "leave it out"),
        ("a: !!set {b}", "the tag `tag:yaml.org,2002:set` means nothing here", 1, "leave it out"),
        ("a: !x [b]", "the tag `!x` means nothing here", 1, "leave it out"),
        ("\n" + "[" * 100, f"nested deeper than {MAX_DEPTH} levels", 2, ""),
        ("\ud800", "the text has characters that are not Unicode", 1, ""),
    ],
)
def test_what_is_refused(text: str, message: str, line: int, hint: str) -> None:
    assert mistake(text) == Mistake(message, line, hint=hint)


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a:\n\tb: 1", 2, "tabs"),
        ("a: {b: ${X}}", 1, '"${NAME}"'),
        ("a: b: c", 1, "quotes"),
        ("a: 1\nb: **", 2, "quotes"),
        ("a: [1", 2, ""),
        ("a: \x00", 1, ""),
        ("%", 1, ""),
    ],
)
def test_syntax_errors_have_a_line_and_a_hint(text: str, line: int, hint: str) -> None:
    found = mistake(text)
    assert found.message.startswith("this is not YAML: ")
    assert found.line == line
    assert hint in found.hint
    assert bool(hint) == bool(found.hint)


class TestVariables:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("${SET}", "x"),
            ("'${SET}'", "x"),
            ("a-${SET}-${SET}", "a-x-x"),
            ("${SET:-y}", "x"),
            ("${EMPTY}", ""),
            ("${EMPTY:-y}", "y"),
            ("${NONE:-y}", "y"),
            ("'${NONE:-}'", ""),
            ("$SET", "$SET"),
            ("'$${SET}'", "$x"),
            ("${NUMBER}", "7"),
        ],
    )
    def test_are_expanded_in_values(self, text: str, value: str) -> None:
        document = parse(
            f"a: [{text}]" if text.startswith("'") else f"a:\n- {text}", {"SET": "x", "EMPTY": "", "NUMBER": "7"}
        )
        assert document.data == {"a": [value]}
        assert (("a", 0) in document.expanded) == ("${" in text)

    def test_are_not_expanded_in_keys(self) -> None:
        assert parse("'${X}': 1", {"X": "y"}).data == {"${X}": 1}

    def test_what_a_variable_holds_is_not_expanded_again(self) -> None:
        assert parse("a: ${X}", {"X": "${X}"}).data == {"a": "${X}"}

    def test_one_that_is_not_set(self) -> None:
        expected = Mistake("the environment variable NONE is not set", 2, ("b",), "set it, or write ${NONE:-default}")
        assert mistake("a: 1\nb: x${NONE}") == expected

    @pytest.mark.parametrize("text", ["${}", "${1X}", "${X-y}", "${X", "a${"])
    def test_one_that_is_misspelled(self, text: str) -> None:
        found = mistake(f"b: '{text}'", {"X": "x"})
        assert "begins the name of an environment variable" in found.message
        assert found.key == ("b",)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text("abc $:", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
)


@given(PLAIN)
def test_what_is_written_is_read(value: Any) -> None:

    document = parse(yaml.safe_dump({"root": value}), {})
    assert document.data == {"root": value}
