"""A folder that answers as an S3 bucket does (CF-436 to CF-451)."""

from __future__ import annotations

import hashlib
import io
import itertools
import mimetypes
import os
import stat
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

import msgspec
from cachetools import LRUCache

from edgeproxy.clock import Clock
from edgeproxy.cloudfront.origin import OriginRequest
from edgeproxy.errors import OriginBodyError
from edgeproxy.messages.body import EMPTY, Body, Stream, Whole
from edgeproxy.messages.dates import format_date
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.response import Response
from edgeproxy.messages.url import split_target
from edgeproxy.origins.answer import exactly
from edgeproxy.origins.s3 import ERRORS, byte_range, error_document, precondition

CHUNK = 65_536
"""Bytes; larger objects are read in pieces of this size."""

_DEFAULT_TYPE = "binary/octet-stream"
_KNOWN_TAGS = 10_000

# What the web is made of does not depend on the machine's table or on the version of Python.
_TYPES = mimetypes.MimeTypes()
for _type, _suffixes in {
    "text/javascript": (".js", ".mjs"),
    "font/woff": (".woff",),
    "font/woff2": (".woff2",),
    "font/ttf": (".ttf",),
    "font/otf": (".otf",),
    "image/webp": (".webp",),
    "image/avif": (".avif",),
    "application/json": (".map",),
    "text/markdown": (".md",),
}.items():
    for _suffix in _suffixes:
        _TYPES.add_type(_type, _suffix)


class _File(msgspec.Struct, frozen=True):
    """An open file and what S3 would know of it."""

    stream: io.FileIO
    path: str
    size: int
    mtime_ns: int

    @property
    def modified(self) -> int:
        """Epoch seconds."""
        return self.mtime_ns // 1_000_000_000


class DirectoryOrigin:
    """Answers GET and HEAD with the files of a folder.

    A key is a path below the folder. What leads outside it, by `..` or by a symbolic link, is a key that does not
    exist, and so is a folder: there is no index document (CF-448).

    :param root: the folder.
    :param list_allowed: the caller may list the bucket, and is told which keys do not exist (CF-436, CF-437).
    """

    def __init__(self, root: str | os.PathLike[str], clock: Clock, *, list_allowed: bool = False) -> None:
        self._root = os.path.realpath(root)
        self._clock = clock
        self._list_allowed = list_allowed
        self._numbers = itertools.count(1)
        self._tags: LRUCache[tuple[str, int, int], str] = LRUCache(_KNOWN_TAGS)
        self._lock = threading.Lock()

    def fetch(self, request: OriginRequest) -> Response:
        """The object, or S3's error."""
        key = unquote_to_bytes(split_target(request.target)[0].encode("latin-1", "replace")).removeprefix(b"/")
        answer = _Answer(request, self._common_headers())
        if request.method not in ("GET", "HEAD"):
            return answer.error("MethodNotAllowed", {"Method": request.method, "ResourceType": "OBJECT"})
        if not key:
            return answer.error("AccessDenied", {})
        try:
            file = self._open(key)
        except PermissionError:
            return answer.error("AccessDenied", {})
        except (OSError, ValueError):
            if self._list_allowed:
                return answer.error("NoSuchKey", {"Key": key.decode("utf-8", "replace")})
            return answer.error("AccessDenied", {})
        try:
            etag = self._etag(file)
        except OSError:
            file.stream.close()
            return answer.error("AccessDenied", {})
        return answer.object(file, etag)

    def close(self) -> None:
        """Nothing is kept open."""

    def _open(self, key: bytes) -> _File:
        """Open the file of a key. Raises `OSError`, or `ValueError` for a key that no file has."""
        if b"\0" in key or any(part in (b"", b".", b"..") for part in key.split(b"/")):
            raise ValueError("no file has this key")
        path = os.path.realpath(Path(self._root, os.fsdecode(key)), strict=True)
        if not Path(path).is_relative_to(self._root):
            raise ValueError("outside of the folder")
        # A pipe would block without O_NONBLOCK; a link that was put there since is not followed.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise ValueError("not a file")
        return _File(io.FileIO(descriptor, "rb"), path, status.st_size, status.st_mtime_ns)

    def _etag(self, file: _File) -> str:
        """The quoted MD5 of a file, reckoned anew when its time or size has changed."""
        known = file.path, file.mtime_ns, file.size
        with self._lock:
            etag = self._tags.get(known)
        if etag is None:
            digest = hashlib.file_digest(file.stream, lambda: hashlib.md5(usedforsecurity=False))
            etag = f'"{digest.hexdigest()}"'
            with self._lock:
                self._tags[known] = etag
        return etag

    def _common_headers(self) -> tuple[Line, ...]:
        # Ids only have to differ from one answer to the next; a count does that without chance.
        digest = hashlib.sha512(f"{self._root} {next(self._numbers)}".encode(errors="surrogateescape")).digest()
        return (
            ("x-amz-id-2", b64encode(digest[:56]).decode("ascii")),
            ("x-amz-request-id", digest[56:].hex().upper()),
            ("Date", format_date(self._clock.now())),
        )


