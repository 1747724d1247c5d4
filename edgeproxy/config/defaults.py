"""What holds where a configuration says nothing, or there is none."""

from __future__ import annotations

ALL_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"})
"""The seven methods that CloudFront knows (CF-67)."""

DEFAULT_CACHE_POLICY = "UseOriginCacheControlHeaders-QueryStrings"
DEFAULT_ORIGIN_REQUEST_POLICY = "AllViewerExceptHostHeader"

APP_ORIGIN = "app"
"""Id of the origin that a wrapped WSGI application is."""
APP_DOMAIN_NAME = "app.localhost"
