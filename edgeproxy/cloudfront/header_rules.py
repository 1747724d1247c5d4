"""Which headers a function may not see, add or change, and what a header line may look like.

Tables with a source per row. `NAMES[name]` has everything that depends on a name alone, worked out once per name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from edgeproxy.cloudfront.hooks import Hook

Column: TypeAlias = Literal["latest", "2023"]


class NameRow(msgspec.Struct, frozen=True):
    """Names that share a rule, in lower case; one that ends with `*` stands for all that begin with the rest."""

    names: tuple[str, ...]
    source: str
    """Rule id."""
    columns: frozenset[str] = frozenset({"latest", "2023"})


_LATEST_ONLY = frozenset({"latest"})

DISALLOWED: tuple[NameRow, ...] = (
    NameRow(
        (
            "connection",
            "expect",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "trailer",
            "upgrade",
            "x-accel-buffering",
            "x-accel-charset",
            "x-accel-limit-rate",
            "x-accel-redirect",
            "x-amz-cf-*",
            "x-amzn-auth",
            "x-amzn-cf-billing",
            "x-amzn-cf-id",
            "x-amzn-cf-xff",
            "x-amzn-errortype",
            "x-amzn-fle-profile",
            "x-amzn-header-count",
            "x-amzn-header-order",
            "x-amzn-lambda-integration-tag",
            "x-amzn-requestid",
            "x-cache",
            "x-edge-*",
            "x-forwarded-proto",
            "x-real-ip",
        ),
        "LE-172",
    ),
    NameRow(("cloudfront-viewer-cert-pem", "client-cert", "client-cert-chain"), "LE-173", _LATEST_ONLY),
)
"""Names that no function may return; it does not see them either (LE-108)."""

HIDDEN: tuple[NameRow, ...] = (*DISALLOWED, NameRow(("te", "proxy-*"), "LE-109"))
"""Names that no function sees, in either column (LE-100, LE-108 to LE-111)."""

CUSTOM_HEADERS: tuple[NameRow, ...] = (
    NameRow(
        (
            "cache-control",
            "connection",
            "content-length",
            "cookie",
            "host",
            "if-match",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "max-forwards",
            "pragma",
            "proxy-authorization",
            "proxy-connection",
            "range",
            "request-range",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via",
            "x-real-ip",
            "x-amz-*",
            "x-edge-*",
        ),
        "CF-10",
    ),
    NameRow(("proxy-authenticate",), "CF-10", _LATEST_ONLY),
)
"""Names that an origin's custom headers may not have (CF-10; LE-186 says the same of a function's)."""


class ReadOnlyRow(msgspec.Struct, frozen=True):
    """Names, in lower case, that a function sees at one hook but may not add, change or delete."""

    hook: Hook
    names: frozenset[str]
    source: str
    columns: frozenset[str] = frozenset({"latest", "2023"})


READ_ONLY: tuple[ReadOnlyRow, ...] = (
    ReadOnlyRow(Hook.VIEWER_REQUEST, frozenset({"content-length", "host", "transfer-encoding", "via"}), "LE-177"),
    ReadOnlyRow(Hook.VIEWER_REQUEST, frozenset({"cdn-loop"}), "LE-177", _LATEST_ONLY),
    ReadOnlyRow(
        Hook.ORIGIN_REQUEST,
        frozenset(
            {
                "accept-encoding",
                "content-length",
                "if-modified-since",
                "if-none-match",
                "if-range",
                "if-unmodified-since",
                "transfer-encoding",
                "via",
            }
        ),
        "LE-178",
    ),
    ReadOnlyRow(Hook.ORIGIN_REQUEST, frozenset({"cdn-loop"}), "LE-178", _LATEST_ONLY),
    ReadOnlyRow(Hook.ORIGIN_RESPONSE, frozenset({"transfer-encoding", "via"}), "LE-179"),
    ReadOnlyRow(Hook.VIEWER_RESPONSE, frozenset({"warning", "via"}), "LE-180"),
    ReadOnlyRow(
        Hook.VIEWER_RESPONSE,
        frozenset({"content-length", "content-encoding", "transfer-encoding"}),
        "LE-180",
        _LATEST_ONLY,
    ),
)

READ_ONLY_RULE: Mapping[Hook, str] = {row.hook: row.source for row in READ_ONLY}
"""The rule that lists a hook's read-only names."""

