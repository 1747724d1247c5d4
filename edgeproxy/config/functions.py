"""`functions` -> Function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.limits import FUNCTION_MEMORY, FUNCTION_TIMEOUT, Limit
from edgeproxy.cloudfront.profile import Profile
from edgeproxy.config.model import FunctionConfig
from edgeproxy.config.problems import Report, nearest
from edgeproxy.function import Function


def build_functions(configs: Mapping[str, FunctionConfig], base: Path, report: Report) -> dict[str, Function]:
    """The functions by name. Code must exist; whether it can be run and has the handler is not looked at."""
    return {name: _function(name, config, base, report) for name, config in configs.items()}


def _function(name: str, config: FunctionConfig, base: Path, report: Report) -> Function:
    path = ("functions", name)
    if config.runtime.startswith("cloudfront-js"):
        message = "CloudFront Functions are not supported yet"
        report.problem((*path, "runtime"), message, hint="python3.N or nodejsN.x runs as Lambda@Edge")
    code = base / config.code
    if not code.exists():
        siblings = [entry.name for entry in code.parent.iterdir()] if code.parent.is_dir() else []
        hint = nearest(code.name, siblings) if siblings else ""
        hint = hint if hint.startswith("did") else "paths are relative to the configuration file"
        report.problem((*path, "code"), f"there is no file or folder {code}", hint=hint)
    return Function(
        name=name,
        runtime=config.runtime,
        code=str(code),
        handler=config.handler,
        timeout=float(config.timeout),
        memory_size=config.memory_size,
        version=config.version,
        isolation=config.isolation,
        executable=config.executable,
        warm=config.warm,
        max_concurrency=config.max_concurrency,
        credentials=config.credentials.removeprefix("profile "),
    )


def check_limits(function: Function, hooks: Iterable[Hook], profile: Profile, report: Report) -> None:
    """Hold time-out and memory against the limits of the hooks that a function is attached to (LE-253, LE-254).

    What only the older column refuses is a warning, because deployed accounts still report it (LE-265).
    """
    for key, unit, value, limits in (
        ("timeout", "s", int(function.timeout), FUNCTION_TIMEOUT),
        ("memory_size", "MB", function.memory_size, FUNCTION_MEMORY),
    ):
        for hook in hooks:
            limit: Limit = limits[hook]
            path = ("functions", function.name, key)
            allowed = limit.of(profile)
            if value > allowed:
                report.problem(path, f"at most {allowed} {unit} at {hook.value}, found {value}", rule=limit.source)
                break
            if value > limit.before:
                message = f"{value} {unit} at {hook.value}: the older limit is {limit.before} {unit}"
                report.warning(path, message, hint="some accounts still report it", rule="LE-265")
                break
