from __future__ import annotations

import threading

import msgspec
import pytest

from edgeproxy.cloudfront.entry import Entry
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.events.encode import GivenBody
from edgeproxy.messages.body import Whole
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from edgeproxy.observe.recorder import Recorder, fan_out, held_bytes
from edgeproxy.pipeline.steps import BodyRead, Found, Invoke, LookUp, ReadBody
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    AT,
    PAGE,
    a_fault,
    a_function,
    a_key,
    a_miss,
    a_plain,
    a_stream,
    a_trace,
    an_event,
    an_unreachable_origin,
    returned,
    sends,
)


def numbered(number: int, size: int = 0) -> Trace:
    return a_plain(Response(200, body=Whole(b"x" * size)), trace_id=f"{number}")


def test_the_newest_come_first() -> None:
    recorder = Recorder()
    for number in range(5):
        recorder.add(numbered(number))
    assert [trace.id for trace in recorder.latest(3)] == ["4", "3", "2"]
    assert len(recorder.latest(100)) == 5
    assert recorder.latest(0) == ()


def test_a_trace_is_found_by_its_id() -> None:
    recorder = Recorder()
    trace = numbered(1)
    recorder.add(trace)
    assert recorder.get("1") is trace
    assert recorder.get("2") is None


def test_the_oldest_go_when_there_are_too_many() -> None:
    recorder = Recorder(limit=3)
    for number in range(10):
        recorder.add(numbered(number))
    assert [trace.id for trace in recorder.latest(10)] == ["9", "8", "7"]
    assert recorder.get("6") is None


def test_the_oldest_go_when_their_bodies_are_too_large() -> None:
    recorder = Recorder(max_bytes=1_000)
    recorder.add(numbered(1, 400))
    recorder.add(numbered(2, 400))
    assert len(recorder.latest(10)) == 2
    recorder.add(numbered(3, 400))
    assert [trace.id for trace in recorder.latest(10)] == ["3", "2"]
    recorder.add(numbered(4, 5_000))
    assert [trace.id for trace in recorder.latest(10)] == ["4"]


def test_the_same_id_again_takes_the_place_of_the_first() -> None:
    recorder = Recorder(max_bytes=1_000)
    for size in (900, 800, 700):
        recorder.add(numbered(1, size))
    recorder.add(numbered(2, 300))
    assert [trace.id for trace in recorder.latest(10)] == ["2", "1"]


@pytest.mark.parametrize(
    ("trace", "size"),
    [
        pytest.param(a_miss(), 5 + 16, id="a body shared by fetch, store and send, and what was printed"),
        pytest.param(a_fault(), 6 + 13, id="an error page, and what was printed"),
        pytest.param(an_unreachable_origin(), 6, id="no response"),
        pytest.param(a_plain(Response(200, body=a_stream())), 0, id="a stream holds nothing"),
        pytest.param(a_plain(request=Request("POST", "/", body=Whole(b"1234567"))), 12, id="a request body"),
    ],
)
def test_what_a_trace_holds(trace: Trace, size: int) -> None:
    assert held_bytes(trace) == size


def test_a_stored_body_that_is_sent_counts_once() -> None:
    entry = Entry.of(PAGE, b"e" * 100, AT, 60)
    hit = a_trace((LookUp(a_key()), Found(entry, AT), 0.0), sends(entry.response(), "Hit"))
    assert held_bytes(hit) == 100


def test_what_was_read_for_a_function_and_what_it_made_count() -> None:
    read = b"r" * 100
    event = an_event(Hook.VIEWER_REQUEST, body=GivenBody(read, truncated=True))
    made = a_trace(
        (ReadBody(a_stream(), 100), BodyRead(read, True, a_stream()), 0.5),
        (Invoke(a_function("a"), event), returned(event.subject() | {"body": {"data": "d" * 30}}), 0.5),
        (Invoke(a_function("a"), event), returned({"status": "200", "body": "b" * 7}), 0.5),
        (Invoke(a_function("a"), event), returned(None, output=("p" * 9, "q")), 0.5),
        (Invoke(a_function("a"), event), returned({"body": 5}), 0.5),
        sends(Response(200), "Miss"),
    )
    assert held_bytes(made) == 100 + 30 + 7 + 10


def test_many_threads_may_add_and_read() -> None:
    recorder = Recorder(limit=10)
    seen: list[int] = []

    def work(start: int) -> None:
        for number in range(start, start + 200):
            recorder.add(numbered(number))
            seen.append(len(recorder.latest(50)))

    threads = [threading.Thread(target=work, args=(start * 1_000,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 800
    assert max(seen) == len(recorder.latest(50)) == 10


def test_every_reader_sees_every_trace() -> None:
    first: list[Trace] = []
    second: list[Trace] = []
    read = fan_out(first.append, second.append)
    trace = a_plain()
    read(trace)
    assert first == second == [trace]


def test_a_reader_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Trace] = []

    def broken(trace: Trace) -> None:
        raise KeyError("of the reader")

    read = fan_out(broken, seen.append)
    trace = msgspec.structs.replace(a_plain(PAGE), id="the-id")
    read(trace)
    assert seen == [trace]
    assert "the-id" in caplog.text
    assert "KeyError: 'of the reader'" in caplog.text


def test_nobody_may_read() -> None:
    fan_out()(a_plain())