class _Answer:
    """The answer to one request, in the order in which S3 sends its headers."""

    def __init__(self, request: OriginRequest, common: tuple[Line, ...]) -> None:
        self._is_head = request.method == "HEAD"
        self._asked = request.headers
        self._common = common

    def error(self, code: str, details: dict[str, str]) -> Response:
        """S3's error, as XML (CF-447); without a body for HEAD (CF-442)."""
        document = error_document(code, {**details, "RequestId": self._common[1][1], "HostId": self._common[0][1]})
        headers = (
            *self._common,
            ("Content-Type", "application/xml"),
            ("Transfer-Encoding", "chunked"),
            ("Server", "AmazonS3"),
        )
        if code == "MethodNotAllowed":
            headers = (*headers, ("Allow", "GET, HEAD"))
        return Response(ERRORS[code].status, Headers(headers), EMPTY if self._is_head else Whole(document))

    def object(self, file: _File, etag: str) -> Response:
        """The object or a part of it. The file is closed unless the body still needs it."""
        validators: tuple[Line, ...] = (("Last-Modified", format_date(file.modified)), ("ETag", etag))
        decided = precondition(self._asked, etag, file.modified)
        if decided is not None:
            file.stream.close()
            status, header = decided
            if status == 304:
                return Response(304, Headers((*self._common, *validators, ("Server", "AmazonS3"))))
            return self.error("PreconditionFailed", {"Condition": header})
        part = byte_range(self._asked, file.size, etag, file.modified)
        if part == "invalid":
            file.stream.close()
            asked = self._asked.get("range") or ""
            return self.error("InvalidRange", {"RangeRequested": asked, "ActualObjectSize": str(file.size)})
        first, last = part or (0, file.size - 1)
        content_range = (("Content-Range", f"bytes {first}-{last}/{file.size}"),) if part else ()
        headers = Headers(
            (
                *self._common,
                *validators,
                ("Accept-Ranges", "bytes"),
                *content_range,
                ("Content-Type", _TYPES.guess_type(file.path)[0] or _DEFAULT_TYPE),
                ("Content-Length", str(last - first + 1)),
                ("Server", "AmazonS3"),
            )
        )
        return Response(206 if part else 200, headers, self._body(file.stream, first, last - first + 1))

    def _body(self, stream: io.FileIO, first: int, length: int) -> Body:
        if self._is_head:
            stream.close()
            return EMPTY
        stream.seek(first)
        chunks = exactly(_pieces(stream), length)
        if length > CHUNK:
            return Stream(chunks, length, stream.close)
        try:
            return Whole(b"".join(chunks))
        except OriginBodyError:
            return Stream(exactly((), length), length)
        finally:
            stream.close()


def _pieces(stream: io.FileIO) -> Iterator[bytes]:
    try:
        while piece := stream.read(CHUNK):
            yield piece
    except OSError as error:
        raise OriginBodyError(f"the file cannot be read: {error}") from error
