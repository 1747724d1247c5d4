"""A CloudFront edge on your own machine.

The way of a request, and the rooms it goes through:

    environ -> wsgi -> Request -> pipeline.flow -> Response -> wsgi -> start_response
                                   |  yields Steps, is told Outcomes; does no I/O
                                   edge performs them: runtime (functions), stores (cache), origins (network)
                                   the list of both is the Trace; observe, admin and cli read it

`messages`, `cloudfront`, `events` and `pipeline` are pure: the rules are there. `config` turns a file into a Project,
`build` a Project into an Edge. The names below are the public API; they are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeproxy.build import Edge
    from edgeproxy.config.load import load
    from edgeproxy.errors import ConfigError
    from edgeproxy.wsgi import EdgeMiddleware, EdgeProxy

__version__ = "0.1.0"

_HOMES = {
    "ConfigError": "edgeproxy.errors",
    "Edge": "edgeproxy.build",
    "EdgeMiddleware": "edgeproxy.wsgi",
    "EdgeProxy": "edgeproxy.wsgi",
    "load": "edgeproxy.config.load",
}

__all__ = ["ConfigError", "Edge", "EdgeMiddleware", "EdgeProxy", "load"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'edgeproxy' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
