from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.origin import CustomOrigin
from edgeproxy.events.diff import MISSING
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from edgeproxy.observe.secrets import MASK, Secrets
from edgeproxy.pipeline.steps import Invoke
from edgeproxy.pipeline.trace import Trace
from tests.observe.traces import (
    PAGE,
    SECRET,
    a_function,
    a_hit,
    a_miss,
    a_plain,
    a_trace,
    an_event,
    header,
    returned,
    sends,
)


def invoked(value: Any, origin: CustomOrigin | None = None) -> Trace:
    event = an_event(Hook.ORIGIN_REQUEST, origin=origin or CustomOrigin(domain_name="o.example.test"))
    return a_trace((Invoke(a_function("f"), event), returned(value), 0.5), sends(PAGE, "Miss"))


def test_the_viewers_own_headers() -> None:
    headers = Headers([("Authorization", "Basic x"), ("set-cookie", "a=1"), ("COOKIE", "b=2"), ("Accept", "*/*")])
    masked = (("Authorization", MASK), ("set-cookie", MASK), ("COOKIE", MASK), ("Accept", "*/*"))
    assert Secrets(a_hit()).lines(headers) == masked
    assert Secrets(a_hit(), reveal=True).lines(headers) == tuple(headers)


@pytest.mark.parametrize("reveal", [True, False])
def test_custom_headers_are_masked_in_what_the_origin_is_sent(reveal: bool) -> None:
    headers = Headers([("Host", "o.example.test"), ("x-from-edge", "s")])
    secrets = Secrets(a_miss(), reveal=reveal)
    assert secrets.lines(headers, to_origin=True) == (("Host", "o.example.test"), ("x-from-edge", MASK))
    assert secrets.lines(headers) == tuple(headers)


@pytest.mark.parametrize("reveal", [True, False])
def test_custom_headers_are_masked_in_an_event(reveal: bool) -> None:
    event = an_event(Hook.ORIGIN_REQUEST)
    part = Secrets(a_miss(), reveal=reveal).part(event.subject())
    assert part["origin"]["custom"]["customHeaders"] == {"x-from-edge": header("X-From-Edge", MASK)}
    assert part["origin"]["custom"]["port"] == 80
    assert part["headers"]["host"] == header("Host", "www.example.test")
    assert part["headers"]["cookie"] == header("Cookie", "session=abcdef" if reveal else MASK)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("headers.cookie", "a=b", MASK),
        ("headers.cookie", ["a=b", "c"], [MASK, MASK]),
        ("headers.cookie", [{"key": "Cookie", "value": "a=b"}], [{"key": "Cookie", "value": MASK}]),
        ("headers.Cookie[0].value", 5, MASK),
        ("headers.cookie", None, None),
        ("headers.cookie", True, True),
        ("headers.cookie", MISSING, MISSING),
        ("headers", {"cookie": "a=b", "accept": "x"}, {"cookie": MASK, "accept": "x"}),
        ("headers", {"cookie": {"key": "a=b"}}, {"cookie": {"key": MASK}}),
        ("", {"headers": {"Authorization": "x"}}, {"headers": {"Authorization": MASK}}),
        ("headers.accept", "x", "x"),
        ("cookie", "x", "x"),
        ("origin.custom.customHeaders.key", "s", MASK),
        ("origin.custom.customHeaders.x.key", "s", MASK),
        ("origin.s3.customHeaders", {"key": header("Key", "s")}, {"key": header("Key", MASK)}),
        (
            "origin",
            {"custom": {"customHeaders": {"a": "s"}, "port": 80}},
            {"custom": {"customHeaders": {"a": MASK}, "port": 80}},
        ),
        ("uri", 2**5_000, "a huge number"),
    ],
)
def test_parts_by_their_path(path: str, value: Any, expected: Any) -> None:
    assert Secrets(a_hit()).part(value, path) == expected


def test_nothing_is_shared_with_what_the_function_was_given() -> None:
    given = {"headers": {"accept": header("Accept", "x")}}
    made = Secrets(a_hit()).part(given)
    assert made == given
    made["headers"]["accept"][0]["value"] = "changed"
    assert given["headers"]["accept"][0]["value"] == "x"


