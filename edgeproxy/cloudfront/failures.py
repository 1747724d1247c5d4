"""What went wrong, and what CloudFront answers: one table, a row per failure with its source."""

from __future__ import annotations

import enum

import msgspec

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import OriginFailure, OriginFault
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.function import FaultKind


class FailureKind(enum.Enum):
    """Every failure that the edge answers itself."""

    VALIDATION = "validation"
    """A function's result cannot be used (LE-192)."""
    EXECUTION = "execution"
    """A function gave no result (LE-193)."""
    TIMEOUT = "timeout"
    """A function ran longer than its time-out (LE-195)."""
    LIMIT = "limit"
    """A function was throttled (LE-194)."""
    ORIGIN_DNS = "origin-dns"
    ORIGIN_CONNECT = "origin-connect"
    ORIGIN_CONNECT_TIMEOUT = "origin-connect-timeout"
    ORIGIN_CLOSED = "origin-closed"
    ORIGIN_READ_TIMEOUT = "origin-read-timeout"
    ORIGIN_INVALID_RESPONSE = "origin-invalid-response"
    ORIGIN_HEADERS_TOO_LARGE = "origin-headers-too-large"
    ORIGIN_TLS = "origin-tls"
    ORIGIN_WRITE = "origin-write"
    ORIGIN_REQUEST_TOO_LARGE = "origin-request-too-large"
    """The request that a function left is larger than the edge sends (LE-191)."""
    VIEWER_BODY = "viewer-body"
    """The viewer's body broke off or broke its framing."""
    BAD_REQUEST = "bad-request"
    UNKNOWN_HOST = "unknown-host"
    URL_TOO_LONG = "url-too-long"
    HEADERS_TOO_LARGE = "headers-too-large"
    REQUEST_TOO_LARGE = "request-too-large"
    """Either of the two above, in the column `2023`."""
    METHOD_NOT_ALLOWED = "method-not-allowed"
    BODY_NOT_ALLOWED = "body-not-allowed"
    HTTPS_REQUIRED = "https-required"
    UNREDIRECTABLE = "unredirectable"
    """An HTTP/1.0 request with a method that only a 307 could redirect (CF-61)."""


class Row(msgspec.Struct, frozen=True):
    """What a failure looks like from outside."""

    status: int
    result_type: str
    """`x-edge-result-type`; `X-Cache` is this and ` from cloudfront`."""
    detailed_result_type: str
    sentence: str
    """The diagnostic sentence of the error page."""
    source: str
    """Rule ids; the first says what the answer is."""

    @property
    def rule(self) -> str:
        """The rule that says what the answer is."""
        return self.source.partition(" ")[0]


_REACH = (
    "CloudFront attempted to establish a connection with the origin, "
    "but either the attempt failed or the origin closed the connection."
)
_NO_RESULT = (
    "The Lambda function associated with the CloudFront distribution is invalid "
    "or doesn't have the required permissions."
)

ROWS: dict[FailureKind, Row] = {
    FailureKind.VALIDATION: Row(
        502,
        "LambdaValidationError",
        "LambdaValidationError",
        "The Lambda function result failed validation: ",
        "LE-192 LE-201",
    ),
    FailureKind.EXECUTION: Row(
        503,
        "LambdaExecutionError",
        "LambdaExecutionError",
        _NO_RESULT,
        "LE-193 LE-202 LE-218",
    ),
    FailureKind.TIMEOUT: Row(
        503,
        "LambdaExecutionError",
        "LambdaExecutionError",
        _NO_RESULT,
        "LE-195 LE-202 LE-218 LE-401",
    ),
    FailureKind.LIMIT: Row(
        503,
        "LambdaLimitExceeded",
        "LambdaLimitExceeded",
        "The Lambda function associated with the CloudFront distribution was throttled.",
        "LE-194 LE-203 LE-219",
    ),
    FailureKind.ORIGIN_DNS: Row(
        502, "Error", "OriginDnsError", "CloudFront wasn't able to resolve the origin domain name.", "CF-230"
    ),
    FailureKind.ORIGIN_CONNECT: Row(
        502, "Error", "OriginConnectError", "CloudFront wasn't able to connect to the origin.", "CF-231"
    ),
    FailureKind.ORIGIN_CONNECT_TIMEOUT: Row(504, "Error", "OriginConnectError", _REACH, "CF-232"),
    FailureKind.ORIGIN_CLOSED: Row(502, "Error", "OriginCommError", _REACH, "CF-233 CF-193"),
    FailureKind.ORIGIN_READ_TIMEOUT: Row(504, "Error", "OriginCommError", _REACH, "CF-234 CF-235"),
    FailureKind.ORIGIN_INVALID_RESPONSE: Row(
        502, "Error", "OriginInvalidResponseError", "The origin's answer is not valid HTTP.", "CF-237 CF-192"
    ),
    FailureKind.ORIGIN_HEADERS_TOO_LARGE: Row(
        502, "Error", "OriginHeaderTooBigError", "The headers of the origin's answer are too large.", "CF-238 CF-191"
    ),
    FailureKind.ORIGIN_TLS: Row(
        502,
        "Error",
        "OriginConnectError",
        "CloudFront wasn't able to make a secure connection to the origin.",
        "CF-239 CF-240",
    ),
    FailureKind.ORIGIN_WRITE: Row(502, "Error", "OriginWriteError", _REACH, "CF-242"),
    FailureKind.ORIGIN_REQUEST_TOO_LARGE: Row(
        502, "Error", "OriginWriteError", "The request to the origin is too large.", "LE-191"
    ),
    FailureKind.VIEWER_BODY: Row(400, "Error", "ClientHungUpRequest", "Bad request.", "CF-57 CF-505"),
    FailureKind.BAD_REQUEST: Row(400, "Error", "InvalidRequest", "Bad request.", "CF-57"),
    FailureKind.UNKNOWN_HOST: Row(403, "Error", "InvalidRequest", "Bad request.", "CF-31"),
    FailureKind.URL_TOO_LONG: Row(414, "Error", "InvalidRequest", "The URL of the request is too long.", "CF-52"),
    FailureKind.HEADERS_TOO_LARGE: Row(
        494, "Error", "InvalidRequestHeader", "The headers of the request are too large.", "CF-53"
    ),
    FailureKind.REQUEST_TOO_LARGE: Row(413, "Error", "InvalidRequest", "The request is too large.", "CF-52 CF-53"),
    FailureKind.METHOD_NOT_ALLOWED: Row(
        403,
        "Error",
        "InvalidRequestMethod",
        "This distribution is not configured to allow the HTTP request method that was used for this request. "
        "The distribution supports only cachable requests.",
        "CF-56 LE-24",
    ),
    FailureKind.BODY_NOT_ALLOWED: Row(403, "Error", "InvalidRequest", "Bad request.", "CF-55"),
    FailureKind.HTTPS_REQUIRED: Row(
        403, "Error", "InvalidRequest", "The request must use HTTPS: its protocol is not allowed.", "CF-58 LE-26"
    ),
    FailureKind.UNREDIRECTABLE: Row(
        403, "Error", "InvalidRequest", "The request must use HTTPS: its protocol is not allowed.", "CF-61"
    ),
}

