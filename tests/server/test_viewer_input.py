from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.errors import ViewerBodyError
from edgeproxy.server.viewer_input import ViewerInput

Message = dict[str, Any]


def script(messages: Iterable[Message]) -> Callable[[], Message]:
    """Gives each message once; asking for more fails the test."""
    left = iter(messages)

    def pull() -> Message:
        try:
            return next(left)
        except StopIteration:
            raise AssertionError("asked for more than there is") from None

    return pull


def part(body: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


END = part(b"", more=False)
GONE: Message = {"type": "http.disconnect"}


def given_parts(*parts: bytes, length: int | None = None) -> ViewerInput:
    return ViewerInput(script([*(part(octets) for octets in parts), END]), length)


@pytest.mark.parametrize(("length", "empty"), [(None, True), (0, False)])
def test_without_a_body_nothing_is_asked(length: int | None, empty: bool) -> None:
    nothing = ViewerInput(script([]), length, empty=empty)
    assert (nothing.read(), nothing.read1(), nothing.readline(), nothing.readlines()) == (b"", b"", b"", [])


def test_a_message_is_asked_for_only_when_the_last_one_is_used_up() -> None:
    asked: list[int] = []
    messages = [part(b"ab"), part(b"cd"), END]

    def pull() -> Message:
        asked.append(len(asked))
        return messages[len(asked) - 1]

    body = ViewerInput(pull, None)
    assert (body.read(1), len(asked)) == (b"a", 1)
    assert (body.read(1), len(asked)) == (b"b", 1)
    assert (body.read(1), len(asked)) == (b"c", 2)
    assert (body.read(), len(asked)) == (b"d", 3)


def test_the_end_of_a_body_of_known_length_is_not_waited_for() -> None:
    body = ViewerInput(script([part(b"abc")]), 3)
    assert (body.read(3), body.read()) == (b"abc", b"")


def test_an_empty_message_is_not_the_end() -> None:
    assert given_parts(b"", b"a", b"", b"b").read() == b"ab"


def test_read1_gives_what_is_there() -> None:
    body = given_parts(b"abc", b"d")
    assert [body.read1(0), body.read1(2), body.read1(), body.read1(9), body.read1()] == [b"", b"ab", b"c", b"d", b""]


def test_readinto_fills_what_it_is_given() -> None:
    body = given_parts(b"abc", b"de")
    target = bytearray(4)
    assert (body.readinto(target), bytes(target)) == (4, b"abcd")
    assert (body.readinto(target), bytes(target[:1])) == (1, b"e")
    assert body.readinto(target) == 0


def test_lines() -> None:
    parts = (b"a\nb", b"c\n\n", b"d")
    assert list(given_parts(*parts)) == [b"a\n", b"bc\n", b"\n", b"d"]
    assert given_parts(*parts).readlines() == [b"a\n", b"bc\n", b"\n", b"d"]
    assert given_parts(*parts).readlines(3) == [b"a\n", b"bc\n"]
    body = given_parts(*parts)
    assert [body.readline(1), body.readline(5), body.readline(2), body.readline(None)] == [b"a", b"\n", b"bc", b"\n"]


@pytest.mark.parametrize(
    ("messages", "length"),
    [
        ([part(b"ab"), GONE], None),
        ([part(b"ab"), GONE], 5),
        ([part(b"ab"), END], 5),
        ([part(b"ab"), part(b"c", more=False)], 5),
        ([part(b"ab"), part(b"cdef")], 5),
    ],
)
def test_a_body_that_breaks_off_raises_ever_after(messages: list[Message], length: int | None) -> None:
    body = ViewerInput(script(messages), length)
    assert body.read1() == b"ab"
    for read in (body.read, body.read1, body.readline, body.readlines, lambda: body.readinto(bytearray(1))):
        with pytest.raises(ViewerBodyError):
            read()


@given(
    st.lists(st.binary(max_size=8).map(lambda octets: octets.replace(b"\x00", b"\n"))),
    st.booleans(),
    st.lists(st.tuples(st.sampled_from(["read", "readline", "readlines"]), st.integers(-1, 9) | st.none())),
)
def test_it_reads_as_a_file_does(parts: list[bytes], known: bool, calls: list[tuple[str, int | None]]) -> None:
    whole = b"".join(parts)
    body = given_parts(*parts, length=len(whole) if known else None)
    file = io.BytesIO(whole)
    for name, size in calls:
        assert getattr(body, name)(size) == getattr(file, name)(size)
    assert body.read() == file.read()