def test_a_result_may_be_nested_as_deeply_as_it_likes() -> None:
    value: Any = "bottom"
    for _ in range(5_000):
        value = [value]
    assert json.dumps(Secrets(a_hit()).part(value)).count("[") == 65


def test_secrets_are_found_in_free_text() -> None:
    trace = a_miss()
    assert Secrets(trace).text(f"sent {SECRET} and session=abcdef!") == f"sent {MASK} and {MASK}!"
    assert Secrets(trace, reveal=True).text(f"sent {SECRET} and session=abcdef!") == f"sent {MASK} and session=abcdef!"


def test_short_secrets_do_not_blot_out_words() -> None:
    origin = CustomOrigin(domain_name="o.example.test", custom_headers=Headers([("X-A", "en"), ("X-B", "123456")]))
    assert Secrets(invoked(None, origin)).text("sent when 1234567") == f"sent when {MASK}7"


def test_the_longest_secret_is_found_first() -> None:
    origin = CustomOrigin(
        domain_name="o.example.test", custom_headers=Headers([("X-A", "secret"), ("X-B", "secretsecret!")])
    )
    assert Secrets(invoked(None, origin)).text("secretsecret! secret") == f"{MASK} {MASK}"


def test_secrets_on_the_wire_are_found_as_text() -> None:
    wire = "pässwörd".encode().decode("latin-1")
    origin = CustomOrigin(domain_name="o.example.test", custom_headers=Headers([("X-A", wire)]))
    assert Secrets(invoked(None, origin)).text("my pässwörd") == f"my {MASK}"


def test_secrets_that_a_function_chose() -> None:
    value = {"origin": {"custom": {"customHeaders": {"x-new": header("X-New", "chosen-日本")}}}}
    assert Secrets(invoked(value)).text("chosen-日本") == MASK


def test_cookies_that_the_origin_or_the_edge_set() -> None:
    response = Response(200, Headers([("Set-Cookie", "token=from-origin")]))
    assert Secrets(a_plain(response)).text("token=from-origin") == MASK


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "x",
        {"origin": None},
        {"origin": []},
        {"origin": {"custom": None}},
        {"origin": {"custom": {"customHeaders": []}}},
        {"origin": {"custom": {"customHeaders": {"x": "no list"}}}},
        {"origin": {"custom": {"customHeaders": {"x": ["no item", {"value": 5}, {}]}}}},
    ],
)
def test_odd_results_have_no_secrets(value: Any) -> None:
    assert Secrets(invoked(value)).text("no item x") == "no item x"


def test_a_message_about_a_secret_field() -> None:
    secrets = Secrets(a_hit())
    assert secrets.message("bad value abc", "headers.cookie[0].value", "abc") == f"bad value {MASK}"
    assert secrets.message("bad value abc", "headers.accept[0].value", "abc") == "bad value abc"
    assert secrets.message("bad value", "headers.cookie", "") == "bad value"


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("headers.cookie", True),
        ("headers.Set-Cookie[1].value", True),
        ("headers.proxy-authorization", True),
        ("origin.custom.customHeaders.x-a", True),
        ("Records[0].cf.request.headers.cookie", True),
        ("headers.x-cookie", False),
        ("cookie.headers", False),
        ("", False),
    ],
)
def test_paths_that_are_hidden(path: str, hidden: bool) -> None:
    assert Secrets(a_hit()).hides(path) is hidden


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_no_result_breaks_the_masking(value: Any) -> None:
    json.dumps(Secrets(invoked(value)).part(value))


@given(st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=6))
def test_a_custom_header_never_shows(value: str) -> None:
    origin = CustomOrigin(domain_name="o.example.test", custom_headers=Headers([("X-A", value)]))
    secrets = Secrets(invoked(None, origin))
    assert dict(secrets.lines(Headers([("X-A", value)]), to_origin=True)) == {"X-A": MASK}
    event = an_event(Hook.ORIGIN_REQUEST, origin=origin)
    assert secrets.part(event.subject())["origin"]["custom"]["customHeaders"]["x-a"][0]["value"] == MASK
