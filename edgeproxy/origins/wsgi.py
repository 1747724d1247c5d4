"""A WSGI application (PEP 3333) in this process as an origin."""

from __future__ import annotations

import difflib
import importlib
import io
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from edgeproxy.cloudfront.origin import CustomOrigin, OriginFailure, OriginFault, OriginRequest
from edgeproxy.errors import BodyError, ConfigError, OriginBodyError, Problem
from edgeproxy.messages.body import EMPTY, Body, Stream, Whole
from edgeproxy.messages.response import Response
from edgeproxy.messages.url import split_target
from edgeproxy.origins.answer import declared_length, exactly, is_bodiless, response_headers

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TypeAlias

    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    ExcInfo: TypeAlias = (
        tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None
    )

_log = logging.getLogger("edgeproxy.origins.wsgi")

_STATUS = re.compile(r"([2-9]\d\d)(?: (.*))?", re.ASCII | re.DOTALL)
_SPEC = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)(\(\))?")
_APP_ERRORS = (Exception, SystemExit)


class WsgiOrigin:
    """Answers with an application, on the thread of the request.

    Bodies stream both ways, except what the application passes to `write()`: that is held until it returns. An
    application that raises is an origin that closes the connection; the traceback goes to the log, not to the viewer.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def fetch(self, request: OriginRequest) -> Response | OriginFailure:
        """The application's answer, as soon as it has begun its body (PEP 3333 lets it change its mind until then)."""
        call = _Call(request)
        try:
            call.run(self._app)
            return call.response()
        except _APP_ERRORS as error:
            call.close()
            if call.viewer_error is not None:
                return OriginFailure(OriginFault.VIEWER_BODY, str(call.viewer_error))
            _log.exception("the application of origin %s raised on %s", request.origin_id, request.target)
            return _failure(OriginFault.CLOSED, request, f"the application raised {type(error).__name__}")

    def close(self) -> None:
        """Nothing is kept."""


class _Call:
    """One call of the application."""

    def __init__(self, request: OriginRequest) -> None:
        self._request = request
        self._status = ""
        self._lines: list[tuple[str, str]] | None = None
        self._sent = False
        self._written: list[bytes] = []
        self._iterable: Iterable[bytes] = ()
        self._rest: Iterator[bytes] = iter(())
        self.viewer_error: BodyError | None = None

    def run(self, app: WSGIApplication) -> None:
        """Call the application and read up to the first bytes of its body, which call for its headers."""
        environ = _environ(self._request, self._on_viewer_error)
        self._iterable = app(environ, self._start_response)
        self._rest = iter(self._iterable)
        if self._lines is not None and is_bodiless(self._request.method, 0):
            return
        while not any(self._written):
            chunk = next(self._rest, None)
            if chunk is None:
                return
            self._written.append(chunk)

    def response(self) -> Response | OriginFailure:
        """The answer. The application is closed when there is nothing more to read."""
        if self.viewer_error is not None:
            self.close()
            return OriginFailure(OriginFault.VIEWER_BODY, str(self.viewer_error))
        result = self._checked()
        if isinstance(result, OriginFailure):
            self.close()
        return result

    def _checked(self) -> Response | OriginFailure:
        if self._lines is None:
            return _failure(
                OriginFault.CLOSED, self._request, "the application returned without calling start_response"
            )
        match = _STATUS.fullmatch(self._status)
        if match is None:
            return _failure(
                OriginFault.INVALID_RESPONSE, self._request, f"the status {self._status!r} is not of the form `200 OK`"
            )
        headers = response_headers(self._lines, match[2] or "")
        if isinstance(headers, OriginFailure):
            return _failure(headers.fault, self._request, headers.message)
        length = declared_length(headers)
        if isinstance(length, OriginFailure):
            return _failure(length.fault, self._request, length.message)
        self._sent = True
        status = int(match[1])
        return Response(status, headers, self._body(status, length), match[2] or "")

    def _body(self, status: int, length: int | None) -> Body:
        if is_bodiless(self._request.method, status):
            self.close()
            return EMPTY
        if isinstance(self._iterable, list | tuple):
            # All of it is here; a Content-Length that does not fit is still an origin that breaks off.
            data = b"".join((*self._written, *self._rest))
            self.close()
            if length is None or length == len(data):
                return Whole(data)
            return Stream(exactly((data,), length), length)
        chunks = self._chunks()
        return Stream(chunks if length is None else exactly(chunks, length), length, self.close)

    def _chunks(self) -> Iterator[bytes]:
        written, self._written = self._written, []
        yield from written
        while True:
            try:
                chunk = next(self._rest, None)
            except _APP_ERRORS as error:
                _log.exception("the application of origin %s raised in its body", self._request.origin_id)
                raise OriginBodyError(f"the application raised {type(error).__name__} in its body") from error
            if chunk is None:
                return
            if chunk:
                yield chunk

    def close(self) -> None:
        """Tell the application that nobody reads on."""
        close = getattr(self._iterable, "close", None)
        self._iterable = ()
        if close is not None:
            try:
                close()
            except _APP_ERRORS:
                _log.exception("the application of origin %s raised in close()", self._request.origin_id)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo = None, /
    ) -> Callable[[bytes], object]:
        if exc_info is not None:
            error = exc_info[1]
            if self._sent and error is not None:
                raise error.with_traceback(exc_info[2])
        elif self._lines is not None:
            raise AssertionError("start_response was called twice without exc_info")
        self._status, self._lines = status, list(headers)
        return self._written.append

    def _on_viewer_error(self, error: BodyError) -> None:
        self.viewer_error = error


