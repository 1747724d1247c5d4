"""The WSGI applications: what an environ stands for, and what a server is given."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app
from werkzeug.wsgi import ClosingIterator

from edgeproxy.errors import ConfigError, OriginBodyError, ViewerBodyError
from edgeproxy.messages.body import EMPTY, read
from edgeproxy.wsgi import EdgeMiddleware, EdgeProxy, request_of
from tests.builders import Site, an_edge


def environ(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = EnvironBuilder("/a", base_url="http://www.example.test").get_environ()
    for key in ("REQUEST_URI", "RAW_URI"):
        base.pop(key)
    return {**base, **changes}


# --- environ -> Request ---------------------------------------------------------------------------------------------


@pytest.mark.rule("CF-115")
@pytest.mark.parametrize(
    "target", ["/%20x+y?a=b%2Fc&&d=&a", "//x;y/%2F/../z", "/caf\xe9?q=\xc3\xa9", "/%E4%zz", "/a?b?c"]
)
@pytest.mark.parametrize("key", ["REQUEST_URI", "RAW_URI"])
def test_the_raw_target_is_taken_where_the_server_gives_it(target: str, key: str) -> None:
    assert request_of(environ(**{key: target})).target == target


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"PATH_INFO": "/a b/é".encode().decode("latin-1"), "QUERY_STRING": "x=%2F"}, "/a%20b/%C3%A9?x=%2F"),
        ({"SCRIPT_NAME": "/mounted", "PATH_INFO": "/x"}, "/mounted/x"),
        ({"PATH_INFO": ""}, "/"),
        ({"PATH_INFO": "", "QUERY_STRING": "a"}, "/?a"),
    ],
)
def test_else_a_target_that_means_the_same_is_made(changes: dict[str, Any], target: str) -> None:
    assert request_of(environ(**changes)).target == target


def test_header_lines_are_taken_from_a_bridge_in_order() -> None:
    lines = [("Host", "h"), ("Cookie", "a=1"), ("X-A", "1"), ("Cookie", "b=2")]
    assert request_of(environ(**{"edgeproxy.header_lines": lines})).headers.lines == tuple(lines)


def test_else_they_are_made_of_the_environ() -> None:
    given = environ(HTTP_X_FORWARDED_FOR="203.0.113.9", CONTENT_TYPE="text/plain", CONTENT_LENGTH="3")
    headers = request_of({**given, "wsgi.input": io.BytesIO(b"abc")}).headers
    assert headers.get("host") == "www.example.test"
    assert ("X-Forwarded-For", "203.0.113.9") in headers.lines
    assert ("Content-Type", "text/plain") in headers.lines
    assert ("Content-Length", "3") in headers.lines
    assert "content-length" not in request_of(environ(CONTENT_LENGTH="", CONTENT_TYPE="")).headers


@pytest.mark.parametrize(
    ("protocol", "version"),
    [("HTTP/1.1", "1.1"), ("HTTP/1.0", "1.0"), ("HTTP/2", "2.0"), ("HTTP/2.0", "2.0"), ("HTTP/3", "3.0"), ("", "1.0")],
)
def test_the_viewer_s_connection(protocol: str, version: str) -> None:
    viewer = request_of(
        environ(SERVER_PROTOCOL=protocol, REMOTE_ADDR="2001:db8::7", REMOTE_PORT="4711", **{"wsgi.url_scheme": "https"})
    ).viewer
    assert (viewer.ip, viewer.port, viewer.scheme, viewer.http_version) == ("2001:db8::7", 4711, "https", version)


def test_a_viewer_without_an_address_is_local() -> None:
    assert request_of(environ(REMOTE_ADDR="")).viewer.ip == "127.0.0.1"


def test_a_body_is_read_to_its_declared_length() -> None:
    body = request_of(environ(CONTENT_LENGTH="3", **{"wsgi.input": io.BytesIO(b"abcdef")})).body
    assert (body.length, read(body)) == (3, b"abc")


def test_a_body_that_is_shorter_than_declared_breaks_off() -> None:
    body = request_of(environ(CONTENT_LENGTH="9", **{"wsgi.input": io.BytesIO(b"abc")})).body
    with pytest.raises(ViewerBodyError, match="3 of 9"):
        read(body)


def test_a_chunked_body_is_read_to_its_end() -> None:
    given = environ(HTTP_TRANSFER_ENCODING="chunked", **{"wsgi.input": io.BytesIO(b"x" * 100_000)})
    body = request_of(given).body
    assert (body.length, read(body)) == (None, b"x" * 100_000)


def test_http_2_frames_a_body_without_a_length_by_itself() -> None:
    given = environ(SERVER_PROTOCOL="HTTP/2", REQUEST_METHOD="POST", **{"wsgi.input": io.BytesIO(b"abc")})
    request = request_of(given)
    assert request.headers["transfer-encoding"] == "chunked"
    assert read(request.body) == b"abc"
    assert request_of({**given, "REQUEST_METHOD": "GET"}).body is EMPTY


@pytest.mark.parametrize("declared", ["0", "", "-1", "abc", None])
def test_there_is_no_body_without_a_length(declared: str | None) -> None:
    assert request_of(environ(CONTENT_LENGTH=declared)).body is EMPTY
    assert request_of({**environ(), "wsgi.input": None}).body is EMPTY


# --- Response -> start_response -------------------------------------------------------------------------------------


def client(site: Any, folder: Path, **options: Any) -> Client:
    edge, _ = an_edge(site, folder, **options)
    return Client(LintMiddleware(EdgeProxy(edge)))


def test_a_response_has_status_reason_headers_and_body(tmp_path: Path) -> None:
    site = Site(status="418 I'm A Teapot", headers=[("X-A", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    response = client(site, tmp_path).get("/")
    assert response.status == "418 I'm A Teapot"
    assert response.headers.getlist("Set-Cookie") == ["a=1", "b=2"]
    assert response.data == b"hello"
    assert response.headers["X-Cache"] == "Error from cloudfront"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_goes_through_and_keeps_to_the_protocol(method: str, tmp_path: Path) -> None:
    response = client(Site(headers=[("Content-Type", "text/plain")]), tmp_path).open("/", method=method)
    assert response.status_code == 200
    assert response.data == (b"" if method == "HEAD" else b"hello")


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_empty_response_has_no_body_and_no_length(status: str, tmp_path: Path) -> None:
    response = client(Site(b"", status), tmp_path).post("/")
    assert response.status == status
    assert "content-length" not in response.headers


def test_a_large_body_streams_and_is_closed(tmp_path: Path) -> None:
    closed: list[bool] = []

    def chunks() -> Iterator[bytes]:
        try:
            for _ in range(3):
                yield b"x" * 70_000
        finally:
            closed.append(True)

    edge, _ = an_edge(Site(chunks), tmp_path)
    body, status, _ = run_wsgi_app(EdgeProxy(edge), EnvironBuilder("/").get_environ(), buffered=False)
    assert isinstance(body, ClosingIterator)
    assert next(iter(body)) == b"x" * 70_000
    body.close()
    assert (status, closed) == ("200 OK", [True])


def test_a_body_that_breaks_off_breaks_off_here_too(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 70_000
        raise OSError

    edge, _ = an_edge(Site(broken), tmp_path)
    body, _, _ = run_wsgi_app(EdgeProxy(edge), EnvironBuilder("/").get_environ())
    assert isinstance(body, ClosingIterator)
    with pytest.raises(OriginBodyError):
        list(body)
    body.close()


def test_a_server_that_refuses_the_response_leaves_nothing_open(tmp_path: Path) -> None:
    closed: list[bool] = []

    def chunks() -> Iterator[bytes]:
        try:
            for _ in range(3):
                yield b"x" * 70_000
        finally:
            closed.append(True)

    def start_response(*_: object) -> Any:
        raise AssertionError("a header is wrong")

    edge, _ = an_edge(Site(chunks), tmp_path)
    with pytest.raises(AssertionError, match="a header is wrong"):
        EdgeProxy(edge)(EnvironBuilder("/").get_environ(), start_response)
    assert closed == [True]


def test_a_reason_phrase_from_a_function_cannot_break_the_status_line(tmp_path: Path) -> None:
    source = "def handler(event, context):\n    return {'status': '200', 'statusDescription': 'a\\r\\nX-Evil: 1 é'}"
    response = client(Site(), tmp_path, handlers={"viewer-request": source}).get("/")
    assert response.status_code in {200, 502}
    assert "x-evil" not in response.headers
    assert "\n" not in response.status


def test_a_bug_of_our_own_is_a_500_that_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    edge, _ = an_edge(Site(), tmp_path)

    def fetch(request: object) -> None:
        raise ZeroDivisionError

    edge.origins.fetch = fetch  # type: ignore[method-assign,assignment]
    with caplog.at_level(logging.ERROR, "edgeproxy"):
        response = Client(EdgeProxy(edge)).get("/")
    assert (response.status_code, response.data) == (500, b"edgeproxy has a bug: the log says more\n")
    assert "ZeroDivisionError" in caplog.text


@given(st.text(max_size=30), st.dictionaries(st.text(st.characters(codec="latin-1"), max_size=8), st.text(max_size=8)))
def test_no_environ_makes_it_raise(path: str, extra: dict[str, str]) -> None:
    given_environ = environ(
        REQUEST_URI=path.encode("utf-8", "replace").decode("latin-1"),
        **{f"HTTP_{key}": value.encode("utf-8", "replace").decode("latin-1") for key, value in extra.items()},
    )
    body, status, _ = run_wsgi_app(EDGE, given_environ)
    assert int(status.split()[0]) in range(200, 600)
    list(body)


EDGE = EdgeMiddleware(Site())

# --- the two applications -------------------------------------------------------------------------------------------


def a_flask_app() -> flask.Flask:
    app = flask.Flask("site")

    @app.get("/hello/<name>")
    def hello(name: str) -> flask.Response:
        response = flask.jsonify(hello=name, query=flask.request.query_string.decode())
        response.cache_control.max_age = 60
        response.set_cookie("a", "1")
        return response

    @app.post("/form")
    def form() -> dict[str, str]:
        return dict(flask.request.form)

    return app


def test_a_flask_application_works_in_its_own_test_client_with_no_port() -> None:
    app = a_flask_app()
    app.wsgi_app = EdgeMiddleware(app.wsgi_app)  # type: ignore[method-assign]
    flask_client = app.test_client()
    first, second = flask_client.get("/hello/a%2Fb?x=1"), flask_client.get("/hello/ann?x=1")
    assert first.status_code == 404, "Flask does not match an encoded slash, and nothing decoded it on the way twice"
    assert second.json == {"hello": "ann", "query": "x=1"}
    assert second.headers["X-Cache"] == "Miss from cloudfront"
    with flask_client.get("/hello/ann?x=1") as third:
        assert third.headers["X-Cache"] == "Miss from cloudfront", "the cookie that it set is in the key"
        assert third.data == second.data
    assert flask_client.get("/hello/ann?x=1").headers["X-Cache"] == "Hit from cloudfront"
    assert flask_client.post("/form", data={"a": "b c"}).json == {"a": "b c"}


def test_the_middleware_takes_a_configuration_without_origins(tmp_path: Path) -> None:
    (tmp_path / "auth.py").write_text(
        "def handler(event, context):\n    return {'status': '401', 'statusDescription': 'No', 'body': 'who?'}"
    )
    config = {
        "version": 1,
        "functions": {"auth": {"code": str(tmp_path / "auth.py"), "handler": "auth.handler"}},
        "distribution": {
            "default_cache_behavior": {"target_origin": "app", "functions": {"viewer-request": "auth"}},
        },
    }
    with EdgeMiddleware(Site(), config) as app:
        assert Client(app).get("/").status == "401 No"
    path = tmp_path / "edgeproxy.yaml"
    path.write_text("version: 1\ndistribution:\n  default_cache_behavior: {target_origin: app}\n")
    with EdgeMiddleware(Site(), path) as app:
        assert Client(app).get("/").data == b"hello"


def test_the_proxy_is_made_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.txt").write_text("a file")
    path = tmp_path / "edgeproxy.yaml"
    path.write_text(
        "version: 1\ndistribution:\n"
        "  origins: {assets: {s3: {bucket: my-assets, region: eu-west-1}, directory: ./public}}\n"
        "  default_cache_behavior: {target_origin: assets}\n"
    )
    with EdgeProxy.from_config(path) as app:
        assert Client(app).get("/a.txt").data == b"a file"


def test_a_wrong_file_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "edgeproxy.yaml"
    path.write_text("version: 1\n")
    with pytest.raises(ConfigError, match="distribution"):
        EdgeProxy.from_config(path)
