"""`Accept-Encoding` as the edge normalises it (CF section 5.3)."""

from __future__ import annotations

from functools import lru_cache

from edgeproxy.cloudfront.policies import CachePolicy


def normalize_accept_encoding(value: str | None, policy: CachePolicy, http_version: str) -> tuple[str, str | None]:
    """What enters the key (`""` for nothing) and what the origin is sent (None for no header).

    Only for a policy with a compression flag: without one, `Accept-Encoding` is a header like any other (CF-88).
    A viewer of HTTP/1.0 is treated as if it had sent none (CF-93).
    """
    if value is None or http_version == "1.0":
        return "", None
    offered = _offered(value)
    chosen = ",".join(
        coding for coding, enabled in (("br", policy.brotli), ("gzip", policy.gzip)) if enabled and coding in offered
    )
    return (chosen, chosen) if chosen else ("", "identity")


@lru_cache(maxsize=256)
def _offered(value: str) -> frozenset[str]:
    """The codings that a viewer takes: weights are ignored, but `q=0` means no; `*` counts as none (CF-90)."""
    codings = set()
    for member in value.split(","):
        coding, _, parameters = member.partition(";")
        if not _is_refused(parameters):
            codings.add(coding.strip().lower())
    return frozenset(codings)


def _is_refused(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, weight = parameter.partition("=")
        if name.strip().lower() == "q" and weight.strip() in {"0", "0.", "0.0", "0.00", "0.000"}:
            return True
    return False
