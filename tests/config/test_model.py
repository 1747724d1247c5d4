"""The schema of the file: its defaults are those of the Project, and every key is described."""

from __future__ import annotations

import msgspec
import pytest
from pydantic import ValidationError

from edgeproxy.config import model
from edgeproxy.config.base import Section
from edgeproxy.config.project import AdminSettings, CacheSettings, ServerSettings
from edgeproxy.function import Function
from tests.config.sections import is_described, refuses_unknown_keys, sections_of


@pytest.mark.rule("CF-5")
@pytest.mark.parametrize("section", sections_of(model))
def test_every_section_is_described_and_refuses_unknown_keys(section: type[Section]) -> None:
    is_described(section)
    refuses_unknown_keys(section)


@pytest.mark.parametrize(
    ("section", "settings"),
    [
        (model.CacheConfig(), CacheSettings()),
        (model.ServerConfig(), ServerSettings()),
        (model.AdminConfig(), AdminSettings()),
        (
            model.FunctionConfig(code="c", handler="a.b"),
            Function(name="f", code="c", handler="a.b"),
        ),
    ],
)
def test_its_defaults_are_those_of_the_project(section: Section, settings: msgspec.Struct) -> None:
    own, others = section.model_dump(), msgspec.structs.asdict(settings)
    assert {key: value for key, value in own.items() if value != others[key]} == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("timeout", 0, marks=pytest.mark.rule("LR-46")),
        pytest.param("timeout", 31, marks=pytest.mark.rule("LE-253")),
        pytest.param("memory_size", 127, marks=pytest.mark.rule("LR-47")),
        pytest.param("memory_size", 10_241, marks=pytest.mark.rule("LR-47")),
        pytest.param("version", 0, marks=pytest.mark.rule("LE-267")),
        pytest.param("version", "$LATEST", marks=pytest.mark.rule("LE-267")),
        pytest.param("handler", "handler", marks=pytest.mark.rule("LR-80")),
        pytest.param("handler", "x." + "y" * 130, marks=pytest.mark.rule("LR-49")),
        pytest.param("runtime", "ruby3.2", marks=pytest.mark.rule("LE-274")),
        pytest.param("isolation", "thread"),
    ],
)
def test_what_a_function_cannot_be(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        model.FunctionConfig.model_validate({"code": "c", "handler": "a.b", field: value})
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]
