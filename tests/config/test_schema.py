from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from edgeproxy.config.schema import json_schema

DESIGN = yaml.safe_load((Path(__file__).parent.parent / "cases/design-configuration.yaml").read_text(encoding="utf-8"))


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from nodes(item)
    if isinstance(value, list):
        for item in value:
            yield from nodes(item)


def test_it_is_a_json_schema() -> None:
    schema = json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["distribution"]
    assert schema["additionalProperties"] is False


def test_it_has_the_keys_of_the_design() -> None:
    schema = json_schema()
    assert set(DESIGN) <= set(schema["properties"])
    distribution = schema["$defs"]["DistributionConfig"]
    assert set(DESIGN["distribution"]) <= set(distribution["properties"])
    assert set(DESIGN["functions"]["auth"]) <= set(schema["$defs"]["FunctionConfig"]["properties"])
    assert set(DESIGN["distribution"]["origins"]["site"]) <= set(schema["$defs"]["OriginConfig"]["properties"])


def test_every_reference_leads_somewhere() -> None:
    schema = json_schema()
    references = [node["$ref"] for node in nodes(schema) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        assert reference.removeprefix("#/$defs/") in schema["$defs"]


def test_every_field_is_described() -> None:
    schema = json_schema()
    sections = [schema, *schema["$defs"].values()]
    sections += [form for section in sections for form in section.get("anyOf", ())]
    described = [field for section in sections for field in section.get("properties", {}).values()]
    assert len(described) > 100
    assert all(field.get("description") for field in described)


def test_short_forms_are_allowed() -> None:
    schema = json_schema()
    short, long = schema["$defs"]["AssociationConfig"]["anyOf"]
    assert short["type"] == "string"
    assert "include_body" in long["properties"]
    size = schema["$defs"]["CacheConfig"]["properties"]["max_bytes"]
    assert {form["type"] for form in size["anyOf"]} == {"integer", "string"}
    assert 2023 in schema["properties"]["profile"]["enum"]
