from __future__ import annotations

import pytest

from edgeproxy.admin.guard import Guard, RefusedError


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8081", "LOCALHOST:8081", "127.0.0.1", "127.0.0.1:8081", "[::1]", "[::1]:8081"],
)
def test_the_names_of_this_machine(host: str) -> None:
    Guard().check({"HTTP_HOST": host})


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8081",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.2",
        "0.0.0.0",
        "localhost@evil.example",
        "evil.example@localhost",
        "localhost/evil.example",
        "localhost?evil",
        "localhost#evil",
        "localhost,evil.example",
        "localhost:80:80",
        "localhost:port",
        "[::1",
        "[::2]",
        "2130706433",
    ],
)
def test_other_names_are_refused(host: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Guard().check({"HTTP_HOST": host})
    assert refused.value.status == 421


def test_a_request_without_host_is_refused() -> None:
    with pytest.raises(RefusedError):
        Guard().check({})


def test_configured_names() -> None:
    guard = Guard(["Staging.example.test", "[fd00::1]", "fd00::2"])
    for host in ("staging.example.test:8081", "[fd00::1]:8081", "[fd00::2]", "localhost"):
        guard.check({"HTTP_HOST": host})
    with pytest.raises(RefusedError):
        guard.check({"HTTP_HOST": "other.example.test"})


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://localhost:8081", "https://[::1]:9"])
def test_pages_of_this_machine(origin: str) -> None:
    Guard().check({"HTTP_HOST": "localhost", "HTTP_ORIGIN": origin})


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "file://", "http://localhost@evil.example"])
def test_foreign_pages_are_refused(origin: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Guard().check({"HTTP_HOST": "localhost", "HTTP_ORIGIN": origin})
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("site", "mode", "allowed"),
    [
        ("same-origin", "cors", True),
        ("same-site", "no-cors", True),
        ("none", "navigate", True),
        ("cross-site", "navigate", True),
        ("cross-site", "no-cors", False),
        ("cross-site", "cors", False),
    ],
)
def test_what_a_browser_says_of_the_page_that_asks(site: str, mode: str, allowed: bool) -> None:
    environ = {"HTTP_HOST": "localhost", "HTTP_SEC_FETCH_SITE": site, "HTTP_SEC_FETCH_MODE": mode}
    if allowed:
        Guard().check(environ)
    else:
        with pytest.raises(RefusedError) as refused:
            Guard().check(environ)
        assert refused.value.status == 403


def test_cross_site_without_a_mode_is_refused() -> None:
    with pytest.raises(RefusedError):
        Guard().check({"HTTP_HOST": "localhost", "HTTP_SEC_FETCH_SITE": "cross-site"})
