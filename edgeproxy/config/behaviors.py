"""`default_cache_behavior` and `cache_behaviors` -> Behavior."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edgeproxy.cloudfront.distribution import Association, Behavior
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.path_pattern import pattern_problem
from edgeproxy.cloudfront.policies import CachePolicy, OriginRequestPolicy, cache_policy
from edgeproxy.config.defaults import ALL_METHODS, DEFAULT_CACHE_POLICY, DEFAULT_ORIGIN_REQUEST_POLICY
from edgeproxy.config.distribution_model import BehaviorConfig, CacheBehaviorConfig
from edgeproxy.config.document import KeyPath
from edgeproxy.config.policies import Policies, legacy_policies
from edgeproxy.config.problems import Report, nearest
from edgeproxy.function import Function

_READS = frozenset({"GET", "HEAD"})
_SETS = (_READS, _READS | {"OPTIONS"}, ALL_METHODS)


class Names(msgspec.Struct, frozen=True):
    """What a behaviour can name."""

    functions: Mapping[str, Function]
    origins: Mapping[str, Origin]
    groups: Mapping[str, tuple[str, ...]]
    """Id of an origin group -> ids of its members."""
    key_groups: frozenset[str]
    policies: Policies


def build_behaviors(configs: tuple[CacheBehaviorConfig, ...], names: Names, report: Report) -> tuple[Behavior, ...]:
    """The behaviours that a path pattern selects, in order. One that names something unknown is left out."""
    built = []
    seen: dict[str, tuple[int, str]] = {}
    for index, config in enumerate(configs):
        path: KeyPath = ("distribution", "cache_behaviors", index)
        _check_pattern(config.path_pattern, index, seen, (*path, "path_pattern"), report)
        behavior = build_behavior(config, config.path_pattern, names, path, report)
        if behavior is not None:
            built.append(behavior)
    return tuple(built)


def _check_pattern(pattern: str, index: int, seen: dict[str, tuple[int, str]], path: KeyPath, report: Report) -> None:
    if report.is_settled(path):
        return
    if words := pattern_problem(pattern):
        report.problem(path, words, rule="CF-47")
        return
    first, spelled = seen.setdefault(pattern.removeprefix("/"), (index, pattern))
    if first == index:
        return
    if spelled == pattern:
        report.problem(path, f"cache_behaviors[{first}] has the same pattern", hint="remove one", rule="CF-40")
    else:
        message = f"never matches: cache_behaviors[{first}] has the same pattern, spelled `{spelled}`"
        report.warning(path, message, hint="remove one", rule="CF-45")


def build_behavior(
    config: BehaviorConfig, pattern: str, names: Names, path: KeyPath, report: Report
) -> Behavior | None:
    """One behaviour; None, and a problem, when it names something that there is not."""
    origin = _origin(config.target_origin, names, (*path, "target_origin"), report)
    cache, forwarded = _policies(config, names.policies, path, report)
    if config.response_headers_policy is not None:
        here = (*path, "response_headers_policy")
        names.policies.check_response_headers(config.response_headers_policy, here, report)
    for index, group in enumerate(config.trusted_key_groups):
        if group not in names.key_groups and not report.is_settled(("key_groups", group)):
            hint = nearest(group, names.key_groups) or "define it under `key_groups`"
            report.problem((*path, "trusted_key_groups", index), f"there is no key group `{group}`", hint=hint)
    allowed = _methods(config.allowed_methods, _SETS, (*path, "allowed_methods"), report)
    cached = _cached_methods(config, path, report)
    functions = _associations(config, names.functions, (*path, "functions"), report)
    if origin is None or cache is None:
        return None
    # A managed policy, which may be the default one, is CloudFront's own business.
    if origin.is_s3 and "host" in cache.headers.names and cache_policy(cache.name) is None:
        key = "forwarded_values" if config.forwarded_values else "cache_policy"
        message = "Host cannot be in the cache key when the origin is S3"
        report.problem((*path, key), message, hint="choose a policy without Host", rule="CF-85")
    return Behavior(
        path_pattern=pattern,
        origin=origin,
        viewer_protocol_policy=config.viewer_protocol_policy,
        allowed_methods=allowed,
        cached_methods=cached,
        compress=config.compress,
        cache_policy=cache,
        origin_request_policy=forwarded,
        functions=functions,
    )


def _origin(target: str, names: Names, path: KeyPath, report: Report) -> Origin | None:
    # The first member stands for its group: the second only matters when the first fails.
    member = names.groups[target][0] if target in names.groups else target
    origin = names.origins.get(member)
    wrong = any(report.is_settled(("distribution", section, target)) for section in ("origins", "origin_groups"))
    if origin is None and target not in names.groups and not wrong:
        known = {*names.origins, *names.groups}
        report.problem(path, f"there is no origin `{target}`", hint=nearest(target, known))
    return origin


def _policies(
    config: BehaviorConfig, policies: Policies, path: KeyPath, report: Report
) -> tuple[CachePolicy | None, OriginRequestPolicy | None]:
    if config.forwarded_values is not None:
        for key in ("cache_policy", "origin_request_policy"):
            if getattr(config, key) is not None:
                hint = "keep the policy, and remove `forwarded_values` and the TTLs beside it"
                report.problem(
                    (*path, key), "a policy and `forwarded_values` exclude each other", hint=hint, rule="CF-15"
                )
        return legacy_policies(config.forwarded_values, config, path, report)
    for key in ("min_ttl", "default_ttl", "max_ttl"):
        if getattr(config, key) is not None:
            message = "a TTL stands here only beside `forwarded_values`"
            report.problem((*path, key), message, hint="put it into a policy under `cache_policies`", rule="CF-15")
    name = config.cache_policy or DEFAULT_CACHE_POLICY
    cache = policies.find_cache(name, (*path, "cache_policy"), report)
    wanted = config.origin_request_policy
    if wanted is None:
        wanted = DEFAULT_ORIGIN_REQUEST_POLICY if config.cache_policy is None else None
    forwarded = policies.find_origin_request(wanted, (*path, "origin_request_policy"), report) if wanted else None
    return cache, forwarded


def _methods(
    methods: tuple[str, ...], sets: tuple[frozenset[str], ...], path: KeyPath, report: Report
) -> frozenset[str]:
    found = frozenset(methods)
    if found not in sets:
        wanted = next((choice for choice in sets if found <= choice), sets[-1])
        missing = ", ".join(sorted(wanted - found))
        message = f"CloudFront takes {', or '.join(_written(choice) for choice in sets)}"
        report.problem(path, message, hint=f"add {missing}" if missing else "remove the others", rule="CF-15")
    return found


def _written(methods: frozenset[str]) -> str:
    return "all seven methods" if len(methods) == len(ALL_METHODS) else " ".join(sorted(methods))


def _cached_methods(config: BehaviorConfig, path: KeyPath, report: Report) -> frozenset[str]:
    here = (*path, "cached_methods")
    cached = _methods(config.cached_methods, _SETS[:2], here, report)
    extra = sorted(cached - frozenset(config.allowed_methods))
    if extra and "cached_methods" in config.model_fields_set:
        message = f"{', '.join(extra)} is cached and not allowed"
        report.problem(here, message, hint="add it to `allowed_methods`", rule="CF-15")
    return cached


def _associations(
    config: BehaviorConfig, functions: Mapping[str, Function], path: KeyPath, report: Report
) -> dict[Hook, Association]:
    built = {}
    for event_type, association in config.functions.items():
        hook, here = Hook(event_type), (*path, event_type)
        if association.include_body and not hook.on_request:
            message = "the request body is for viewer-request and origin-request only"
            report.problem((*here, "include_body"), message, hint="remove `include_body`", rule="LE-379")
        function = functions.get(association.function)
        if function is None and not report.is_settled(("functions", association.function)):
            hint = nearest(association.function, functions) or "define it under `functions`"
            report.problem(here, f"there is no function `{association.function}`", hint=hint)
        if function is not None:
            built[hook] = Association(function, association.include_body)
    return built
