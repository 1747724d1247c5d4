from __future__ import annotations

import errno
import resource
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from edgeproxy.errors import ConfigError, Problem
from edgeproxy.server import front
from edgeproxy.server.front import Listener, bind

pytestmark = pytest.mark.live


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    raise AssertionError("nobody calls")


def problems(*listeners: Listener) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        bind(listeners)
    return list(caught.value.problems)


def test_a_port_is_taken_and_named() -> None:
    (bound,) = bind([Listener(app)])
    port = int(bound.url.removeprefix("http://127.0.0.1:"))
    assert 0 < port < 65536
    (problem,) = problems(Listener(app, port=port, name="admin"))
    assert problem.key == "admin.port"
    assert problem.message == f"port {port} of 127.0.0.1 is in use"
    bound.stop()
    (again,) = bind([Listener(app, port=port)])
    again.stop()


@pytest.mark.parametrize(("host", "shown"), [("::1", "[::1]"), ("localhost", "localhost"), ("0.0.0.0", "0.0.0.0")])
def test_the_url_has_the_host_as_it_was_given(host: str, shown: str) -> None:
    (bound,) = bind([Listener(app, host=host)])
    bound.stop()
    assert bound.url.startswith(f"http://{shown}:")


def test_a_host_of_another_machine() -> None:
    (problem,) = problems(Listener(app, host="192.0.2.1"))
    assert (problem.key, problem.message) == ("server.host", "192.0.2.1 is not an address of this machine")


def test_a_host_that_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    (problem,) = problems(Listener(app, host="nowhere.invalid"))
    assert problem.key == "server.host"


def test_a_port_that_is_not_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", forbidden)
    (problem,) = problems(Listener(app, port=80))
    assert (problem.key, problem.message) == (
        "server.port",
        "port 80 of 127.0.0.1 cannot be used: Permission denied",
    )


def test_all_mistakes_are_told_and_no_port_is_kept(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("nonsense")
    (free,) = bind([Listener(app)])
    free.stop()
    port = int(free.url.rpartition(":")[2])
    found = problems(
        Listener(app, port=port),
        Listener(app, name="half", tls_cert=str(bad)),
        Listener(app, name="other", tls_key=str(bad)),
        Listener(app, name="absent", tls_cert=str(tmp_path / "no.pem"), tls_key=str(bad)),
        Listener(app, name="broken", tls_cert=str(bad), tls_key=str(bad)),
    )
    assert [problem.key for problem in found] == [
        "half.tls.key", "other.tls.cert", "absent.tls.cert", "broken.tls.cert",
    ]  # fmt: skip
    assert "No such file" in found[2].message
    (again,) = bind([Listener(app, port=port)])
    again.stop()


@pytest.mark.parametrize(
    ("files", "connections"), [(64, 128), (256, 128), (1024, 896), (1 << 20, 4096), (resource.RLIM_INFINITY, 4096)]
)
def test_connections_leave_descriptors_for_the_rest(
    files: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert front._connections() == connections
