"""Downloads of 10 MB over one connection, against Werkzeug's ProxyMiddleware behind the same bridge."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from tests.bench.processes import Server, load, started
from tests.bench.rounds import Sample, alternate, show
from tests.bench.servers import DOWNLOAD, MOUNT

GOALS = {"edge, no hooks": ">= 1.20, memory <= 5 MB"}


def main() -> None:
    grown: dict[str, int] = {}

    def download(name: str, server: Server, path: str) -> Sample:
        done = load(server, path, connections=1)
        grown[name] = max(grown.get(name, 0), done.grown_bytes)
        return Sample(done.octets / done.seconds / 1e6)

    with ExitStack() as stack:
        origin = stack.enter_context(started("origin")).url
        places = {
            "ProxyMiddleware": (started("proxy-middleware", origin), MOUNT + DOWNLOAD),
            "edge, no hooks": (started("edge", origin), DOWNLOAD),
            "edge, four hooks": (started("edge-four-hooks", origin), DOWNLOAD),
        }
        servers = {name: (stack.enter_context(server), path) for name, (server, path) in places.items()}
        samples = alternate({name: partial(download, name, *place) for name, place in servers.items()})
        show("10 MB downloads", "MB/s", samples, GOALS)
    print("memory grown by downloads: " + ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in grown.items()))
