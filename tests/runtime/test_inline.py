"""Environments in the proxy's own process."""

import bdb
import io
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeproxy.clock import ManualClock
from edgeproxy.function import Fault, FaultKind, Function, Invocation, Returned
from edgeproxy.ids import RandomIds
from edgeproxy.runtime.inline import IDLE_SECONDS, MAX_OUTPUT, InlinePool, load_problem


class Source:
    """An event that is what it is."""

    def __init__(self, event: Any) -> None:
        self._event = event

    def build(self) -> Any:
        return self._event

    def likely_result(self) -> Any:
        return None


class Bench:
    """A pool over a handler given as source text, with time held still."""

    def __init__(self, folder: Path, source: str, **settings: Any) -> None:
        (folder / "index.py").write_text(source)
        self.clock = ManualClock()
        function = Function(name="auth", code=str(folder), handler="index.handler", **settings)
        self.pool = InlinePool(function, self.clock, RandomIds(1))

    def invoke(self, event: Any = None) -> Invocation:
        return self.pool.invoke(Source(event))

    def value(self, event: Any = None) -> Any:
        result = self.invoke(event).result
        assert isinstance(result, Returned), result
        return result.value

    def fault(self, event: Any = None) -> Fault:
        result = self.invoke(event).result
        assert isinstance(result, Fault), result
        return result


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., Bench]:
    return lambda source, **settings: Bench(tmp_path, source, **settings)


COUNTER = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n"


@pytest.mark.rule("LE-301")
@pytest.mark.rule("LR-15")
def test_module_state_survives_between_invocations(bench: Callable[..., Bench]) -> None:
    counter = bench(COUNTER)
    assert [counter.value(), counter.value()] == [1, 2]
    counter.pool.retire()
    assert counter.value() == 1


@pytest.mark.rule("LR-21")
def test_an_environment_that_was_idle_for_too_long_is_gone(bench: Callable[..., Bench]) -> None:
    counter = bench(COUNTER)
    assert counter.value() == 1
    counter.clock.advance(IDLE_SECONDS - 1)
    assert counter.value() == 2
    counter.clock.advance(IDLE_SECONDS)
    invocation = counter.invoke()
    assert invocation.result == Returned(1)
    assert invocation.report.cold


@pytest.mark.rule("LE-328")
@pytest.mark.rule("LR-258")
@pytest.mark.rule("LR-246")
def test_the_report_tells_cold_from_warm_and_names_the_stream(bench: Callable[..., Bench]) -> None:
    counter = bench(COUNTER, version=7)
    first, second = counter.invoke().report, counter.invoke().report
    assert (first.cold, second.cold) == (True, False)
    assert first.log_stream == second.log_stream
    assert first.log_stream.startswith("2026/01/01/[7]")
    assert first.request_id != second.request_id


@pytest.mark.rule("LE-302")
@pytest.mark.rule("LR-13")
@pytest.mark.rule("LR-26")
def test_two_invocations_at_once_get_two_environments(bench: Callable[..., Bench]) -> None:
    both = threading.Barrier(2, timeout=10)
    pool = bench("state = []\ndef handler(event, context):\n    event()\n    state.append(1)\n    return len(state)")
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(pool.value(both.wait))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1, 1]
    assert pool.pool.idle == 2
    assert pool.value(lambda: None) == 2, "an idle environment is used before a new one"


@pytest.mark.rule("LE-194")
@pytest.mark.rule("LR-180")
def test_more_at_once_than_allowed_is_throttled(bench: Callable[..., Bench]) -> None:
    pool = bench("def handler(event, context): return event()", max_concurrency=1)
    inner: list[Fault] = []

    def event() -> str:
        inner.append(pool.fault(lambda: None))
        return "outer"

    assert pool.value(event) == "outer"
    assert inner[0].kind is FaultKind.THROTTLE
    assert pool.value(lambda: "again") == "again"


@pytest.mark.rule("LR-35")
def test_an_exception_resets_nothing(bench: Callable[..., Bench]) -> None:
    pool = bench(COUNTER + "\n    ".join(["", "", "_ = 1"]).replace("_ = 1", "pass"))
    assert pool.value() == 1
    failing = bench("n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    raise ValueError(n)")
    assert [failing.fault().message, failing.fault().message] == ["1", "2"]


