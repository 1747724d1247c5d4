"""Who may ask the admin port. It has no password: what protects it is that a browser's other pages cannot reach it.

A page of a foreign site can make the browser send requests to this machine, and with a name that it makes resolve to
127.0.0.1 even read the answers. So only requests by a known name, and from pages of a known name, are answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class RefusedError(Exception):
    """The request is not answered.

    :param status: 403 or 421.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Guard:
    """Knows the names by which the admin port may be asked.

    :param allowed_hosts: names or addresses beside those of the loopback interface, without ports; `[]` around an IPv6
        address may be left out.
    """

    def __init__(self, allowed_hosts: Iterable[str] = ()) -> None:
        self.hosts = LOOPBACK | {host.strip("[]").lower() for host in allowed_hosts}

    def check(self, environ: Mapping[str, Any]) -> None:
        """Raise `RefusedError` for a request (as WSGI has it) that may come from a foreign page."""
        if self._host_of(f"//{environ.get('HTTP_HOST', '')}") not in self.hosts:
            raise RefusedError(421, "The admin port does not answer to this Host.")
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and self._host_of(origin) not in self.hosts:
            raise RefusedError(403, "The admin port does not answer pages of another site.")
        # A navigation, such as an iframe of the page on the proxy's port, shows the answer without giving it to a page.
        if environ.get("HTTP_SEC_FETCH_SITE") == "cross-site" and environ.get("HTTP_SEC_FETCH_MODE") != "navigate":
            raise RefusedError(403, "The admin port does not answer pages of another site.")

    @staticmethod
    def _host_of(url: str) -> str | None:
        """The host of an origin or an authority, in lower case; None for what is neither."""
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError:
            return None
        if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
            return None
        return parts.hostname
