"""Subjects and load, each in a process of its own: subjects on one core, what drives them on another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from urllib.request import urlopen

from tests.bench.rounds import Sample

_END_SECONDS = 15.0


class Server(NamedTuple):
    """A server in its process."""

    url: str
    pid: int


@contextmanager
def started(subject: str, origin: str = "") -> Iterator[Server]:
    """A subject of `servers`, until the block is left.

    :param origin: URL of the origin, for subjects that have one.
    """
    command = [sys.executable, "-m", "tests.bench.servers", subject, origin]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise SystemExit(f"the server of {subject} did not start")
        yield Server(url, process.pid)


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that does not outlive the block."""
    with process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


class Load(NamedTuple):
    """What `load` tells of a round."""

    requests: int
    octets: int
    seconds: float
    cpu_seconds: float
    """Of the server and its children."""
    grown_bytes: int
    """How much resident memory of the server and its children was at most above that at the start."""


def load(server: Server, path: str, *, seconds: float = 1.0, connections: int = 32) -> Load:
    """Send GET requests over connections that are kept alive; responses must be 200."""
    arguments = [server.url + path, str(server.pid), str(seconds), str(connections)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", *arguments], stdout=subprocess.PIPE, check=True, timeout=60 + seconds
    )
    return Load(**json.loads(done.stdout))


def requests(server: Server, path: str) -> Sample:
    """A round of load as requests a second."""
    done = load(server, path)
    return Sample(done.requests / done.seconds, done.cpu_seconds / done.requests * 1e6)


def x_cache(server: Server, path: str) -> str:
    """`X-Cache` of a second response; both must have the body of the origin."""
    for _ in range(2):
        with urlopen(server.url + path, timeout=10) as response:
            assert len(response.read()) == 1024
            result = response.headers.get("X-Cache", "")
    return str(result)


def pin(core: int) -> None:
    """Keep this process, and those that it starts, to one of the cores that it may use; -1 is the last."""
    if sys.platform == "linux":
        cores: Sequence[int] = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[core]})
