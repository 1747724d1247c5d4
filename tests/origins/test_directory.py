from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeproxy.clock import ManualClock
from edgeproxy.cloudfront.origin import CustomOrigin, OriginRequest
from edgeproxy.errors import OriginBodyError
from edgeproxy.messages.body import Stream, Whole, read
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from edgeproxy.origins.directory import CHUNK, DirectoryOrigin

Get = Callable[..., Response]
MODIFIED = 1_700_000_000
HELLO_TAG = '"' + hashlib.md5(b"hello").hexdigest() + '"'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "bucket"
    root.mkdir()
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (tmp_path / "bucket-2").mkdir()
    (tmp_path / "bucket-2" / "secret.txt").write_bytes(b"secret")
    for name, data in {
        "hello.txt": b"hello",
        "empty.bin": b"",
        "large.bin": bytes(range(256)) * 1024,
        "dir/index.html": b"<p>",
        "a b+c.txt": b"plus",
        "é.txt": b"accent",
        "100%.txt": b"percent",
    }.items():
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (MODIFIED, MODIFIED))
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "up").symlink_to(tmp_path)
    (root / "near").symlink_to(tmp_path / "bucket-2")
    (root / "loop").symlink_to(root / "loop")
    (root / "in.txt").symlink_to(root / "hello.txt")
    os.mkfifo(root / "pipe")
    return root


@pytest.fixture
def get(root: Path, clock: ManualClock, ask: Callable[..., OriginRequest]) -> Get:
    def fetch(target: str, *lines: tuple[str, str], method: str = "GET", **options: Any) -> Response:
        return DirectoryOrigin(root, clock, **options).fetch(ask(method, target, *lines))

    return fetch


def error(response: Response) -> tuple[int, str | None]:
    assert response.headers.get("content-type") == "application/xml"
    return response.status, ET.fromstring(read(response.body)).findtext("Code")


@pytest.mark.rule("CF-450")
def test_an_object(get: Get) -> None:
    response = get("/hello.txt?ignored=1")
    assert response.status == 200
    assert isinstance(response.body, Whole)
    assert response.body.data == b"hello"
    headers = dict(response.headers)
    assert len(headers.pop("x-amz-request-id")) == 16
    assert len(headers.pop("x-amz-id-2")) == 76
    assert headers == {
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
        "Last-Modified": "Tue, 14 Nov 2023 22:13:20 GMT",
        "ETag": HELLO_TAG,
        "Accept-Ranges": "bytes",
        "Content-Type": "text/plain",
        "Content-Length": "5",
        "Server": "AmazonS3",
    }


def test_head_is_get_without_body(get: Get) -> None:
    got, head = get("/large.bin"), get("/large.bin", method="HEAD")
    got.body.close()
    assert head.headers.without({"x-amz-request-id", "x-amz-id-2"}) == got.headers.without(
        {"x-amz-request-id", "x-amz-id-2"}
    )
    assert read(head.body) == b""


def test_every_answer_has_an_id_of_its_own(root: Path, clock: ManualClock, ask: Callable[..., OriginRequest]) -> None:
    origin = DirectoryOrigin(root, clock)
    ids = {origin.fetch(ask("GET", "/hello.txt")).headers.get("x-amz-request-id") for _ in range(10)}
    assert len(ids) == 10
    origin.close()


@pytest.mark.parametrize(
    ("target", "data"),
    [
        ("/dir/index.html", b"<p>"),
        ("/a%20b+c.txt", b"plus"),
        ("/a%20b%2Bc.txt", b"plus"),
        ("/%C3%A9.txt", b"accent"),
        ("/\xc3\xa9.txt", b"accent"),
        ("/100%25.txt", b"percent"),
        ("/dir%2Findex.html", b"<p>"),
        ("/in.txt", b"hello"),
        ("/empty.bin", b""),
    ],
)
def test_a_path_is_decoded_to_a_key(get: Get, target: str, data: bytes) -> None:
    response = get(target)
    assert (response.status, read(response.body)) == (200, data)


