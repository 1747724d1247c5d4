"""The functions as Lambda@Edge would run them: loaded from their folder, judged by the rules of their hook."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import EffectiveOrigin
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.decode import Answer, GoOn, decode
from edgeproxy.events.encode import Event, EventConfig
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from edgeproxy.messages.text import to_wire

Handler: TypeAlias = Callable[[Any, Any], Any]

FUNCTIONS = Path(__file__).parents[2] / "functions"
CONFIG = EventConfig("d111111abcdef8.cloudfront.net", "EDFDVBD6EXAMPLE", "kQ3vZb0n5Xw1m9Lr==")


def handler_of(name: str) -> Handler:
    """`handler` of `functions/NAME/index.py`."""
    spec = importlib.util.spec_from_file_location(f"function_{name.replace('-', '_')}", FUNCTIONS / name / "index.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.handler
    return handler


def invoke(handler: Handler, event: Event) -> Any:
    """The result, as JSON: nothing of it is an object of the event."""
    return json.loads(json.dumps(handler(event.build(), None)))


def accepted(handler: Handler, event: Event, profile: Profile = LATEST) -> GoOn | Answer:
    """What the edge goes on with. Fails when the result breaks a rule, or gives cause for a warning."""
    decoded = decode(event, invoke(handler, event), profile)
    assert isinstance(decoded, GoOn | Answer), decoded
    assert decoded.warnings == ()
    return decoded


def request_event(
    hook: Hook,
    url: str,
    *,
    method: str = "GET",
    host: str | None = "www.example.com",
    origin: EffectiveOrigin | None = None,
) -> Event:
    """The event for a request. `url` is path and query; without `host` there is no Host header."""
    path, _, query = to_wire(url).partition("?")
    headers = Headers([] if host is None else [("Host", host)])
    return Event(hook=hook, config=CONFIG, request=Request(method, path, query, headers), origin=origin)


def response_event(hook: Hook, headers: dict[str, str], status: int = 200) -> Event:
    """The event for a response with these headers."""
    return Event(
        hook=hook,
        config=CONFIG,
        request=Request("GET", "/", headers=Headers([("Host", "www.example.com")])),
        response=Response(status, Headers(headers.items())),
    )
