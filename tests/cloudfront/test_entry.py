from __future__ import annotations

import pytest

from edgeproxy.cloudfront.entry import Entry
from edgeproxy.messages.body import read
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response


def entry(body: bytes = b"hello", headers: Headers | None = None) -> Entry:
    return Entry.of(Response(200, headers or Headers([("ETag", '"x"')]), reason="Fine"), body, at=1000.0, ttl=60.0)


def test_an_entry_is_fresh_until_its_lifetime_ends() -> None:
    assert entry().is_fresh(1000.0)
    assert entry().is_fresh(1059.9)
    assert not entry().is_fresh(1060.0)


@pytest.mark.rule("CF-171")
@pytest.mark.parametrize(("at", "age"), [(1000.0, 0), (1000.9, 0), (1001.0, 1), (5000.5, 4000), (990.0, 0)])
def test_age_is_in_whole_seconds_and_never_negative(at: float, age: int) -> None:
    assert entry().age(at) == age


@pytest.mark.rule("CF-190")
def test_the_response_is_what_was_stored_and_can_be_read_again() -> None:
    stored = entry(headers=Headers([("ETag", '"x"'), ("Transfer-Encoding", "chunked"), ("X-A", "a")]))
    for _ in range(2):
        response = stored.response()
        assert (response.status, response.reason) == (200, "Fine")
        assert response.headers.lines == (("ETag", '"x"'), ("X-A", "a"), ("Content-Length", "5"))
        assert read(response.body) == b"hello"


@pytest.mark.rule("CF-142")
def test_fields_that_no_cache_names_are_not_stored() -> None:
    lines = [("Cache-Control", 'no-cache="Set-Cookie", max-age=5'), ("set-cookie", "id=1"), ("X-A", "a")]
    stored = entry(headers=Headers(lines))
    assert stored.headers.lines == (lines[0], ("X-A", "a"), ("Content-Length", "5"))


def test_a_204_has_no_length() -> None:
    # RFC 9110, 8.6: it must not.
    assert Entry.of(Response(204), b"", at=1000.0, ttl=60.0).headers == Headers()


def test_its_size_is_no_less_than_what_it_holds() -> None:
    small = entry(b"")
    assert entry(b"x" * 1000).size - small.size == 1000 + len("1000") - len("0")
    assert entry(b"", Headers([("A", "v" * 500)])).size >= 501
