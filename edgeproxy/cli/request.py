"""`edgeproxy request`: one request through the whole pipeline in this process."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeproxy.cli.sources import project_from, show_warnings, source_options

if TYPE_CHECKING:
    from edgeproxy.edge import Exchange
    from edgeproxy.pipeline.trace import Trace


@click.command(
    "request",
    epilog="Example: edgeproxy request GET '/docs/?page=2' -H 'Host: www.example.test' --repeat 2",
)
@click.argument("method")
@click.argument("url")
@click.option("-c", "--config", metavar="FILE", help="Configuration file (default: edgeproxy.yaml).")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header; repeatable.")
@click.option("-d", "--data", metavar="DATA", help="Request body; @FILE reads a file, @- standard input.")
@click.option(
    "--repeat",
    metavar="N",
    default=1,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Send it N times, with one cache.",
)
@click.option("--json", "as_json", is_flag=True, help="The trace as JSON, for machines; a line per request.")
@click.option("-v", "--verbose", is_flag=True, help="Show the headers to and from the origin, and the body.")
@source_options
@click.pass_context
def command(
    context: click.Context,
    /,
    method: str,
    url: str,
    config: str | None,
    headers: tuple[str, ...],
    data: str | None,
    repeat: int,
    as_json: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Send METHOD URL through the whole pipeline in this process and print the trace.

    URL is a path, or a whole URL whose host becomes the Host header; a path gets the first alias, or the
    distribution's domain name. The exit code is 1 when a function or the origin failed, and 0 for any other status.
    """
    lines = [_header(text) for text in headers]
    project = project_from(config, options)
    from edgeproxy.build import build
    from edgeproxy.observe.export import to_json
    from edgeproxy.observe.text import render

    show_warnings(project.warnings)
    failed = False
    with build(project, echo=False) as edge:
        try:
            request = edge.make_request(method.upper(), url, lines, _data(data))
        except ValueError as error:
            raise click.UsageError(f"this cannot be sent: {error}.") from error
        for number in range(repeat):
            trace, body = _answered(edge.handle(request))
            failure = trace.failure
            broken = trace.sent is not None and not trace.sent.complete
            failed = failed or broken or (failure is not None and failure.row.status >= 500)
            if as_json:
                click.echo(json.dumps(to_json(trace, reveal=True), ensure_ascii=False))
            else:
                if number:
                    click.echo()
                click.echo(render(trace, color=sys.stdout.isatty(), verbose=verbose, reveal=True))
            if verbose and not as_json:
                click.echo()
                click.echo(body.decode("utf-8", "replace"))
    context.exit(1 if failed else 0)


def _answered(exchange: Exchange) -> tuple[Trace, bytes]:
    """The whole story and the body; of one that broke off, what came of it."""
    from edgeproxy.errors import BodyError

    parts: list[bytes] = []
    try:
        data = exchange.data
        parts.extend(exchange if data is None else (data,))
    except BodyError:
        pass  # the trace says so
    finally:
        exchange.close()
    return exchange.trace, b"".join(parts)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.UsageError(f"-H takes 'NAME: VALUE', not {text!r}.")
    return name.strip(), value.strip()


def _data(data: str | None) -> bytes:
    if data is None:
        return b""
    if data == "@-":
        return sys.stdin.buffer.read()
    if data.startswith("@"):
        path = Path(data[1:])
        try:
            return path.read_bytes()
        except OSError as error:
            raise click.UsageError(f"-d cannot read {path}: {error.strerror}.") from error
    return os.fsencode(data)
