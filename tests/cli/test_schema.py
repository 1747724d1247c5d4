"""`edgeproxy schema`."""

import json

from click.testing import CliRunner

from edgeproxy.cli.main import cli


def test_it_prints_a_json_schema() -> None:
    result = CliRunner().invoke(cli, ["schema"])
    assert result.exit_code == 0
    schema = json.loads(result.output)
    assert "distribution" in schema["properties"]
    assert schema["$schema"].startswith("https://json-schema.org/")
