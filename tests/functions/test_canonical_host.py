from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.decode import Answer, GoOn
from edgeproxy.events.encode import Event
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.request import Request
from tests.functions.deployed import CONFIG, accepted, handler_of, request_event
from tests.strategies import events

handler = handler_of("canonical-host")

CANONICAL = "www.example.com"
HOSTS = (CANONICAL, "example.com", "Example.COM", "WWW.example.com.:443", "localhost:8080", "127.0.0.1", "[::1]:80", "")
OCTETS = st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f?")


def redirect(url: str, host: str | None = CANONICAL, method: str = "GET") -> str | None:
    """The Location that a request is answered with; None when it goes on unchanged."""
    event = request_event(Hook.VIEWER_REQUEST, url, host=host, method=method)
    result = accepted(handler, event)
    if isinstance(result, GoOn):
        assert result.request is event.request
        return None
    assert result.response.status == 301
    return result.response.headers["location"]


@pytest.mark.parametrize(
    ("host", "location"),
    [
        pytest.param("example.com", "https://www.example.com/a?b=1", id="old name"),
        pytest.param("example.com:80", "https://www.example.com/a?b=1", id="old name with port"),
        pytest.param("WWW.Example.com", "https://www.example.com/a?b=1", id="upper case"),
        pytest.param("www.example.com.", "https://www.example.com/a?b=1", id="root dot"),
        pytest.param("www.example.com", None, id="canonical"),
        pytest.param("www.example.com:443", None, id="canonical with port"),
        pytest.param("d111111abcdef8.cloudfront.net", None, id="not in the table"),
        pytest.param("www.example.com.evil.test", None, id="longer"),
        pytest.param("localhost:8080", None, id="localhost"),
        pytest.param("127.0.0.1:8080", None, id="IPv4"),
        pytest.param("[::1]:8080", None, id="IPv6"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_host(host: str | None, location: str | None) -> None:
    assert redirect("/a?b=1", host) == location


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("/index.html", "/"),
        ("/docs/index.html", "/docs/"),
        ("/docs/index.html?page=2&q=a%20b", "/docs/?page=2&q=a%20b"),
        ("/docs/index.html/index.html", "/docs/index.html/"),
        ("/docs/", None),
        ("/docs/my-index.html", None),
        ("/index.htm", None),
        ("/caf\xe9/index.html", "/caf%C3%A9/"),
        ("/caf%C3%A9%2Fx/index.html", "/caf%C3%A9%2Fx/"),
        ('/a"b<c/index.html?x=|', "/a%22b%3Cc/?x=%7C"),
        # What a browser would take for the name of another host.
        ("//evil.test/index.html", None),
        ("/\\evil.test/index.html", "/%5Cevil.test/"),
    ],
)
def test_index_document(url: str, location: str | None) -> None:
    assert redirect(url) == location


def test_one_redirect_for_both() -> None:
    assert redirect("/docs/index.html?a=b", "example.com") == "https://www.example.com/docs/?a=b"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_go_on(method: str) -> None:
    assert redirect("/docs/index.html", "example.com", method) is None


def test_head_is_redirected() -> None:
    assert redirect("/index.html", method="HEAD") == "/"


def test_the_redirect_is_not_remembered_for_ever() -> None:
    result = accepted(handler, request_event(Hook.VIEWER_REQUEST, "/index.html"))
    assert isinstance(result, Answer)
    assert result.response.headers["cache-control"] == "max-age=3600"


@pytest.mark.rule("LE-247")
def test_a_location_that_nobody_could_ask_for_is_not_sent() -> None:
    """Percent-encoding makes a long path longer: beyond the limit of a URL, and at last beyond that of a response."""
    assert redirect("/" + "\xe9" * 1_000, "example.com") is not None
    assert redirect("/" + "\xe9" * 3_900, "example.com") is None


@pytest.mark.rule("LE-189")
def test_control_characters_cannot_split_the_response() -> None:
    """CloudFront does not let them through; the function does not rely on that."""
    event = request_event(Hook.VIEWER_REQUEST, "/", host="example.com").build()
    request = event["Records"][0]["cf"]["request"]
    request |= {"uri": "/a\r\nSet-Cookie: a=b\x00", "querystring": "x\r\ny\ud800"}
    location = handler(event, None)["headers"]["location"][0]["value"]
    assert location == "https://www.example.com/a%0D%0ASet-Cookie:%20a=b%00?x%0D%0Ay?"


def viewer_requests() -> st.SearchStrategy[Request]:
    paths = st.text(OCTETS, max_size=20).map(lambda rest: f"/{rest}")
    return st.builds(
        Request,
        method=st.sampled_from(("GET", "HEAD", "POST")),
        path=paths | paths.map(lambda path: f"{path}/index.html"),
        query=st.text(OCTETS, max_size=20),
        headers=st.sampled_from(HOSTS).map(lambda host: Headers([("Host", host)])),
    )


@pytest.mark.rule("LE-171")
@pytest.mark.rule("LE-177")
@pytest.mark.rule("LE-189")
@given(events(hooks=[Hook.VIEWER_REQUEST]), viewer_requests(), st.sampled_from((LATEST, Profile(column="2023"))))
def test_every_result_is_accepted(event: Event, request: Request, profile: Profile) -> None:
    accepted(handler, event, profile)
    accepted(handler, msgspec.structs.replace(event, request=request), profile)


@given(viewer_requests())
def test_a_viewer_is_redirected_once_at_most_and_never_to_a_stranger(request: Request) -> None:
    result = accepted(handler, Event(hook=Hook.VIEWER_REQUEST, config=CONFIG, request=request))
    if isinstance(result, GoOn):
        assert result.request is request
        return
    location = result.response.headers["location"]
    assert location.isascii()
    assert location.isprintable()
    target = urlsplit(urljoin("https://here.test/", location))
    assert target.netloc in ("here.test", CANONICAL)
    host = CANONICAL if target.netloc == CANONICAL else request.host
    assert redirect(f"{target.path}?{target.query}", host) is None
