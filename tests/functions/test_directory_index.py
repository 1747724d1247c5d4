from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin, S3Origin
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.decode import GoOn
from edgeproxy.events.encode import Event
from edgeproxy.messages.request import Request
from edgeproxy.messages.text import to_wire
from tests.functions.deployed import accepted, handler_of, request_event
from tests.strategies import events

handler = handler_of("directory-index")

BUCKET = S3Origin(domain_name="assets.s3.eu-west-1.amazonaws.com", region="eu-west-1")
SERVER = CustomOrigin(domain_name="origin.example.test")
OCTETS = st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f?")


def asked_for(url: str, origin: S3Origin | CustomOrigin = BUCKET, method: str = "GET") -> str:
    """The path and query that the origin is asked for."""
    event = request_event(Hook.ORIGIN_REQUEST, url, origin=origin, method=method)
    result = accepted(handler, event)
    assert isinstance(result, GoOn)
    assert result.origin is origin
    assert result.request.headers is event.request.headers
    return result.request.target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/", "/index.html"),
        ("/docs/", "/docs/index.html"),
        ("/docs", "/docs/index.html"),
        ("/docs?page=2", "/docs/index.html?page=2"),
        ("/docs/index.html", "/docs/index.html"),
        ("/a.b/docs", "/a.b/docs/index.html"),
        ("/style.css", "/style.css"),
        ("/.well-known", "/.well-known"),
        ("/caf%C3%A9", "/caf%C3%A9/index.html"),
        ("/caf\xe9/", to_wire("/caf\xe9/index.html")),
        ("/a#b", "/a#b"),
    ],
)
def test_bucket(url: str, target: str) -> None:
    assert asked_for(url) == target


@pytest.mark.parametrize("url", ["/", "/docs/", "/docs"])
def test_a_server_has_directories_of_its_own(url: str) -> None:
    assert asked_for(url, SERVER) == url


@pytest.mark.parametrize(("method", "target"), [("HEAD", "/docs/index.html"), ("PUT", "/docs"), ("OPTIONS", "/docs")])
def test_methods(method: str, target: str) -> None:
    assert asked_for("/docs", method=method) == target


@pytest.mark.rule("LE-125")
@pytest.mark.rule("LE-251")
@pytest.mark.parametrize(("size", "rewritten"), [(8_179, True), (8_180, False)])
def test_a_path_does_not_grow_beyond_the_limit(size: int, rewritten: bool) -> None:
    path = "/" + "a" * (size - 1)
    assert asked_for(path) == (f"{path}/index.html" if rewritten else path)


@pytest.mark.rule("LE-53")
def test_at_viewer_request_there_is_no_origin_and_nothing_happens() -> None:
    event = request_event(Hook.VIEWER_REQUEST, "/docs/")
    result = accepted(handler, event)
    assert isinstance(result, GoOn)
    assert result.request is event.request


def origin_requests() -> st.SearchStrategy[Request]:
    return st.builds(
        Request,
        method=st.sampled_from(("GET", "HEAD", "POST")),
        path=st.text(OCTETS, max_size=20).map(lambda rest: f"/{rest}"),
        query=st.text(OCTETS, max_size=20),
    )


@pytest.mark.rule("LE-124")
@pytest.mark.rule("LE-178")
@given(events(hooks=[Hook.ORIGIN_REQUEST]), origin_requests(), st.sampled_from((LATEST, Profile(column="2023"))))
def test_every_result_is_accepted(event: Event, request: Request, profile: Profile) -> None:
    accepted(handler, event, profile)
    accepted(handler, msgspec.structs.replace(event, request=request, origin=BUCKET), profile)


@given(events(hooks=[Hook.ORIGIN_REQUEST]), origin_requests())
def test_twice_is_as_once(event: Event, request: Request) -> None:
    event = msgspec.structs.replace(event, request=request, origin=BUCKET)
    once = accepted(handler, event)
    assert isinstance(once, GoOn)
    twice = accepted(handler, msgspec.structs.replace(event, request=once.request))
    assert isinstance(twice, GoOn)
    assert twice.request is once.request
