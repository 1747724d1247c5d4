from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.local_host import is_local


@pytest.mark.parametrize(
    "host", ["localhost", "LocalHost:8080", "127.0.0.1", "10.1.2.3:80", "[::1]", "[2001:db8::7]:8443"]
)
def test_names_that_only_this_machine_uses(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host", ["", "www.example.test", "app.localhost", "localhost.example.test", "1.2.3", "[", "[::1", "a" * 300]
)
def test_other_names(host: str) -> None:
    assert is_local(host) is (host == "[::1")


@given(st.text())
def test_nothing_makes_it_raise(host: str) -> None:
    assert is_local(host) in {True, False}
