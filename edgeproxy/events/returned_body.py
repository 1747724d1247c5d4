"""The body that a function returned, of a request or of a response (LE-133 to LE-140, LE-154 to LE-163)."""

from __future__ import annotations

import binascii
from collections.abc import Mapping

from edgeproxy.cloudfront import limits
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.events import check_table as checks
from edgeproxy.events.check import Findings
from edgeproxy.function import Json
from edgeproxy.messages.body import EMPTY, Whole

_WHITE_SPACE = str.maketrans(dict.fromkeys(" \t\r\n") | {"-": "+", "_": "/", "=": None})


def replaced_request_body(value: Json, hook: Hook, truncated: bool, findings: Findings) -> Whole | None:
    """The new request body, or None when the one the viewer sent goes on (LE-68).

    :param value: `body` of the result.
    :param truncated: the function was shown only a part of the original.
    """
    if not isinstance(value, dict):
        findings.add(checks.REQUEST_BODY, "body", value, problem="the body is not an object")
        return None
    action = value.get("action", "read-only")
    if action == "read-only":
        return None
    if action != "replace":
        findings.add(checks.REQUEST_BODY, "body.action", action, problem="the action must be read-only or replace")
        return None
    encoding = value.get("encoding", "base64")
    data = value.get("data")
    if encoding not in ("base64", "text"):
        findings.add(checks.REQUEST_BODY, "body.encoding", encoding, problem="the encoding must be base64 or text")
        return None
    if not isinstance(data, str):
        findings.add(checks.REQUEST_BODY, "body.data", data, problem="the data is not a string")
        return None
    octets = decoded(data, encoding, "body.data", "LE-134", findings)
    if octets is None:
        return None
    limit = limits.REPLACED_BODY_TEXT[hook]
    if len(octets) > limit:
        size = f"{len(octets):,}"
        findings.add(checks.LARGE_BODY, "body.data", "", size=size, limit=f"{limit:,}")
        if findings.profile.choice("LE-136") == "cut":
            octets = octets[:limit]
    if truncated:
        findings.add(checks.REST_LOST, "body.data")
    return Whole(octets)


def returned_response_body(value: Mapping[str, Json], findings: Findings) -> Whole | None:
    """The body that a function gave a response, or None when it gave none.

    :param value: the result: `body` and `bodyEncoding` are read.
    """
    encoding = value.get("bodyEncoding", "text")
    if encoding not in ("text", "base64"):
        findings.add(checks.BODY_ENCODING, "bodyEncoding", encoding)
        return None
    if "body" not in value:
        return None
    body = value["body"]
    if not isinstance(body, str):
        hint = "" if body is not None else "leave body out, or give text: no function sees the origin's body (LE-370)"
        findings.add(checks.RESPONSE_BODY, "body", body, hint=hint)
        return None
    octets = decoded(body, encoding, "body", "LE-245", findings)
    return None if octets is None else Whole(octets) if octets else EMPTY


def counted_size(value: Mapping[str, Json], octets: int, findings: Findings) -> int:
    """What a returned body counts against the size of the response (LE-252): bytes.

    :param octets: how many it decodes to.
    """
    if value.get("bodyEncoding") == "base64" and findings.profile.choice("LE-252") == "encoded":
        return len(value["body"])
    return octets


def decoded(text: str, encoding: str, field: str, rule: str, findings: Findings) -> bytes | None:
    """The octets of a body that a function gave; None, and a finding, when they cannot be had."""
    if encoding == "text":
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            findings.add(checks.BODY_TEXT, field)
            return None
    if findings.profile.choice("LE-246") == "relaxed":
        text = text.translate(_WHITE_SPACE)
        text += "=" * (-len(text) % 4)
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        findings.add(checks.BODY_BASE64, field, text, rule=rule)
        return None
