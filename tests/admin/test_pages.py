"""The pages: what a newcomer reads, and that nothing from outside becomes markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.admin.pages import overview, trace
from edgeproxy.admin.style import STYLE
from edgeproxy.cloudfront.failures import Failure, FailureKind
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.events.check import Violation
from edgeproxy.function import Fault, FaultKind, Invocation, Report
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from edgeproxy.observe.telling import tell
from edgeproxy.pipeline.steps import NOTED, Answered, BodyBroken, BodyRead, Fail, Fetched, Invoke, ReadBody, Sent, Warn
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    AT,
    ID,
    PAGE,
    UNAVAILABLE,
    a_fault,
    a_fetch,
    a_function,
    a_generated_response,
    a_hit,
    a_miss,
    a_plain,
    a_refusal,
    a_stream,
    a_trace,
    a_validation_failure,
    an_event,
    an_unreachable_origin,
    returned,
    sends,
    with_header,
)

VOID = {"meta", "rect"}


class Page(HTMLParser):
    """A page taken apart; fails when its elements are not nested as they should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.cards: list[str] = []
        self.texts: list[str] = []
        self.styles: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []
        self.text = " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "section":
            self.cards.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.styles.append(data)
            return
        self.texts.append(data)
        if "section" in self.open:
            self.cards[-1] = " ".join(f"{self.cards[-1]} {data}".split())


def shown(of: Trace) -> Page:
    return Page(trace(tell(of, events=True)))


def test_a_miss_hook_by_hook() -> None:
    page = shown(a_miss())
    assert [card.split()[0] for card in page.cards] == [
        "viewer-request",
        "Cache",
        "origin-request",
        "Origin",
        "origin-response",
        "Store",
        "viewer-response",
        "Response",
    ]
    first, cache, rewrite, origin, tidy, store, secure, response = page.cards
    assert "auth:7 cold start 0.5 ms + init 35.0 ms Runs for every request" in first
    assert "headers.x-user ada" in first
    assert "What it printed checking user ada" in first
    assert '"uri": "/docs/"' in first
    assert "absent Miss: nothing is stored under its key; stored for 60 s: max-age=60 CF-155" in cache
    assert "uri /docs/ /docs/index.html" in rewrite
    assert "site 200 10.5 ms GET http://origin.example.test/v2/docs/?page=2" in origin
    assert "X-From-Edge (masked)" in origin
    assert "headers.cache-control max-age=60" in tidy
    assert "storing max-age=60 CF-155" in store
    assert "headers.x-frame DENY LE-91 headers.x-frame The key X is not it." in secure
    assert "200 OK Content-Type text/plain" in response
    assert "52.2 ms · 5 bytes · stored in the cache" in page.text


def test_a_hit_says_why_hooks_were_skipped() -> None:
    page = shown(a_hit())
    assert "Returned what it was given, unchanged." in page.cards[0]
    assert "fresh Hit: stored 12 s ago" in page.cards[1]
    assert page.cards[2].startswith("origin-request rewrite skipped Runs only when the origin")
    assert page.cards[2].endswith("Skipped: answered from the cache LE-9")
    assert page.cards[3].startswith("origin-response tidy skipped")


def test_a_generated_response() -> None:
    assert "generated the response" in shown(a_generated_response()).cards[0]


def test_a_function_that_broke_a_rule() -> None:
    card = shown(a_validation_failure()).cards[0]
    assert "warm invalid" in card
    assert "headers.connection close" in card
    assert "502 LambdaValidationError LE-172 headers.connection The function tried" in card
    assert "Value: close no function may return this header: leave it out" in card


def test_a_function_that_raised() -> None:
    card = shown(a_fault()).cards[1]
    assert "503 LambdaExecutionError LE-193 KeyError: 'host' File index.py, line 3" in card
    assert "Value:" not in card
    assert "unchanged" not in card


def test_an_unreachable_origin() -> None:
    card = shown(an_unreachable_origin()).cards[1]
    assert card.startswith("Origin site connect 3.0 ms")
    assert "502 Error CF-231 GET http://127.0.0.1:9000 (origin site): connection refused" in card
    assert "Received from the origin" not in card


def test_a_refused_request() -> None:
    assert shown(a_refusal()).cards[0] == "The edge answered 403 Error CF-56 DELETE is not allowed by behavior *"


def test_a_request_body() -> None:
    read = a_trace((ReadBody(a_stream(), 1), BodyRead(b"", False, a_stream()), 0.0), sends(PAGE, "Miss"))
    assert len(shown(read).cards) == 1
    broken = a_trace(
        (ReadBody(a_stream(), 1), BodyBroken("gone"), 0.0),
        (Fail(Failure(kind=FailureKind.VIEWER_BODY, detail="gone", rule="CF-57")), Answered(UNAVAILABLE), 0.0),
        sends(UNAVAILABLE, "Error"),
    )
    assert shown(broken).cards[0] == "The edge answered 400 Error CF-57 gone"


