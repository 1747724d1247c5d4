"""A request target taken apart.

Nothing is decoded or re-encoded: `%20x+y`, `%2F`, `;` and empty values survive (CF-115).
"""

from __future__ import annotations


def split_target(target: str) -> tuple[str, str]:
    """Path and query string of a request target in origin form or absolute form (RFC 9112, 3.2).

    The query comes without its `?`; a lone `?` equals no query string (CF-82). A fragment, which no client should
    send, is left where it is. The asterisk and authority forms come back as they are, as the path.
    """
    if not target.startswith("/"):
        scheme, separator, rest = target.partition("://")
        if separator and scheme.isalpha():
            start = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
            target = rest[start:]
            if not target.startswith("/"):
                target = "/" + target
    path, _, query = target.partition("?")
    return path, query


def join_target(path: str, query: str) -> str:
    """The request target for a path and a query string (`""` for none)."""
    return f"{path}?{query}" if query else path
