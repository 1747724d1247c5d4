"""What every model of the schema shares, and short forms."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema


class Section(BaseModel):
    """A mapping in the file: unknown keys are mistakes. Its docstring is its description in the JSON Schema."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Short(Section):
    """A section that may also be written as one text, which stands for the key `short_key`."""

    short_key: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _lengthen(cls, value: Any) -> Any:
        return {cls.short_key: value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        long = handler.resolve_ref_schema(handler(schema))
        short = {"type": "string", "description": f"short for `{{{cls.short_key}: …}}`"}
        return {"anyOf": [short, long]}
