"""The load generator: `python -m tests.bench.load URL PID SECONDS CONNECTIONS`.

Each connection sends a GET request as soon as it has the last response, which must be a 200 with a Content-Length.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

import psutil

from tests.bench.processes import pin

WARM_UP_SECONDS = 0.25
CHUNK = 256 * 1024
RSS_SECONDS = 0.01

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEADERS = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, br\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\n"
)


class Connection:
    """One connection, with one request in flight."""

    __slots__ = ("_head", "_left", "_request", "socket")

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address, 10)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._head = b""
        self._left = -1
        self.send()

    def send(self) -> None:
        """The next request; it fits into the socket's buffer."""
        self._left = -1
        self.socket.send(self._request)

    def receive(self, buffer: bytearray) -> tuple[int, bool]:
        """Octets of a body that have come, and whether it is complete."""
        size = self.socket.recv_into(buffer)
        if size == 0:
            raise SystemExit("the server closed a connection")
        if self._left < 0:
            self._head += buffer[:size]
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return 0, False
            length = _LENGTH.search(head)
            if not head.startswith(b"HTTP/1.1 200") or length is None:
                raise SystemExit(f"unexpected response: {head!r}")
            self._head = b""
            self._left = int(length[1])
            size = len(body)
        self._left -= size
        return size, self._left == 0


def run(url: str, pid: int, seconds: float, connections: int) -> dict[str, float]:
    """Load the server, for a moment without and then with measuring. The keys are those of `processes.Load`."""
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{_HEADERS}\r\n".encode()
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = Connection((parts.hostname or "", parts.port or 80), request)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    server = psutil.Process(pid)
    tree = [server, *server.children(recursive=True)]
    clock = time.perf_counter
    buffer = bytearray(CHUNK)
    done = octets = 0
    begun = looked = clock()
    cpu, rss = 0.0, _rss(tree)
    grown = 0
    warm = False
    while True:
        for key, _ in selector.select(10.0):
            size, complete = key.data.receive(buffer)
            octets += size
            if complete:
                done += 1
                key.data.send()
        now = clock()
        if now - looked > RSS_SECONDS:
            looked = now
            grown = max(grown, _rss(tree) - rss)
        if not warm and now - begun > WARM_UP_SECONDS:
            warm, begun, cpu = True, clock(), _cpu(tree)
            done = octets = 0
        elif warm and now - begun > seconds:
            break
    return {
        "requests": done,
        "octets": octets,
        "seconds": now - begun,
        "cpu_seconds": _cpu(tree) - cpu,
        "grown_bytes": grown,
    }


def _cpu(tree: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in tree]
    return sum(time.user + time.system for time in times)


def _rss(tree: list[psutil.Process]) -> int:
    return sum(process.memory_info().rss for process in tree)


if __name__ == "__main__":
    pin(-1)
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))))
