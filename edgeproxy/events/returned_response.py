"""The response that a function made or changed (LE-149 to LE-171)."""

from __future__ import annotations

import re

from edgeproxy.cloudfront import limits
from edgeproxy.cloudfront.header_rules import bad_character
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.errors import InternalError
from edgeproxy.events import check_table as checks
from edgeproxy.events.check import Findings
from edgeproxy.events.encode import Event
from edgeproxy.events.returned_body import counted_size, returned_response_body
from edgeproxy.events.returned_headers import returned_response_headers
from edgeproxy.events.returned_request import is_whole_event
from edgeproxy.function import Json
from edgeproxy.messages.body import EMPTY, Body
from edgeproxy.messages.headers import NO_HEADERS, Headers
from edgeproxy.messages.response import Response
from edgeproxy.messages.text import to_text, to_wire

_STATUS = re.compile("[2-5][0-9][0-9]", re.ASCII)
_BODILESS = frozenset({204, 304})


def generated_response(event: Event, value: dict[str, Json], findings: Findings) -> Response | None:
    """A response that a request hook made (LE-14, LE-15); None when the findings reject it."""
    hook = event.hook
    status = _status(value["status"], findings)
    reason = _reason(value, findings)
    headers = NO_HEADERS
    if "headers" in value:
        headers = returned_response_headers(value["headers"], headers, hook, findings)
    body: Body = returned_response_body(value, findings) or EMPTY
    _look_at_size(value, headers, body, hook, findings)
    if status == 204 and body.length:
        check = checks.BODY_WITH_204 if hook is Hook.VIEWER_REQUEST else checks.BODY_WITH_204_AT_ORIGIN
        findings.add(check, "body", value["body"])
        body = EMPTY
    elif status == 304 and body.length:
        findings.add(checks.BODY_DROPPED, "body", value["body"], status="304")
        body = EMPTY
    if findings.violations:
        return None
    return Response(status, _with_length(headers, status, body), body, reason)


def changed_response(event: Event, value: dict[str, Json], findings: Findings) -> Response | None:
    """What a response hook left of its response; None when the findings reject it.

    Headers and body that the function left alone are the objects of the event; so is the response when all was.
    """
    given = event.response
    if given is None:
        raise InternalError(f"an event of {event.hook.value} without a response")
    if "status" not in value:
        _object_to_kind(value, findings)
        return None
    status = given.status
    if value["status"] != str(status):
        status = _status(value["status"], findings)
    reason = given.reason
    headers = returned_response_headers(value.get("headers", {}), given.headers, event.hook, findings)
    body = given.body
    if event.hook is Hook.VIEWER_RESPONSE:
        if status != given.status:
            findings.add(checks.STATUS_CHANGED, "status", value["status"], given=str(given.status))
            status = given.status
        if "body" in value:
            findings.add(checks.BODY_AT_VIEWER, "body", value["body"])
    else:
        if status != given.status or value.get("statusDescription") != to_text(given.phrase):
            reason = _reason(value, findings)
        made = returned_response_body(value, findings)
        if made is not None:
            _look_at_size(value, headers, made, event.hook, findings)
            headers, body = _with_new_body(headers, given, status, made, findings)
    if findings.violations:
        return None
    if status == given.status and headers is given.headers and body is given.body and reason == given.reason:
        return given
    return Response(status, headers, body, reason)


def _object_to_kind(value: dict[str, Json], findings: Findings) -> None:
    """A result of a response hook that is no response (LE-227)."""
    if is_whole_event(value):
        findings.add(checks.WHOLE_EVENT, hint="return cf.response (LE-355)", wanted="response")
    elif "uri" in value or "method" in value:
        findings.add(checks.REQUEST_AT_RESPONSE)
    else:
        findings.add(checks.NO_STATUS, "status")


def _with_new_body(
    headers: Headers, given: Response, status: int, made: Body, findings: Findings
) -> tuple[Headers, Body]:
    """Headers and body of a response whose body origin-response replaced."""
    if status in _BODILESS and made.length:
        findings.add(checks.BODY_DROPPED, "body", "", status=str(status))
        made = EMPTY
    encoding = headers.get("content-encoding")
    if made.length and encoding is not None and encoding == given.headers.get("content-encoding"):
        findings.add(checks.STALE_ENCODING, "headers.content-encoding", to_text(encoding))
    return _with_length(headers, status, made), made


def _status(value: Json, findings: Findings) -> int:
    """The status code of a result (LE-149, LE-150, LE-164); 0, and a finding, when it is none."""
    if isinstance(value, str) and _STATUS.fullmatch(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599:
        return value
    findings.add(checks.BAD_STATUS, "status", value)
    return 0


def _reason(value: dict[str, Json], findings: Findings) -> str:
    """The reason phrase as a wire string; `""`, the standard one, when none is given (LE-151, LE-152)."""
    text = value.get("statusDescription")
    if text is None:
        return ""
    if isinstance(text, str) and bad_character(text) is None:
        return to_wire(text)
    findings.add(checks.BAD_DESCRIPTION, "statusDescription", text)
    return ""


def _with_length(headers: Headers, status: int, body: Body) -> Headers:
    """The headers with the length of a body that a function made (LE-158); a 204 or 304 gets none."""
    headers = headers.without({"transfer-encoding"})
    if status in _BODILESS:
        return headers.without({"content-length"})
    length = str(body.length)
    return headers if headers.all("content-length") == (length,) else headers.replaced("Content-Length", length)


def _look_at_size(value: dict[str, Json], headers: Headers, body: Body, hook: Hook, findings: Findings) -> None:
    """Headers and body of a response that a function made (LE-170, LE-247, LE-252)."""
    limit = limits.GENERATED_RESPONSE[hook]
    size = sum(len(name) + len(line) for name, line in headers)
    if body.length:
        size += counted_size(value, body.length, findings)
    if size > limit:
        findings.add(checks.LARGE_RESPONSE, "body", "", size=f"{size:,}", limit=f"{limit:,}")
