from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.accept_encoding import normalize_accept_encoding
from edgeproxy.cloudfront.policies import CachePolicy

NEITHER = ("", "identity")


def normalized(value: str | None, gzip: bool, brotli: bool, version: str = "2.0") -> tuple[str, str | None]:
    return normalize_accept_encoding(value, CachePolicy(name="x", gzip=gzip, brotli=brotli), version)


@pytest.mark.rule("CF-88")
@pytest.mark.parametrize(
    ("gzip", "brotli", "value", "expected"),
    [
        (True, True, "gzip, br", ("br,gzip", "br,gzip")),
        (True, True, "gzip, deflate, br, zstd", ("br,gzip", "br,gzip")),
        (True, True, "gzip", ("gzip", "gzip")),
        (True, True, "br", ("br", "br")),
        (True, True, "deflate", NEITHER),
        (True, True, "", NEITHER),
        (True, False, "gzip", ("gzip", "gzip")),
        (True, False, "gzip, br", ("gzip", "gzip")),
        (True, False, "br", NEITHER),
        (True, False, "deflate", NEITHER),
        (False, True, "br", ("br", "br")),
        (False, True, "gzip, br", ("br", "br")),
        (False, True, "gzip", NEITHER),
        (False, True, "deflate", NEITHER),
        (True, True, None, ("", None)),
        (True, False, None, ("", None)),
        (False, True, None, ("", None)),
    ],
)
def test_the_table(gzip: bool, brotli: bool, value: str | None, expected: tuple[str, str | None]) -> None:
    assert normalized(value, gzip, brotli) == expected


@pytest.mark.rule("CF-90")
@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("gzip;q=0, br", "br"),
        ("gzip; Q = 0.000 ,br;q=0.001", "br"),
        ("gzip;q=0.", ""),
        ("gzip;x=1;q=0", ""),
        ("gzip;q=0.1, br;q=1", "br,gzip"),
        ("gzip;q=nonsense", "gzip"),
        ("*", ""),
        ("*;q=1, identity;q=0", ""),
        ("GZIP, Br", "br,gzip"),
        ("xgzip, brx", ""),
        (",, gzip ,", "gzip"),
    ],
)
def test_weights_and_spelling(value: str, key: str) -> None:
    assert normalized(value, True, True)[0] == key


@pytest.mark.rule("CF-93")
@pytest.mark.rule("CF-69")
def test_a_viewer_of_http_1_0_sends_none() -> None:
    assert normalized("gzip, br", True, True, "1.0") == ("", None)


@given(st.text("gzipbr ,;q=01.*\t\xe9", max_size=30), st.booleans(), st.booleans())
def test_whatever_is_sent_becomes_one_of_five(value: str, gzip: bool, brotli: bool) -> None:
    key, sent = normalized(value, gzip, brotli)
    assert (key, sent) in {("br,gzip", "br,gzip"), ("br", "br"), ("gzip", "gzip"), NEITHER}
    assert gzip or "gzip" not in key
    assert brotli or "br" not in key
