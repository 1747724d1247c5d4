from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.errors import BodyError, OriginBodyError
from edgeproxy.messages.body import EMPTY, Body, Stream, Whole, peek, read, tee

chunk_lists = st.lists(st.binary(max_size=6), max_size=6)
limits = st.integers(0, 20)


def broken(chunks: list[bytes]) -> Iterator[bytes]:
    yield from chunks
    raise OriginBodyError("cut")


class Counter:
    """Counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1


class Kept:
    """Remembers what `tee` hands over."""

    def __init__(self) -> None:
        self.calls: list[bytes | None] = []

    def __call__(self, data: bytes | None) -> None:
        self.calls.append(data)


# --- Whole ----------------------------------------------------------------------------------------------------------


def test_a_whole_body_can_be_read_again() -> None:
    body = Whole(b"abc")
    assert [list(body), list(body), read(body)] == [[b"abc"], [b"abc"], b"abc"]
    body.close()
    assert read(body) == b"abc"
    assert body.length == 3


def test_an_empty_body_has_no_chunk() -> None:
    assert list(EMPTY) == []
    assert EMPTY.length == 0


def test_a_long_body_is_shown_short() -> None:
    assert repr(Whole(b"abc")) == "Whole(b'abc', 3 bytes)"
    assert len(repr(Whole(b"x" * 1000))) < 80
    assert "1000 bytes" in repr(Whole(b"x" * 1000))


# --- Stream ---------------------------------------------------------------------------------------------------------


@given(chunk_lists)
def test_a_stream_is_used_up_by_one_reading(chunks: list[bytes]) -> None:
    closed = Counter()
    stream = Stream(chunks, close=closed)
    assert list(stream) == chunks
    assert closed.calls == 1
    assert list(stream) == []
    stream.close()
    assert list(stream) == []
    assert closed.calls == 1


def test_a_stream_that_breaks_off_is_closed_and_stays_broken() -> None:
    closed = Counter()
    stream = Stream(broken([b"a"]), close=closed)
    assert next(stream) == b"a"
    with pytest.raises(OriginBodyError):
        next(stream)
    assert closed.calls == 1
    with pytest.raises(BodyError):
        next(stream)


@pytest.mark.parametrize("read_before", [0, 1, 2])
def test_a_stream_that_was_closed_early_does_not_seem_complete(read_before: int) -> None:
    closed = Counter()
    stream = Stream([b"a", b"b"], close=closed)
    for _ in range(read_before):
        next(stream)
    stream.close()
    stream.close()
    assert closed.calls == 1
    with pytest.raises(BodyError):
        list(stream)


def test_a_stream_without_anything_behind_it_can_be_closed() -> None:
    stream = Stream([b"a"], 1)
    assert repr(stream) == "Stream(length=1)"
    stream.close()


@given(chunk_lists)
def test_read_gives_everything_and_closes(chunks: list[bytes]) -> None:
    closed = Counter()
    assert read(Stream(chunks, close=closed)) == b"".join(chunks)
    assert closed.calls == 1


def test_read_of_a_body_that_breaks_off() -> None:
    closed = Counter()
    with pytest.raises(OriginBodyError):
        read(Stream(broken([b"a"]), close=closed))
    assert closed.calls == 1


# --- peek -----------------------------------------------------------------------------------------------------------


@given(chunk_lists, st.lists(limits, max_size=3), st.booleans())
def test_peek_loses_nothing(chunks: list[bytes], cuts: list[int], whole: bool) -> None:
    everything = b"".join(chunks)
    closed = Counter()
    body: Body = Whole(everything) if whole else Stream(chunks, close=closed)
    for limit in cuts:
        seen, more, body = peek(body, limit)
        assert seen == everything[:limit]
        assert more is (len(everything) > limit)
    assert read(body) == everything
    assert closed.calls == (0 if whole else 1)


def test_peek_reads_no_more_than_one_chunk_beyond_the_limit() -> None:
    asked: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(5):
            asked.append(number)
            yield b"ab"

    seen, more, rest = peek(Stream(chunks(), 10), 3)
    assert (seen, more, asked) == (b"aba", True, [0, 1])
    assert rest.length == 10


def test_closing_what_peek_left_closes_what_stands_behind_it() -> None:
    closed = Counter()
    _, _, rest = peek(Stream([b"ab", b"cd"], close=closed), 1)
    assert closed.calls == 0
    rest.close()
    assert closed.calls == 1


@given(chunk_lists, limits)
def test_peek_does_not_hide_that_a_body_breaks_off(chunks: list[bytes], limit: int) -> None:
    with pytest.raises(OriginBodyError):
        read(peek(Stream(broken(chunks)), limit)[2])


# --- tee ------------------------------------------------------------------------------------------------------------


@given(chunk_lists, limits, st.booleans(), st.booleans())
def test_tee_passes_on_everything_and_keeps_what_fits(
    chunks: list[bytes], limit: int, whole: bool, known: bool
) -> None:
    everything = b"".join(chunks)
    kept, closed = Kept(), Counter()
    source = Whole(everything) if whole else Stream(chunks, len(everything) if known else None, closed)
    body = tee(source, limit, kept)
    assert body.length == source.length
    assert read(body) == everything
    body.close()
    assert kept.calls == [everything if len(everything) <= limit else None]
    assert closed.calls == (0 if whole else 1)


@given(chunk_lists, limits)
@pytest.mark.rule("CF-158")
def test_tee_never_keeps_a_body_that_broke_off(chunks: list[bytes], limit: int) -> None:
    kept, closed = Kept(), Counter()
    with pytest.raises(OriginBodyError):
        read(tee(Stream(broken(chunks), close=closed), limit, kept))
    assert kept.calls == [None]
    assert closed.calls == 1


@given(st.lists(st.binary(min_size=1, max_size=3), min_size=1, max_size=4), st.data())
@pytest.mark.rule("CF-159")
def test_tee_never_keeps_a_body_that_was_closed_before_its_end(chunks: list[bytes], data: st.DataObject) -> None:
    kept, closed = Kept(), Counter()
    body = tee(Stream(chunks, close=closed), 100, kept)
    passed = iter(body)
    for _ in range(data.draw(st.integers(0, len(chunks)))):
        next(passed)
    body.close()
    body.close()
    assert kept.calls == [None]
    assert closed.calls == 1


@pytest.mark.rule("CF-158")
def test_tee_never_keeps_a_body_whose_source_was_closed() -> None:
    kept = Kept()
    source = Stream([b"a", b"b"])
    body = tee(source, 100, kept)
    assert next(iter(body)) == b"a"
    source.close()
    with pytest.raises(BodyError):
        read(body)
    assert kept.calls == [None]


def test_tee_says_at_once_that_a_body_is_too_large() -> None:
    kept = Kept()
    body = iter(tee(Stream([b"ab", b"cd", b"ef"]), 3, kept))
    assert next(body) == b"ab"
    assert kept.calls == []
    assert next(body) == b"cd"
    assert kept.calls == [None]
    assert next(body) == b"ef"
    with pytest.raises(StopIteration):
        next(body)
    assert kept.calls == [None]


def test_tee_says_at_once_that_a_body_of_known_length_is_too_large() -> None:
    kept = Kept()
    stream = Stream([b"abcd"], 4)
    assert tee(stream, 3, kept) is stream
    assert kept.calls == [None]
