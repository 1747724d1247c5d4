"""What every section of the schema must be."""

from __future__ import annotations

from types import ModuleType

import pytest
from pydantic import ValidationError

from edgeproxy.config.base import Section


def sections_of(module: ModuleType) -> list[type[Section]]:
    """The sections that a module defines."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Section) and value.__module__ == module.__name__
    ]


def is_described(section: type[Section]) -> None:
    """Editors show these texts."""
    assert section.__doc__
    for name, field in section.model_fields.items():
        assert field.description, f"{section.__name__}.{name} has no description"


def refuses_unknown_keys(section: type[Section]) -> None:
    with pytest.raises(ValidationError) as caught:
        section.model_validate({"no_such_key": 1})
    assert ("extra_forbidden", ("no_such_key",)) in [(error["type"], error["loc"]) for error in caught.value.errors()]