def test_a_response_that_broke_off() -> None:
    assert "broke off after 3 bytes: it stopped." in shown(a_plain(sent=Sent(3, False, error="it stopped"))).text
    assert "broke off after 3 bytes: the viewer went away." in shown(a_plain(sent=Sent(3, False))).text


def test_a_response_that_is_still_being_sent() -> None:
    of = a_plain()
    going_on = msgspec.structs.replace(
        of, records=(*of.records[:-1], msgspec.structs.replace(of.records[-1], outcome=NOTED))
    )
    assert "10.2 ms" in shown(going_on).text


def test_a_request_that_took_no_time() -> None:
    page = shown(a_trace((a_fetch(), Fetched(PAGE, AT), 0.0), sends(PAGE, "Miss")))
    assert ("width", "0.50") in page.attributes


@pytest.mark.parametrize("status", [200, 404, 503])
def test_the_overview(status: int) -> None:
    stories = [tell(a_plain(Response(status), result="Miss")), tell(a_hit())]
    page = Page(overview(stories, ready=True, proxy_url="http://127.0.0.1:8080"))
    assert f"GET /docs/?page=2 {status} Miss" in page.text
    assert "accepts requests" in page.text
    assert ("href", "/traces/" + ID.replace("=", "%3D")) in page.attributes
    assert ("href", "http://127.0.0.1:8080") in page.attributes


def test_an_empty_overview() -> None:
    page = Page(overview([], ready=False, proxy_url="javascript:alert(1)"))
    assert "No request yet." in page.text
    assert "starting" in page.text
    assert all(not (value or "").startswith("javascript") for _, value in page.attributes)


def attacked(text: str) -> list[Trace]:
    """Traces with a text wherever something from outside can stand."""
    wire = text.encode("utf-8", "replace").decode("latin-1")
    request = Request(wire, f"/{wire}", wire, Headers([(wire, wire), ("Host", wire)]))
    response = Response(200, Headers([(wire, wire)]), reason=wire)
    event = an_event(Hook.VIEWER_REQUEST, request)
    result: dict[str, Any] = with_header(event, text, text) | {"uri": text, text: {text: [text]}}
    violation = Violation(rule="LE-91", field=text, value=text, message=text, sentence=text, hint=text)
    failure = Failure(
        kind=FailureKind.EXECUTION, detail=text, field=text, value=text, hint=text, hook=event.hook, function=text
    )
    fault = Invocation(Fault(FaultKind.ERROR, text, text, (text,)), Report(output=(text,)))
    return [
        a_trace(
            (Invoke(a_function(text), event), returned(result, output=(text,)), 0.5),
            (Warn(event.hook, text, (violation,)), NOTED, 0.0),
            (a_fetch(request), Fetched(response, AT), 1.0),
            (Invoke(a_function(text), event), fault, 0.5),
            (Fail(failure), Answered(UNAVAILABLE), 0.0),
            sends(response, "Miss", Sent(1, complete=False, error=text)),
            request=request,
            trace_id=wire[:50],
        )
    ]


ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "nav", "b", "a", "h1", "h2", "p", "span", "div", "section",
    "code", "pre", "table", "tr", "th", "td", "details", "summary", "svg", "rect", "del", "ins",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "href", "class", "open", "viewbox", "preserveaspectratio", "role",
    "aria-label", "x", "width", "height",
}  # fmt: skip


def assert_harmless(page: Page) -> None:
    assert set(page.tags) <= ALLOWED
    assert {name for name, _ in page.attributes} <= ATTRIBUTES
    assert page.tags.count("style") == 1
    assert page.styles == [str(STYLE)]
    links = {value for name, value in page.attributes if name == "href"}
    assert all(link is not None and link.startswith("/") and not link.startswith("//") for link in links)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "</style><script>",
        "</pre></section>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='x",
        "\r\nX-Injected: 1\r\n\r\n<b>",
        "{0} {title} %s",
        "&lt;b&gt;",
        "javascript:alert(1)",
        "//evil.example/",
        "\x00\x1b[31m\u202e",
        "half of a pair: \ud800",
        "x" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_nothing_from_outside_becomes_markup(text: str) -> None:
    stories = [tell(one, events=True) for one in attacked(text)]
    for html in (*map(trace, stories), overview(stories, ready=True, proxy_url=text)):
        assert_harmless(Page(html))
        assert len(html.encode()) < 200_000


@given(st.text(min_size=1))
def test_no_text_becomes_markup(text: str) -> None:
    for one in attacked(text):
        assert_harmless(Page(trace(tell(one, events=True))))


def test_line_breaks_in_a_header_can_be_seen() -> None:
    page = shown(a_plain(Response(200, Headers([("X-Odd", "a\r\nb\x1b")]))))
    assert r"X-Odd a\x0d\x0ab\x1b" in page.text