IN_2023: dict[FailureKind, FailureKind] = {
    FailureKind.URL_TOO_LONG: FailureKind.REQUEST_TOO_LARGE,
    FailureKind.HEADERS_TOO_LARGE: FailureKind.REQUEST_TOO_LARGE,
}
"""Failures that had another answer in the column `2023` -> what they were then (CF-52, CF-53)."""

OF_ORIGIN_FAULT: dict[OriginFault, FailureKind] = {
    OriginFault.DNS: FailureKind.ORIGIN_DNS,
    OriginFault.CONNECT: FailureKind.ORIGIN_CONNECT,
    OriginFault.CONNECT_TIMEOUT: FailureKind.ORIGIN_CONNECT_TIMEOUT,
    OriginFault.CLOSED: FailureKind.ORIGIN_CLOSED,
    OriginFault.READ_TIMEOUT: FailureKind.ORIGIN_READ_TIMEOUT,
    OriginFault.INVALID_RESPONSE: FailureKind.ORIGIN_INVALID_RESPONSE,
    OriginFault.HEADERS_TOO_LARGE: FailureKind.ORIGIN_HEADERS_TOO_LARGE,
    OriginFault.TLS: FailureKind.ORIGIN_TLS,
    OriginFault.WRITE: FailureKind.ORIGIN_WRITE,
    OriginFault.VIEWER_BODY: FailureKind.VIEWER_BODY,
}

OF_FUNCTION_FAULT: dict[FaultKind, FailureKind] = {
    FaultKind.ERROR: FailureKind.EXECUTION,
    FaultKind.EXIT: FailureKind.EXECUTION,
    FaultKind.MARSHAL: FailureKind.EXECUTION,
    FaultKind.TIMEOUT: FailureKind.TIMEOUT,
    FaultKind.THROTTLE: FailureKind.LIMIT,
    FaultKind.NOT_JSON: FailureKind.VALIDATION,
}


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the edge answers with an error of its own."""

    kind: FailureKind
    detail: str
    """For the developer: what happened, in one sentence, with the values."""
    rule: str = ""
    """The rule that was broken, or that says what the answer is."""
    field: str = ""
    """Path into the function's result, as `headers.connection`; `""` when there is none."""
    value: str = ""
    """The value that broke the rule, shortened."""
    hint: str = ""
    """What to do about it."""
    sentence: str = ""
    """The diagnostic sentence; `""` means the row's."""
    hook: Hook | None = None
    function: str = ""
    error_type: str = ""
    """For a function that failed: the runtime's error type."""

    @property
    def row(self) -> Row:
        """What it looks like from outside."""
        return ROWS[self.kind]

    @property
    def diagnosis(self) -> str:
        """The sentence that the error page shows."""
        return self.sentence or self.row.sentence


def under(profile: Profile, kind: FailureKind) -> FailureKind:
    """What a failure counts as in the profile's column."""
    return kind if profile.column == "latest" else IN_2023.get(kind, kind)


def of_origin(failure: OriginFailure) -> Failure:
    """The failure that an unreachable origin is to the viewer."""
    kind = OF_ORIGIN_FAULT[failure.fault]
    return Failure(kind=kind, detail=failure.message, rule=ROWS[kind].rule)
