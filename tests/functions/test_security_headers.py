from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.profile import LATEST, Profile
from edgeproxy.events.decode import Answer
from edgeproxy.events.encode import Event
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from tests.functions.deployed import accepted, handler_of, response_event
from tests.strategies import events

handler = handler_of("security-headers")

ADDED = {
    "Strict-Transport-Security": "max-age=31536000",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "SAMEORIGIN",
}


def respond(event: Event, profile: Profile = LATEST) -> Response:
    result = accepted(handler, event, profile)
    assert isinstance(result, Answer)
    return result.response


@pytest.mark.rule("LE-8")
@pytest.mark.parametrize("status", [200, 301, 304, 404, 500])
def test_added_whatever_the_status(status: int) -> None:
    event = response_event(Hook.ORIGIN_RESPONSE, {"Content-Type": "text/html", "Transfer-Encoding": "chunked"}, status)
    response = respond(event)
    assert response.status == status
    assert response.headers == Headers(
        [("Content-Type", "text/html"), ("Transfer-Encoding", "chunked"), *ADDED.items()]
    )


@pytest.mark.parametrize("name", ADDED)
@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_what_the_origin_sent_wins(name: str, spelled: Callable[[str], str]) -> None:
    response = respond(response_event(Hook.ORIGIN_RESPONSE, {spelled(name): "its own"}))
    assert response.headers.all(name) == ("its own",)
    assert len(response.headers) == len(ADDED)


def origin_responses() -> st.SearchStrategy[Headers]:
    names = st.sampled_from((*ADDED, *map(str.lower, ADDED), "Set-Cookie", "Via", "Transfer-Encoding"))
    return st.lists(st.tuples(names, st.sampled_from(("a=1", "chunked", "1.1 proxy"))), max_size=8).map(Headers)


@pytest.mark.rule("LE-172")
@pytest.mark.rule("LE-179")
@pytest.mark.rule("LE-182")
@given(
    events(hooks=[Hook.ORIGIN_RESPONSE]),
    st.none() | origin_responses(),
    st.sampled_from((LATEST, Profile(column="2023"))),
)
def test_only_adds_and_adds_once(event: Event, headers: Headers | None, profile: Profile) -> None:
    assert event.response is not None
    if headers is not None:
        event = msgspec.structs.replace(event, response=msgspec.structs.replace(event.response, headers=headers))
    given_response = event.response
    assert given_response is not None
    response = respond(event, profile)
    assert response.body is given_response.body
    assert response.status == given_response.status
    assert all(
        response.headers.all(name) == given_response.headers.all(name) for name in given_response.headers.by_name
    )
    assert all(name in response.headers for name in ADDED)
    assert respond(msgspec.structs.replace(event, response=response), profile) is response
