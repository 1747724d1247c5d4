"""`edgeproxy`: the group of subcommands.

Exit codes: 0 fine, 1 the thing asked for failed, 2 usage or configuration error.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from edgeproxy import __version__

COMMANDS = {
    "check": "Check a configuration file, without traffic.",
    "request": "Send one request through the whole pipeline and show its trace.",
    "schema": "Print the JSON Schema of the configuration file.",
    "serve": "Run the proxy: a configuration file, or one origin with functions.",
}


class _LazyGroup(click.Group):
    """Knows its commands by name and loads the one that is used: `--help` loads none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"edgeproxy.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise click.UsageError(error.message + hint, ctx) from None


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=(
        "\b\nExamples:\n  edgeproxy serve --origin http://127.0.0.1:9000 --viewer-request auth.py:handler\n"
        "  edgeproxy request GET /docs/ --origin http://127.0.0.1:9000 --viewer-request auth.py:handler"
    ),
)
@click.version_option(__version__, prog_name="edgeproxy")
def cli() -> None:
    """A CloudFront edge on your own machine: runs real Lambda@Edge functions in front of real origins."""


def main() -> None:
    """The entry point of the command `edgeproxy`."""
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show(sys.stdout)
        code = 0
    except click.ClickException as error:
        error.show()
        code = 2 if isinstance(error, click.UsageError) else 1
    except click.Abort:
        code = 130
    except Exception as error:  # noqa: BLE001 - told apart there, without loading the errors for `--help`
        code = _configuration_error(error)
    sys.exit(code if isinstance(code, int) else 0)


def _configuration_error(error: Exception) -> int:
    """Show every mistake in a configuration; anything else is a bug and keeps its traceback."""
    # Loaded here: `--help` must not pay for it.
    from edgeproxy.errors import ConfigError

    if not isinstance(error, ConfigError):
        raise error
    for problem in error.problems:
        click.echo(f"error: {problem}", err=True)
    return 2
