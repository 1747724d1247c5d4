"""A distribution: its behaviours, origins and functions, and which behaviour a path selects (CF-40)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import msgspec

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.path_pattern import PatternIndex
from edgeproxy.cloudfront.policies import CachePolicy, OriginRequestPolicy
from edgeproxy.function import Function


class Association(msgspec.Struct, frozen=True):
    """A function attached to a hook of a behaviour (LE-2)."""

    function: Function
    include_body: bool = False
    """The function is given the request body (LE-63)."""


class Behavior(msgspec.Struct, frozen=True, kw_only=True):
    """A cache behaviour: what happens to the requests whose path it matches (CF-15)."""

    path_pattern: str
    """`*` for the default behaviour."""
    origin: Origin
    viewer_protocol_policy: Literal["allow-all", "redirect-to-https", "https-only"] = "allow-all"
    allowed_methods: frozenset[str] = frozenset({"GET", "HEAD"})
    cached_methods: frozenset[str] = frozenset({"GET", "HEAD"})
    compress: bool = False
    cache_policy: CachePolicy
    origin_request_policy: OriginRequestPolicy | None = None
    functions: Mapping[Hook, Association] = msgspec.field(default_factory=dict)


class Distribution(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A distribution: what CloudFront is told to do, without where its origins really are."""

    id: str = "EDFDVBD6EXAMPLE"
    domain_name: str = "d111111abcdef8.cloudfront.net"
    aliases: tuple[str, ...] = ()
    default_root_object: str = ""
    origins: Mapping[str, Origin]
    default_behavior: Behavior
    behaviors: tuple[Behavior, ...] = ()
    """In the order in which they are tried; the default behaviour is not among them."""

    @cached_property
    def _index(self) -> PatternIndex:
        return PatternIndex(behavior.path_pattern for behavior in self.behaviors)

    def match(self, path: str) -> Behavior:
        """The behaviour for a path as the viewer sent it: the first that matches, else the default (CF-40)."""
        found = self._index.match(path)
        return self.default_behavior if found is None else self.behaviors[found]

    def all_behaviors(self) -> tuple[Behavior, ...]:
        """Every behaviour, the default one last."""
        return (*self.behaviors, self.default_behavior)
