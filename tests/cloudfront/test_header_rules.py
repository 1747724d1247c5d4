from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.header_rules import (
    NAMES,
    READ_ONLY,
    READ_ONLY_RULE,
    Column,
    NameTable,
    bad_character,
    custom_header_refused,
    disallowed,
    is_hidden,
    read_only,
)
from edgeproxy.cloudfront.hooks import Hook

rule = pytest.mark.rule


@pytest.mark.parametrize("column", ["latest", "2023"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("Connection", "LE-172", marks=rule("LE-172")),
        pytest.param("x-amzn-requestid", "LE-172", marks=rule("LE-172")),
        pytest.param("X-Amz-Cf-Pop", "LE-172", marks=rule("LE-172")),
        pytest.param("X-EDGE-anything", "LE-172", marks=rule("LE-172")),
        pytest.param("X-Amz-Meta-A", None, marks=rule("LE-175")),
        pytest.param("X-Amzn-Trace-Id", None, marks=rule("LE-175")),
        pytest.param("X-Cache-Hits", None, marks=rule("LE-172")),
        pytest.param("TE", None, marks=rule("LE-109")),
        ("Content-Type", None),
        ("", None),
    ],
)
def test_disallowed_names(name: str, expected: str | None, column: Column) -> None:
    assert disallowed(name, column) == expected


@rule("LE-173")
@rule("LE-339")
@pytest.mark.parametrize("name", ["CloudFront-Viewer-Cert-Pem", "Client-Cert", "Client-Cert-Chain"])
def test_client_certificates_are_disallowed_in_the_latest_column(name: str) -> None:
    assert disallowed(name, "latest") == "LE-173"
    assert disallowed(name, "2023") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("x-amz-cf-id", True, marks=rule("LE-100")),
        pytest.param("x-cache", True, marks=[rule("LE-108"), rule("LE-114")]),
        pytest.param("TE", True, marks=rule("LE-109")),
        pytest.param("Proxy-Whatever", True, marks=rule("LE-109")),
        pytest.param("keep-alive", True, marks=rule("LE-109")),
        pytest.param("X-Forwarded-Proto", True, marks=rule("LE-110")),
        pytest.param("X-Real-IP", True, marks=rule("LE-110")),
        pytest.param("CloudFront-Viewer-Cert-Pem", True, marks=rule("LE-111")),
        pytest.param("CloudFront-Viewer-Cert-Issuer", False, marks=rule("LE-111")),
        pytest.param("CloudFront-Viewer-Country", False, marks=rule("LE-105")),
        ("Host", False),
        ("Via", False),
    ],
)
def test_hidden_names(name: str, expected: bool) -> None:
    assert is_hidden(name) is expected


@pytest.mark.parametrize(
    ("hook", "column", "names"),
    [
        pytest.param(
            Hook.VIEWER_REQUEST,
            "2023",
            {"content-length", "host", "transfer-encoding", "via"},
            marks=rule("LE-177"),
        ),
        pytest.param(
            Hook.VIEWER_REQUEST,
            "latest",
            {"content-length", "host", "transfer-encoding", "via", "cdn-loop"},
            marks=[rule("LE-177"), rule("LE-336")],
        ),
        pytest.param(
            Hook.ORIGIN_REQUEST,
            "2023",
            {
                "accept-encoding",
                "content-length",
                "if-modified-since",
                "if-none-match",
                "if-range",
                "if-unmodified-since",
                "transfer-encoding",
                "via",
            },
            marks=rule("LE-178"),
        ),
        pytest.param(Hook.ORIGIN_RESPONSE, "2023", {"transfer-encoding", "via"}, marks=rule("LE-179")),
        pytest.param(Hook.ORIGIN_RESPONSE, "latest", {"transfer-encoding", "via"}, marks=rule("LE-179")),
        pytest.param(Hook.VIEWER_RESPONSE, "2023", {"warning", "via"}, marks=rule("LE-180")),
        pytest.param(
            Hook.VIEWER_RESPONSE,
            "latest",
            {"warning", "via", "content-length", "content-encoding", "transfer-encoding"},
            marks=[rule("LE-180"), rule("LE-337")],
        ),
    ],
)
def test_read_only_names(hook: Hook, column: Column, names: set[str]) -> None:
    assert read_only(hook, column) == names


@rule("LE-178")
@rule("LE-336")
def test_cdn_loop_joins_the_list_of_origin_request() -> None:
    assert read_only(Hook.ORIGIN_REQUEST, "latest") - read_only(Hook.ORIGIN_REQUEST, "2023") == {"cdn-loop"}


@rule("LE-185")
@pytest.mark.parametrize("hook", list(Hook))
def test_if_match_is_never_read_only(hook: Hook) -> None:
    assert "if-match" not in read_only(hook, "latest")


def test_each_hook_has_one_rule_for_its_read_only_names() -> None:
    assert set(READ_ONLY_RULE) == set(Hook)
    assert all(READ_ONLY_RULE[row.hook] == row.source for row in READ_ONLY)


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        pytest.param("Cache-Control", "latest", "CF-10", marks=[rule("CF-10"), rule("LE-186")]),
        pytest.param("HOST", "2023", "CF-10", marks=rule("CF-10")),
        pytest.param("X-Amz-Anything", "latest", "CF-10", marks=rule("CF-10")),
        pytest.param("X-Edge-Anything", "latest", "CF-10", marks=rule("CF-10")),
        pytest.param("Proxy-Authenticate", "latest", "CF-10", marks=rule("CF-10")),
        pytest.param("Proxy-Authenticate", "2023", None, marks=rule("CF-10")),
        pytest.param("X-From-Edge", "latest", None, marks=rule("CF-10")),
    ],
)
def test_names_of_custom_headers(name: str, column: Column, expected: str | None) -> None:
    assert custom_header_refused(name, column) == expected


@rule("LE-88")
@pytest.mark.parametrize(
    ("name", "canonical"), [("x-my-id", "X-My-Id"), ("X-MY-ID", "X-My-Id"), ("etag", "Etag"), ("a--b", "A--B")]
)
def test_canonical_spelling(name: str, canonical: str) -> None:
    assert NAMES[name].canonical == canonical


@rule("LE-188")
@pytest.mark.parametrize(
    ("name", "expected"),
    [("x-a", True), ("!#$%&'*+-.^_`|~09Az", True), ("", False), ("a b", False), ("a:", False), ("\u212a", False)],
)
def test_names_are_tokens(name: str, expected: bool) -> None:
    assert NAMES[name].is_token is expected


@rule("LE-189")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain \t text", None),
        ("é€", None),
        ("a\rb\n", "\r"),
        ("a\nb", "\n"),
        ("\0", "\0"),
        ("\x1f", "\x1f"),
        ("\x7f", "\x7f"),
        pytest.param("\ud800", "\ud800", marks=rule("LE-309")),
    ],
)
def test_characters_of_values(text: str, expected: str | None) -> None:
    assert bad_character(text) == expected


@given(st.text(max_size=80))
def test_case_never_matters(name: str) -> None:
    if name.isascii():
        assert is_hidden(name) == is_hidden(name.upper()) == is_hidden(name.lower())
        assert disallowed(name, "latest") == disallowed(name.swapcase(), "latest")


def test_the_table_of_names_is_bounded() -> None:
    table = NameTable()
    for number in range(table.max_names + 1):
        assert table[f"x-{number}"].lower == f"x-{number}"
    assert len(table) == 1
    long = "x" * (table.max_length + 1)
    assert table[long].is_token
    assert long not in table
    assert table["x-1"] is table["x-1"]