@pytest.mark.rule("CF-437")
@pytest.mark.parametrize(
    "target",
    [
        "/missing.txt",
        pytest.param("/dir", marks=pytest.mark.rule("CF-448")),
        pytest.param("/dir/", marks=pytest.mark.rule("CF-448")),
        "/hello.txt/",
        "/hello.txt/x",
        "//hello.txt",
        "/dir//index.html",
        "/./hello.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/dir/..%2f..%2fsecret.txt",
        "/dir/%2e%2e/hello.txt",
        "/%2Fetc/passwd",
        "/out.txt",
        "/up/secret.txt",
        "/near/secret.txt",
        "/loop",
        "/pipe",
        "/hello.txt%00",
        "/%00",
        "/%ff%fe",
        "/" + "x" * 5000,
        "*",
        "/\u20ac",
    ],
)
def test_what_is_no_key(get: Get, target: str) -> None:
    assert error(get(target)) == (403, "AccessDenied")
    assert error(get(target, list_allowed=True)) == (404, "NoSuchKey")


@pytest.mark.rule("CF-436")
def test_who_may_list_is_told_the_key(get: Get) -> None:
    response = get("/mis%3Csing%3E", list_allowed=True)
    document = ET.fromstring(read(response.body))
    assert {element.tag: element.text for element in document} == {
        "Code": "NoSuchKey",
        "Message": "The specified key does not exist.",
        "Key": "mis<sing>",
        "RequestId": response.headers.get("x-amz-request-id"),
        "HostId": response.headers.get("x-amz-id-2"),
    }


@pytest.mark.rule("CF-440")
def test_the_root_is_denied(get: Get) -> None:
    assert error(get("/")) == (403, "AccessDenied")
    assert error(get("/?list-type=2", list_allowed=True)) == (403, "AccessDenied")


@pytest.mark.rule("CF-438")
def test_an_object_that_may_not_be_read(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert error(get("/hello.txt", list_allowed=True)) == (403, "AccessDenied")


@pytest.mark.rule("CF-438")
def test_an_object_that_cannot_be_read(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(hashlib, "file_digest", fail)
    assert error(get("/hello.txt")) == (403, "AccessDenied")


@pytest.mark.rule("CF-441")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods(get: Get, method: str) -> None:
    response = get("/hello.txt", method=method)
    document = ET.fromstring(read(response.body))
    assert (response.status, document.findtext("Method")) == (405, method)
    assert response.headers.get("allow") == "GET, HEAD"


@pytest.mark.rule("CF-442")
@pytest.mark.rule("CF-447")
def test_an_error_for_head_has_no_body(get: Get) -> None:
    response = get("/missing", method="HEAD")
    assert response.status == 403
    assert read(response.body) == b""
    assert response.headers.get("server") == "AmazonS3"
    assert response.headers.get("content-type") == "application/xml"


@pytest.mark.rule("CF-451")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_not_modified(get: Get, method: str) -> None:
    response = get("/hello.txt", ("If-None-Match", HELLO_TAG), method=method)
    assert response.status == 304
    assert read(response.body) == b""
    assert response.headers.get("etag") == HELLO_TAG
    assert "content-length" not in response.headers


@pytest.mark.rule("CF-451")
def test_a_precondition_that_fails(get: Get) -> None:
    response = get("/hello.txt", ("If-Match", '"other"'))
    document = ET.fromstring(read(response.body))
    assert (response.status, document.findtext("Code")) == (412, "PreconditionFailed")
    assert document.findtext("Condition") == "If-Match"


@pytest.mark.rule("CF-451")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_range(get: Get, method: str) -> None:
    response = get("/hello.txt", ("Range", "bytes=1-3"), method=method)
    assert response.status == 206
    assert response.headers.get("content-range") == "bytes 1-3/5"
    assert response.headers.get("content-length") == "3"
    assert read(response.body) == (b"ell" if method == "GET" else b"")


def test_a_large_range_streams(get: Get, root: Path) -> None:
    response = get("/large.bin", ("Range", "bytes=10-200000"))
    assert response.body.length == 199_991
    assert read(response.body) == (root / "large.bin").read_bytes()[10:200_001]


@pytest.mark.rule("CF-445")
def test_a_range_beyond_the_end(get: Get) -> None:
    response = get("/hello.txt", ("Range", "bytes=5-"))
    document = ET.fromstring(read(response.body))
    assert (response.status, document.findtext("Code")) == (416, "InvalidRange")
    assert document.findtext("ActualObjectSize") == "5"
    assert document.findtext("RangeRequested") == "bytes=5-"


DESCRIPTORS = Path("/proc/self/fd")


def is_open(path: Path) -> bool:
    for descriptor in DESCRIPTORS.iterdir():
        with suppress(FileNotFoundError):
            if descriptor.samefile(path):
                return True
    return False


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="open files are found by Linux's /proc")
def test_a_large_object_streams_and_closes_its_file(get: Get, root: Path) -> None:
    path = root / "large.bin"
    response = get("/large.bin")
    assert isinstance(response.body, Stream)
    assert response.body.length == 262_144
    assert len(next(response.body)) == CHUNK
    assert is_open(path)
    response.body.close()
    assert not is_open(path)
    assert read(get("/large.bin").body) == path.read_bytes()
    assert not is_open(path)
    get("/large.bin", ("If-Match", "x"))
    get("/large.bin", ("Range", "bytes=999999-"))
    get("/large.bin", method="HEAD")
    assert not is_open(path)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.html", "text/html"),
        ("a.css", "text/css"),
        ("a.js", "text/javascript"),
        ("a.MJS", "text/javascript"),
        ("a.woff2", "font/woff2"),
        ("a.webp", "image/webp"),
        ("a.svg", "image/svg+xml"),
        ("a.unknown-suffix", "binary/octet-stream"),
        ("noextension", "binary/octet-stream"),
    ],
)
def test_content_types(get: Get, root: Path, name: str, content_type: str) -> None:
    (root / name).write_bytes(b"x")
    assert get(f"/{name}").headers.get("content-type") == content_type


