"""The quick start does what its page and its README say."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeproxy import Edge, load
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.edge import Result
from edgeproxy.pipeline.steps import Invoke, Skip

FOLDER = Path(__file__).parents[2] / "examples" / "quickstart"
CONFIG = FOLDER / "edgeproxy.yaml"

ALL_HOOKS = list(Hook)
VIEWER_HOOKS = [Hook.VIEWER_REQUEST, Hook.VIEWER_RESPONSE]


@pytest.fixture
def edge() -> Iterator[Edge]:
    before, path = sys.modules.pop("app", None), sys.path.copy()
    try:
        with Edge.from_config(CONFIG) as edge:
            yield edge
    finally:
        sys.path[:] = path
        sys.modules.pop("app", None)
        if before is not None:
            sys.modules["app"] = before


def hooks_that_ran(result: Result) -> list[Hook]:
    return [record.step.hook for record in result.trace.records if isinstance(record.step, Invoke)]


def hooks_left_out(result: Result) -> list[Hook]:
    steps = [record.step for record in result.trace.records]
    return [hook for step in steps if isinstance(step, Skip) for hook, _ in step.functions]


def test_the_configuration_has_no_warnings() -> None:
    assert load(CONFIG).warnings == ()


@pytest.mark.rule("LE-1")
def test_a_miss_goes_through_four_hooks(edge: Edge) -> None:
    result = edge.request("GET", "/hello?a=b")
    assert result.status == 200
    assert hooks_that_ran(result) == ALL_HOOKS
    assert result.headers["x-cache"] == "Miss from cloudfront"
    assert result.headers["server-timing"] == "edge;desc=miss"
    assert result.headers["x-content-type-options"] == "nosniff"
    assert result.headers["x-amz-cf-id"] == result.trace.id


@pytest.mark.rule("CF-375")
@pytest.mark.rule("LE-98")
@pytest.mark.rule("LE-99")
def test_the_body_shows_what_the_origin_saw(edge: Edge) -> None:
    result = edge.request("GET", "/hello?a=b", headers={"X-Mine": "1", "Accept-Encoding": "gzip, deflate"})
    seen = json.loads(result.body)
    assert seen["method"] == "GET"
    assert seen["path"] == "/hello?a=b"
    assert seen["headers"]["X-Mine"] == "1"
    assert seen["headers"]["Accept-Encoding"] == "gzip"
    assert seen["headers"]["X-Amz-Cf-Id"] == result.trace.id
    assert seen["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert seen["headers"]["Via"].endswith(".cloudfront.net (CloudFront)")


@pytest.mark.rule("LE-7")
@pytest.mark.rule("LE-9")
@pytest.mark.rule("LE-10")
def test_a_hit_skips_the_origin_hooks(edge: Edge) -> None:
    first = edge.request("GET", "/hello")
    second = edge.request("GET", "/hello")
    assert second.body == first.body
    assert hooks_that_ran(second) == VIEWER_HOOKS
    assert hooks_left_out(second) == [Hook.ORIGIN_REQUEST, Hook.ORIGIN_RESPONSE]
    assert second.headers["x-cache"] == "Hit from cloudfront"
    assert int(second.headers["age"]) < 30
    assert second.headers["server-timing"] == "edge;desc=hit"
    assert second.headers["x-content-type-options"] == "nosniff"


@pytest.mark.rule("LE-23")
def test_what_is_posted_comes_back_and_is_not_stored(edge: Edge) -> None:
    for data in (b"name=Ana", b"name=Bob"):
        result = edge.request("POST", "/form", body=data)
        assert (result.status, result.body) == (200, data)
        assert hooks_that_ran(result) == ALL_HOOKS


def test_the_form_takes_nothing_but_post(edge: Edge) -> None:
    result = edge.request("GET", "/form")
    assert (result.status, result.headers["allow"]) == (405, "POST")


def test_no_store_asks_the_origin_every_time(edge: Edge) -> None:
    first, second = (edge.request("GET", "/time") for _ in range(2))
    assert second.headers["x-cache"] == "Miss from cloudfront"
    assert second.body != first.body


@pytest.mark.rule("LE-14")
@pytest.mark.rule("LE-208")
def test_viewer_request_redirects(edge: Edge) -> None:
    result = edge.request("GET", "/docs/index.html?a=b", headers={"Host": "localhost:8080"})
    assert (result.status, result.headers["location"]) == (301, "/docs/?a=b")
    assert result.headers["x-cache"] == "LambdaGeneratedResponse from cloudfront"
    assert hooks_that_ran(result) == [Hook.VIEWER_REQUEST]


def test_an_old_name_is_redirected(edge: Edge) -> None:
    result = edge.request("GET", "/hello", headers={"Host": "example.com"})
    assert (result.status, result.headers["location"]) == (301, "https://www.example.com/hello")


@pytest.mark.parametrize("url", ["/docs/", "/docs"])
def test_origin_request_finds_the_index_document(edge: Edge, url: str) -> None:
    result = edge.request("GET", url)
    assert result.status == 200
    assert result.headers["content-type"] == "text/html"
    assert result.body == (FOLDER / "public" / "docs" / "index.html").read_bytes()


def test_a_directory_of_the_application_is_its_own_business(edge: Edge) -> None:
    assert edge.request("GET", "/nothing/").status == 404


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("quickstart.css", "text/css"), ("quickstart.js", "text/javascript"), ("logo.svg", "image/svg+xml")],
)
def test_assets_come_from_the_bucket_and_then_from_the_cache(edge: Edge, name: str, content_type: str) -> None:
    first, second = (edge.request("GET", f"/assets/{name}") for _ in range(2))
    assert first.body == second.body == (FOLDER / "public" / "assets" / name).read_bytes()
    assert first.headers["content-type"] == content_type
    assert first.headers["server"] == "AmazonS3"
    assert [result.headers["x-cache"] for result in (first, second)] == ["Miss from cloudfront", "Hit from cloudfront"]


@pytest.mark.rule("LE-11")
@pytest.mark.rule("LE-209")
def test_an_error_of_the_origin_skips_viewer_response(edge: Edge) -> None:
    result = edge.request("GET", "/boom")
    assert (result.status, result.body) == (500, b"The application failed.\n")
    assert result.headers["x-cache"] == "Error from cloudfront"
    assert hooks_left_out(result) == [Hook.VIEWER_RESPONSE]
    assert "server-timing" not in result.headers
    assert result.headers["x-content-type-options"] == "nosniff"


def test_a_redirect_of_the_origin_is_passed_on(edge: Edge) -> None:
    result = edge.request("GET", "/old")
    assert (result.status, result.headers["location"]) == (302, "/hello")


def test_the_page_may_frame_the_admin_port(edge: Edge) -> None:
    (policy,) = edge.request("GET", "/").headers.all("content-security-policy")
    assert "frame-src http://127.0.0.1:* http://localhost:*" in policy
    assert "unsafe-inline" not in policy


def test_everything_on_the_page_is_there(edge: Edge) -> None:
    page = edge.request("GET", "/").body.decode()
    assert not re.findall(r"<style|<script>| style=| on\w+=", page), "the page's policy allows nothing inline"
    resources = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert "/assets/quickstart.js" in resources
    for url in resources:
        assert edge.request("GET", url).status in (200, 301), url
    tried = re.findall(r'data-url="([^"]+)"(?: data-method="([A-Z]+)")?(?: data-body="([^"]+)")?', page)
    assert len(tried) == page.count("<button")
    statuses = {url: edge.request(method or "GET", url, body=data.encode()).status for url, method, data in tried}
    assert statuses == {
        "/hello": 200,
        "/time": 200,
        "/form": 200,
        "/docs/index.html": 301,
        "/old": 302,
        "/assets/logo.svg": 200,
        "/boom": 500,
    }


def test_the_script_finds_what_it_looks_for() -> None:
    page = (FOLDER / "page.html").read_text("utf-8")
    script = (FOLDER / "public" / "assets" / "quickstart.js").read_text("utf-8")
    wanted = set(re.findall(r'byId\("(\w+)"\)', script))
    assert wanted
    assert wanted <= set(re.findall(r' id="(\w+)"', page))
    admin = load(CONFIG).admin
    assert admin is not None
    assert f'data-admin="{admin.port}"' in page
