"""Environments in the proxy's own process, for breakpoints and property tests.

An environment is a fresh instance of the function's modules. It handles one invocation at a time, on the request's
thread. It shares the process: the function sees the proxy's environment variables, and one that never returns keeps
its thread. A result that comes after the time-out is discarded (LE-195); under a debugger there is no time-out.
"""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edgeproxy.clock import Clock
from edgeproxy.function import EventSource, Fault, FaultKind, Function, Invocation, Report, Returned
from edgeproxy.ids import Ids
from edgeproxy.runtime.context import LambdaContext
from edgeproxy.runtime.loading import CodeModules, Handler, of_exception
from edgeproxy.runtime.marshal import marshal

IDLE_SECONDS = 600.0
"""How long an idle environment is kept (LR-21)."""
MAX_OUTPUT = 262_144
"""Characters that are kept of what one invocation prints."""
REGION = "us-east-1"
ACCOUNT = "123456789012"
_DEBUGGERS = frozenset({"bdb", "pdb", "ipdb", "pudb", "pydevd", "_pydevd_bundle", "_pydevd_sys_monitoring", "debugpy"})


class InlinePool:
    """The environments of one function.

    :param function: a Python function.
    :param echo: what the function prints is shown on standard error, too, and not only kept for the report.
    """

    def __init__(self, function: Function, clock: Clock, ids: Ids, *, echo: bool = True) -> None:
        self.function = function
        self._echo = echo
        self._clock = clock
        self._ids = ids
        self._lock = threading.Lock()
        self._idle: list[_Environment] = []
        self._busy = 0

    def invoke(self, event: EventSource) -> Invocation:
        """Run the handler once and tell what came of it. Raises nothing that the handler raises."""
        environment = self._take()
        if environment is None:
            return Invocation(
                Fault(FaultKind.THROTTLE, "TooManyRequestsException", "Rate Exceeded."),
                Report(self._ids.invocation_id()),
            )
        reusable = False
        try:
            invocation, reusable = environment.invoke(event)
            return invocation
        finally:
            self._give_back(environment if reusable else None)

    def retire(self) -> None:
        """Make the next invocation of every environment a cold one."""
        with self._lock:
            self._idle.clear()

    @property
    def idle(self) -> int:
        """Environments that wait for an invocation."""
        return len(self._idle)

    def close(self) -> None:
        """Drop the idle environments."""
        self.retire()

    def _take(self) -> _Environment | None:
        """The newest idle environment (LR-27), a new one, or None when there may not be another (LE-194)."""
        now = self._clock.monotonic()
        with self._lock:
            limit = self.function.max_concurrency
            if limit is not None and self._busy >= limit:
                return None
            self._busy += 1
            while self._idle:
                environment = self._idle.pop()
                if now - environment.idle_since < IDLE_SECONDS:
                    return environment
                # The newest has been idle for too long, so all have.
                self._idle.clear()
        return _Environment(self.function, self._clock, self._ids, echo=self._echo)

    def _give_back(self, environment: _Environment | None) -> None:
        with self._lock:
            self._busy -= 1
            if environment is not None:
                environment.idle_since = self._clock.monotonic()
                self._idle.append(environment)


def load_problem(function: Function) -> Fault | None:
    """Why the handler of a function cannot be loaded, or None when it can."""
    loaded = CodeModules(Path(function.code), {}).load(function.handler)
    return loaded if isinstance(loaded, Fault) else None


