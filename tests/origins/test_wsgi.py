from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

import pytest
from werkzeug.wrappers import Request as WerkzeugRequest

from edgeproxy.cloudfront.origin import CustomOrigin, OriginFailure, OriginFault, OriginRequest, S3Origin
from edgeproxy.errors import ConfigError, OriginBodyError, ViewerBodyError
from edgeproxy.messages.body import Stream, Whole, read
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from edgeproxy.origins.wsgi import WsgiOrigin, load_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Ask = Callable[..., OriginRequest]
TEXT = [("Content-Type", "text/plain")]


def response(result: Response | OriginFailure) -> Response:
    assert isinstance(result, Response), result
    return result


def fault(result: Response | OriginFailure) -> OriginFault:
    assert isinstance(result, OriginFailure), result
    return result.fault


@pytest.fixture
def environ_of(ask: Ask) -> Callable[..., WSGIEnvironment]:
    def run(*args: Any, **fields: Any) -> WSGIEnvironment:
        seen: list[WSGIEnvironment] = []

        def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            seen.append(environ)
            start_response("204 No Content", [])
            return []

        response(WsgiOrigin(app).fetch(ask(*args, **fields)))
        return seen[0]

    return run


@pytest.mark.rule("CF-115")
def test_the_environ(environ_of: Any) -> None:
    environ = environ_of(
        "GET",
        "/a%2Fb/%C3%A9/\xe4?x=%20y+z",
        ("Host", "www.example.test"),
        ("X-A", "1"),
        ("x-a", "2"),
        ("Cookie", "a=1"),
        ("cookie", "b=2"),
        ("Content-Type", "text/plain"),
        ("Content-Length", "99"),
        ("X_A", "smuggled"),
        origin=CustomOrigin(domain_name="o.test", protocol="https", port=8443),
    )
    expected = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a/b/\xc3\xa9/\xe4",
        "QUERY_STRING": "x=%20y+z",
        "RAW_URI": "/a%2Fb/%C3%A9/\xe4?x=%20y+z",
        "REQUEST_URI": "/a%2Fb/%C3%A9/\xe4?x=%20y+z",
        "SERVER_NAME": "o.test",
        "SERVER_PORT": "8443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "www.example.test",
        "HTTP_X_A": "1,2",
        "HTTP_COOKIE": "a=1; b=2",
        "CONTENT_TYPE": "text/plain",
        "wsgi.url_scheme": "https",
        "wsgi.multithread": True,
    }
    assert {key: environ[key] for key in expected} == expected
    assert "CONTENT_LENGTH" not in environ
    assert "HTTP_CONTENT_LENGTH" not in environ


def test_an_s3_origin_is_https(environ_of: Any) -> None:
    environ = environ_of(origin=S3Origin(domain_name="b.s3.amazonaws.com"))
    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == ("https", "443")


@pytest.mark.parametrize(
    ("fields", "length", "coding"),
    [
        ({"has_body": True}, "0", None),
        ({"body": Whole(b"abc"), "has_body": True}, "3", None),
        ({"body": Stream([b"abc"], 3), "has_body": True}, "3", None),
        ({"body": Stream([b"abc"]), "has_body": True}, None, "chunked"),
    ],
)
def test_the_framing_of_a_request(
    environ_of: Any, fields: dict[str, Any], length: str | None, coding: str | None
) -> None:
    environ = environ_of("POST", "/", **fields)
    assert environ.get("CONTENT_LENGTH") == length
    assert environ.get("HTTP_TRANSFER_ENCODING") == coding


@pytest.mark.parametrize("body", [Whole(b"one\ntwo\nthree"), Stream([b"one\nt", b"", b"wo\nthree"])])
def test_the_input_is_a_file(ask: Ask, body: Whole | Stream) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        stream = environ["wsgi.input"]
        parts = [stream.read(2), stream.readline(), *stream, stream.read(), stream.read(5)]
        start_response("200 OK", TEXT)
        return [b"|".join(parts)]

    result = response(WsgiOrigin(app).fetch(ask("POST", "/", body=body, has_body=True)))
    assert read(result.body) == b"on|e\n|two\n|three||"


