"""Answers from the cache, against a Werkzeug response behind the same bridge."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from tests.bench.processes import requests, started, x_cache
from tests.bench.rounds import alternate, show
from tests.bench.servers import CACHED

SUBJECTS = {
    "hit, no hooks": "edge",
    "hit, two viewer hooks": "edge-viewer-hooks",
    "hit, no hooks, recorder and metrics": "edge-watched",
}
GOALS = {"hit, no hooks": ">= 0.90", "hit, two viewer hooks": ">= 0.80"}


def main() -> None:
    with ExitStack() as stack:
        origin = stack.enter_context(started("origin")).url
        subjects = {"Werkzeug response": partial(requests, stack.enter_context(started("bare")), "/")}
        for name, subject in SUBJECTS.items():
            server = stack.enter_context(started(subject, origin))
            assert x_cache(server, CACHED) == "Hit from cloudfront"
            subjects[name] = partial(requests, server, CACHED)
        show("hit, same bridge", "req/s", alternate(subjects), GOALS)
