"""The request that a function let go on (LE-117 to LE-132)."""

from __future__ import annotations

import re

from edgeproxy.cloudfront import limits
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import EffectiveOrigin
from edgeproxy.events import check_table as checks
from edgeproxy.events.check import Check, Findings
from edgeproxy.events.encode import Event
from edgeproxy.events.returned_body import replaced_request_body
from edgeproxy.events.returned_headers import returned_request_headers
from edgeproxy.events.returned_origin import returned_origin
from edgeproxy.function import Json
from edgeproxy.messages.body import Body
from edgeproxy.messages.request import Request
from edgeproxy.messages.text import to_text, to_wire

_MISSING = object()
_BAD_IN_URI = re.compile("[\x00-\x20\x7f#?\ud800-\udfff]")
_BAD_IN_QUERYSTRING = re.compile("[\x00-\x20\x7f#\ud800-\udfff]")


def is_whole_event(value: dict[str, Json]) -> bool:
    """Whether a function returned the event, or its `cf`, and not the request or response inside it (LE-355)."""
    return "Records" in value or ("config" in value and "request" in value)


def returned_request(
    event: Event, value: dict[str, Json], findings: Findings
) -> tuple[Request, EffectiveOrigin | None] | None:
    """The request to go on with and, at origin-request, its origin; None when the findings reject the result.

    It is the very request of the event when the function changed nothing.
    """
    given = event.request
    if "uri" not in value and is_whole_event(value):
        findings.add(checks.WHOLE_EVENT, hint="return cf.request (LE-355)", wanted="request")
        return None
    from_gateway = "statusCode" in value
    if from_gateway:
        findings.add(checks.GATEWAY_RESULT, "body", value.get("body"))
    headers = given.headers
    map_returned = value.get("headers", _MISSING)
    if map_returned is not _MISSING:
        headers = returned_request_headers(map_returned, headers, event.hook, findings)
    elif not from_gateway and findings.add(checks.NO_HEADERS, "headers"):
        headers = returned_request_headers({}, headers, event.hook, findings)
    _look_at_read_only_fields(value, given, from_gateway, findings)
    path = _text_field(value, "uri", given.path, checks.BAD_URI, from_gateway, findings)
    query = _text_field(value, "querystring", given.query, checks.BAD_QUERYSTRING, from_gateway, findings)
    if path is not given.path or query is not given.query:
        _look_at_length(path, query, findings)
    origin = event.origin if event.hook is Hook.ORIGIN_REQUEST else None
    if "origin" in value:
        if origin is None:
            findings.add(checks.ORIGIN_AT_VIEWER, "origin", value["origin"])
        else:
            origin = returned_origin(value["origin"], origin, headers, given.headers, findings)
    body: Body = given.body
    if "body" in value and not from_gateway:
        truncated = event.body is not None and event.body.truncated
        body = replaced_request_body(value["body"], event.hook, truncated, findings) or body
    if findings.violations:
        return None
    request = given
    if headers is not given.headers or path is not given.path or query is not given.query or body is not given.body:
        request = Request(given.method, path, query, headers, body, given.viewer)
    return request, origin


def _look_at_read_only_fields(value: dict[str, Json], given: Request, from_gateway: bool, findings: Findings) -> None:
    """`method` and `clientIp` (LE-122, LE-123); a changed value never takes effect."""
    method = value.get("method", _MISSING)
    if method is _MISSING:
        if not from_gateway:
            findings.add(checks.NO_FIELD, "method", name="method")
    elif method != given.method:
        findings.add(checks.READ_ONLY_FIELD, "method", method, name="method", given=given.method)
    address = value.get("clientIp", given.viewer.ip)
    if address != given.viewer.ip:
        findings.add(checks.READ_ONLY_FIELD, "clientIp", address, rule="LE-122", name="clientIp", given=given.viewer.ip)


def _text_field(
    value: dict[str, Json], name: str, given: str, check: Check, from_gateway: bool, findings: Findings
) -> str:
    """`uri` or `querystring` as a wire string; `given` itself when it is unchanged or cannot be used."""
    text = value.get(name, _MISSING)
    if text == (given if given.isascii() else to_text(given)):
        return given
    if text is _MISSING:
        if not from_gateway:
            findings.add(checks.NO_FIELD, name, name=name)
        return given
    problem, hint = _uri_problem(text) if name == "uri" else _querystring_problem(text)
    if problem:
        findings.add(check, name, text, hint=hint, problem=problem)
        return given
    return to_wire(text)


def _uri_problem(text: Json) -> tuple[str, str]:
    """What is wrong with a `uri`, and a hint; empty when nothing is (LE-124)."""
    if not isinstance(text, str):
        return "it is not a string", ""
    if not text.startswith("/"):
        return "it does not begin with /", ""
    found = _BAD_IN_URI.search(text)
    if found is None:
        return "", ""
    if found.group() == "?":
        return "it has a ?", "what follows ? belongs in querystring (LE-375)"
    return f"it has a raw {found.group()!a}", "percent-encode what comes from users (LE-376)"


def _querystring_problem(text: Json) -> tuple[str, str]:
    """What is wrong with a `querystring`, and a hint; empty when nothing is (LE-127)."""
    if not isinstance(text, str):
        return "it is not a string", "" if text is not None else "without parameters it is the empty string"
    if text.startswith("?"):
        return "it begins with ?", "give it without ?"
    found = _BAD_IN_QUERYSTRING.search(text)
    return ("", "") if found is None else (f"it has a raw {found.group()!a}", "")


def _look_at_length(path: str, query: str, findings: Findings) -> None:
    size = len(to_text(path)) + (1 + len(to_text(query)) if query else 0)
    if size >= limits.URI_AND_QUERYSTRING:
        limit = f"{limits.URI_AND_QUERYSTRING:,}"
        findings.add(checks.LONG_URI, "uri", "", size=f"{size:,}", limit=limit)