def test_a_framework_reads_a_body_of_unknown_length(ask: Ask) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        data = WerkzeugRequest(environ).get_data()
        start_response("200 OK", TEXT)
        return [data]

    request = ask("POST", "/", body=Stream([b"ab", b"cd"]), has_body=True)
    assert read(response(WsgiOrigin(app).fetch(request)).body) == b"abcd"


def test_it_keeps_to_the_standard(ask: Ask) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.input"].read(10)
        start_response("200 OK", TEXT)
        return [b"ok"]

    checked: WSGIApplication = validator(app)
    result = response(WsgiOrigin(checked).fetch(ask("POST", "/", body=Stream([b"abc"], 3), has_body=True)))
    assert read(result.body) == b"ok"


def answers(
    status: str, headers: list[tuple[str, str]], body: Callable[[], Iterable[bytes]]
) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response(status, headers)
        return body()

    return app


def test_a_response_is_taken_as_it_comes(ask: Ask) -> None:
    headers = [("set-cookie", "a=1"), ("X-A", "caf\xe9"), ("Set-Cookie", "b=2"), ("Connection", "close")]
    result = response(WsgiOrigin(answers("404 Gone Fishing", headers, lambda: [b"n", b"o"])).fetch(ask()))
    assert (result.status, result.reason) == (404, "Gone Fishing")
    assert result.headers == Headers(headers[:3])
    assert isinstance(result.body, Whole)
    assert result.body.data == b"no"


