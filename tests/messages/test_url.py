from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.messages.url import join_target, split_target

targets = st.lists(
    st.sampled_from(["/", "a", "?", "&", "=", "%2F", "%20", "+", ";", "#", "://", ":", "\xe9", "..", "@"])
).map(lambda parts: "/" + "".join(parts))


@given(targets)
@pytest.mark.rule("CF-115")
def test_a_target_survives_byte_for_byte(target: str) -> None:
    path, query = split_target(target)
    lone = target.endswith("?") and target.count("?") == 1
    assert join_target(path, query) == (target[:-1] if lone else target)
    assert "?" not in path


@given(targets, st.sampled_from(["http", "https", "HTTP"]), st.sampled_from(["a.test", "a.test:80", "[::1]:1", "u@a"]))
@pytest.mark.rule("CF-115")
def test_absolute_form_is_the_same_target(target: str, scheme: str, authority: str) -> None:
    assert split_target(f"{scheme}://{authority}{target}") == split_target(target)


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/a%20x+y/%2F;b", "/a%20x+y/%2F;b", ""),
        ("/a?b=&b&c=?d", "/a", "b=&b&c=?d"),
        pytest.param("/a?", "/a", "", marks=pytest.mark.rule("CF-82")),
        ("//a.test/b", "//a.test/b", ""),
        ("http://a.test", "/", ""),
        ("http://a.test?x=/", "/", "x=/"),
        ("http://a.test/?x=://", "/", "x=://"),
        ("*", "*", ""),
        ("a.test:443", "a.test:443", ""),
        ("a/b://c", "a/b://c", ""),
        ("", "", ""),
    ],
)
def test_forms_of_a_target(target: str, path: str, query: str) -> None:
    assert split_target(target) == (path, query)
