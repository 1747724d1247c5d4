"""Events and results that the tests of this folder change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin, EffectiveOrigin, S3Origin
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.check import Violation
from edgeproxy.events.decode import Answer, Decoded, GoOn, Rejected, decode
from edgeproxy.events.encode import Event, EventConfig, GivenBody
from edgeproxy.messages.body import EMPTY, Body, Whole
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.request import Request, Viewer
from edgeproxy.messages.response import Response

LENIENT = Profile(strict=False)
OLD = Profile(column="2023")

CONFIG = EventConfig(
    "d1edgeproxytest.cloudfront.net", "E2EDGEPROXY01", "kQ3vZb0n5Xw1m9LrT7aYcD2eFgH4iJ6kOpQsUuVx8zB_y0AaBb=="
)
CUSTOM = CustomOrigin(
    domain_name="origin.example.test",
    path="/v2",
    protocol="https",
    port=8443,
    custom_headers=Headers([("X-From-Edge", "s3cr3t")]),
)
S3 = S3Origin(domain_name="assets.s3.eu-central-1.amazonaws.com", region="eu-central-1")
S3_IDENTITY = S3Origin(
    domain_name="assets.s3.eu-central-1.amazonaws.com", region="eu-central-1", auth_method="origin-access-identity"
)
REQUEST_LINES = (("Host", "www.example.test"), ("user-agent", "Test/1.0"), ("Cookie", "a=1"), ("Cookie", "b=2"))
RESPONSE_LINES = (("Content-Type", "text/html"), ("Content-Length", "5"), ("ETag", '"1"'))


def event_at(
    hook: Hook,
    *,
    lines: Sequence[Line] | None = None,
    path: str = "/a",
    query: str = "x=1",
    method: str = "GET",
    origin: EffectiveOrigin = CUSTOM,
    status: int = 200,
    reason: str = "",
    shown_body: GivenBody | None = None,
    body: Body = EMPTY,
) -> Event:
    """An event of a hook. `lines` are the headers of what the function returns."""
    request_lines = REQUEST_LINES if lines is None or not hook.on_request else lines
    response_lines = RESPONSE_LINES if lines is None or hook.on_request else lines
    return Event(
        hook=hook,
        config=CONFIG,
        request=Request(method, path, query, Headers(request_lines), body, Viewer(ip="198.51.100.23", scheme="https")),
        origin=None if hook.at_viewer else origin,
        response=None if hook.on_request else Response(status, Headers(response_lines), Whole(b"hello"), reason),
        body=shown_body,
    )


def item(key: str, value: str) -> list[dict[str, str]]:
    """The list of one header with one line."""
    return [{"key": key, "value": value}]


def changed(event: Event, *, headers: dict[str, Any] | None = None, without: Sequence[str] = (), **fields: Any) -> Any:
    """What a function returns that sets `headers` and `fields` and deletes the fields and `headers.…` of `without`."""
    value = event.subject()
    value["headers"].update(headers or {})
    value.update(fields)
    for path in without:
        place, _, name = path.rpartition(".")
        del (value[place] if place else value)[name]
    return value


def rejected(event: Event, value: Any, profile: Profile = LATEST) -> Violation:
    """The violation that decides."""
    decoded = decode(event, value, profile)
    assert isinstance(decoded, Rejected), decoded
    return decoded.violations[0]


def went_on(event: Event, value: Any, profile: Profile = LATEST) -> GoOn:
    decoded = decode(event, value, profile)
    assert isinstance(decoded, GoOn), decoded
    return decoded


def answered(event: Event, value: Any, profile: Profile = LATEST) -> Answer:
    decoded = decode(event, value, profile)
    assert isinstance(decoded, Answer), decoded
    return decoded


def warned(decoded: Decoded) -> tuple[str, ...]:
    """The rules of the warnings."""
    assert not isinstance(decoded, Rejected), decoded
    return tuple(warning.rule for warning in decoded.warnings)
