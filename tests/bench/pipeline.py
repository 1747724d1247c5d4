"""Evaluations of the whole pipeline, validation and trace included, in this process and without a socket."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse

from werkzeug.test import create_environ

from edgeproxy.cloudfront.origin import OriginRequest
from edgeproxy.messages.body import Whole
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from tests.bench.rounds import Sample, alternate, show
from tests.bench.servers import ALL_HOOKS, BODY, VIEWER_HOOKS, bare, edge

if TYPE_CHECKING:
    from edgeproxy.edge import Edge

SECONDS = 0.5
LINES = (
    ("Host", "www.example.com"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", "gzip, br"),
    ("Accept-Language", "en-GB,en;q=0.5"),
)


class FixedOrigin:
    """Answers everything with the same response."""

    def __init__(self, *lines: tuple[str, str]) -> None:
        headers = Headers([("Content-Type", "text/plain"), ("Content-Length", str(len(BODY))), *lines])
        self._response = Response(200, headers, Whole(BODY), "OK")

    def fetch(self, request: OriginRequest) -> Response:
        return self._response

    def close(self) -> None:
        """Nothing is kept."""


def evaluation(made: Edge, *lines: tuple[str, str]) -> Callable[[], object]:
    """One request and its response to the end; what it gives is the trace."""
    made.origins = FixedOrigin(*lines)
    request = Request("GET", "/index.html", "a=1", Headers(LINES))

    def evaluate() -> object:
        exchange = made.handle(request)
        assert exchange.data == BODY
        exchange.close()
        return exchange.trace

    evaluate()
    return evaluate


def werkzeug_call() -> Callable[[], object]:
    """The baseline: a Werkzeug request and response, called as a WSGI server does."""
    given = create_environ("/index.html?a=1", headers=list(LINES))

    def start_response(*_: object) -> Callable[[bytes], object]:
        return lambda _: None

    checked: StartResponse = start_response

    def call() -> object:
        return b"".join(bare(dict(given), checked))

    return call


def per_second(call: Callable[[], object]) -> Sample:
    """Calls per second of processor time."""
    gc.collect()
    done = 0
    begun = time.process_time()
    while (spent := time.process_time() - begun) < SECONDS:
        for _ in range(100):
            call()
        done += 100
    return Sample(done / spent, spent / done * 1e6)


def main() -> None:
    origin = "http://origin.example.com"
    kept = ("Cache-Control", "max-age=86400")
    subjects = {
        "Werkzeug Request -> Response": werkzeug_call(),
        "miss, no hooks": evaluation(edge(origin)),
        "miss, four hooks": evaluation(edge(origin, ALL_HOOKS)),
        "hit, no hooks": evaluation(edge(origin), kept),
        "hit, two viewer hooks": evaluation(edge(origin, VIEWER_HOOKS), kept),
    }
    samples = alternate({name: partial(per_second, call) for name, call in subjects.items()})
    show("pipeline, no socket", "1/s and core", samples, {"miss, four hooks": ">= 20,000/s"})