@pytest.mark.rule("LE-310")
@pytest.mark.rule("LR-220")
@pytest.mark.rule("LR-224")
@pytest.mark.rule("LR-225")
def test_an_exception_is_reported_with_type_message_and_stack(bench: Callable[..., Bench], tmp_path: Path) -> None:
    fault = bench("def handler(event, context):\n    raise ValueError({'a': 1})").fault()
    assert (fault.kind, fault.error_type, fault.message) == (FaultKind.ERROR, "ValueError", "{'a': 1}")
    assert fault.stack == (f"  File \"{tmp_path}/index.py\", line 2, in handler\n    raise ValueError({{'a': 1}})\n",)


@pytest.mark.rule("LE-311")
@pytest.mark.rule("LR-40")
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("sys.exit()", "Runtime exited without providing a reason"),
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit('no')", "Runtime exited with error: exit status 1"),
        ("raise GeneratorExit", "Runtime exited with error: exit status 1"),
    ],
)
def test_an_exit_ends_the_environment_and_not_the_proxy(
    bench: Callable[..., Bench], statement: str, reason: str
) -> None:
    pool = bench(f"import sys\ndef handler(event, context):\n    {statement}")
    fault = pool.fault()
    assert (fault.kind, fault.error_type) == (FaultKind.EXIT, "Runtime.ExitError")
    assert fault.message.endswith(f" Error: {reason}")
    assert pool.invoke().report.cold, "the environment was not used again"


def test_a_handler_that_raises_an_interrupt_on_a_thread_of_the_server_has_failed(bench: Callable[..., Bench]) -> None:
    pool = bench("def handler(event, context):\n    raise KeyboardInterrupt")
    faults: list[Fault] = []
    thread = threading.Thread(target=lambda: faults.append(pool.fault()))
    thread.start()
    thread.join(10)
    assert [(fault.kind, fault.error_type) for fault in faults] == [(FaultKind.EXIT, "Runtime.ExitError")]


def test_a_flood_of_output_is_bounded(bench: Callable[..., Bench]) -> None:
    pool = bench("def handler(event, context):\n    for _ in range(30):\n        print('x' * 9_999)")
    output = pool.invoke().report.output
    assert sum(len(line) + 1 for line in output) in range(MAX_OUTPUT, MAX_OUTPUT + 2)
    assert pool.invoke().report.output == output, "each invocation has its own bound"


