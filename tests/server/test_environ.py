from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.server import environ as module
from edgeproxy.server.environ import HEADER_LINES, build_environ


def scope(**changes: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "raw_path": b"/",
        "query_string": b"",
        "server": ("127.0.0.1", "8080"),
        "client": ("127.0.0.9", "5555"),
        "headers": [(b"host", b"h")],
        **changes,
    }


def test_a_plain_request() -> None:
    viewer_input = object()
    environ = build_environ(scope(), viewer_input)
    assert environ.pop("wsgi.input") is viewer_input
    environ.pop("wsgi.errors").write("")
    assert environ == {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "REQUEST_URI": "/",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.9",
        "REMOTE_PORT": "5555",
        "HTTP_HOST": "h",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "edgeproxy.header_lines": [("Host", "h")],
    }


@pytest.mark.parametrize(
    ("raw_path", "query", "uri", "path"),
    [
        (b"/a%2Fb%20x+y", b"", "/a%2Fb%20x+y", "/a/b x+y"),
        (b"//", b"a=%2f&a", "//?a=%2f&a", "//"),
        (b"/\xc3\xa9%C3%A9", b"\xc3\xa9", "/\xc3\xa9%C3%A9?\xc3\xa9", "/\xc3\xa9\xc3\xa9"),
        (b"/%zz%", b"", "/%zz%", "/%zz%"),
        (b"*", b"", "*", "*"),
        (b"", b"", "h", ""),
    ],
)
def test_the_target_is_kept_and_the_path_decoded(raw_path: bytes, query: bytes, uri: str, path: str) -> None:
    environ = build_environ(scope(raw_path=raw_path, query_string=query), None)
    assert (environ["REQUEST_URI"], environ["PATH_INFO"]) == (uri, path)


@pytest.mark.parametrize(
    ("version", "protocol", "name"),
    [
        ("1", "HTTP/1.0", "X-Forwarded-For"),
        ("1.1", "HTTP/1.1", "X-Forwarded-For"),
        ("2", "HTTP/2.0", "x-forwarded-for"),
        ("3", "HTTP/3.0", "x-forwarded-for"),
        ("9", "HTTP/9", "X-Forwarded-For"),
    ],
)
def test_names_are_spelled_as_the_protocol_does(version: str, protocol: str, name: str) -> None:
    environ = build_environ(scope(http_version=version, headers=[(b"x-forwarded-for", b"1")]), None)
    assert environ["SERVER_PROTOCOL"] == protocol
    assert environ[HEADER_LINES] == [(name, "1")]
    assert environ["HTTP_X_FORWARDED_FOR"] == "1"


def test_lines_of_one_name_are_joined_in_the_environ_and_apart_in_the_list() -> None:
    headers = [
        (b"x-a", b"1"), (b"x-a", b""), (b"cookie", b"a=1"), (b"cookie", b"b=\xe9"), (b"x_a", b"5"), (b"x_b", b"6"),
        (b"content-type", b"a/b"), (b"content-type", b"c/d"), (b"content-length", b"3"),
    ]  # fmt: skip
    environ = build_environ(scope(headers=headers), None)
    assert [value for _, value in environ[HEADER_LINES]] == [value.decode("latin-1") for _, value in headers]
    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1,", "a=1; b=\xe9")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("a/b", "3")
    assert "HTTP_CONTENT_TYPE" not in environ
    assert "" not in environ


@pytest.mark.parametrize("headers", [[], [(b"host", b"")]])
def test_a_missing_host_is_missing(headers: list[tuple[bytes, bytes]]) -> None:
    environ = build_environ(scope(headers=headers), None)
    assert environ[HEADER_LINES] == []
    assert "HTTP_HOST" not in environ


def test_what_is_remembered_of_names_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NAMES", {})
    monkeypatch.setattr(module, "_MAX_NAMES", 5)
    headers = [(b"x-%d" % number, b"v") for number in range(20)]
    for _ in range(2):
        environ = build_environ(scope(headers=headers), None)
        assert [name for name, _ in environ[HEADER_LINES]] == [f"X-{number}" for number in range(20)]
    assert len(module._NAMES) == 5


def test_a_long_name_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NAMES", {})
    environ = build_environ(scope(headers=[(b"x" * 64, b"v"), (b"y" * 65, b"v")]), None)
    assert environ["HTTP_" + "Y" * 65] == "v"
    assert list(module._NAMES) == [b"x" * 64]


TOKENS = st.text(st.sampled_from("abcz019!#$%&'*+.^_`|~-"), min_size=1).map(lambda text: text.encode())


@given(st.lists(st.tuples(TOKENS.filter(lambda name: name != b"host"), st.binary())))
def test_no_line_is_lost_and_no_octet_changed(headers: list[tuple[bytes, bytes]]) -> None:
    lines = build_environ(scope(headers=headers), None)[HEADER_LINES]
    assert [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in lines] == headers