class _Input(io.RawIOBase):
    """A body as a raw stream."""

    def __init__(self, body: Body, on_error: Callable[[BodyError], None]) -> None:
        self._chunks = iter(body)
        self._on_error = on_error
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a part of the buffer; 0 at the end. Raises `BodyError`."""
        while not self._rest:
            try:
                chunk = next(self._chunks, None)
            except BodyError as error:
                self._on_error(error)
                raise
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _environ(request: OriginRequest, on_viewer_error: Callable[[BodyError], None]) -> WSGIEnvironment:
    """What a server at the other end of an HTTP connection would hand to the application."""
    path, query = split_target(request.target)
    origin = request.origin
    scheme, port = (origin.protocol, origin.port) if isinstance(origin, CustomOrigin) else ("https", 443)
    body = request.body
    stream = io.BytesIO(body.data) if isinstance(body, Whole) else io.BufferedReader(_Input(body, on_viewer_error))
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": request.target,
        "REQUEST_URI": request.target,
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": origin.domain_name,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        # X_A and X-A would be one key; servers drop the first, as a proxy in front may have checked only the second.
        key = "HTTP_" + name.upper().replace("-", "_")
        if "_" in name or key in ("HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_CONNECTION"):
            continue
        if key == "HTTP_CONTENT_TYPE":
            environ["CONTENT_TYPE"] = value
        elif key in environ:
            environ[key] += ("; " if key == "HTTP_COOKIE" else ",") + value
        else:
            environ[key] = value
    if body.length is None:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    elif request.has_body or body.length:
        environ["CONTENT_LENGTH"] = str(body.length)
    return environ


def _failure(fault: OriginFault, request: OriginRequest, message: str) -> OriginFailure:
    return OriginFailure(fault, f"{request.method} {request.target} (origin {request.origin_id}): {message}")


def load_app(spec: str, base: str = "") -> WSGIApplication:
    """The application that a configuration names.

    :param spec: `package.module:name`, or `package.module:factory()`.
    :param base: a folder that modules are imported from too; it stays on `sys.path`, as the application may import
        more of it later.
    :raises errors.ConfigError: with one problem, which says what is missing or what was raised.
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise _problem(f"`{spec}` names no application", "write `package.module:app` or `package.module:create_app()`")
    module_name, path, is_factory = match.groups()
    if base and (folder := str(Path(base).absolute())) not in sys.path:
        sys.path.insert(0, folder)
    try:
        found: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise _problem(f"`{module_name}` cannot be imported: {error}") from error
        raise _problem(f"there is no module `{error.name}`", f"looked in {base}" if base else "") from error
    except _APP_ERRORS as error:
        raise _problem(f"`{module_name}` cannot be imported: {type(error).__name__}: {error}") from error
    for name in path.split("."):
        if not hasattr(found, name):
            close = difflib.get_close_matches(name, dir(found), 1)
            raise _problem(f"`{module_name}` has no `{path}`", f"did you mean `{close[0]}`?" if close else "")
        found = getattr(found, name)
    if is_factory:
        try:
            found = found()
        except _APP_ERRORS as error:
            raise _problem(f"`{spec}` raised {type(error).__name__}: {error}") from error
    if not callable(found):
        raise _problem(f"`{spec}` is {type(found).__name__}, not a WSGI application", "it must be callable")
    app: WSGIApplication = found
    return app


def _problem(message: str, hint: str = "") -> ConfigError:
    return ConfigError([Problem(message, hint=hint)])
