"""The four places where a Lambda@Edge function runs (LE-1)."""

from __future__ import annotations

import enum


class Hook(enum.Enum):
    """An event type, by the name that configuration, events and logs use."""

    VIEWER_REQUEST = "viewer-request"
    ORIGIN_REQUEST = "origin-request"
    ORIGIN_RESPONSE = "origin-response"
    VIEWER_RESPONSE = "viewer-response"

    on_request: bool
    """Given a request; may go on with it or answer (LE-115)."""
    at_viewer: bool
    """Runs for every viewer request; else only when the origin is contacted (LE-5, LE-7, LE-10)."""

    def __init__(self, name: str) -> None:
        place, _, message = name.partition("-")
        self.on_request = message == "request"
        self.at_viewer = place == "viewer"

    # Enum.__hash__ is a Python function; members are compared by identity, and looked up on every request.
    __hash__ = object.__hash__
