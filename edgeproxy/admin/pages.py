"""The pages of the admin port: self-contained, no script. Everything from outside goes through `Markup.format`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from markupsafe import Markup

from edgeproxy.admin.style import STYLE
from edgeproxy.events.diff import MISSING
from edgeproxy.function import Json
from edgeproxy.observe.story import Changed, Failed, HeaderLines, StepStory, Story, Warned

_LONG = 2_000
"""Characters of one value that are shown."""
_PART = 20_000
"""Characters of a part of an event, and lines together of what a function printed, that are shown."""

_ABOUT = {
    "viewer-request": "Runs for every request, before the cache is asked.",
    "origin-request": "Runs only when the origin is about to be asked.",
    "origin-response": "Runs on what the origin sent, before it is stored.",
    "viewer-response": "Runs just before the viewer gets the response, on cache hits too.",
}

_PAGE = Markup(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>\n'
    '<body><nav><b>edgeproxy</b><a href="/">requests</a><a href="/metrics">metrics</a>{more}</nav>\n{content}\n'
    "</body></html>\n"
)
_STEP = Markup('<section class="step {kind}"><div class="head">{head}</div>{body}</section>\n')
_NOTHING = Markup("")


def overview(stories: Sequence[Story], *, ready: bool, proxy_url: str = "") -> str:
    """The last requests, the newest first.

    :param ready: whether the proxy accepts requests.
    :param proxy_url: where it is; `""`: no link.
    """
    state = _pill("accepts requests", "good") if ready else _pill("starting", "warn")
    link = Markup(' <a href="{0}">{0}</a>').format(proxy_url) if proxy_url.startswith(("http://", "https://")) else ""
    content = Markup("<h1>Proxy{} {}</h1>\n").format(link, state)
    if stories:
        rows = _join(
            Markup(
                '<tr><td><a href="/traces/{id}">{method} {target}</a></td><td>{status}</td><td>{result}</td>'
                '<td class="time">{ms} ms</td></tr>\n'
            ).format(
                id=quote(story.id, safe=""),
                method=_cut(story.request.method, 40),
                target=_cut(story.request.target, 300),
                status=_status(story.response.status),
                result=story.cache.result,
                ms=f"{story.duration_ms:.1f}",
            )
            for story in stories
        )
        head = Markup("<tr><th>request</th><th>status</th><th>cache</th><th>time</th></tr>\n")
        content += Markup('<table class="list">{}{}</table>').format(head, rows)
    else:
        content += Markup('<p class="soft">No request yet. Send one to the proxy and reload this page.</p>')
    return _page("edgeproxy", content)


def trace(story: Story) -> str:
    """One request, step by step: what each function saw and changed."""
    title = f"{story.request.method} {story.request.target}"
    response, sent = story.response, story.sent
    facts = [f"{story.duration_ms:.1f} ms"]
    if sent is not None:
        facts.append(f"{sent.size} bytes")
        facts += ["stored in the cache"] * sent.stored
    content = Markup('<h1>{} {} {}</h1>\n<p class="soft">{}</p>\n').format(
        _cut(title, 1_000),
        _status(response.status),
        _pill(story.cache.result),
        " · ".join(facts),
    )
    if sent is not None and not sent.complete:
        reason = sent.error or "the viewer went away"
        content += Markup('<div class="box">The response broke off after {} bytes: {}.</div>').format(
            sent.size, _cut(reason)
        )
    content += _details("The viewer's request", _lines(story.request.headers))
    content += _join(_step(step, story) for step in story.steps)
    answer = Markup("<h2>Response to the viewer</h2> {} {}").format(_status(response.status), _cut(response.reason))
    content += _card("", answer, _lines(response.headers))
    raw = Markup('<a href="/traces/{}">this trace</a>').format(quote(story.id, safe=""))
    return _page(title, content, raw)


def _step(step: StepStory, story: Story) -> Markup:
    match step.step:
        case "Invoke":
            return _invoked(step, story)
        case "Skip":
            head = _hook_head(step, _pill("skipped"))
            why = Markup('<p class="soft">{}</p><p>Skipped: {} <code>{}</code></p>')
            return _card("skipped", head, why.format(_ABOUT[step.hook or ""], step.reason, step.rule))
        case "LookUp":
            head = Markup("<h2>Cache</h2> {}").format(_pill(step.outcome, "good" if step.outcome == "fresh" else ""))
            reason = Markup("<p>{}: {} <code>{}</code></p>")
            return _card("", head, reason.format(story.cache.result, _cut(story.cache.reason), story.cache.rule))
        case "Fetch":
            return _fetched(step, story)
        case "Store":
            head = Markup("<h2>Store</h2> {}").format(_pill(step.outcome))
            return _card("", head, Markup("<p>{} <code>{}</code></p>").format(_cut(step.reason), step.rule))
        case "Fail" | "ReadBody" if step.failure is not None:
            return _card("bad", Markup("<h2>The edge answered</h2>"), _failure(step.failure))
        case _:
            return _NOTHING


def _invoked(step: StepStory, story: Story) -> Markup:
    start = "cold start" if step.cold else "warm"
    times = f"{step.handler_ms or 0:.1f} ms" + (f" + init {step.init_ms:.1f} ms" if step.init_ms else "")
    pills = _pill(start, "warn" if step.cold else "")
    if step.failure is not None:
        pills += Markup(" ") + _pill(step.outcome, "bad")
    elif step.outcome == "response" and step.hook in ("viewer-request", "origin-request"):
        pills += Markup(" ") + _pill("generated the response")
    body = Markup('<p class="soft">{}</p>').format(_ABOUT[step.hook or ""])
    body += _bar(step, story) + _diff(step.diff)
    if not step.diff and step.failure is None:
        body += Markup("<p>Returned what it was given, unchanged.</p>")
    body += _join(_warning(warning) for warning in step.warnings)
    if step.failure is not None:
        body += _failure(step.failure)
    if step.logs:
        body += _details("What it printed", _pre("\n".join(step.logs)), is_open=True)
    body += _details("What it saw", _pre(json.dumps(step.event, indent=2, ensure_ascii=False)))
    return _card("hook bad" if step.failure else "hook", _hook_head(step, pills, times), body)


def _fetched(step: StepStory, story: Story) -> Markup:
    outcome = _pill(step.outcome, "bad") if step.failure else _status(int(step.outcome))
    head = Markup('<h2>Origin</h2> <code>{}</code> {} <span class="soft time">{:.1f} ms</span>').format(
        step.origin, outcome, step.duration_ms
    )
    body = _bar(step, story) + Markup("<p><code>{}</code></p>").format(_cut(step.target))
    if step.failure is not None:
        body += _failure(step.failure)
    body += _details("Sent to the origin", _lines(step.sent_headers))
    if step.received_headers:
        body += _details("Received from the origin", _lines(step.received_headers))
    return _card("bad" if step.failure else "", head, body)


def _hook_head(step: StepStory, pills: Markup, times: str = "") -> Markup:
    version = "" if step.version is None else f":{step.version}"
    return Markup('<h2>{}</h2> <code>{}{}</code> {} <span class="soft time">{}</span>').format(
        step.hook, _cut(step.function or "", 200), version, pills, times
    )


def _bar(step: StepStory, story: Story) -> Markup:
    """Where the step lies in the time of the request, in percent."""
    whole = story.duration_ms or 1.0
    start = min(100.0, 100 * step.started_ms / whole)
    width = max(0.5, min(100.0 - start, 100 * step.duration_ms / whole))
    return Markup(
        '<svg viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="from {:.1f} ms, for {:.1f} ms">'
        '<rect x="{:.2f}" width="{:.2f}" height="1"/></svg>'
    ).format(step.started_ms, step.duration_ms, min(start, 99.5), width)


def _diff(changes: Iterable[Changed]) -> Markup:
    rows = _join(
        Markup('<tr><th class="path">{}</th><td>{}{}</td></tr>\n').format(
            _cut(change.path, 300),
            _NOTHING if change.before is MISSING else Markup("<del>{}</del>").format(_value(change.before)),
            _NOTHING if change.after is MISSING else Markup("<ins>{}</ins>").format(_value(change.after)),
        )
        for change in changes
    )
    return Markup("<table>{}</table>").format(rows) if rows else _NOTHING


def _failure(failure: Failed) -> Markup:
    where = " ".join(part for part in (failure.rule, failure.field) if part)
    body = Markup("<b>{} {}</b> <code>{}</code><p>{}</p>").format(
        failure.status, failure.result_type, _cut(where), _cut(failure.message)
    )
    if failure.value:
        body += Markup("<p>Value: <code>{}</code></p>").format(_cut(failure.value))
    if failure.hint:
        body += Markup("<p>{}</p>").format(_cut(failure.hint))
    if failure.stack:
        body += _pre("\n".join(failure.stack))
    return Markup('<div class="box bad">{}</div>').format(body)


def _warning(warning: Warned) -> Markup:
    where = " ".join(part for part in (warning.rule, warning.field) if part)
    return Markup('<div class="box"><code>{}</code> {} {}</div>').format(
        _cut(where), _cut(warning.message), _cut(warning.hint)
    )


def _lines(headers: HeaderLines) -> Markup:
    rows = _join(
        Markup('<tr><th class="path">{}</th><td>{}</td></tr>\n').format(_cut(name, 300), _cut(value))
        for name, value in headers
    )
    return Markup("<table>{}</table>").format(rows)


def _value(value: Json) -> str:
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _pre(text: str) -> Markup:
    return Markup("<pre>{}</pre>").format(_cut(text, _PART, keep="\n\t"))


def _details(summary: str, content: Markup, *, is_open: bool = False) -> Markup:
    opened = Markup(" open") if is_open else _NOTHING
    return Markup("<details{}><summary>{}</summary>{}</details>\n").format(opened, summary, content)


def _card(kind: str, head: Markup, body: Markup) -> Markup:
    return _STEP.format(kind=kind, head=head, body=body)


def _pill(text: str, kind: str = "") -> Markup:
    return Markup('<span class="pill {}">{}</span>').format(kind, text)


def _status(status: int) -> Markup:
    return _pill(str(status), "bad" if status >= 500 else "warn" if status >= 400 else "good")


def _cut(text: str, limit: int = _LONG, keep: str = "") -> str:
    """Text that is not too long, with what cannot be seen made visible, but for the characters to keep."""
    left_out = len(text) - limit
    text = "".join(c if c.isprintable() or c in keep else f"\\x{ord(c):02x}" for c in text[:limit])
    return f"{text}... ({left_out} more)" if left_out > 0 else text


def _join(parts: Iterable[Markup]) -> Markup:
    return _NOTHING.join(parts)


def _page(title: str, content: Markup, more: Markup = _NOTHING) -> str:
    return str(_PAGE.format(title=_cut(title, 200), style=STYLE, more=more, content=content))
