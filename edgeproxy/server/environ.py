"""The environ of a request: PEP 3333, and beside it what PEP 3333 cannot carry.

`REQUEST_URI` is the request target as the viewer sent it, and `edgeproxy.header_lines` every header line. Both hold
wire strings. Nothing of the process environment gets in.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

HEADER_LINES = "edgeproxy.header_lines"
"""The key of a list of `(name, value)`: lines of one name in the order that they were sent in."""

_PROTOCOLS = {"1": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2.0", "3": "HTTP/3.0"}

_NAMES: dict[bytes, tuple[str, str, str]] = {}
# Viewers choose names, so what is remembered of them has a bound.
_MAX_NAMES = 1024
_MAX_NAME_LENGTH = 64


def _spell(name: bytes) -> tuple[str, str, str]:
    """A lower-case header name as HTTP/1.x and as HTTP/2 show it, and its key in the environ, `""` for none."""
    lower = name.decode("latin-1")
    title = "-".join(part.capitalize() for part in lower.split("-"))
    if lower in ("content-length", "content-type"):
        key = lower.replace("-", "_").upper()
    elif "_" in lower:
        key = ""  # would pass for the name with a hyphen; `header_lines` has it
    else:
        key = "HTTP_" + lower.replace("-", "_").upper()
    spelled = (title, lower, key)
    if len(_NAMES) < _MAX_NAMES and len(name) <= _MAX_NAME_LENGTH:
        _NAMES[name] = spelled
    return spelled


def build_environ(scope: Mapping[str, Any], viewer_input: object) -> dict[str, Any]:
    """The environ for an ASGI `http` scope of Granian's.

    Header names of HTTP/1.x viewers arrive in lower case and are given in title case. A missing Host arrives as an
    empty first line and is taken out again.
    """
    raw_path: bytes = scope["raw_path"]
    query = scope["query_string"].decode("latin-1")
    target = raw_path.decode("latin-1")
    version = scope["http_version"]
    server, client = scope["server"], scope["client"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw_path).decode("latin-1") if b"%" in raw_path else target,
        "QUERY_STRING": query,
        "REQUEST_URI": f"{target}?{query}" if query else target,
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": _PROTOCOLS.get(version, f"HTTP/{version}"),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": viewer_input,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    spelling = 1 if version in ("2", "3") else 0
    lines: list[tuple[str, str]] = []
    headers = scope["headers"]
    if headers and headers[0] == (b"host", b""):
        headers = headers[1:]
    for name, octets in headers:
        spelled = _NAMES.get(name) or _spell(name)
        value = octets.decode("latin-1")
        lines.append((spelled[spelling], value))
        key = spelled[2]
        if key not in environ:
            environ[key] = value
        elif key.startswith("HTTP_"):
            environ[key] += ("; " if key == "HTTP_COOKIE" else ",") + value
    environ.pop("", None)
    environ[HEADER_LINES] = lines
    if not target:  # CONNECT names an authority, which Granian shows in Host only
        environ["REQUEST_URI"] = environ.get("HTTP_HOST", "")
    return environ
