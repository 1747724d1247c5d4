from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from edgeproxy.admin.style import STYLE, STYLE_HASH


def test_the_hash_is_that_of_the_style_sheet() -> None:
    assert f"sha256-{b64encode(sha256(str(STYLE).encode()).digest()).decode()}" == STYLE_HASH


def test_the_style_sheet_loads_nothing_and_cannot_end_its_element() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert "<" not in STYLE
