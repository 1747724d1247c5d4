"""The start of the command line, against the start of a bare interpreter.

Both are started as an installed program is, with their bytecode at hand: a run that is not measured writes it, to a
folder of this benchmark, whatever the environment says about bytecode.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tests.bench.processes import ended, started
from tests.bench.rounds import Sample, alternate, show

ROUNDS = 9
EDGEPROXY = [sys.executable, "-m", "edgeproxy"]


def with_bytecode(folder: str) -> Mapping[str, str]:
    """This environment, with bytecode kept in `folder`."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def to_end(environ: Mapping[str, str], *arguments: str) -> Sample:
    """Milliseconds until a command has ended."""
    begun = time.perf_counter()
    subprocess.run([*arguments], check=True, stdout=subprocess.DEVNULL, env=environ)
    return Sample((time.perf_counter() - begun) * 1000)


def to_answer(environ: Mapping[str, str], origin: str) -> Sample:
    """Milliseconds until `edgeproxy serve` has answered its first request."""
    arguments = ["serve", "--origin", origin, "--port", "0", "--no-admin", "--log-format", "none"]
    begun = time.perf_counter()
    with ended(subprocess.Popen([*EDGEPROXY, *arguments], stderr=subprocess.PIPE, text=True, env=environ)) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("  proxy "):
                with urlopen(line.split()[1], timeout=10) as response:
                    response.read()
                return Sample((time.perf_counter() - begun) * 1000)
    raise SystemExit("edgeproxy serve did not start")


def main() -> None:
    with started("origin") as origin, TemporaryDirectory() as folder:
        environ = with_bytecode(folder)
        subjects = {
            "python -I -S -c pass": partial(to_end, environ, sys.executable, "-I", "-S", "-c", "pass"),
            "python -c pass": partial(to_end, environ, sys.executable, "-c", "pass"),
            "edgeproxy --help": partial(to_end, environ, *EDGEPROXY, "--help"),
            "edgeproxy serve, first request": partial(to_answer, environ, origin.url),
        }
        goals = {"edgeproxy --help": "<= 6", "edgeproxy serve, first request": "<= 25"}
        for measure in subjects.values():
            measure()
        samples = alternate(subjects, ROUNDS)
    show("start, bare interpreter", "ms", samples, goals)
    site = {name: rows for name, rows in samples.items() if name != "python -I -S -c pass"}
    show("start, interpreter with site-packages", "ms", site, goals)