_READ_ONLY: dict[tuple[Hook, str], frozenset[str]] = {
    (hook, column): frozenset().union(*(row.names for row in READ_ONLY if row.hook is hook and column in row.columns))
    for hook in Hook
    for column in ("latest", "2023")
}

NOT_ADDED: Mapping[Hook, Mapping[str, str]] = {
    Hook.VIEWER_REQUEST: {"cloudfront-viewer-country": "LE-176"},
}
"""Names that a function may see and pass on, but not add, and the rule that says so."""


class NameFacts(msgspec.Struct, frozen=True):
    """Everything that follows from a header's name alone."""

    lower: str
    canonical: str
    """Each part that hyphens separate with an initial capital (LE-88)."""
    is_token: bool
    """Well-formed: an RFC 9110 token (LE-188)."""
    hidden: bool
    disallowed_latest: str
    """The rule that disallows it in that column; `""` when none does."""
    disallowed_2023: str

    def disallowed(self, column: Column) -> str:
        """The rule that disallows the name, or `""`."""
        return self.disallowed_latest if column == "latest" else self.disallowed_2023


_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def _rule(lower: str, rows: tuple[NameRow, ...], column: str | None) -> str:
    for row in rows:
        if column is None or column in row.columns:
            for name in row.names:
                if lower == name or (name.endswith("*") and lower.startswith(name[:-1])):
                    return row.source
    return ""


def _facts(name: str) -> NameFacts:
    lower = name.lower()
    return NameFacts(
        lower=lower,
        canonical="-".join(part.capitalize() for part in name.split("-")),
        is_token=_TOKEN.fullmatch(name) is not None,
        hidden=bool(_rule(lower, HIDDEN, None)),
        disallowed_latest=_rule(lower, DISALLOWED, "latest"),
        disallowed_2023=_rule(lower, DISALLOWED, "2023"),
    )


class NameTable(dict[str, NameFacts]):
    """Name as spelled -> its facts, remembered.

    Names come from viewers and functions, so the memory is bounded: at most `max_names`, none longer than `max_length`
    characters; a full table starts again.
    """

    max_names = 4_096
    max_length = 64

    def __missing__(self, name: str) -> NameFacts:
        facts = _facts(name)
        if len(name) <= self.max_length:
            if len(self) >= self.max_names:
                self.clear()
            self[name] = facts
        return facts


NAMES = NameTable()


def disallowed(name: str, column: Column) -> str | None:
    """The rule that keeps a function from returning a header of that name, in any case; None when it may."""
    return NAMES[name].disallowed(column) or None


def is_hidden(name: str) -> bool:
    """Whether no function sees a header of that name, in any case."""
    return NAMES[name].hidden


def read_only(hook: Hook, column: Column) -> frozenset[str]:
    """The lower-case names that a function at the hook may not add, change or delete (LE-177 to LE-182)."""
    return _READ_ONLY[hook, column]


def custom_header_refused(name: str, column: Column) -> str | None:
    """The rule that refuses the name, in any case, as an origin's custom header; None when it may be one."""
    return _rule(name.lower(), CUSTOM_HEADERS, column) or None


def bad_character(text: str) -> str | None:
    """The first character that may not stand in a header's value: a control other than tab (LE-189), or half of a
    surrogate pair, which has no UTF-8 (LE-309). None when there is none.
    """
    found = _CONTROL.search(text)
    return None if found is None else found.group()
