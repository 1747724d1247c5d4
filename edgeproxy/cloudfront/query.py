"""Which query parameters a policy selects; nothing is decoded (CF-79 to CF-82, CF-114)."""

from __future__ import annotations

from edgeproxy.cloudfront.policies import Selection


def select_query(query: str, selection: Selection) -> str:
    """The part of a raw query string that a selection keeps: whole parameters, in the viewer's order.

    Parameters are separated by `&` only. A name is compared as it is spelled.
    """
    if not query or selection.behavior == "all":
        return query
    if selection.behavior == "none":
        return ""
    wanted = selection.behavior == "whitelist"
    return "&".join(
        parameter for parameter in query.split("&") if (parameter.partition("=")[0] in selection.names) is wanted
    )
