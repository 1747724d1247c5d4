"""The small types of the schema, each with its own words for what was expected."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from edgeproxy.config.hosts import DNS_NAME, is_host, split_url, url_refusal

MB = 1_048_576

_UNITS = {"": 1, "KB": 1_024, "MB": MB, "GB": 1_024 * MB}
_SIZE = re.compile(r"([0-9]{1,15}) ?([KMG]B|)")


def refusal(message: str, hint: str = "", rule: str = "") -> PydanticCustomError:
    """The error by which a validator refuses a value; `problems` reads it back."""
    return PydanticCustomError("refused", "{words}", {"words": message, "hint": hint, "rule": rule})


def _size(value: Any) -> Any:
    if isinstance(value, str):
        match = _SIZE.fullmatch(value.strip().upper())
        if match is None:
            raise refusal("expected a size such as 256MB", "a number of bytes, or a number and KB, MB or GB")
        return int(match[1]) * _UNITS[match[2]]
    return _not_bool(value)


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise refusal("expected a whole number, found true or false")
    return value


def _text_of_number(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _url(text: str) -> str:
    if found := url_refusal(text):
        raise refusal(found.words, found.hint)
    return text.rstrip("/")


def _domain_name(text: str) -> str:
    if not is_host(text):
        hint = ""
        parts = split_url(text)
        if parts is not None and parts.scheme and parts.hostname:
            hint = f"{parts.hostname}; where the server really is goes into `url`"
        raise refusal("expected a DNS name, without scheme, port or path", hint, "CF-6")
    return text


def _alias(text: str) -> str:
    if DNS_NAME.fullmatch(text) is None:
        raise refusal("expected a DNS name such as www.example.test, or *.example.test")
    return text


def _address(text: str) -> str:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise refusal("expected an IP address, or a network such as 10.0.0.0/8") from None
    return text


def _origin_path(text: str) -> str:
    if text and (not text.startswith("/") or text.endswith("/") or not text.isprintable() or set(text) & set(" ?#")):
        hint = "/" + text.strip("/")
        raise refusal("expected a path that begins with `/` and does not end with one", hint, "CF-6")
    return text


def _page_path(text: str) -> str:
    if not text.startswith("/"):
        raise refusal("expected a path that begins with `/`", f"/{text}", "CF-281")
    return text


class Matching:
    """Annotates text that a pattern must match as a whole.

    :param expected: what is expected, in words, after "expected".
    """

    def __init__(self, pattern: str, expected: str, hint: str = "", rule: str = "") -> None:
        self._pattern = re.compile(pattern)
        self._refusal = refusal(f"expected {expected}", hint, rule)

    def check(self, text: str) -> str:
        if self._pattern.fullmatch(text) is None:
            raise self._refusal
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^(?:{self._pattern.pattern})$"}


Whole = Annotated[int, BeforeValidator(_not_bool)]
"""A whole number; also as text, which is what `${PORT}` gives."""

Seconds = Annotated[Whole, Field(ge=0, le=3_153_600_000)]
"""A TTL. The upper bound is a hundred years."""

Port = Annotated[Whole, Field(ge=0, le=65_535)]
"""A port to listen on; 0 lets the system choose."""

Size = Annotated[
    int,
    BeforeValidator(_size),
    Field(ge=0),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+ ?([KMG]B)?$"}]}
    ),
]
"""Bytes, given as a number or as `256MB` (1 MB = 1,048,576)."""

Column = Annotated[
    Literal["latest", "2023"], BeforeValidator(_text_of_number), WithJsonSchema({"enum": ["latest", "2023", 2023]})
]

Url = Annotated[str, AfterValidator(_url), WithJsonSchema({"type": "string", "pattern": "^https?://[^/?#]+/?$"})]
DomainName = Annotated[str, AfterValidator(_domain_name)]
Alias = Annotated[str, AfterValidator(_alias)]
Address = Annotated[str, AfterValidator(_address)]
OriginPath = Annotated[str, AfterValidator(_origin_path)]
PagePath = Annotated[str, AfterValidator(_page_path)]
