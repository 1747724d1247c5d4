"""Names by which an edge is addressed only where it runs; no viewer of the service ever sends them."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address


def is_local(host: str) -> bool:
    """Whether a Host, with or without a port, is `localhost` or an IP address."""
    return len(host) < 64 and _is_local(host.lower())


@lru_cache(maxsize=256)
def _is_local(host: str) -> bool:
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name == "localhost":
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
