"""`edgeproxy schema`: the JSON Schema of the configuration file."""

from __future__ import annotations

import json

import click


@click.command("schema", epilog="Example: edgeproxy schema > edgeproxy.schema.json")
def command() -> None:
    """Print the JSON Schema of the configuration file, for editors that complete and check."""
    from edgeproxy.config.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
