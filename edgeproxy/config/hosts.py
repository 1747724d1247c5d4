"""Names of hosts, and the URL of a server."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import msgspec

DNS_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*"
)
"""The whole of a name, or of `*.` and a name."""


class Refusal(msgspec.Struct, frozen=True):
    """Why a text is not what was expected."""

    words: str
    hint: str = ""


def url_refusal(text: str) -> Refusal | None:
    """Why a text is not the URL of a server, `http://host:port`, or None. A path belongs in `origin_path`."""
    parts = split_url(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        hint = f"http://{text}" if re.fullmatch(r"[\w.-]+(:\d+)?/?", text) else "such as http://127.0.0.1:9000"
        return Refusal("expected a URL that begins with http:// or https:// and names a host", hint)
    if "@" in parts.netloc:
        return Refusal("a user name or password has no place in this URL", "send an Authorization header instead")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in text or "#" in text:
        return Refusal("expected scheme, host and port only", "a path belongs in `origin_path`")
    if not is_host(parts.hostname):
        return Refusal("expected a URL with a DNS name or an IP address as its host")
    return None


def split_url(text: str) -> SplitResult | None:
    """The parts of a URL, None when it is none or its port is none."""
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            return None
    except ValueError:
        return None
    return parts


def is_host(text: str) -> bool:
    """Whether a text is a DNS name or an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return DNS_NAME.fullmatch(text) is not None and not text.startswith("*")
    return True
