"""Origins as configured, as one request uses them, and what can become of such a request."""

from __future__ import annotations

import enum
from typing import Literal, TypeAlias

import msgspec

from edgeproxy.messages.body import EMPTY, Body
from edgeproxy.messages.headers import NO_HEADERS, Headers


class CustomOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """A custom origin as a function sees it, every value resolved (LE-69 to LE-77)."""

    domain_name: str
    path: str = ""
    """`""`, or begins with `/` and does not end with one (LE-72)."""
    protocol: Literal["http", "https"] = "http"
    port: int = 80
    read_timeout: int = 30
    """Seconds to the first byte, and between two packets (CF-249)."""
    keepalive_timeout: int = 5
    """Seconds that an idle connection is kept (CF-123)."""
    ssl_protocols: tuple[str, ...] = ("TLSv1.2",)
    custom_headers: Headers = NO_HEADERS


class S3Origin(msgspec.Struct, frozen=True, kw_only=True):
    """An S3 origin as a function sees it (LE-78 to LE-80)."""

    domain_name: str
    path: str = ""
    region: str = ""
    auth_method: Literal["none", "origin-access-identity"] = "none"
    custom_headers: Headers = NO_HEADERS


EffectiveOrigin: TypeAlias = CustomOrigin | S3Origin


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """A configured origin. Ranges and defaults are CF-6."""

    id: str
    domain_name: str
    is_s3: bool = False
    """S3-typed (CF-7). `region` and `auth_method` matter then, protocols and ports do not."""
    path: str = ""
    protocol_policy: Literal["http-only", "https-only", "match-viewer"] = "match-viewer"
    http_port: int = 80
    https_port: int = 443
    read_timeout: int = 30
    keepalive_timeout: int = 5
    connection_attempts: int = 3
    connection_timeout: int = 10
    """Seconds for each attempt to connect (CF-247)."""
    ssl_protocols: tuple[str, ...] = ("TLSv1.2",)
    custom_headers: Headers = NO_HEADERS
    region: str = ""
    auth_method: Literal["none", "origin-access-identity"] = "none"

    def effective(self, viewer_scheme: str) -> EffectiveOrigin:
        """The origin for one request: `match-viewer` is resolved with the viewer's scheme (CF-11)."""
        if self.is_s3:
            return S3Origin(
                domain_name=self.domain_name,
                path=self.path,
                region=self.region,
                auth_method=self.auth_method,
                custom_headers=self.custom_headers,
            )
        https = self.protocol_policy == "https-only" or (
            self.protocol_policy == "match-viewer" and viewer_scheme == "https"
        )
        return CustomOrigin(
            domain_name=self.domain_name,
            path=self.path,
            protocol="https" if https else "http",
            port=self.https_port if https else self.http_port,
            read_timeout=self.read_timeout,
            keepalive_timeout=self.keepalive_timeout,
            ssl_protocols=self.ssl_protocols,
            custom_headers=self.custom_headers,
        )


class OriginRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request as it goes to an origin: what stands here is what is sent."""

    origin_id: str
    """Id of the configured origin; a function may have pointed `origin` elsewhere."""
    origin: EffectiveOrigin
    method: str
    target: str
    """Origin path, path and query as they go into the request line (CF-8, CF-115)."""
    headers: Headers
    """In order, with Host; without `Connection` and `Transfer-Encoding`, which belong to the connection."""
    body: Body = EMPTY
    has_body: bool = False
    """The viewer sent a body, or a function made one: then framing is sent even for a length of 0."""
    connection_attempts: int = 3
    connection_timeout: float = 10.0


class OriginFault(enum.Enum):
    """How an origin can fail to answer; the table in `failures` has a row for each (CF-230 to CF-244)."""

    DNS = "dns"
    CONNECT = "connect"
    CONNECT_TIMEOUT = "connect-timeout"
    CLOSED = "closed"
    """The connection ended before a complete header block."""
    READ_TIMEOUT = "read-timeout"
    INVALID_RESPONSE = "invalid-response"
    HEADERS_TOO_LARGE = "headers-too-large"
    TLS = "tls"
    WRITE = "write"
    """The request body could not be sent."""
    VIEWER_BODY = "viewer-body"
    """The viewer stopped sending its body before the end: not the origin's fault, and nothing came of the request."""


class OriginFailure(msgspec.Struct, frozen=True):
    """An origin gave no response."""

    fault: OriginFault
    message: str
    """For the developer: what was tried, and what the system said."""
