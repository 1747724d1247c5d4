"""The start of the command line, against the start of a bare interpreter."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from urllib.request import urlopen

from tests.bench.processes import ended, started
from tests.bench.rounds import Sample, alternate, show

ROUNDS = 9
EDGEPROXY = [sys.executable, "-m", "edgeproxy"]


def to_end(*arguments: str) -> Sample:
    """Milliseconds until a command has ended."""
    begun = time.perf_counter()
    subprocess.run([*arguments], check=True, stdout=subprocess.DEVNULL)
    return Sample((time.perf_counter() - begun) * 1000)


def to_answer(origin: str) -> Sample:
    """Milliseconds until `edgeproxy serve` has answered its first request."""
    arguments = ["serve", "--origin", origin, "--port", "0", "--no-admin", "--log-format", "none"]
    begun = time.perf_counter()
    with ended(subprocess.Popen([*EDGEPROXY, *arguments], stderr=subprocess.PIPE, text=True)) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("  proxy "):
                with urlopen(line.split()[1], timeout=10) as response:
                    response.read()
                return Sample((time.perf_counter() - begun) * 1000)
    raise SystemExit("edgeproxy serve did not start")


def main() -> None:
    with started("origin") as origin:
        subjects = {
            "python -I -S -c pass": partial(to_end, sys.executable, "-I", "-S", "-c", "pass"),
            "python -c pass": partial(to_end, sys.executable, "-c", "pass"),
            "edgeproxy --help": partial(to_end, *EDGEPROXY, "--help"),
            "edgeproxy serve, first request": partial(to_answer, origin.url),
        }
        goals = {"edgeproxy --help": "<= 6", "edgeproxy serve, first request": "<= 25"}
        samples = alternate(subjects, ROUNDS)
    show("start, bare interpreter", "ms", samples, goals)
    site = {name: rows for name, rows in samples.items() if name != "python -I -S -c pass"}
    show("start, interpreter with site-packages", "ms", site, goals)
