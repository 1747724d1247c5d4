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
    choose = _chosen if len(value) <= _REMEMBERED else _chosen.__wrapped__
    chosen = choose(value, policy.brotli, policy.gzip)
    return (chosen, chosen) if chosen else ("", "identity")


_REMEMBERED = 256
"""Characters of the longest value whose choice is remembered."""


@lru_cache(maxsize=1_024)
def _chosen(value: str, brotli: bool, gzip: bool) -> str:
    """The codings that a viewer takes and a policy has enabled.

    Weights are ignored, but `q=0` means no; `*` counts as none (CF-90).
    """
    offered = set()
    for member in value.split(","):
        coding, _, parameters = member.partition(";")
        if not _is_refused(parameters):
            offered.add(coding.strip().lower())
    return ",".join(coding for coding, enabled in (("br", brotli), ("gzip", gzip)) if enabled and coding in offered)


def _is_refused(parameters: str) -> bool:
    for parameter in parameters.split(";"):
        name, _, weight = parameter.partition("=")
        if name.strip().lower() == "q" and weight.strip() in {"0", "0.", "0.0", "0.00", "0.000"}:
            return True
    return False
