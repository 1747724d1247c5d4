"""Which client a request to an origin goes to, and to which address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

from edgeproxy.cloudfront.origin import Origin, OriginFailure, OriginFault, OriginRequest
from edgeproxy.messages.response import Response
from edgeproxy.origins.exchange import Address
from edgeproxy.origins.http import HttpOrigins, real_address

_DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginClient(Protocol):
    """Answers requests in the place of an origin."""

    def fetch(self, request: OriginRequest) -> Response | OriginFailure: ...

    def close(self) -> None: ...


_Backend: TypeAlias = OriginClient | Address


def address_of(url: str) -> Address:
    """The address that a base URL names. Raises `ValueError` when it is no http or https URL with a host."""
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no URL of the form http://HOST[:PORT][/PATH] or https://…")
    return Address(parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/"))


class OriginRouter:
    """Finds the real place of each origin.

    A request whose origin has the domain name of a configured one goes where that one really is: the one with the
    request's `origin_id` comes first, then the others in their order. Any other name is looked up in `resolve`, and at
    last taken as it is.

    :param configured: the distribution's origins by id.
    :param local: clients in this process by origin id.
    :param urls: base URLs by origin id.
    :param resolve: base URLs by exact name or `*.suffix` (any depth; the longest suffix wins).
    :param resolve_only: a name that is in none of these fails as if it did not resolve.
    :param http: for everything that is not local. The router closes it, and the local ones.
    """

    def __init__(
        self,
        *,
        configured: Mapping[str, Origin],
        local: Mapping[str, OriginClient],
        urls: Mapping[str, str],
        resolve: Mapping[str, str],
        resolve_only: bool,
        http: HttpOrigins,
    ) -> None:
        self._local = dict(local)
        self._resolve_only = resolve_only
        self._http = http
        self._by_id: dict[str, tuple[str, _Backend]] = {}
        self._by_name: dict[str, _Backend] = {}
        for origin_id, origin in configured.items():
            backend: _Backend
            if origin_id in local:
                backend = local[origin_id]
            elif origin_id in urls:
                backend = address_of(urls[origin_id])
            else:
                continue
            name = origin.domain_name.lower()
            self._by_id[origin_id] = name, backend
            self._by_name.setdefault(name, backend)
        for name, url in resolve.items():
            self._by_name.setdefault(name.lower(), address_of(url))

    def fetch(self, request: OriginRequest) -> Response | OriginFailure:
        """The answer of the client that the request belongs to."""
        backend = self._backend(request)
        if isinstance(backend, Address):
            return self._http.fetch_from(backend, request)
        if isinstance(backend, OriginFailure):
            return backend
        return backend.fetch(request)

    def close(self) -> None:
        """Close every client."""
        for client in self._local.values():
            client.close()
        self._http.close()

    def _backend(self, request: OriginRequest) -> _Backend | OriginFailure:
        name = request.origin.domain_name.lower()
        own = self._by_id.get(request.origin_id)
        if own is not None and own[0] == name:
            return own[1]
        found = self._by_name.get(name)
        suffix = name
        while found is None and suffix:
            _, _, suffix = suffix.partition(".")
            found = self._by_name.get(f"*.{suffix}")
        if found is not None:
            return found
        if self._resolve_only:
            return OriginFailure(
                OriginFault.DNS,
                f"{name} is not looked up: resolve_only is set, and neither an origin's `url` nor `resolve` names it",
            )
        return real_address(request)
