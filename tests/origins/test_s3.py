from __future__ import annotations

from typing import Literal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.messages.dates import format_date
from edgeproxy.messages.headers import Headers
from edgeproxy.origins.s3 import ERRORS, byte_range, error_document, precondition

ETAG = '"5d41402abc4b2a76b9719d911017c592"'
MODIFIED = 1_767_225_600
SAME, EARLIER, LATER = (format_date(MODIFIED + offset) for offset in (0, -1, 1))


@pytest.mark.rule("CF-451")
@pytest.mark.parametrize(
    ("headers", "decided"),
    [
        ([], None),
        ([("If-Match", ETAG)], None),
        ([("If-Match", "*")], None),
        ([("If-Match", f'"other", {ETAG}')], None),
        ([("If-Match", '"other"')], (412, "If-Match")),
        ([("If-Match", f"W/{ETAG}")], (412, "If-Match")),
        ([("If-Unmodified-Since", SAME)], None),
        ([("If-Unmodified-Since", EARLIER)], (412, "If-Unmodified-Since")),
        ([("If-Unmodified-Since", "yesterday")], None),
        ([("If-Match", ETAG), ("If-Unmodified-Since", EARLIER)], None),
        ([("If-None-Match", ETAG)], (304, "If-None-Match")),
        ([("If-None-Match", f"W/{ETAG}")], (304, "If-None-Match")),
        ([("If-None-Match", ETAG.strip('"'))], (304, "If-None-Match")),
        ([("If-None-Match", "*")], (304, "If-None-Match")),
        ([("If-None-Match", '"a"'), ("If-None-Match", ETAG)], (304, "If-None-Match")),
        ([("If-None-Match", '"other"')], None),
        ([("If-Modified-Since", SAME)], (304, "If-Modified-Since")),
        ([("If-Modified-Since", LATER)], (304, "If-Modified-Since")),
        ([("If-Modified-Since", EARLIER)], None),
        ([("If-Modified-Since", "0")], None),
        ([("If-None-Match", '"other"'), ("If-Modified-Since", SAME)], None),
        ([("If-None-Match", ETAG), ("If-Modified-Since", EARLIER)], (304, "If-None-Match")),
        ([("If-Match", '"other"'), ("If-None-Match", ETAG)], (412, "If-Match")),
        ([("If-Match", ETAG), ("If-None-Match", ETAG)], (304, "If-None-Match")),
    ],
)
def test_preconditions(headers: list[tuple[str, str]], decided: tuple[int, str] | None) -> None:
    assert precondition(Headers(headers), ETAG, MODIFIED) == decided


@pytest.mark.rule("CF-451")
@pytest.mark.parametrize(
    ("asked", "size", "part"),
    [
        ("bytes=0-0", 10, (0, 0)),
        ("bytes=2-5", 10, (2, 5)),
        ("bytes=2-", 10, (2, 9)),
        ("bytes=2-99", 10, (2, 9)),
        ("bytes=-3", 10, (7, 9)),
        ("bytes=-99", 10, (0, 9)),
        ("Bytes = 1 - 2", 10, (1, 2)),
        ("bytes=5-2", 10, None),
        ("bytes=-", 10, None),
        ("bytes=a-b", 10, None),
        ("bytes=0-1,3-4", 10, None),
        ("items=0-1", 10, None),
        ("", 10, None),
        pytest.param("bytes=10-", 10, "invalid", marks=pytest.mark.rule("CF-445")),
        pytest.param("bytes=0-", 0, "invalid", marks=pytest.mark.rule("CF-445")),
        pytest.param("bytes=-0", 10, "invalid", marks=pytest.mark.rule("CF-445")),
        pytest.param("bytes=-5", 0, "invalid", marks=pytest.mark.rule("CF-445")),
        pytest.param("bytes=" + "9" * 5000 + "-", 10, "invalid", marks=pytest.mark.rule("CF-445")),
    ],
)
def test_ranges(asked: str, size: int, part: tuple[int, int] | Literal["invalid"] | None) -> None:
    assert byte_range(Headers([("Range", asked)]), size, ETAG, MODIFIED) == part


@pytest.mark.parametrize(
    ("condition", "part"),
    [(ETAG, (0, 1)), (SAME, (0, 1)), ('"other"', None), (f"W/{ETAG}", None), (EARLIER, None), (LATER, None)],
)
def test_a_range_on_condition(condition: str, part: tuple[int, int] | None) -> None:
    headers = Headers([("Range", "bytes=0-1"), ("If-Range", condition)])
    assert byte_range(headers, 10, ETAG, MODIFIED) == part


def test_no_range() -> None:
    assert byte_range(Headers(), 10, ETAG, MODIFIED) is None


@given(
    st.one_of(st.none(), st.integers(0, 30)),
    st.one_of(st.none(), st.integers(0, 30)),
    st.integers(min_value=0, max_value=30),
)
def test_a_range_lies_within_the_object(first: int | None, last: int | None, size: int) -> None:
    asked = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    part = byte_range(Headers([("Range", asked)]), size, ETAG, MODIFIED)
    if isinstance(part, tuple):
        assert 0 <= part[0] <= part[1] < size
        data = bytes(range(size))
        wanted = data[-last:] if first is None and last else data[first : None if last is None else last + 1]
        assert data[part[0] : part[1] + 1] == wanted


@given(st.sampled_from(sorted(ERRORS)), st.text())
def test_an_error_is_xml_whatever_the_key(code: str, key: str) -> None:
    root = ET.fromstring(error_document(code, {"Key": key}))
    assert root.tag == "Error"
    assert [element.tag for element in root] == ["Code", "Message", "Key"]
    assert root.findtext("Code") == code


def test_an_error_keeps_what_xml_can_write() -> None:
    root = ET.fromstring(error_document("NoSuchKey", {"Key": "<a>&é\x00"}))
    assert root.findtext("Key") == "<a>&é\ufffd"