def test_a_tag_is_reckoned_again_when_the_file_changes(
    root: Path, clock: ManualClock, ask: Callable[..., OriginRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    reckoned: list[object] = []
    digest = hashlib.file_digest

    def count(stream: Any, function: Any) -> Any:
        reckoned.append(stream)
        return digest(stream, function)

    monkeypatch.setattr(hashlib, "file_digest", count)
    origin = DirectoryOrigin(root, clock)

    def tag() -> str | None:
        return origin.fetch(ask("GET", "/hello.txt")).headers.get("etag")

    assert tag() == tag() == HELLO_TAG
    assert len(reckoned) == 1
    (root / "hello.txt").write_bytes(b"HELLO")
    os.utime(root / "hello.txt", ns=(MODIFIED, MODIFIED * 10**9 + 1))
    assert tag() == '"' + hashlib.md5(b"HELLO").hexdigest() + '"'
    assert len(reckoned) == 2


@pytest.mark.parametrize("name", ["hello.txt", "large.bin"])
@pytest.mark.parametrize("error", [None, OSError(5, "Input/output error")])
def test_a_file_that_ends_early_breaks_off(
    root: Path,
    clock: ManualClock,
    ask: Callable[..., OriginRequest],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    error: OSError | None,
) -> None:
    class Shorter(io.FileIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if error is not None:
                raise error
            return b""

    monkeypatch.setattr("edgeproxy.origins.directory.io.FileIO", Shorter)
    response = DirectoryOrigin(root, clock).fetch(ask("GET", f"/{name}"))
    assert response.status == 200
    with pytest.raises(OriginBodyError):
        read(response.body)


def test_an_empty_folder_that_does_not_exist_answers(
    tmp_path: Path, clock: ManualClock, ask: Callable[..., OriginRequest]
) -> None:
    origin = DirectoryOrigin(tmp_path / "nowhere", clock)
    assert origin.fetch(ask("GET", "/a")).status == 403


parts = st.sampled_from(
    ["..", ".", "", "up", "near", "out.txt", "secret.txt", "hello.txt", "dir", "%2e%2e", "%2f", "\\", "~"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.lists(parts, max_size=6).map("/".join), st.binary(max_size=30).map(quote)))
def test_no_path_leaves_the_folder(root: Path, path: str) -> None:
    request = OriginRequest(
        origin_id="assets",
        origin=CustomOrigin(domain_name="o.test"),
        method="GET",
        target="/" + path,
        headers=Headers(),
    )
    response = DirectoryOrigin(root, ManualClock()).fetch(request)
    assert b"secret" not in read(response.body)
    assert response.status in (200, 403)
