"""The JSON Schema of the configuration, for editors."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from edgeproxy.config.model import Configuration


def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of `edgeproxy.yaml`, short forms included. Text may hold `${VAR}` wherever it is allowed."""
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **Configuration.model_json_schema(),
        "title": "edgeproxy.yaml",
    }
