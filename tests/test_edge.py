"""The edge: every step really performed, with an application as the origin and handlers inline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from edgeproxy.cloudfront.origin import OriginFailure, OriginRequest
from edgeproxy.errors import InternalError, OriginBodyError, ViewerBodyError
from edgeproxy.messages.body import Stream
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Viewer
from edgeproxy.messages.response import Response
from edgeproxy.pipeline.steps import BodyBroken, Sent
from edgeproxy.pipeline.trace import Trace
from tests.builders import Site, an_edge

ADDING = """
def handler(event, context):
    part = event["Records"][0]["cf"]["{part}"]
    part["headers"]["x-{hook}"] = [{{"key": "X-{hook}", "value": "yes"}}]
    return part
"""
HANDLERS = {
    "viewer-request": ADDING.format(part="request", hook="vreq"),
    "origin-request": ADDING.format(part="request", hook="oreq"),
    "origin-response": ADDING.format(part="response", hook="oresp"),
    "viewer-response": ADDING.format(part="response", hook="vresp"),
}
CACHED = [("Cache-Control", "max-age=60"), ("Content-Type", "text/plain")]


def steps(trace: Trace) -> list[str]:
    return [type(record.step).__name__ for record in trace.records]


def test_a_miss_and_a_hit_through_four_hooks(tmp_path: Path) -> None:
    site = Site(headers=CACHED)
    edge, clock = an_edge(site, tmp_path, handlers=HANDLERS)
    with edge:
        miss = edge.request("GET", "/a?b=1")
        clock.advance(7)
        hit = edge.request("GET", "/a?b=1")
    assert (miss.status, miss.reason, miss.body) == (200, "OK", b"hello")
    assert miss.headers["x-cache"] == "Miss from cloudfront"
    assert (miss.headers["x-oresp"], miss.headers["x-vresp"]) == ("yes", "yes")
    assert [environ["RAW_URI"] for environ in site.seen] == ["/a?b=1"]
    assert (site.seen[0]["HTTP_X_VREQ"], site.seen[0]["HTTP_X_OREQ"]) == ("yes", "yes")
    assert hit.headers["x-cache"] == "Hit from cloudfront"
    assert hit.headers["age"] == "7"
    assert hit.body == b"hello"
    assert steps(miss.trace) == ["Invoke", "LookUp", "Invoke", "Fetch", "Invoke", "Store", "Invoke", "Send"]
    assert steps(hit.trace) == ["Invoke", "LookUp", "Skip", "Invoke", "Send"]
    assert miss.trace.cache == "Miss"
    assert hit.trace.cache == "Hit"
    assert hit.headers["x-amz-cf-id"] == hit.trace.id != miss.trace.id


def test_the_trace_has_times_from_the_injected_clock(tmp_path: Path) -> None:
    site = Site()
    edge, clock = an_edge(site, tmp_path)

    def later() -> Iterator[bytes]:
        clock.advance(2)
        yield b"x" * 100_000

    site.body = later
    with edge:
        trace = edge.get("/").trace
    assert trace.duration == 2
    assert [record.ended >= record.started for record in trace.records] == [True] * len(trace.records)


def test_an_expired_object_is_fetched_again(tmp_path: Path) -> None:
    site = Site(headers=CACHED)
    edge, clock = an_edge(site, tmp_path)
    with edge:
        assert [edge.get("/").trace.cache for _ in range(2)] == ["Miss", "Hit"]
        clock.advance(60)
        assert edge.get("/").trace.cache == "Miss"
    assert len(site.seen) == 2


def test_an_object_above_the_bound_is_passed_on_and_not_stored(tmp_path: Path) -> None:
    site = Site(b"x" * 2000, headers=[("Cache-Control", "max-age=60")])
    edge, _ = an_edge(site, tmp_path, settings={"cache": {"max_object_bytes": "1KB"}})
    with edge:
        first, second = edge.get("/"), edge.get("/")
    assert first.body == second.body == b"x" * 2000
    assert second.trace.cache == "Miss"
    assert "larger than cache.max_object_bytes" in first.trace.cache_decision.reason
    assert first.trace.sent == Sent(2000, complete=True)


def test_a_stream_without_a_length_above_the_bound_is_not_stored_either(tmp_path: Path) -> None:
    site = Site(lambda: iter([b"x" * 70_000, b"y" * 70_000]), headers=[("Cache-Control", "max-age=60")])
    edge, _ = an_edge(site, tmp_path, settings={"cache": {"max_object_bytes": "100KB"}})
    with edge:
        assert [edge.get("/").trace.cache for _ in range(2)] == ["Miss", "Miss"]


@pytest.mark.rule("CF-158")
def test_a_body_that_breaks_off_is_never_stored(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 70_000
        raise OSError("disk")

    site = Site(broken, headers=[("Cache-Control", "max-age=60")])
    traces: list[Trace] = []
    edge, _ = an_edge(site, tmp_path, on_trace=traces.append)
    with edge:
        with pytest.raises(OriginBodyError):
            edge.get("/")
        site.body = b"whole"
        assert edge.get("/").trace.cache == "Miss"
    sent = traces[0].sent
    assert sent is not None
    assert (sent.complete, sent.stored) == (False, False)
    assert "OSError" in sent.error


@pytest.mark.rule("CF-159")
def test_a_viewer_who_leaves_half_way_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    closed: list[bool] = []

    def slow() -> Iterator[bytes]:
        try:
            yield b"x" * 70_000
            yield b"y" * 70_000
        finally:
            closed.append(True)

    edge, _ = an_edge(Site(slow, headers=[("Cache-Control", "max-age=60")]), tmp_path)
    with edge:
        exchange = edge.handle(edge.make_request("GET", "/"))
        assert exchange.data is None
        next(iter(exchange))
        exchange.close()
        exchange.close()
        assert exchange.trace.sent == Sent(70_000, complete=False)
        assert closed == [True]
        assert edge.get("/").trace.cache == "Miss"


@pytest.mark.rule("LE-21")
def test_head_has_the_headers_and_no_body(tmp_path: Path) -> None:
    edge, _ = an_edge(Site(headers=CACHED), tmp_path)
    with edge:
        head = edge.request("HEAD", "/")
        assert (head.status, head.body) == (200, b"")
        edge.get("/")
        stored = edge.request("HEAD", "/")
    assert (stored.trace.cache, stored.body, stored.headers["content-length"]) == ("Hit", b"", "5")


@pytest.mark.rule("LE-158")
def test_a_generated_response_has_a_length_and_runs_nothing_else(tmp_path: Path) -> None:
    site = Site()
    edge, _ = an_edge(
        site,
        tmp_path,
        handlers={
            "viewer-request": "def handler(event, context):\n    return {'status': '401', 'body': 'é'}",
            "origin-request": "def handler(event, context): raise AssertionError",
        },
    )
    with edge:
        result = edge.get("/")
    assert (result.status, result.reason, result.body) == (401, "Unauthorized", "é".encode())
    assert result.headers["content-length"] == "2"
    assert result.headers["x-cache"] == "LambdaGeneratedResponse from cloudfront"
    assert site.seen == []


@pytest.mark.parametrize(
    ("source", "status", "x_cache", "rule"),
    [
        pytest.param("raise ValueError('no')", 503, "LambdaExecutionError", "LE-193", marks=pytest.mark.rule("LE-193")),
        pytest.param("return None", 502, "LambdaValidationError", "LE-120", marks=pytest.mark.rule("LE-120")),
        pytest.param(
            "event['Records'][0]['cf']['request']['headers']['connection'] = [{'value': 'close'}]\n"
            "    return event['Records'][0]['cf']['request']",
            502,
            "LambdaValidationError",
            "LE-172",
            marks=pytest.mark.rule("LE-172"),
        ),
        pytest.param(
            "import sys; sys.exit(1)", 503, "LambdaExecutionError", "LE-193", marks=pytest.mark.rule("LE-311")
        ),
    ],
)
def test_it_fails_closed_and_serves_the_next_request(
    tmp_path: Path, source: str, status: int, x_cache: str, rule: str
) -> None:
    site = Site()
    handler = (
        "def handler(event, context):\n    request = event['Records'][0]['cf']['request']\n"
        f"    if request['uri'] == '/good':\n        return request\n    {source}"
    )
    edge, _ = an_edge(site, tmp_path, handlers={"viewer-request": handler})
    with edge:
        bad, good = edge.get("/bad"), edge.get("/good")
    assert (bad.status, bad.headers["x-cache"]) == (status, f"{x_cache} from cloudfront")
    failure = bad.trace.failure
    assert failure is not None
    assert (failure.rule, failure.function) == (rule, "viewer-request")
    assert bad.headers["server"] == "CloudFront"
    assert bad.trace.id in bad.body.decode()
    assert (good.status, len(site.seen)) == (200, 1)


def test_a_request_body_reaches_the_origin_whole(tmp_path: Path) -> None:
    site = Site()
    edge, _ = an_edge(site, tmp_path)
    with edge:
        edge.request("POST", "/", body=b"a=1")
        edge.request("POST", "/", {"Transfer-Encoding": "chunked"}, Stream(iter([b"ab", b"c" * 100_000])))
    assert site.received == [b"a=1", b"ab" + b"c" * 100_000]


@pytest.mark.rule("LE-68")
def test_include_body_shows_a_part_and_the_origin_gets_all(tmp_path: Path) -> None:
    site = Site()
    edge, _ = an_edge(
        site,
        tmp_path,
        handlers={
            "viewer-request": (
                "import base64\ndef handler(event, context):\n    request = event['Records'][0]['cf']['request']\n"
                "    body = request['body']\n"
                "    request['headers']['x-seen'] = [{'value': str(len(base64.b64decode(body['data'])))}]\n"
                "    request['headers']['x-cut'] = [{'value': str(body['inputTruncated'])}]\n    return request"
            )
        },
        behavior={"functions": {"viewer-request": {"function": "viewer-request", "include_body": True}}},
    )
    with edge:
        edge.request("POST", "/", body=b"x" * 50_000)
    assert (site.seen[0]["HTTP_X_SEEN"], site.seen[0]["HTTP_X_CUT"]) == ("40960", "True")
    assert site.received == [b"x" * 50_000]


def test_a_viewer_body_that_breaks_off_is_a_400_and_reaches_no_function(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ViewerBodyError("the viewer sent 3 of 9 bytes")

    site = Site()
    edge, _ = an_edge(
        site,
        tmp_path,
        handlers={"viewer-request": "def handler(event, context): raise AssertionError"},
        behavior={"functions": {"viewer-request": {"function": "viewer-request", "include_body": True}}},
    )
    with edge:
        result = edge.request("POST", "/", {"Content-Length": "9"}, Stream(broken(), 9))
    assert result.status == 400
    assert any(isinstance(record.outcome, BodyBroken) for record in result.trace.records)
    assert site.seen == []


def test_bodies_are_closed_whatever_happens(tmp_path: Path) -> None:
    closed: list[str] = []
    site = Site()
    edge, _ = an_edge(
        site, tmp_path, handlers={"origin-response": "def handler(event, context): raise ValueError('no')"}
    )

    class Origins:
        def fetch(self, request: OriginRequest) -> Response | OriginFailure:
            return Response(200, Headers(), Stream([b"x"], None, lambda: closed.append("origin")))

        def close(self) -> None: ...

    edge.origins = Origins()
    with edge:
        body = Stream([b"unread"], 6, lambda: closed.append("viewer"))
        assert edge.request("POST", "/", {"Content-Length": "6"}, body).status == 503
    assert sorted(closed) == ["origin", "viewer"]


def test_a_bug_of_our_own_releases_what_is_open_and_is_raised(tmp_path: Path) -> None:
    closed: list[str] = []
    edge, _ = an_edge(Site(), tmp_path)

    class Broken:
        def fetch(self, request: OriginRequest) -> Response | OriginFailure:
            raise ZeroDivisionError

        def close(self) -> None: ...

    edge.origins = Broken()
    with pytest.raises(ZeroDivisionError), edge:
        edge.request("POST", "/", {"Content-Length": "1"}, Stream([b"x"], 1, lambda: closed.append("viewer")))
    assert closed == ["viewer"]


def test_an_exchange_has_no_trace_before_it_is_closed(tmp_path: Path) -> None:
    edge, _ = an_edge(Site(), tmp_path)
    with edge:
        exchange = edge.handle(edge.make_request("GET", "/"))
        with pytest.raises(InternalError):
            _ = exchange.trace
        exchange.close()
        assert exchange.trace.response.status == 200


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/a%20b?c=%41#frag", ("/a%20b", "c=%41", "d111111abcdef8.cloudfront.net", "http")),
        ("https://www.example.test:8443/x?y", ("/x", "y", "www.example.test:8443", "https")),
        ("http://www.example.test", ("/", "", "www.example.test", "http")),
        ("/ü", ("/\xc3\xbc", "", "d111111abcdef8.cloudfront.net", "http")),
    ],
)
def test_make_request(tmp_path: Path, url: str, expected: tuple[str, str, str, str]) -> None:
    edge, _ = an_edge(Site(), tmp_path)
    request = edge.make_request("GET", url)
    assert (request.path, request.query, request.host, request.viewer.scheme) == expected


def test_make_request_takes_headers_in_any_form(tmp_path: Path) -> None:
    edge, _ = an_edge(Site(), tmp_path)
    pairs: list[tuple[str, str]] = [("host", "h"), ("Cookie", "a=1"), ("Cookie", "b=ü")]
    viewer = Viewer("203.0.113.9")
    for headers in (pairs, Headers(pairs)):
        request = edge.make_request("POST", "/", headers, b"x", viewer=viewer)
        assert request.headers.lines == (
            ("host", "h"),
            ("Cookie", "a=1"),
            ("Cookie", "b=\xc3\xbc"),
            ("Content-Length", "1"),
        )
        assert request.viewer is viewer
    assert edge.make_request("GET", "/", {"A": "b"}).headers["a"] == "b"


def test_the_default_host_is_the_first_alias(tmp_path: Path) -> None:
    edge, _ = an_edge(Site(), tmp_path)
    edge.distribution = msgspec.structs.replace(edge.distribution, aliases=("*.example.test",))
    assert edge.make_request("GET", "/").host == "www.example.test"
