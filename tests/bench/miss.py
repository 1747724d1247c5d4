"""Answers from the origin, against Werkzeug's ProxyMiddleware behind the same bridge."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from tests.bench.processes import requests, started, x_cache
from tests.bench.rounds import alternate, show
from tests.bench.servers import MOUNT

SUBJECTS = {"miss, no hooks": "edge", "miss, four hooks": "edge-four-hooks"}
GOALS = {"miss, no hooks": ">= 1.15, aim 1.40"}


def main() -> None:
    with ExitStack() as stack:
        origin = stack.enter_context(started("origin")).url
        baseline = stack.enter_context(started("proxy-middleware", origin))
        x_cache(baseline, f"{MOUNT}/")
        subjects = {"ProxyMiddleware": partial(requests, baseline, f"{MOUNT}/")}
        for name, subject in SUBJECTS.items():
            server = stack.enter_context(started(subject, origin))
            assert x_cache(server, "/") == "Miss from cloudfront"
            subjects[name] = partial(requests, server, "/")
        show("miss, same bridge and origin", "req/s", alternate(subjects), GOALS)
