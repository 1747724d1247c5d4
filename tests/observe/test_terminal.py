from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.observe.terminal import Paint, safe, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, häßlich, 日本", "plain, häßlich, 日本"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\r\nb", r"a\r\nb"),
        ("a\tb", "a    b"),
        ("\x9b31m\x7f\x00", r"\x9b31m\x7f\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2028", r"\u2028"),
        ("\ud800", r"\ud800"),
        ("", ""),
        ("a" * 200, "a" * 200),
        ("a" * 205, "a" * 200 + "... (5 more)"),
    ],
)
def test_what_a_terminal_would_obey_is_spelled_out(text: str, expected: str) -> None:
    assert safe(text) == expected


@given(st.text(), st.integers(0, 50))
def test_safe_text_is_printable_and_bounded(text: str, limit: int) -> None:
    made = safe(text, limit)
    assert made.isprintable()
    assert len(made) <= 10 * limit + 30


@given(st.text().filter(str.isprintable))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert safe(text, len(text)) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", '"a"'), (None, "null"), ({"k": [1, True]}, '{"k": [1, true]}'), ("é\n", r'"é\n"'), ("\x9b", r'"\x9b"')],
)
def test_json_values_on_one_line(value: object, expected: str) -> None:
    assert shown(value) == expected


def test_paint() -> None:
    paint, plain = Paint(True), Paint(False)
    assert paint.bold("x") == "\x1b[1mx\x1b[0m"
    assert [plain.bold("x"), plain.dim("x"), plain.red("x"), plain.green("x"), plain.yellow("x")] == ["x"] * 5
    assert paint.status("x", 204) == paint.status("x", 399) == paint.green("x")
    assert paint.status("x", 400) == paint.status("x", 499) == paint.yellow("x")
    assert paint.status("x", 500) == paint.red("x")
