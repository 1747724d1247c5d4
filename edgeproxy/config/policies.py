"""`cache_policies`, `origin_request_policies`, `response_headers_policies` -> the policies that behaviours name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Protocol

import msgspec

from edgeproxy.cloudfront import policies as managed
from edgeproxy.cloudfront.policies import CachePolicy, HeaderSelection, OriginRequestPolicy, Selection
from edgeproxy.config.document import KeyPath
from edgeproxy.config.model import Configuration
from edgeproxy.config.policy_model import (
    CachePolicyConfig,
    ForwardedValues,
    KeyParameters,
    OriginRequestPolicyConfig,
)
from edgeproxy.config.problems import Report, nearest

RESPONSE_HEADERS_POLICIES = {
    "SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
    "CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
    "SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
    "CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
}
"""Managed response headers policies: name -> id (CF-381 to CF-385)."""


class Ttls(Protocol):
    """What has TTLs that may be left out."""

    @property
    def min_ttl(self) -> int | None: ...
    @property
    def default_ttl(self) -> int | None: ...
    @property
    def max_ttl(self) -> int | None: ...


class Policies(msgspec.Struct, frozen=True):
    """The policies of a configuration, and the managed ones."""

    cache: Mapping[str, CachePolicy]
    origin_request: Mapping[str, OriginRequestPolicy]
    response_headers: frozenset[str]

    def find_cache(self, name: str, path: KeyPath, report: Report) -> CachePolicy | None:
        """The cache policy of that name or id; None, and a problem, when there is none."""
        found = self.cache.get(name) or managed.cache_policy(name)
        if found is None and (purpose := managed.AMPLIFY_HOSTING.get(name)) is not None:
            message = (
                f"the settings of this managed policy (Amplify hosting, {purpose}) are unknown: none are published"
            )
            report.problem(path, message, hint="define a policy under `cache_policies`", rule="CF-370")
        elif found is None:
            _unknown(name, "cache_policies", {*self.cache, *managed.CACHE_POLICY_NAMES}, path, report)
        return found

    def find_origin_request(self, name: str, path: KeyPath, report: Report) -> OriginRequestPolicy | None:
        """The origin request policy of that name or id; None, and a problem, when there is none."""
        found = self.origin_request.get(name) or managed.origin_request_policy(name)
        if found is None:
            known = {*self.origin_request, *managed.ORIGIN_REQUEST_POLICY_NAMES}
            _unknown(name, "origin_request_policies", known, path, report)
        return found

    def check_response_headers(self, name: str, path: KeyPath, report: Report) -> None:
        """A problem when there is no response headers policy of that name or id."""
        ids = RESPONSE_HEADERS_POLICIES
        known = {*self.response_headers, *ids}
        if name.removeprefix("Managed-") not in known and name not in ids.values():
            _unknown(name, "response_headers_policies", known, path, report)


def _unknown(name: str, section: str, known: set[str], path: KeyPath, report: Report) -> None:
    # A policy that was wrong in itself is not unknown.
    if not report.is_settled((section, name)):
        report.problem(path, f"there is no policy `{name}`", hint=nearest(name, known))


def build_policies(configuration: Configuration, report: Report) -> Policies:
    """The custom policies, checked."""
    sections: tuple[tuple[str, Mapping[str, object], Callable[[str], object]], ...] = (
        ("cache_policies", configuration.cache_policies, managed.cache_policy),
        ("origin_request_policies", configuration.origin_request_policies, managed.origin_request_policy),
        ("response_headers_policies", configuration.response_headers_policies, RESPONSE_HEADERS_POLICIES.get),
    )
    for section, names, find_managed in sections:
        for name in names:
            if find_managed(name) is not None:
                report.problem((section, name), "a managed policy has this name", hint="choose another name")
    return Policies(
        {name: _cache(name, config, report) for name, config in configuration.cache_policies.items()},
        {name: _origin_request(name, config, report) for name, config in configuration.origin_request_policies.items()},
        frozenset(configuration.response_headers_policies),
    )


def _cache(name: str, config: CachePolicyConfig, report: Report) -> CachePolicy:
    path: KeyPath = ("cache_policies", name)
    key_path = (*path, "parameters_in_cache_key_and_forwarded_to_origin")
    key = config.parameters_in_cache_key_and_forwarded_to_origin
    headers = key.headers_config
    check_key_headers(headers.headers, (*key_path, "headers_config", "headers"), report)
    _check_names(headers.header_behavior, headers.headers, (*key_path, "headers_config", "headers"), report)
    cookies, query_strings = _selections(key, key_path, report)
    least, normal, most = ttls(config, path, report)
    return CachePolicy(
        name=name,
        min_ttl=least,
        default_ttl=normal,
        max_ttl=most,
        headers=HeaderSelection(headers.header_behavior, _lowered(headers.headers)),
        cookies=cookies,
        query_strings=query_strings,
        gzip=key.enable_accept_encoding_gzip,
        brotli=key.enable_accept_encoding_brotli,
    )


def _origin_request(name: str, config: OriginRequestPolicyConfig, report: Report) -> OriginRequestPolicy:
    path: KeyPath = ("origin_request_policies", name)
    headers = config.headers_config
    _check_names(headers.header_behavior, headers.headers, (*path, "headers_config", "headers"), report)
    cookies, query_strings = _selections(config, path, report)
    return OriginRequestPolicy(
        name=name,
        headers=HeaderSelection(headers.header_behavior, _lowered(headers.headers)),
        cookies=cookies,
        query_strings=query_strings,
    )


def _selections(
    config: KeyParameters | OriginRequestPolicyConfig, path: KeyPath, report: Report
) -> tuple[Selection, Selection]:
    cookies, queries = config.cookies_config, config.query_strings_config
    _check_names(cookies.cookie_behavior, cookies.cookies, (*path, "cookies_config", "cookies"), report)
    _check_names(
        queries.query_string_behavior, queries.query_strings, (*path, "query_strings_config", "query_strings"), report
    )
    return (
        Selection(cookies.cookie_behavior, frozenset(cookies.cookies)),
        Selection(queries.query_string_behavior, frozenset(queries.query_strings)),
    )


def _check_names(behavior: str, names: tuple[str, ...], path: KeyPath, report: Report) -> None:
    listed = behavior in ("whitelist", "allExcept", "allViewerAndWhitelistCloudFront")
    if listed and not names:
        report.problem(path, f"`{behavior}` needs names, and none is given", rule="CF-18")
    elif names and not listed:
        report.problem(path, f"`{behavior}` takes no names", hint="`whitelist` does", rule="CF-18")


def _lowered(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def check_key_headers(names: tuple[str, ...], path: KeyPath, report: Report) -> None:
    """A problem for each header that cannot be in a cache key."""
    for index, name in enumerate(names):
        rule = managed.key_header_problem(name)
        if rule is not None:
            hint = "put it into an origin request policy" if rule == "CF-86" else "remove it"
            hint = "use `cookies_config`" if name.lower() == "cookie" else hint
            report.problem((*path, index), f"{name} cannot be in a cache key", hint=hint, rule=rule)


def ttls(config: Ttls, path: KeyPath, report: Report) -> tuple[int, int, int]:
    """The least, the default and the greatest TTL in seconds, with CloudFront's defaults (CF-16), in order (CF-17).

    A default TTL that is left out is never more than the greatest one that is given.
    """
    least = config.min_ttl or 0
    normal = max(86_400, least) if config.default_ttl is None else config.default_ttl
    most = max(31_536_000, normal) if config.max_ttl is None else config.max_ttl
    if config.default_ttl is None:
        normal = min(normal, most)
    given = [("min_ttl", config.min_ttl), ("default_ttl", config.default_ttl), ("max_ttl", config.max_ttl)]
    numbers = [(key, value) for key, value in given if value is not None]
    for (low_key, low), (key, value) in pairwise(numbers):
        if value < low:
            message = f"{value} is less than `{low_key}`, which is {low}"
            report.problem((*path, key), message, hint="min_ttl <= default_ttl <= max_ttl", rule="CF-17")
    return least, normal, most


def legacy_policies(
    config: ForwardedValues, limits: Ttls, path: KeyPath, report: Report
) -> tuple[CachePolicy, OriginRequestPolicy]:
    """The policies that come nearest to `forwarded_values` (CF-21, CF-22).

    :param limits: what has the TTLs beside it, the behaviour at `path`.
    """
    here = (*path, "forwarded_values")
    everything = config.headers == ("*",)
    cookies = Selection(config.cookies.forward, frozenset(config.cookies.whitelisted_names))
    _check_names(
        config.cookies.forward, config.cookies.whitelisted_names, (*here, "cookies", "whitelisted_names"), report
    )
    if config.query_string_cache_keys and not config.query_string:
        hint = "set `query_string: true`"
        report.problem((*here, "query_string_cache_keys"), "the query string is not forwarded", hint=hint, rule="CF-21")
    least, normal, most = ttls(limits, path, report)
    if everything and least:
        report.problem((*path, "min_ttl"), "must be 0 when all headers are forwarded", rule="CF-21")
    if not everything:
        check_key_headers(config.headers, (*here, "headers"), report)
    keys = frozenset(config.query_string_cache_keys)
    key_query = Selection("whitelist", keys) if keys else Selection("all" if config.query_string else "none")
    listed = HeaderSelection("whitelist", _lowered(config.headers)) if config.headers else HeaderSelection()
    cache = CachePolicy(
        name="forwarded_values",
        min_ttl=least,
        default_ttl=0 if everything else normal,
        max_ttl=0 if everything else most,
        headers=HeaderSelection() if everything else listed,
        cookies=cookies,
        query_strings=key_query,
        gzip=True,
    )
    hidden = frozenset() if everything else frozenset({"host"})
    forwarded = OriginRequestPolicy(
        name="forwarded_values",
        headers=HeaderSelection("allExcept", hidden) if hidden else HeaderSelection("allViewer"),
        cookies=cookies,
        query_strings=Selection("all" if config.query_string else "none"),
    )
    return cache, forwarded
