"""A trace for a terminal: the whole story, or one line."""

from __future__ import annotations

from collections.abc import Iterator

from edgeproxy.cloudfront.failures import Failure
from edgeproxy.events.diff import MISSING
from edgeproxy.function import Invocation
from edgeproxy.messages.text import to_text
from edgeproxy.observe.secrets import Secrets
from edgeproxy.observe.story import Changed, Failed, HeaderLines, StepStory, Story
from edgeproxy.observe.telling import tell
from edgeproxy.observe.terminal import Paint, safe, shown
from edgeproxy.pipeline.steps import Fetch, Invoke
from edgeproxy.pipeline.trace import Trace

_LONG, _VERBOSE = 200, 4_000
"""Characters of one value that are shown; the second with `verbose`."""
_LINES, _VERBOSE_LINES = 20, 1_000
"""Lines of what a function printed, and of its stack, that are shown."""


GONE = "the viewer went away"


def render(trace: Trace, *, color: bool, verbose: bool = False, reveal: bool = False) -> str:
    """The story of a request, as `edgeproxy request` prints it: lines without a line break at the end.

    :param verbose: with the header lines of the viewer's and the origin's messages, and long values whole.
    :param reveal: show the values of the viewer's `Authorization`, `Cookie` and `Set-Cookie`.
    """
    return "\n".join(_Printer(Paint(color), verbose).story(tell(trace, reveal=reveal)))


def one_line(trace: Trace, *, color: bool = False) -> str:
    """A request in one line, and one more for its failure, as `edgeproxy serve` prints them."""
    paint = Paint(color)
    response = trace.response
    status = paint.status(str(response.status), response.status)
    target = f"{safe(trace.request.method)} {safe(to_text(trace.request.target))}"
    parts = [f"{target} {status} {trace.result} {_ms(trace.duration)} ms"]
    for record in trace.records:
        step, outcome = record.step, record.outcome
        if isinstance(step, Invoke) and isinstance(outcome, Invocation):
            cold = " cold" if outcome.report.cold else ""
            parts.append(
                f"{paint.dim(step.hook.value + ':')}{safe(step.function.name)} {outcome.report.duration_ms:.1f}{cold}"
            )
        elif isinstance(step, Fetch):
            parts.append(f"{paint.dim('origin:')}{safe(step.request.origin_id)} {_ms(record.ended - record.started)}")
    line = "  ".join(parts)
    sent = trace.sent
    if sent is not None and not sent.complete:
        line += (
            f"\n  {paint.yellow('broken off')} after {sent.size} bytes: {safe(sent.error or 'the viewer went away')}"
        )
    if trace.failure is not None:
        line += f"\n  {_failure_line(trace, trace.failure, paint)}"
    return line


def _failure_line(trace: Trace, failure: Failure, paint: Paint) -> str:
    secrets = Secrets(trace)
    who = f"{failure.hook.value} {safe(failure.function)}" if failure.hook else failure.kind.value
    what = " ".join(part for part in (failure.rule or failure.row.rule, safe(failure.field)) if part)
    message = secrets.message(failure.detail, failure.field, failure.value)
    return f"{paint.red(who)}: {what}: {safe(message, 500)}"


