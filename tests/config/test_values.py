from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from edgeproxy.config.values import (
    Address,
    Alias,
    Column,
    DomainName,
    Matching,
    OriginPath,
    PagePath,
    Port,
    Seconds,
    Size,
    Url,
    Whole,
)

GOOD: list[tuple[Any, Any, Any]] = [
    (Size, 5, 5),
    (Size, "5", 5),
    (Size, "256MB", 268_435_456),
    (Size, "8 mb", 8_388_608),
    (Size, "1GB", 1_073_741_824),
    (Size, "1kb", 1_024),
    (Whole, "8080", 8080),
    (Whole, 5.0, 5),
    (Port, 0, 0),
    (Seconds, 0, 0),
    (Column, 2023, "2023"),
    (Column, "latest", "latest"),
    (Url, "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    (Url, "https://origin.example.test/", "https://origin.example.test"),
    (Url, "http://[::1]:80", "http://[::1]:80"),
    (Url, "http://localhost", "http://localhost"),
    (DomainName, "my_origin.example.test", "my_origin.example.test"),
    (DomainName, "192.0.2.1", "192.0.2.1"),
    (Alias, "*.example.test", "*.example.test"),
    (Address, "10.0.0.1/8", "10.0.0.1/8"),
    (Address, "::1", "::1"),
    (OriginPath, "", ""),
    (OriginPath, "/v2/a", "/v2/a"),
    (PagePath, "/", "/"),
]

BAD: list[tuple[Any, Any, str]] = [
    (Size, True, "whole number"),
    (Size, -1, "greater than or equal"),
    (Size, "1TB", "such as 256MB"),
    (Size, "1.5MB", "such as 256MB"),
    (Size, "", "such as 256MB"),
    (Size, None, "valid integer"),
    (Whole, False, "whole number"),
    (Whole, 1.5, "valid integer"),
    (Port, 65_536, "less than or equal"),
    (Seconds, -1, "greater than or equal"),
    (Column, True, "latest"),
    (Url, "//a.test", "begins with http"),
    (Url, "http://", "begins with http"),
    (Url, "http://a.test:0", "begins with http"),
    (Url, "http://a.test:99999", "begins with http"),
    (Url, "http://[::1", "begins with http"),
    (Url, "http://a.test?x=1", "host and port only"),
    (Url, "http://a.test/#x", "host and port only"),
    (Url, "http://a.test?", "host and port only"),
    (Url, "http://*.test", "as its host"),
    (Url, "http://u:p@a.test", "user name"),
    (DomainName, "a.test:80", "DNS name"),
    (DomainName, "*.test", "DNS name"),
    (DomainName, "", "DNS name"),
    (DomainName, "http://[", "DNS name"),
    (DomainName, "a" * 64 + ".test", "DNS name"),
    (DomainName, "a.test\n", "DNS name"),
    (Alias, "a.*.test", "DNS name"),
    (Address, "10.0.0.0/33", "IP address"),
    (OriginPath, "v2", "begins with `/`"),
    (OriginPath, "/", "begins with `/`"),
    (OriginPath, "/a b", "begins with `/`"),
    (OriginPath, "/a?b", "begins with `/`"),
    (OriginPath, "/a\n", "begins with `/`"),
    (PagePath, "a", "begins with `/`"),
]


@pytest.mark.parametrize(("kind", "given", "value"), GOOD)
def test_what_is_taken(kind: Any, given: Any, value: Any) -> None:
    found = TypeAdapter(kind).validate_python(given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("kind", "given", "words"), BAD)
def test_what_is_refused(kind: Any, given: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        TypeAdapter(kind).validate_python(given)


def test_a_pattern_is_matched_as_a_whole_and_is_in_the_schema() -> None:
    adapter = TypeAdapter(Annotated[str, Matching("a|b", "a or b", "take a", "CF-1")])
    assert adapter.validate_python("b") == "b"
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python("ab")
    (detail,) = caught.value.errors()
    assert detail["ctx"] == {"words": "expected a or b", "hint": "take a", "rule": "CF-1"}
    assert adapter.json_schema() == {"type": "string", "pattern": "^(?:a|b)$"}
