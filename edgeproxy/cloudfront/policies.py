"""Cache policies and origin request policies, with the managed ones as data (CF-18, CF-363 to CF-380)."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

SelectionBehavior: TypeAlias = Literal["none", "whitelist", "allExcept", "all"]
HeaderBehavior: TypeAlias = Literal["none", "whitelist", "allViewer", "allViewerAndWhitelistCloudFront", "allExcept"]


class Selection(msgspec.Struct, frozen=True):
    """Which cookies or query parameters a policy selects; names are case-sensitive (CF-78)."""

    behavior: SelectionBehavior = "none"
    names: frozenset[str] = frozenset()


class HeaderSelection(msgspec.Struct, frozen=True):
    """Which headers a policy selects; names in lower case."""

    behavior: HeaderBehavior = "none"
    names: frozenset[str] = frozenset()


class CachePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What enters the cache key (and so goes to the origin), and for how long responses are kept."""

    name: str
    id: str = ""
    min_ttl: int = 0
    """Seconds, as the two below."""
    default_ttl: int = 86_400
    max_ttl: int = 31_536_000
    headers: HeaderSelection = HeaderSelection()
    """`none` or `whitelist` (CF-19)."""
    cookies: Selection = Selection()
    query_strings: Selection = Selection()
    gzip: bool = False
    brotli: bool = False

    @property
    def caching_disabled(self) -> bool:
        """All three TTLs are 0: nothing is stored (CF-131)."""
        return self.min_ttl == self.default_ttl == self.max_ttl == 0


class OriginRequestPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to the origin beyond the cache key."""

    name: str
    id: str = ""
    headers: HeaderSelection = HeaderSelection()
    cookies: Selection = Selection()
    query_strings: Selection = Selection()
