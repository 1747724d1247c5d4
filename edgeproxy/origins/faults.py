"""How an origin failed: every exception of a sender, and the fault that it is."""

from __future__ import annotations

import httpcore

from edgeproxy.cloudfront.origin import OriginFailure, OriginFault
from edgeproxy.errors import BodyError, OriginBodyError
from edgeproxy.origins.connection import ClosedError, HeadTooLargeError, NameNotFoundError, TlsError

# The first row that fits holds: subclasses stand before their bases.
_ROWS: tuple[tuple[type[Exception], OriginFault, str], ...] = (
    (BodyError, OriginFault.VIEWER_BODY, "CF-57"),  # of the request: an answer has no body yet
    (NameNotFoundError, OriginFault.DNS, "CF-230"),
    (TlsError, OriginFault.TLS, "CF-239 CF-240 CF-241"),
    (httpcore.ConnectTimeout, OriginFault.CONNECT_TIMEOUT, "CF-232"),
    (httpcore.PoolTimeout, OriginFault.CONNECT_TIMEOUT, "CF-232"),
    (httpcore.ConnectError, OriginFault.CONNECT, "CF-231"),
    (httpcore.ReadTimeout, OriginFault.READ_TIMEOUT, "CF-234"),
    (ClosedError, OriginFault.CLOSED, "CF-233"),
    (httpcore.ReadError, OriginFault.CLOSED, "CF-233"),
    (HeadTooLargeError, OriginFault.HEADERS_TOO_LARGE, "CF-238"),
    (httpcore.WriteError, OriginFault.WRITE, "CF-242"),
    (httpcore.WriteTimeout, OriginFault.WRITE, "CF-242"),
    (httpcore.LocalProtocolError, OriginFault.WRITE, "CF-242"),
    (httpcore.RemoteProtocolError, OriginFault.INVALID_RESPONSE, "CF-192 CF-237"),
)

FETCH_ERRORS = tuple(dict.fromkeys(row[0] for row in _ROWS))
"""What a sender raises when there is no answer."""

BODY_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OriginBodyError)
"""What the chunks of an answer raise when its body breaks off (CF-193, CF-235)."""


def failure_of(error: Exception, what: str) -> OriginFailure:
    """The failure that an exception of `FETCH_ERRORS` stands for.

    :param what: what was tried, as `GET http://127.0.0.1:9000 (origin site)`.
    """
    for kind, fault, _ in _ROWS:
        if isinstance(error, kind):
            return OriginFailure(fault, f"{what}: {error}")
    raise error
