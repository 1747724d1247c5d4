from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.messages.text import to_text, to_wire

wires = st.binary().map(lambda octets: octets.decode("latin-1"))
texts = st.text()


@given(texts)
@pytest.mark.rule("LE-60")
def test_text_survives_the_wire(text: str) -> None:
    wire = to_wire(text)
    assert wire.encode("latin-1") == text.encode("utf-8")
    assert to_text(wire) == text


@given(texts)
@pytest.mark.rule("LE-60")
@pytest.mark.rule("LE-190")
def test_what_a_function_changes_goes_on_as_utf_8(text: str) -> None:
    assert to_wire(text) == text.encode("utf-8").decode("latin-1")


@pytest.mark.rule("LE-60")
@pytest.mark.parametrize(
    ("octets", "text"), [(b"plain", "plain"), ("é€".encode(), "é€"), (b"\xe9", "é"), (b"\xc3\xa9\xff", "Ã©ÿ")]
)
def test_octets_that_are_no_utf_8_are_taken_as_iso_8859_1(octets: bytes, text: str) -> None:
    assert to_text(octets.decode("latin-1")) == text


@pytest.mark.rule("LE-309")
def test_a_lone_surrogate_has_no_octets() -> None:
    with pytest.raises(UnicodeEncodeError):
        to_wire("\ud800")
