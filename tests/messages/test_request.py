from __future__ import annotations

import pytest

from edgeproxy.messages.body import EMPTY
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import LOCAL_VIEWER, Request, Viewer


@pytest.mark.rule("CF-115")
@pytest.mark.parametrize(
    ("path", "query", "target"), [("/a%2F", "b=+&b", "/a%2F?b=+&b"), ("/", "", "/"), ("/", "?", "/??")]
)
def test_the_target_is_what_the_viewer_sent(path: str, query: str, target: str) -> None:
    assert Request("GET", path, query).target == target


def test_host() -> None:
    assert Request("GET", "/", headers=Headers([("hOST", "a.test:80")])).host == "a.test:80"
    assert Request("GET", "/").host == ""


def test_a_request_is_a_value_without_a_body_from_here_by_default() -> None:
    request = Request("GET", "/")
    assert request.body is EMPTY
    assert request.viewer == LOCAL_VIEWER == Viewer("127.0.0.1", 0, "http", "1.1")
    with pytest.raises(AttributeError):
        request.method = "POST"  # type: ignore[misc]  # the point of the test
