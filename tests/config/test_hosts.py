from __future__ import annotations

import subprocess
import sys

import pytest

from edgeproxy.config.hosts import is_host, split_url, url_refusal


@pytest.mark.parametrize(
    "text",
    ["http://127.0.0.1:9000", "https://a.example.test/", "http://[::1]:80", "http://localhost", "http://my_host:65535"],
)
def test_the_url_of_a_server(text: str) -> None:
    assert url_refusal(text) is None


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("127.0.0.1:9000", "begins with http://", "http://127.0.0.1:9000"),
        ("a.test/", "begins with http://", "http://a.test/"),
        ("ftp://a.test", "begins with http://", "such as http://127.0.0.1:9000"),
        ("http://a.test:0", "begins with http://", "such as http://127.0.0.1:9000"),
        ("http://a.test:99999", "begins with http://", "such as http://127.0.0.1:9000"),
        ("http://[::1", "begins with http://", "such as http://127.0.0.1:9000"),
        ("http://", "begins with http://", "such as http://127.0.0.1:9000"),
        ("http://me@a.test", "user name", "send an Authorization header instead"),
        ("http://a.test/v2", "scheme, host and port only", "a path belongs in `origin_path`"),
        ("http://a.test?", "scheme, host and port only", "a path belongs in `origin_path`"),
        ("http://a.test#", "scheme, host and port only", "a path belongs in `origin_path`"),
        ("http://a..test", "a DNS name or an IP address", ""),
        ("http://*.test", "a DNS name or an IP address", ""),
    ],
)
def test_why_a_text_is_not_the_url_of_a_server(text: str, words: str, hint: str) -> None:
    refusal = url_refusal(text)
    assert refusal is not None
    assert words in refusal.words
    assert refusal.hint == hint


@pytest.mark.parametrize("text", ["a", "a.example.test", "my_host", "192.0.2.1", "::1", "a" * 63, "1.2.3"])
def test_hosts(text: str) -> None:
    assert is_host(text)


@pytest.mark.parametrize("text", ["", "*.a.test", "a..b", ".a", "a.", "a b", "a:80", "a/b", "a" * 64, "é.test"])
def test_what_is_no_host(text: str) -> None:
    assert not is_host(text)


@pytest.mark.parametrize("text", ["http://a:0", "http://a:x", "http://[::1"])
def test_what_cannot_be_split(text: str) -> None:
    assert split_url(text) is None


def test_a_url_is_checked_without_the_schema() -> None:
    code = "import sys, edgeproxy.config.hosts; print({'pydantic', 'yaml'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
