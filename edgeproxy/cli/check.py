"""`edgeproxy check`: everything that can be known before traffic."""

from __future__ import annotations

import click

from edgeproxy.cli.sources import project_from, show_warnings
from edgeproxy.errors import Problem


@click.command("check", epilog="Example: edgeproxy check examples/quickstart/edgeproxy.yaml")
@click.argument("config", required=False)
@click.pass_context
def command(context: click.Context, config: str | None) -> None:
    """Check CONFIG (default: edgeproxy.yaml): its keys and values, associations, and that every handler can be loaded.

    The exit code is 2 for mistakes in the file, 1 when something that it names does not work.
    """
    project = project_from(config, dict.fromkeys(NO_OPTIONS))
    from edgeproxy.build import associated_functions, build, runtime_warnings
    from edgeproxy.runtime.inline import load_problem

    show_warnings(project.warnings)
    functions = associated_functions(project)
    with build(project):
        pass
    failures = [problem for function in functions for problem in runtime_warnings(function, project)]
    for function in functions:
        fault = load_problem(function)
        if fault is not None:
            failures.append(
                Problem(
                    f"{fault.error_type}: {fault.message}",
                    file=project.file,
                    key=f"functions.{function.name}.handler",
                )
            )
    for failure in failures:
        click.echo(f"error: {failure}", err=True)
    if not failures:
        behaviors = len(project.distribution.behaviors) + 1
        click.echo(
            f"{project.file}: fine ({_count(behaviors, 'behavior')}, "
            f"{_count(len(project.distribution.origins), 'origin')}, {_count(len(functions), 'function')})"
        )
    context.exit(1 if failures else 0)


NO_OPTIONS = ("origin", "viewer_request", "origin_request", "origin_response", "viewer_response")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
