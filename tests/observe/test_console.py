from __future__ import annotations

import io
import json
import threading

import pytest

from edgeproxy.messages.request import Request
from edgeproxy.observe.console import Console
from tests.observe.traces import SECRET, a_hit, a_miss, a_plain, a_validation_failure


class Stream(io.StringIO):
    """A stream that counts its writes."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool = False, failing: type[Exception] | None = None) -> None:
        super().__init__()
        self.terminal = terminal
        self.failing = failing
        self.writes: list[str] = []

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        self.writes.append(text)
        if self.failing is not None:
            raise self.failing
        return super().write(text)


@pytest.fixture(autouse=True)
def _color_is_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_request_is_one_write() -> None:
    stream = Stream()
    console = Console(stream)
    console(a_hit())
    console(a_validation_failure())
    assert stream.writes == [
        "GET /docs/?page=2 200 Hit 0.7 ms  viewer-request:auth 0.5\n",
        (
            "GET /docs/?page=2 502 LambdaValidationError 1.0 ms  viewer-request:auth 0.5\n"
            "  viewer-request auth: LE-172 headers.connection: "
            "The function tried to add a header that is not allowed, headerName : Connection.\n"
        ),
    ]


def test_colours_on_a_terminal() -> None:
    stream = Stream(terminal=True)
    Console(stream)(a_hit())
    assert " \x1b[32m200\x1b[0m " in stream.getvalue()


def test_no_colours_when_nobody_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Stream(terminal=True)
    Console(stream)(a_hit())
    assert "\x1b" not in stream.getvalue()


def test_json() -> None:
    stream = Stream(terminal=True)
    Console(stream, as_json=True)(a_miss())
    assert stream.getvalue().count("\n") == 1
    story = json.loads(stream.getvalue())
    assert story["cache"]["result"] == "Miss"
    assert SECRET not in stream.getvalue()
    assert "session=abcdef" not in stream.getvalue()


def test_a_stream_that_cannot_show_a_character() -> None:
    stream = Stream()
    stream.encoding = "ascii"
    Console(stream)(a_plain(request=Request("GET", "/h\xe9")))
    assert stream.getvalue().startswith("GET /h\\xe9 200 ")


def test_a_stream_without_an_encoding() -> None:
    stream = io.StringIO()
    Console(stream)(a_plain(request=Request("GET", "/h\xe9")))
    assert stream.getvalue().startswith("GET /h\xe9 200 ")


@pytest.mark.parametrize("error", [BrokenPipeError, ValueError])
def test_nobody_reads_any_more(error: type[Exception]) -> None:
    stream = Stream(failing=error)
    console = Console(stream)
    console(a_hit())
    console(a_hit())
    assert len(stream.writes) == 1


def test_many_threads() -> None:
    stream = Stream()
    console = Console(stream)

    def work() -> None:
        for _ in range(50):
            console(a_hit())

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 200
    assert len(set(lines)) == 1
