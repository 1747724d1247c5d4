"""The origin that a function returned at origin-request (LE-69 to LE-84, LE-141 to LE-148)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from edgeproxy.cloudfront.header_rules import NAMES, Column, custom_header_refused
from edgeproxy.cloudfront.origin import CustomOrigin, EffectiveOrigin, S3Origin
from edgeproxy.events import check_table as checks
from edgeproxy.events.check import Findings, Gravity, shown
from edgeproxy.events.encode import origin_part
from edgeproxy.events.header_map import header_view
from edgeproxy.events.returned_headers import Problem, entry_lines, merged
from edgeproxy.function import Json
from edgeproxy.messages.headers import Headers, Line
from edgeproxy.messages.text import to_text, to_wire

_CUSTOM_DOMAIN = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}", re.ASCII)
_S3_DOMAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}", re.ASCII)
# Printable ASCII without space, `#` and `?`; the last character is no slash.
_PATH = re.compile(r"(?:/[!\"$->@-~]*[!\"$-.0->@-~])?")


def _is_custom_domain(value: Json, _: Column) -> bool:
    return (
        isinstance(value, str)
        and len(value) <= 253
        and _CUSTOM_DOMAIN.fullmatch(value) is not None
        and not value.rpartition(".")[2].isdecimal()
    )


def _is_s3_domain(value: Json, _: Column) -> bool:
    return isinstance(value, str) and len(value) <= 128 and _S3_DOMAIN.fullmatch(value) is not None


def _is_path(value: Json, _: Column) -> bool:
    return isinstance(value, str) and _PATH.fullmatch(value) is not None


def _is_custom_path(value: Json, column: Column) -> bool:
    return _is_path(value, column) and len(value) <= 255


def _is_whole(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_port(value: Json, _: Column) -> bool:
    return _is_whole(value) and (value in (80, 443) or 1_024 <= value <= 65_535)


def _is_read_timeout(value: Json, column: Column) -> bool:
    return _is_whole(value) and 4 <= value <= _LONGEST[column]


def _is_keepalive_timeout(value: Json, column: Column) -> bool:
    return _is_whole(value) and 1 <= value <= _LONGEST[column]


def _one_of(*allowed: str) -> Callable[[Json, Column], bool]:
    def is_one(value: Json, _: Column) -> bool:
        return isinstance(value, str) and value in allowed

    return is_one


def _are_ssl_protocols(value: Json, _: Column) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item in _SSL_PROTOCOLS for item in value)


def _is_text(value: Json, _: Column) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


_LONGEST: Mapping[Column, int] = {"latest": 120, "2023": 60}
"""Seconds, of both time-outs (LE-414)."""
_SSL_PROTOCOLS = ("TLSv1.2", "TLSv1.1", "TLSv1", "SSLv3")


class Field(msgspec.Struct, frozen=True):
    """One field of an origin in a result."""

    name: str
    attribute: str
    """Of `CustomOrigin` or `S3Origin`."""
    is_valid: Callable[[Json, Column], bool]
    expected: str
    source: str


class OriginKind(msgspec.Struct, frozen=True):
    """`custom` or `s3`: the class and the fields, all of which a result must give (LE-142)."""

    make: type[CustomOrigin | S3Origin]
    fields: tuple[Field, ...]


_PATH_EXPECTED = "empty, or percent-encoded text that begins with / and does not end with it"

KINDS: Mapping[str, OriginKind] = {
    "custom": OriginKind(
        CustomOrigin,
        (
            Field(
                "domainName",
                "domain_name",
                _is_custom_domain,
                "a DNS name of at most 253 characters, no IP address and no port",
                "LE-148",
            ),
            Field("path", "path", _is_custom_path, f"{_PATH_EXPECTED}, at most 255 characters", "LE-72"),
            Field("port", "port", _is_port, "80, 443, or 1024 to 65535", "LE-74"),
            Field("protocol", "protocol", _one_of("http", "https"), "http or https", "LE-75"),
            Field("readTimeout", "read_timeout", _is_read_timeout, "4 to 120 seconds, 60 in 2023", "LE-76"),
            Field(
                "keepaliveTimeout", "keepalive_timeout", _is_keepalive_timeout, "1 to 120 seconds, 60 in 2023", "LE-73"
            ),
            Field(
                "sslProtocols", "ssl_protocols", _are_ssl_protocols, f"a list of {', '.join(_SSL_PROTOCOLS)}", "LE-77"
            ),
        ),
    ),
    "s3": OriginKind(
        S3Origin,
        (
            Field(
                "domainName",
                "domain_name",
                _is_s3_domain,
                "the DNS name of a bucket, at most 128 lower-case characters",
                "LE-71",
            ),
            Field("path", "path", _is_path, _PATH_EXPECTED, "LE-72"),
            Field("region", "region", _is_text, "a Region, or empty without an origin access identity", "LE-79"),
            Field(
                "authMethod",
                "auth_method",
                _one_of("none", "origin-access-identity"),
                "none or origin-access-identity",
                "LE-78",
            ),
        ),
    ),
}


def returned_origin(
    value: Json, given: EffectiveOrigin, headers: Headers, given_headers: Headers, findings: Findings
) -> EffectiveOrigin:
    """The origin to use: the one given where the result has the same (LE-141).

    :param value: `origin` of the result.
    :param headers: the headers of the result; `given_headers` those of the event.
    """
    part_given = origin_part(given)
    if value == part_given:
        origin = given
    else:
        made = _changed(value, given, part_given, findings)
        if made is None:
            return given
        origin = made
        host = headers.get("host")
        if origin.domain_name != given.domain_name and host is not None and host != origin.domain_name:
            findings.add(checks.STALE_HOST, "headers.host", origin.domain_name, host=shown(to_text(host)))
    if headers is not given_headers or origin is not given:
        _look_for_doubles(origin.custom_headers, headers, given.custom_headers, given_headers, findings)
    return origin


def _changed(
    value: Json, given: EffectiveOrigin, part_given: Mapping[str, Any], findings: Findings
) -> EffectiveOrigin | None:
    kinds = [name for name in KINDS if isinstance(value, dict) and name in value]
    part = value[kinds[0]] if len(kinds) == 1 else None
    if not isinstance(part, dict):
        findings.add(checks.BAD_ORIGIN, "origin", value, rule="LE-241" if value == {} else "")
        return None
    kind = KINDS[kinds[0]]
    field = f"origin.{kinds[0]}"
    before: Mapping[str, Json] = part_given.get(kinds[0], {})
    missing = [name for name in (*(row.name for row in kind.fields), "customHeaders") if name not in part]
    if missing:
        findings.add(checks.ORIGIN_INCOMPLETE, field, ", ".join(missing), missing=", ".join(missing))
    values: dict[str, Any] = {}
    for row in kind.fields:
        if row.name not in part:
            continue
        returned = part[row.name]
        if row.name in before and before[row.name] == returned:
            values[row.attribute] = getattr(given, row.attribute)
        elif row.is_valid(returned, findings.profile.column):
            values[row.attribute] = tuple(returned) if isinstance(returned, list) else returned
        else:
            findings.add(
                checks.ORIGIN_FIELD,
                f"{field}.{row.name}",
                returned,
                rule=row.source,
                name=row.name[0].upper() + row.name[1:],
                expected=row.expected,
            )
    if "customHeaders" in part:
        values["custom_headers"] = _custom_headers(part["customHeaders"], given.custom_headers, field, findings)
    if len(values) != len(kind.fields) + 1:
        return None
    origin = kind.make(**values)
    if isinstance(origin, S3Origin):
        _look_at_identity(origin, given, field, findings)
    return origin


def _look_at_identity(origin: S3Origin, given: EffectiveOrigin, field: str, findings: Findings) -> None:
    if origin.auth_method == "none":
        return
    if not isinstance(given, S3Origin) or given.auth_method == "none":
        problem = "an origin cannot be turned into an s3 origin with an origin access identity"
        findings.add(checks.ORIGIN_IDENTITY, f"{field}.authMethod", origin.auth_method, problem=problem)
    if not origin.region:
        problem = "region must be given with origin-access-identity"
        findings.add(checks.ORIGIN_IDENTITY, f"{field}.region", "", rule="LE-79", problem=problem)


def _custom_headers(value: Json, given: Headers, field: str, findings: Findings) -> Headers:
    template = header_view(given).template
    if value == template:
        return given
    field = f"{field}.customHeaders"
    if not isinstance(value, dict):
        findings.add(checks.CUSTOM_HEADER_SHAPE, field, value, problem="they are not an object", header="")
        return given
    lines: list[Line] = []
    for name, entry in merged(value).items():
        if name in template and template[name] == entry:
            lines.extend(given.by_name[name])
            continue
        originals = given.by_name.get(name, ()) if name in template else ()
        known = {to_text(wire): wire for _, wire in originals}
        problems: list[Problem] = []
        texts = entry_lines(name, entry, known, problems)
        place = f"{field}.{shown(name)}"
        for problem in problems:
            if problem.check.gravity is Gravity.WARNING:
                findings.add(problem.check, place + problem.place, problem.value, header=shown(name))
            else:
                wording = "its list is not as it should be"
                findings.add(
                    checks.CUSTOM_HEADER_SHAPE,
                    place + problem.place,
                    problem.value,
                    problem=wording,
                    header=shown(name),
                )
        refusal = _refusal(name, [text for _, text in texts], findings.profile.column)
        if refusal:
            findings.add(checks.CUSTOM_HEADER, place, name, rule=refusal[0], problem=refusal[1], header=shown(name))
        else:
            lines.extend((key, known.get(text) or to_wire(text)) for key, text in texts)
    return Headers(lines)


def _refusal(name: str, texts: list[str], column: Column) -> tuple[str, str] | None:
    """Rule and reason, when the name or a value cannot be a custom header's."""
    facts = NAMES[name]
    if not facts.is_token:
        return "LE-146", "its name is empty or invalid"
    if custom_header_refused(name, column) or facts.disallowed(column):
        return "LE-186", "its name is not allowed"
    if "" in texts:
        return "LE-146", "its value is empty"
    return None


def _look_for_doubles(
    custom: Headers, headers: Headers, given_custom: Headers, given_headers: Headers, findings: Findings
) -> None:
    for name in custom.by_name:
        if name in headers.by_name and not (name in given_custom.by_name and name in given_headers.by_name):
            findings.add(
                checks.CUSTOM_HEADER,
                f"headers.{name}",
                name,
                hint="give it in headers or in customHeaders, not in both (LE-366)",
                problem="the request has a header of that name",
                header=NAMES[name].canonical,
            )