class Body:
    """An iterable that says whether it was closed."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self.chunks = chunks
        self.closed = 0
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.read += 1
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self) -> None:
        self.closed += 1


def test_a_body_streams_and_is_closed_once(ask: Ask) -> None:
    body = Body(b"", b"a", b"", b"b")
    result = response(WsgiOrigin(answers("200 OK", TEXT, lambda: body)).fetch(ask()))
    assert (body.read, body.closed) == (2, 0)
    assert list(result.body) == [b"", b"a", b"b"]
    result.body.close()
    assert body.closed == 1


def test_a_body_can_be_given_up(ask: Ask) -> None:
    body = Body(b"a", b"b")
    result = response(WsgiOrigin(answers("200 OK", TEXT, lambda: body)).fetch(ask()))
    result.body.close()
    assert (body.read, body.closed) == (1, 1)


@pytest.mark.parametrize(
    ("method", "status", "read_chunks"), [("HEAD", "200 OK", 0), ("GET", "304 Not Modified", 1), ("GET", "204 X", 1)]
)
def test_a_response_without_body_is_closed(ask: Ask, method: str, status: str, read_chunks: int) -> None:
    body = Body(b"a", b"b")
    result = response(WsgiOrigin(answers(status, [("Content-Length", "2")], lambda: body)).fetch(ask(method)))
    assert read(result.body) == b""
    assert (body.read, body.closed) == (read_chunks, 1)
    assert result.headers.get("content-length") == "2"


def test_start_response_may_come_with_the_first_bytes(ask: Ask) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        yield b""
        start_response("202 Accepted", TEXT)
        yield b"late"

    for method, data in (("GET", b"late"), ("HEAD", b"")):
        result = response(WsgiOrigin(app).fetch(ask(method)))
        assert (result.status, read(result.body)) == (202, data)


def test_an_answer_may_be_replaced_before_its_first_bytes(ask: Ask) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        try:
            environ["no such key"]
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())
        yield b"sorry"

    assert response(WsgiOrigin(app).fetch(ask())).status == 500


def test_an_answer_may_not_be_replaced_afterwards(ask: Ask) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        yield b"begin"
        try:
            environ["no such key"]
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())
        yield b"never"

    result = response(WsgiOrigin(app).fetch(ask()))
    chunks: list[bytes] = []
    with pytest.raises(OriginBodyError, match="KeyError"):
        chunks.extend(result.body)
    assert (result.status, chunks) == (200, [b"begin"])


def test_write_comes_before_the_iterable(ask: Ask) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("200 OK", TEXT)
        write(b"a")
        write(b"b")
        return iter([b"c"])

    assert read(response(WsgiOrigin(app).fetch(ask())).body) == b"abc"


@pytest.mark.rule("CF-193")
@pytest.mark.parametrize("made", [lambda: [b"abc"], lambda: Body(b"a", b"bc")])
def test_a_length_is_held_to(ask: Ask, made: Callable[[], Iterable[bytes]]) -> None:
    def fetch(length: int) -> Response:
        return response(WsgiOrigin(answers("200 OK", [("Content-Length", str(length))], made)).fetch(ask()))

    assert read(fetch(3).body) == b"abc"
    assert read(fetch(2).body) == b"ab"
    assert fetch(4).body.length == 4
    with pytest.raises(OriginBodyError):
        read(fetch(4).body)


def raises(error: BaseException) -> WSGIApplication:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raise error

    return app


@pytest.mark.rule("CF-233")
@pytest.mark.parametrize(
    "app",
    [
        raises(KeyError("secret")),
        raises(SystemExit("secret")),
        answers("200 OK", TEXT, lambda: Body(KeyError("secret"))),
        answers("200 OK", [("A", None)], lambda: [b""]),  # type: ignore[list-item]  # what an application may do
        lambda environ, start_response: None,
    ],
)
def test_an_application_that_raises_closes_the_connection(
    ask: Ask, caplog: pytest.LogCaptureFixture, app: WSGIApplication
) -> None:
    with caplog.at_level(logging.ERROR):
        result = WsgiOrigin(app).fetch(ask())
    assert fault(result) is OriginFault.CLOSED
    assert isinstance(result, OriginFailure)
    assert "secret" not in result.message
    assert "the application raised" in result.message
    assert caplog.records[0].exc_info is not None


def test_start_response_is_called_once(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        start_response("201 Created", TEXT)
        return []

    assert fault(WsgiOrigin(app).fetch(ask())) is OriginFault.CLOSED
    assert "twice" in caplog.text


def test_start_response_is_called(ask: Ask) -> None:
    body = Body(b"headers?")
    result = WsgiOrigin(lambda environ, start_response: body).fetch(ask())
    assert fault(result) is OriginFault.CLOSED
    assert body.closed == 1


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        ("200 OK", [("A", "a\r\nSet-Cookie: x")], OriginFault.INVALID_RESPONSE),
        ("200 OK", [("A\nB", "a")], OriginFault.INVALID_RESPONSE),
        ("200 OK", [("A", "\u20ac")], OriginFault.INVALID_RESPONSE),
        ("200 OK\r\nA: b", [], OriginFault.INVALID_RESPONSE),
        ("OK", [], OriginFault.INVALID_RESPONSE),
        ("100 Continue", [], OriginFault.INVALID_RESPONSE),
        ("200 OK", [("Content-Length", "x")], OriginFault.INVALID_RESPONSE),
        pytest.param("200 OK", [("A", "x" * 40_000)], OriginFault.HEADERS_TOO_LARGE, marks=pytest.mark.rule("CF-191")),
    ],
)
def test_an_answer_that_is_none(ask: Ask, status: str, headers: list[tuple[str, str]], kind: OriginFault) -> None:
    body = Body(b"x")
    result = WsgiOrigin(answers(status, headers, lambda: body)).fetch(ask())
    assert fault(result) is kind
    assert body.closed == 1


def test_a_body_that_raises_half_way(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    body = Body(b"begin", KeyError("secret"))
    result = response(WsgiOrigin(answers("200 OK", TEXT, lambda: body)).fetch(ask()))
    with pytest.raises(OriginBodyError, match="raised KeyError in its body"):
        read(result.body)
    assert body.closed == 1
    assert "secret" in caplog.text


def test_an_application_that_raises_in_close(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    class Bad(Body):
        def close(self) -> None:
            raise KeyError("in close")

    result = response(WsgiOrigin(answers("200 OK", TEXT, lambda: Bad(b"a"))).fetch(ask()))
    assert read(result.body) == b"a"
    assert "in close" in caplog.text


def breaks_off() -> Iterator[bytes]:
    yield b"half"
    raise ViewerBodyError("the viewer went away")


@pytest.mark.parametrize("swallows", [True, False])
def test_a_viewer_who_stops_sending(ask: Ask, swallows: bool) -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            environ["wsgi.input"].read()
        except ViewerBodyError:
            if not swallows:
                raise
        start_response("200 OK", TEXT)
        return [b"thanks"]

    result = WsgiOrigin(app).fetch(ask("POST", "/", body=Stream(breaks_off()), has_body=True))
    assert fault(result) is OriginFault.VIEWER_BODY


def test_closing_does_nothing() -> None:
    WsgiOrigin(answers("200 OK", [], list)).close()


# Finding an application by its name.


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    (tmp_path / "wsgi_pkg_under_test").mkdir()
    (tmp_path / "wsgi_pkg_under_test" / "__init__.py").write_text("")
    (tmp_path / "wsgi_pkg_under_test" / "site.py").write_text(
        "class Holder:\n    @staticmethod\n    def app(environ, start_response):\n        return []\n"
        "app = Holder.app\n"
        "def create_app():\n    return app\n"
        "def broken():\n    raise LookupError('no database')\n"
        "number = 5\n"
    )
    (tmp_path / "wsgi_pkg_under_test" / "needs.py").write_text("import a_module_that_is_nowhere\n")
    (tmp_path / "wsgi_pkg_under_test" / "raises.py").write_text("raise SystemExit('stop')\n")
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("wsgi_pkg_under_test"):
            del sys.modules[name]


@pytest.mark.parametrize("path", ["app", "Holder.app", "create_app()"])
def test_an_application_is_found(folder: Path, path: str) -> None:
    app = load_app(f"wsgi_pkg_under_test.site:{path}", str(folder))
    assert app({}, lambda *_: lambda _: None) == []
    assert sys.path[0] == str(folder)
    load_app(f"wsgi_pkg_under_test.site:{path}", str(folder))
    assert sys.path.count(str(folder)) == 1


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("site", "names no application", "package.module:app"),
        ("a.b:c(1)", "names no application", "create_app()"),
        ("wsgi_pkg_under_test.sight:app", "no module `wsgi_pkg_under_test.sight`", "looked in"),
        ("nowhere_at_all.site:app", "no module `nowhere_at_all`", "looked in"),
        ("wsgi_pkg_under_test.needs:app", "cannot be imported: No module named 'a_module_that_is_nowhere'", ""),
        ("wsgi_pkg_under_test.raises:app", "cannot be imported: SystemExit: stop", ""),
        ("wsgi_pkg_under_test.site:ap", "has no `ap`", "did you mean `app`?"),
        ("wsgi_pkg_under_test.site:Holder.zzz", "has no `Holder.zzz`", ""),
        ("wsgi_pkg_under_test.site:broken()", "raised LookupError: no database", ""),
        ("wsgi_pkg_under_test.site:number", "is int, not a WSGI application", "callable"),
    ],
)
def test_an_application_is_not_found(folder: Path, spec: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_app(spec, str(folder))
    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint in problem.hint
    assert bool(hint) is bool(problem.hint)


def test_without_a_folder_the_path_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [*sys.path]
    assert callable(load_app("wsgiref.simple_server:demo_app"))
    with pytest.raises(ConfigError, match="no module `nowhere_at_all`"):
        load_app("nowhere_at_all:app")
    assert sys.path == before
