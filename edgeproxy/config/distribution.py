"""`distribution` -> Distribution, with the rules that span several of its keys."""

from __future__ import annotations

from collections.abc import Mapping

from edgeproxy.cloudfront.distribution import Distribution
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.config.behaviors import Names, build_behavior, build_behaviors
from edgeproxy.config.distribution_model import DistributionConfig, ErrorResponseConfig
from edgeproxy.config.document import KeyPath
from edgeproxy.config.functions import check_limits
from edgeproxy.config.model import Configuration
from edgeproxy.config.origins import build_origins
from edgeproxy.config.policies import build_policies
from edgeproxy.config.problems import Report, nearest
from edgeproxy.function import Function

_ROOT: KeyPath = ("distribution",)


def build_distribution(
    configuration: Configuration, functions: Mapping[str, Function], profile: Profile, report: Report
) -> Distribution | None:
    """The distribution; None, with problems in the report, when its default behaviour cannot be made."""
    config = configuration.distribution
    origins = build_origins(config.origins, profile, report)
    if not origins and not report.is_partly_settled((*_ROOT, "origins")):
        report.problem((*_ROOT, "origins"), "a distribution has at least one origin", rule="CF-6")
    names = Names(
        functions,
        origins,
        _groups(config, origins, profile, report),
        frozenset(configuration.key_groups),
        build_policies(configuration, report),
    )
    default = build_behavior(config.default_cache_behavior, "*", names, (*_ROOT, "default_cache_behavior"), report)
    behaviors = build_behaviors(config.cache_behaviors, names, report)
    _check_error_responses(config.custom_error_responses, report)
    _check_rest(config, report)
    if default is None:
        return None
    distribution = Distribution(
        id=config.id,
        domain_name=config.domain_name,
        aliases=config.aliases,
        default_root_object=config.default_root_object,
        origins=origins,
        default_behavior=default,
        behaviors=behaviors,
    )
    for name, function in functions.items():
        hooks = {
            hook: None
            for behavior in distribution.all_behaviors()
            for hook, association in behavior.functions.items()
            if association.function.name == name
        }
        check_limits(function, hooks, profile, report)
    return distribution


def _groups(
    config: DistributionConfig, origins: Mapping[str, Origin], profile: Profile, report: Report
) -> dict[str, tuple[str, ...]]:
    for name, group in config.origin_groups.items():
        path = (*_ROOT, "origin_groups", name)
        if name in origins:
            report.problem(path, "an origin has this id too", hint="choose another id", rule="CF-14")
        for index, member in enumerate(group.members):
            if member not in origins and not report.is_settled((*_ROOT, "origins", member)):
                here = (*path, "members", index)
                report.problem(here, f"there is no origin `{member}`", hint=nearest(member, origins), rule="CF-12")
        if group.members[0] == group.members[1]:
            report.problem((*path, "members"), "primary and secondary are the same origin", rule="CF-12")
        if profile.column == "2023" and 429 in group.failover_status_codes:
            message = "429 is not a failover status of this column"
            report.problem((*path, "failover_status_codes"), message, hint="profile: latest has it", rule="CF-13")
    return {name: group.members for name, group in config.origin_groups.items()}


def _check_error_responses(responses: tuple[ErrorResponseConfig, ...], report: Report) -> None:
    seen: dict[int, int] = {}
    for index, response in enumerate(responses):
        path: KeyPath = (*_ROOT, "custom_error_responses", index)
        one = (response.response_code is None) != (response.response_page_path is None)
        if one and not report.is_partly_settled(path):
            message = "`response_code` and `response_page_path` come together or not at all"
            key = "response_page_path" if response.response_code is None else "response_code"
            report.problem((*path, key), message, rule="CF-282")
        first = seen.setdefault(response.error_code, index)
        if first != index:
            message = f"custom_error_responses[{first}] has the error code {response.error_code} too"
            report.problem((*path, "error_code"), message, hint="one entry per code", rule="CF-283")


def _check_rest(config: DistributionConfig, report: Report) -> None:
    if config.default_root_object.startswith("/"):
        hint = config.default_root_object.lstrip("/")
        message = "the origin would be asked for a path with two slashes"
        report.warning((*_ROOT, "default_root_object"), message, hint=hint, rule="CF-26")
    restriction = config.geo_restriction
    here = (*_ROOT, "geo_restriction")
    if restriction is None or report.is_partly_settled(here):
        return
    if (restriction.type == "none") == bool(restriction.locations):
        message = "`none` has no locations; `whitelist` and `blacklist` have some"
        report.problem(here, message, rule="CF-432")