class _Printer:
    def __init__(self, paint: Paint, verbose: bool) -> None:
        self._paint = paint
        self._verbose = verbose
        self._limit = _VERBOSE if verbose else _LONG
        self._lines = _VERBOSE_LINES if verbose else _LINES

    def story(self, story: Story) -> Iterator[str]:
        request = story.request
        yield self._paint.bold(f"{safe(request.method)} {self._cut(request.target)}")
        yield from self._headers(request.headers if self._verbose else _host(request.headers))
        for step in story.steps:
            block = list(self._step(step))
            if block:
                yield ""
                yield from block
        yield ""
        if story.failure is not None:
            yield from self._failure(story.failure)
        else:
            cache = story.cache
            yield f"{self._paint.bold('cache')}  {cache.result}: {safe(cache.reason, self._limit)} [{cache.rule}]"
        yield ""
        yield from self._ending(story)

    def _step(self, step: StepStory) -> Iterator[str]:
        match step.step:
            case "Invoke":
                yield from self._invoked(step)
            case "Skip":
                name = f"{step.hook}  {safe(step.function or '')}"
                yield self._paint.dim(f"{name}  skipped: {step.reason} [{step.rule}]")
            case "LookUp":
                yield f"{self._paint.bold('look-up')}  {step.outcome}"
            case "Fetch":
                yield from self._fetched(step)
            case "ReadBody" if step.outcome == "broken":
                yield f"{self._paint.bold('request body')}  {self._paint.red('broken off')}: {self._cut(step.reason)}"
            case _:
                return

    def _invoked(self, step: StepStory) -> Iterator[str]:
        paint = self._paint
        start = f"cold (init {step.init_ms:.1f} ms)" if step.init_ms is not None else "warm"
        name = f"{safe(step.function or '')}:{step.version}"
        line = f"{paint.bold(step.hook or '')}  {name}  {start}  {step.handler_ms or 0:.1f} ms"
        if step.failure is not None:
            yield f"{line}  {paint.red(step.outcome)}"
        elif step.outcome == "response" and step.hook in ("viewer-request", "origin-request"):
            yield f"{line}  {paint.yellow('generated the response')}"
        else:
            yield line
        for change in step.diff:
            yield from self._changed(change)
        if not step.diff and step.failure is None:
            yield paint.dim("  no change")
        yield from self._bounded(step.logs, "  | ")
        for warning in step.warnings:
            yield paint.yellow(f"  ! {_place(warning.rule, warning.field)}: {self._cut(warning.message)}")
            if warning.hint:
                yield f"    {self._cut(warning.hint)}"

    def _changed(self, change: Changed) -> Iterator[str]:
        if change.before is not MISSING:
            yield self._paint.red(f"  - {safe(change.path)}: {shown(change.before, self._limit)}")
        if change.after is not MISSING:
            yield self._paint.green(f"  + {safe(change.path)}: {shown(change.after, self._limit)}")

    def _fetched(self, step: StepStory) -> Iterator[str]:
        paint = self._paint
        outcome = step.outcome if step.failure is None else paint.red(step.outcome)
        yield f"{paint.bold('origin')}  {safe(step.origin)}  {outcome}  {step.duration_ms:.1f} ms"
        yield f"  {self._cut(step.target)}"
        if self._verbose:
            yield from self._headers(step.sent_headers, "  > ")
            yield from self._headers(step.received_headers, "  < ")

    def _failure(self, failure: Failed) -> Iterator[str]:
        yield self._paint.red(f"failed  {failure.status} {failure.result_type}")
        rows = (
            ("hook", failure.hook),
            ("function", failure.function),
            ("rule", failure.rule),
            ("field", failure.field),
            ("value", failure.value),
            ("message", failure.message),
            ("hint", failure.hint),
        )
        for name, text in rows:
            if text:
                yield f"  {name:<9} {safe(text, max(self._limit, 500))}"
        yield from self._bounded(failure.stack, "    ")

    def _ending(self, story: Story) -> Iterator[str]:
        response, sent = story.response, story.sent
        line = f"{response.status} {safe(response.reason)}"
        line = f"{self._paint.status(line, response.status)}  {story.cache.result}  {story.duration_ms:.1f} ms"
        if sent is not None:
            line += f"  {sent.size} bytes" + ("  stored" if sent.stored else "")
        yield line
        yield from self._headers(response.headers)
        if sent is not None and not sent.complete:
            reason = self._cut(sent.error or GONE)
            yield self._paint.yellow(f"  broken off after {sent.size} bytes: {reason}")

    def _headers(self, headers: HeaderLines, indent: str = "  ") -> Iterator[str]:
        for name, value in headers:
            yield f"{indent}{safe(name)}: {self._cut(value)}"

    def _bounded(self, lines: tuple[str, ...], indent: str) -> Iterator[str]:
        for line in lines[: self._lines]:
            for part in line.splitlines() or [""]:
                yield f"{indent}{self._cut(part)}"
        if len(lines) > self._lines:
            yield f"{indent}... ({len(lines) - self._lines} more lines)"

    def _cut(self, text: str) -> str:
        return safe(text, self._limit)


def _host(headers: HeaderLines) -> HeaderLines:
    return tuple(line for line in headers if line[0].lower() == "host")


def _place(rule: str, field: str) -> str:
    return f"{rule} {safe(field)}" if field else rule


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}"
