"""Where a command takes its project from: a configuration file, or one origin with up to four functions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.errors import ConfigError, Problem

if TYPE_CHECKING:
    from edgeproxy.config.project import Project

DEFAULT_CONFIG = "edgeproxy.yaml"

C = TypeVar("C", bound=Callable[..., Any])


def source_options(command: C) -> C:
    """Add `--origin` and an option per hook."""
    for hook in reversed(Hook):
        command = click.option(
            f"--{hook.value}",
            metavar="FILE:HANDLER",
            help=f"Function for {hook.value}: auth.py:handler, or FOLDER:module.function.",
        )(command)
    return click.option("--origin", metavar="URL", help="One origin, and no configuration file.")(command)


def project_from(config: str | None, options: dict[str, Any]) -> Project:
    """The project that the options name.

    :param config: path of the configuration file, or None for `edgeproxy.yaml`.
    :param options: `origin` and, by hook, `viewer_request` …; they are taken out.
    :raises errors.ConfigError: with everything that is wrong.
    """
    origin = options.pop("origin")
    functions = {hook: value for hook in Hook if (value := options.pop(hook.value.replace("-", "_")))}
    if origin is not None:
        if config is not None:
            raise click.UsageError("Give a configuration file or --origin, not both.")
        from edgeproxy.config.options import from_options

        return from_options(origin, functions)
    if functions:
        named = ", ".join(f"--{hook.value}" for hook in functions)
        raise click.UsageError(f"{named} needs --origin; with a configuration file, functions are named there.")
    if config is None and not Path(DEFAULT_CONFIG).exists():
        raise ConfigError(
            [
                Problem(
                    f"there is no {DEFAULT_CONFIG} here",
                    hint="name a configuration file, or use --origin URL to need none",
                )
            ]
        )
    from edgeproxy.config.load import load

    return load(config or DEFAULT_CONFIG)


def show_warnings(warnings: tuple[Problem, ...]) -> None:
    """Print warnings where they do not mix with results."""
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
