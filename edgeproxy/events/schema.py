"""The shapes of an event, and of the parts of it that a function returns (LE-46 to LE-95)."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict


class HeaderItem(TypedDict):
    """One header line (LE-85)."""

    key: str
    """The name as it was on the wire (LE-87)."""
    value: str


HeaderMap: TypeAlias = dict[str, list[HeaderItem]]
"""Lower-case name -> its lines, in order (LE-85, LE-86)."""


class Config(TypedDict):
    """`cf.config` (LE-48 to LE-51)."""

    distributionDomainName: str
    distributionId: str
    eventType: Literal["viewer-request", "origin-request", "origin-response", "viewer-response"]
    requestId: str


class Body(TypedDict):
    """`request.body`, as given (LE-64)."""

    action: Literal["read-only"]
    data: str
    encoding: Literal["base64"]
    inputTruncated: bool


class CustomOriginPart(TypedDict):
    """`origin.custom` (LE-70 to LE-77)."""

    customHeaders: HeaderMap
    domainName: str
    keepaliveTimeout: int
    path: str
    port: int
    protocol: Literal["http", "https"]
    readTimeout: int
    sslProtocols: list[str]


class S3OriginPart(TypedDict):
    """`origin.s3` (LE-70 to LE-72, LE-78, LE-79)."""

    authMethod: Literal["none", "origin-access-identity"]
    customHeaders: HeaderMap
    domainName: str
    path: str
    region: str


class OriginPart(TypedDict):
    """`request.origin`: exactly one of the two (LE-69)."""

    custom: NotRequired[CustomOriginPart]
    s3: NotRequired[S3OriginPart]


class RequestPart(TypedDict):
    """`cf.request` (LE-54 to LE-62)."""

    clientIp: str
    method: str
    uri: str
    querystring: str
    headers: HeaderMap
    body: NotRequired[Body]
    origin: NotRequired[OriginPart]


class ResponsePart(TypedDict):
    """`cf.response` (LE-53, LE-150)."""

    status: str
    statusDescription: str
    headers: HeaderMap


class Cf(TypedDict):
    """`cf` (LE-47)."""

    config: Config
    request: RequestPart
    response: NotRequired[ResponsePart]


class Record(TypedDict):
    """The one item of `Records`."""

    cf: Cf


class EventPart(TypedDict):
    """A whole event (LE-46)."""

    Records: list[Record]
