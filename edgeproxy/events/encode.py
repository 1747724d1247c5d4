"""A message at a hook as the event that a function is given (LE-46 to LE-114)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping

import msgspec

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin, EffectiveOrigin
from edgeproxy.events.header_map import header_map, header_template
from edgeproxy.events.schema import HeaderMap
from edgeproxy.function import Json
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from edgeproxy.messages.response import Response
from edgeproxy.messages.text import to_text


class EventConfig(msgspec.Struct, frozen=True):
    """`cf.config` without the event type (LE-48 to LE-51)."""

    distribution_domain_name: str
    """The `*.cloudfront.net` name, never an alias."""
    distribution_id: str
    request_id: str


class GivenBody(msgspec.Struct, frozen=True):
    """The request body that a function is shown (LE-64, LE-65)."""

    data: bytes
    """Its first bytes, as many as the hook allows."""
    truncated: bool
    """There were more."""


class _Presence(msgspec.Struct, frozen=True):
    event_type: str
    body: bool
    origin: bool
    response: bool


_PRESENCE: Mapping[Hook, _Presence] = {
    Hook.VIEWER_REQUEST: _Presence("viewer-request", body=True, origin=False, response=False),
    Hook.ORIGIN_REQUEST: _Presence("origin-request", body=True, origin=True, response=False),
    Hook.ORIGIN_RESPONSE: _Presence("origin-response", body=False, origin=True, response=True),
    Hook.VIEWER_RESPONSE: _Presence("viewer-response", body=False, origin=False, response=True),
}
"""Which parts an event of each hook has (LE-53)."""


def origin_part(origin: EffectiveOrigin) -> dict[str, Json]:
    """`request.origin` (LE-69 to LE-79), new in every part."""
    if isinstance(origin, CustomOrigin):
        return {
            "custom": {
                "customHeaders": header_map(origin.custom_headers),
                "domainName": origin.domain_name,
                "keepaliveTimeout": origin.keepalive_timeout,
                "path": origin.path,
                "port": origin.port,
                "protocol": origin.protocol,
                "readTimeout": origin.read_timeout,
                "sslProtocols": list(origin.ssl_protocols),
            }
        }
    return {
        "s3": {
            "authMethod": origin.auth_method,
            "customHeaders": header_map(origin.custom_headers),
            "domainName": origin.domain_name,
            "path": origin.path,
            "region": origin.region,
        }
    }


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One invocation's event. It is data to the pipeline; `build` makes the JSON that a function gets."""

    hook: Hook
    config: EventConfig
    request: Request
    origin: EffectiveOrigin | None = None
    """At origin-request and origin-response; elsewhere it is not shown."""
    response: Response | None = None
    """At origin-response and viewer-response."""
    body: GivenBody | None = None
    """At viewer-request and origin-request, with Include Body (LE-63)."""

    def build(self) -> dict[str, Json]:
        """The event, new in every part: a handler may do what it likes with it (LE-300)."""
        presence = _PRESENCE[self.hook]
        config = self.config
        cf: dict[str, Json] = {
            "config": {
                "distributionDomainName": config.distribution_domain_name,
                "distributionId": config.distribution_id,
                "eventType": presence.event_type,
                "requestId": config.request_id,
            },
            "request": self._request_part(presence),
        }
        if presence.response and self.response is not None:
            cf["response"] = _response_part(self.response)
        return {"Records": [{"cf": cf}]}

    def subject(self) -> dict[str, Json]:
        """The part of the event that a function of this hook usually returns: the request or the response, new."""
        presence = _PRESENCE[self.hook]
        if presence.response and self.response is not None:
            return _response_part(self.response)
        return self._request_part(presence)

    def likely_result(self) -> dict[str, Json]:
        """What a function that changes nothing returns. Its header maps are shared: it is only to be compared with."""
        presence = _PRESENCE[self.hook]
        if presence.response and self.response is not None:
            return _response_part(self.response, header_template)
        return self._request_part(presence, header_template)

    def _request_part(
        self, presence: _Presence, headers: Callable[[Headers], HeaderMap] = header_map
    ) -> dict[str, Json]:
        request = self.request
        part: dict[str, Json] = {
            "clientIp": request.viewer.ip,
            "method": request.method,
            "uri": to_text(request.path),
            "querystring": to_text(request.query),
            "headers": headers(request.headers),
        }
        body = self.body
        if body is not None and presence.body:
            part["body"] = {
                "action": "read-only",
                "data": b64encode(body.data).decode("ascii"),
                "encoding": "base64",
                "inputTruncated": body.truncated,
            }
        if presence.origin and self.origin is not None:
            part["origin"] = origin_part(self.origin)
        return part


def _response_part(response: Response, headers: Callable[[Headers], HeaderMap] = header_map) -> dict[str, Json]:
    return {
        "status": str(response.status),
        "statusDescription": to_text(response.phrase),
        "headers": headers(response.headers),
    }