class _Environment:
    """One execution environment: its modules, and a log stream of its own (LR-246)."""

    def __init__(self, function: Function, clock: Clock, ids: Ids, *, echo: bool) -> None:
        self._function = function
        self._echo = echo
        self._clock = clock
        self._ids = ids
        today = datetime.fromtimestamp(clock.now(), UTC)
        self._stream = f"{today:%Y/%m/%d}/[{function.version}]{ids.hex32()}"
        self._output: list[str] = []
        self._printed = 0
        self._modules = CodeModules(Path(function.code), {"print": self._print, "breakpoint": self._breakpoint})
        self._handler: Handler | None = None
        self._debugged = False
        self._facts = {
            "function_name": function.replica_name,
            "function_version": str(function.version),
            "invoked_function_arn": (
                f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function.replica_name}:{function.version}"
            ),
            "memory_limit_in_mb": str(function.memory_size),
            "log_group_name": f"/aws/lambda/{function.replica_name}",
            "log_stream_name": self._stream,
        }
        self.idle_since = 0.0

    def invoke(self, event: EventSource) -> tuple[Invocation, bool]:
        """The answer, and whether the environment can be used again (LR-30, LR-35)."""
        request_id = self._ids.invocation_id()
        clock, function = self._clock, self._function
        self._output = []
        self._printed = 0
        cold, init_ms = self._handler is None, 0.0
        if self._handler is None:
            started = clock.monotonic()
            loaded = self._modules.load(function.handler)
            init_ms = (clock.monotonic() - started) * 1000
            if isinstance(loaded, Fault):
                return Invocation(loaded, self._report(request_id, cold=True, init_ms=init_ms)), False
            self._handler = loaded
        self._debugged = _debugger_is_attached()
        started = clock.monotonic()
        result = self._call(self._handler, event, request_id, started)
        took = clock.monotonic() - started
        exited = isinstance(result, Fault) and result.kind is FaultKind.EXIT
        late = took > function.timeout and not self._debugged
        if late:
            result = Fault(
                FaultKind.TIMEOUT,
                "Sandbox.Timedout",
                f"RequestId: {request_id} Error: Task timed out after {function.timeout:.2f} seconds",
            )
        report = self._report(request_id, cold=cold, init_ms=init_ms, duration_ms=took * 1000)
        return Invocation(result, report), not (exited or late)

    def _call(self, handler: Handler, event: EventSource, request_id: str, started: float) -> Returned | Fault:
        context = LambdaContext(self._facts, request_id, started + self._function.timeout, self._clock.monotonic)
        try:
            return marshal(handler(event.build(), context), event.likely_result())
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its failure, not ours
            return of_exception(error)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise  # Ctrl-C, which reaches no other thread; elsewhere the handler itself has raised it
            code = error.code if isinstance(error, SystemExit) else 1
            reason = "Runtime exited without providing a reason"
            if code not in (0, None):
                reason = f"Runtime exited with error: exit status {code if isinstance(code, int) else 1}"
            return Fault(FaultKind.EXIT, "Runtime.ExitError", f"RequestId: {request_id} Error: {reason}")

    def _report(self, request_id: str, *, cold: bool, init_ms: float, duration_ms: float = 0.0) -> Report:
        return Report(
            request_id=request_id,
            log_stream=self._stream,
            cold=cold,
            init_ms=init_ms,
            duration_ms=duration_ms,
            output=tuple("".join(self._output).splitlines()) if self._output else (),
        )

    def _print(self, *values: object, sep: str | None = None, end: str | None = None, **options: Any) -> None:
        """The handler's `print`: kept for the report, and shown on the proxy's standard error."""
        if options.get("file") in (None, sys.stdout, sys.stderr):
            text = (" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)
            kept = text[: MAX_OUTPUT - self._printed]
            self._output.append(kept)
            self._printed += len(kept)
            if not self._echo:
                return
            options["file"] = sys.stderr
        print(*values, sep=sep, end=end, **options)  # noqa: T201

    def _breakpoint(self, *args: Any, **kwargs: Any) -> Any:
        """The handler's `breakpoint()`: the usual hook, but pdb stops in the handler and not in here."""
        self._debugged = True
        if sys.breakpointhook is sys.__breakpointhook__ and "PYTHONBREAKPOINT" not in os.environ:
            import pdb  # noqa: PLC0415 - who never stops never pays for it

            return pdb.Pdb().set_trace(sys._getframe(1))  # noqa: SLF001 - as `pdb.set_trace` finds its caller
        return sys.breakpointhook(*args, **kwargs)


def _debugger_is_attached() -> bool:
    """Whether this thread is being traced by a debugger (a coverage tracer is none)."""
    tracer = sys.gettrace()
    if tracer is None:
        return False
    module = getattr(tracer, "__module__", None) or type(tracer).__module__
    return module.partition(".")[0] in _DEBUGGERS