def test_an_interrupt_from_the_keyboard_is_the_user_s(bench: Callable[..., Bench]) -> None:
    pool = bench("def handler(event, context):\n    raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        pool.invoke()
    assert pool.pool.idle == 0


@pytest.mark.rule("LE-195")
@pytest.mark.rule("LR-236")
@pytest.mark.rule("LR-244")
@pytest.mark.rule("LR-30")
def test_a_result_after_the_time_out_is_discarded_with_its_environment(bench: Callable[..., Bench]) -> None:
    pool = bench("def handler(event, context):\n    event()\n    return 'late'", timeout=3)
    fault = pool.fault(lambda: pool.clock.advance(3.01))
    assert (fault.kind, fault.error_type) == (FaultKind.TIMEOUT, "Sandbox.Timedout")
    assert fault.message.endswith(" Error: Task timed out after 3.00 seconds")
    invocation = pool.invoke(lambda: pool.clock.advance(3))
    assert invocation.result == Returned("late")
    assert invocation.report.cold
    assert invocation.report.duration_ms == 3000


@pytest.mark.rule("LE-295")
def test_remaining_time_counts_down_from_the_time_out(bench: Callable[..., Bench]) -> None:
    pool = bench(
        "def handler(event, context):\n"
        "    before = context.get_remaining_time_in_millis()\n    event()\n"
        "    return before, context.get_remaining_time_in_millis()",
        timeout=5,
    )
    assert pool.value(lambda: pool.clock.advance(1.25)) == [5000, 3750]


def test_a_breakpoint_stops_the_time_out(bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch) -> None:
    pool = bench("def handler(event, context):\n    breakpoint()\n    return 'seen'", timeout=1)
    monkeypatch.setattr(sys, "breakpointhook", lambda: pool.clock.advance(600))
    assert pool.value() == "seen"
    monkeypatch.setattr(sys, "breakpointhook", lambda: None)
    assert pool.value() == "seen"


def test_a_debugger_that_traces_the_thread_stops_the_time_out(bench: Callable[..., Bench]) -> None:
    pool = bench("def handler(event, context):\n    event()\n    return 'seen'", timeout=1)
    debugger = bdb.Bdb()
    debugger.reset()
    before = sys.gettrace()
    sys.settrace(debugger.trace_dispatch)
    try:
        result = pool.invoke(lambda: pool.clock.advance(600)).result
    finally:
        sys.settrace(before)
    assert result == Returned("seen")


@pytest.mark.rule("LE-288")
@pytest.mark.rule("LE-289")
@pytest.mark.rule("LE-290")
@pytest.mark.rule("LE-291")
@pytest.mark.rule("LE-293")
@pytest.mark.rule("LE-294")
@pytest.mark.rule("LR-185")
def test_the_context_says_what_runs(bench: Callable[..., Bench]) -> None:
    pool = bench(
        "def handler(event, c):\n    return [c.function_name, c.function_version, c.invoked_function_arn,"
        " c.memory_limit_in_mb, c.log_group_name]",
        version=3,
        memory_size=256,
    )
    assert pool.value() == [
        "us-east-1.auth",
        "3",
        "arn:aws:lambda:us-east-1:123456789012:function:us-east-1.auth:3",
        "256",
        "/aws/lambda/us-east-1.auth",
    ]


@pytest.mark.rule("LE-292")
def test_every_invocation_has_a_request_id_of_its_own(bench: Callable[..., Bench]) -> None:
    pool = bench("def handler(event, context): return context.aws_request_id")
    first = pool.invoke()
    assert first.result == Returned(first.report.request_id)
    assert pool.value() != first.report.request_id


def test_what_is_printed_is_reported_by_line_and_shown(
    bench: Callable[..., Bench], capsys: pytest.CaptureFixture[str]
) -> None:
    pool = bench(
        "import io, sys\ndef handler(event, context):\n"
        "    print('one', 2, sep='-')\n    print('thr', end='')\n    print('ee', file=sys.stderr)\n"
        "    buffer = io.StringIO()\n    print('kept', file=buffer)\n    return buffer.getvalue()"
    )
    invocation = pool.invoke()
    assert invocation.result == Returned("kept\n")
    assert invocation.report.output == ("one-2", "three")
    assert capsys.readouterr().err == "one-2\nthree\n"
    assert pool.invoke().report.output == ("one-2", "three"), "output of one invocation only"


def test_the_report_can_be_all_that_shows_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.py").write_text("def handler(event, context): print('kept')")
    function = Function(name="auth", code=str(tmp_path), handler="index.handler")
    pool = InlinePool(function, ManualClock(), RandomIds(1), echo=False)
    assert pool.invoke(Source(None)).report.output == ("kept",)
    assert capsys.readouterr() == ("", "")


def test_pdb_stops_in_the_handler(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "breakpointhook", sys.__breakpointhook__)
    monkeypatch.delenv("PYTHONBREAKPOINT", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("p place\nc\n"))
    before = sys.gettrace()
    try:
        assert bench("def handler(event, context):\n    place = 'in here'\n    breakpoint()\n    return place").value()
    finally:
        sys.settrace(before)
    assert "'in here'" in capsys.readouterr().out


@pytest.mark.rule("LR-87")
def test_a_handler_that_cannot_be_called_fails_when_it_is_invoked(bench: Callable[..., Bench]) -> None:
    pool = bench("handler = 5")
    assert (pool.fault().error_type, pool.fault().message) == ("TypeError", "'int' object is not callable")


@pytest.mark.rule("LR-37")
def test_a_failing_init_is_tried_again_by_the_next_invocation(bench: Callable[..., Bench], tmp_path: Path) -> None:
    pool = bench("raise RuntimeError('not yet')")
    assert pool.fault().error_type == "RuntimeError"
    (tmp_path / "index.py").write_text("def handler(event, context): return 'now it works'")
    assert pool.value() == "now it works"


def test_load_problem_tells_why_a_handler_cannot_be_loaded(tmp_path: Path) -> None:
    function = Function(name="f", code=str(tmp_path), handler="index.handler")
    problem = load_problem(function)
    assert problem is not None
    assert problem.error_type == "Runtime.ImportModuleError"
    (tmp_path / "index.py").write_text("def handler(event, context): ...")
    assert load_problem(function) is None


def test_closing_drops_the_environments(bench: Callable[..., Bench]) -> None:
    counter = bench(COUNTER)
    counter.value()
    counter.pool.close()
    assert counter.pool.idle == 0
