from __future__ import annotations

from typing import Any
from wsgiref.validate import validator

import pytest
from werkzeug.test import Client, TestResponse

from edgeproxy.admin.app import AdminApp
from edgeproxy.observe.export import to_json
from edgeproxy.observe.metrics import Metrics
from edgeproxy.observe.recorder import Recorder
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import ID, SECRET, a_hit, a_miss, a_plain

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def a_client(*traces: Trace, ready: bool = True, **options: Any) -> Client:
    recorder, metrics = Recorder(), Metrics()
    for trace in traces:
        recorder.add(trace)
        metrics.add(trace)
    return Client(AdminApp(recorder, metrics, ready=lambda: ready, **options))


def get(client: Client, path: str, **headers: str) -> TestResponse:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health(path: str) -> None:
    up = a_client().get(path)
    assert (up.status_code, up.text) == (200, "ok\n")
    down = a_client(ready=False).get(path)
    assert (down.status_code, down.text) == (503, "starting\n")


def test_metrics() -> None:
    response = a_client(a_hit()).get("/metrics")
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert 'edgeproxy_requests_total{result_type="Hit",status="200"} 1.0' in response.text


def test_one_trace() -> None:
    response = a_client(a_miss()).get(f"/traces/{ID}")
    assert response.content_type == "application/json"
    assert response.json == to_json(a_miss())
    assert "Accept" in response.headers["Vary"]


def test_the_last_traces_newest_first() -> None:
    client = a_client(*(a_plain(trace_id=f"{number}") for number in range(30)))
    listed = client.get("/traces").json
    assert listed is not None
    assert [story["id"] for story in listed] == [f"{number}" for number in range(29, 9, -1)]
    assert listed[0] == to_json(a_plain(trace_id="29"))
    limited = client.get("/traces?limit=2").json
    assert limited is not None
    assert [story["id"] for story in limited] == ["29", "28"]
    assert client.get("/traces?limit=0").json == []


@pytest.mark.parametrize("limit", ["-1", "many", "", "1.5", "\u0662", "9999999"])
def test_a_limit_is_a_number(limit: str) -> None:
    response = a_client().get("/traces", query_string={"limit": limit})
    assert response.status_code == 400
    assert response.json == {"error": "limit takes a number."}


def test_pages_for_people() -> None:
    client = a_client(a_miss())
    page = client.get(f"/traces/{ID}", headers=HTML)
    assert page.content_type == "text/html; charset=utf-8"
    assert "<h2>viewer-request</h2>" in page.text
    assert "Accept" in page.headers["Vary"]
    listing = client.get("/traces", headers=HTML)
    assert f'<a href="/traces/{ID.replace("=", "%3D")}">GET /docs/?page=2</a>' in listing.text
    assert "Accept" in listing.headers["Vary"]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.5", "text/plain", ""])
def test_json_for_everybody_else(accept: str) -> None:
    client = a_client(a_miss())
    assert client.get(f"/traces/{ID}", headers={"Accept": accept}).content_type == "application/json"
    assert client.get("/traces", headers={"Accept": accept}).content_type == "application/json"


def test_the_overview() -> None:
    client = a_client(a_miss(), proxy_url=lambda: "http://127.0.0.1:8080")
    page = client.get("/")
    assert page.content_type == "text/html; charset=utf-8"
    assert '<a href="http://127.0.0.1:8080">' in page.text
    assert client.get("/?limit=x").status_code == 400


def test_the_link_of_the_list_leads_to_the_trace() -> None:
    client = a_client(a_miss())
    assert client.get(f"/traces/{ID.replace('=', '%3D')}").json == to_json(a_miss())


def test_what_is_not_there() -> None:
    client = a_client()
    for path in ("/nothing", "/traces/", "/traces/a/b", "/traces/unknown"):
        response = client.get(path)
        assert response.status_code == 404
        assert response.content_type == "application/json"
        assert response.json is not None
        assert response.json["error"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "ODD"])
@pytest.mark.parametrize("path", ["/healthz", "/traces", "/nothing"])
def test_it_only_reads(method: str, path: str) -> None:
    response = a_client().open(path, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert response.json is not None


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/traces", "/", f"/traces/{ID}"])
def test_head(path: str) -> None:
    client = a_client(a_miss())
    response = client.head(path)
    assert response.status_code == 200
    assert response.data == b""
    assert response.headers["Content-Length"] == client.get(path).headers["Content-Length"]


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/traces", "/", f"/traces/{ID}", "/nothing"])
def test_foreign_hosts_and_pages_get_nothing(path: str) -> None:
    client = a_client(a_miss())
    assert get(client, path, Host="evil.example:8081").status_code == 421
    assert get(client, path, Origin="http://evil.example").status_code == 403
    response = get(client, path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="cors")
    assert response.status_code == 403
    assert response.json == {"error": "The admin port does not answer pages of another site."}


def test_a_frame_of_a_local_page_may_show_a_trace() -> None:
    response = get(
        a_client(a_miss()),
        f"/traces/{ID}",
        Sec_Fetch_Site="cross-site",
        Sec_Fetch_Mode="navigate",
        Sec_Fetch_Dest="iframe",
    )
    assert response.status_code == 200
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["frame-ancestors"] == (
        "'self' http://127.0.0.1:* https://127.0.0.1:* http://localhost:* https://localhost:*"
    )
    assert "X-Frame-Options" not in response.headers


def test_a_configured_host() -> None:
    client = a_client(a_miss(), allowed_hosts=["staging.example.test"])
    response = get(client, "/healthz", Host="staging.example.test:8081")
    assert response.status_code == 200
    assert "http://staging.example.test:*" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/traces", "/", f"/traces/{ID}", "/nothing"])
@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_every_answer_is_guarded(path: str, host: str) -> None:
    response = get(a_client(a_miss()), path, Host=host)
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/traces", "/", f"/traces/{ID}"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_secrets_are_masked(path: str, accept: str) -> None:
    text = a_client(a_miss()).get(path, headers={"Accept": accept}).text
    assert SECRET not in text
    assert "session=abcdef" not in text


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("path", ["/healthz", "/traces", "/", "/nothing"])
def test_it_keeps_to_wsgi(path: str) -> None:
    app = AdminApp(Recorder(), Metrics(), ready=lambda: True)
    response = Client(validator(app)).get(path)
    assert response.status_code in {200, 404}
    response.close()
