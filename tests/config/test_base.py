from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import ValidationError

from edgeproxy.config.base import Section, Short


class Link(Short):
    """A link."""

    short_key: ClassVar[str] = "to"
    to: str
    strong: bool = False


class Chain(Section):
    """Links."""

    links: tuple[Link, ...]


def test_a_text_stands_for_one_key() -> None:
    assert Chain.model_validate({"links": ["a", {"to": "a"}]}) == Chain(links=(Link(to="a"), Link(to="a")))


@pytest.mark.parametrize("value", [5, [], None, {"to": "a", "x": 1}, {}])
def test_nothing_else_does(value: object) -> None:
    with pytest.raises(ValidationError):
        Chain.model_validate({"links": [value]})


def test_both_forms_are_in_the_schema() -> None:
    short, long = Chain.model_json_schema()["$defs"]["Link"]["anyOf"]
    assert short == {"type": "string", "description": "short for `{to: …}`"}
    assert long["required"] == ["to"]
