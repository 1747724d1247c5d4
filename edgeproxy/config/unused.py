"""What this version accepts and does not act on yet: a table, a row per key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from edgeproxy.config.document import KeyPath
from edgeproxy.config.model import Configuration
from edgeproxy.config.problems import Report


def _is_given(value: Any) -> bool:
    return bool(value)


class Row(msgspec.Struct, frozen=True):
    """A key that has no effect yet, or not all of it."""

    path: KeyPath
    """`*` stands for every key or item."""
    sentence: str
    when: Callable[[Any], bool] = _is_given
    """Whether a value asks for what is not there."""
    rule: str = ""


_BEHAVIORS: tuple[KeyPath, ...] = (("distribution", "default_cache_behavior"), ("distribution", "cache_behaviors", "*"))


def _in_behaviors(key: str, sentence: str, rule: str) -> tuple[Row, ...]:
    return tuple(Row((*path, key), sentence, rule=rule) for path in _BEHAVIORS)


ROWS: tuple[Row, ...] = (
    Row(("functions", "*", "isolation"), "runs inline, in the proxy's own process", lambda value: value == "process"),
    Row(("functions", "*", "executable"), "has no effect yet: functions run in the proxy's own interpreter"),
    Row(("functions", "*", "warm"), "has no effect yet: environments start with the first request"),
    Row(
        ("functions", "*", "credentials"),
        "has no effect yet: the function sees what the proxy sees",
        lambda value: value != "none",
    ),
    Row(("distribution", "origin_groups", "*"), "there is no failover yet: the first member answers", rule="CF-12"),
    Row(("distribution", "custom_error_responses"), "have no effect yet: errors are passed on", rule="CF-281"),
    Row(
        ("distribution", "geo_restriction"),
        "has no effect yet: every country is let in",
        lambda value: value is not None and value["type"] != "none",
        rule="CF-432",
    ),
    Row(
        ("distribution", "origins", "*", "s3", "origin_access_identity"),
        "has no effect yet: requests to the origin are not signed",
    ),
    *_in_behaviors("trusted_key_groups", "signatures are NOT checked yet: every request is let in", "CF-15"),
    *_in_behaviors("response_headers_policy", "has no effect yet: no headers are added", "CF-325"),
    *_in_behaviors("compress", "has no effect yet: bodies are passed on as the origin sent them", "CF-15"),
    *_in_behaviors("forwarded_values", "is approximated by policies: `*` in cookie names is literal", "CF-22"),
    Row(("viewer", "country"), "has no effect yet: there is no CloudFront-Viewer-Country", rule="CF-388"),
    Row(("trusted_proxies",), "has no effect yet: the peer is the viewer"),
    Row(("server", "workers"), "there is one worker yet", lambda value: value > 1),
    Row(("logs",), "has no effect yet"),
)


def warn_of_unused(configuration: Configuration, report: Report) -> None:
    """A warning for everything that was asked for and does not happen."""
    data = configuration.model_dump(exclude_unset=True)
    for row in ROWS:
        for path, value in _matches(data, row.path, ()):
            if row.when(value):
                report.warning(path, row.sentence, rule=row.rule)


def _matches(value: Any, pattern: KeyPath, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if not pattern:
        yield path, value
        return
    head, rest = pattern[0], pattern[1:]
    items: Iterable[tuple[str | int, Any]]
    if isinstance(value, dict):
        items = value.items() if head == "*" else [(head, value[head])] if head in value else []
    else:
        items = enumerate(value) if isinstance(value, (list, tuple)) and head == "*" else []
    for key, item in items:
        yield from _matches(item, rest, (*path, key))
