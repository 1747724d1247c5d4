from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.cloudfront.cache_control import LONGEST
from edgeproxy.cloudfront.distribution import Behavior
from edgeproxy.cloudfront.freshness import Keep, Refuse, storage
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.policies import CachePolicy
from edgeproxy.messages.dates import format_date
from edgeproxy.messages.headers import Headers
from edgeproxy.messages.response import Response
from tests.strategies import responses, values

AT = 1_767_225_600.0
DAY = 86_400
Ttls = tuple[int, int, int]
"""Minimum, default and maximum."""
USUAL: Ttls = (0, DAY, 1000 * DAY)
NOW = ("Date", format_date(AT))
IN_A_MINUTE = ("Expires", format_date(AT + 60))


def behavior(ttls: Ttls = USUAL, methods: frozenset[str] = frozenset({"GET", "HEAD"})) -> Behavior:
    minimum, default, maximum = ttls
    return Behavior(
        path_pattern="*",
        origin=Origin(id="site", domain_name="origin.example.test"),
        cache_policy=CachePolicy(name="x", min_ttl=minimum, default_ttl=default, max_ttl=maximum),
        cached_methods=methods,
    )


def decided(*lines: tuple[str, str] | str, status: int = 200, method: str = "GET", ttls: Ttls = USUAL) -> Keep | Refuse:
    """A text stands for a `Cache-Control` line."""
    headers = Headers(("Cache-Control", line) if isinstance(line, str) else line for line in lines)
    return storage(method, Response(status, headers), behavior(ttls), AT)


def ttl(decision: Keep | Refuse) -> float:
    """0 where nothing is kept."""
    return decision.ttl if isinstance(decision, Keep) else 0


@pytest.mark.rule("CF-129")
@pytest.mark.rule("CF-125")
@pytest.mark.parametrize(
    ("lines", "at_0", "at_100"),
    [
        # The decision table with minimum TTL 0 and 100, default 500, maximum 1000.
        (["s-maxage=600"], 600, 600),
        (["s-maxage=60"], 60, 100),
        (["s-maxage=6000"], 1000, 1000),
        (["max-age=600"], 600, 600),
        (["max-age=60"], 60, 100),
        (["max-age=6000"], 1000, 1000),
        (["max-age=700, s-maxage=600"], 600, 600),
        (["max-age=600, s-maxage=60"], 60, 100),
        (["max-age=6, s-maxage=6000"], 1000, 1000),
        ([("Expires", format_date(AT + 600)), NOW], 600, 600),
        ([IN_A_MINUTE, NOW], 60, 100),
        ([("Expires", format_date(AT + 6000)), NOW], 1000, 1000),
        ([("Expires", format_date(AT - 6000)), NOW], 0, 100),
        (["max-age=600", IN_A_MINUTE, NOW], 600, 600),
        (["s-maxage=600", IN_A_MINUTE, NOW], 600, 600),
        (["max-age=0", IN_A_MINUTE, NOW], 0, 100),
        ([], 500, 500),
        (["public"], 500, 500),
        ([("Pragma", "no-cache")], 500, 500),
        (["no-cache"], 0, 100),
        (["no-store"], 0, 100),
        (["private"], 0, 100),
        (["no-cache, max-age=600"], 0, 100),
        (["no-store, s-maxage=600"], 0, 100),
        (["private", "max-age=600"], 0, 100),
        (["no-store", ("Expires", format_date(AT + 600)), NOW], 0, 100),
        (['private="X-User", max-age=600'], 0, 100),
        (["max-age=0"], 0, 100),
        (["s-maxage=0"], 0, 100),
        (["max-age=600, s-maxage=0"], 0, 100),
    ],
)
def test_the_decision_table(lines: list[tuple[str, str] | str], at_0: int, at_100: int) -> None:
    assert ttl(decided(*lines, ttls=(0, 500, 1000))) == at_0
    assert ttl(decided(*lines, ttls=(100, 500, 1000))) == at_100


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([IN_A_MINUTE], 60, marks=pytest.mark.rule("CF-125"), id="no-date-means-now"),
        pytest.param([IN_A_MINUTE, ("Date", "soon")], 60, marks=pytest.mark.rule("CF-125"), id="a-date-that-is-none"),
        pytest.param(
            [IN_A_MINUTE, ("Date", format_date(AT - 60))], 120, marks=pytest.mark.rule("CF-125"), id="another-clock"
        ),
        pytest.param([("Expires", "0"), NOW], 0, marks=pytest.mark.rule("CF-126"), id="expires-0"),
        pytest.param([("Expires", "")], 0, marks=pytest.mark.rule("CF-126"), id="expires-empty"),
        pytest.param(["max-age=x"], DAY, marks=pytest.mark.rule("CF-126"), id="unparsable-is-absent"),
        pytest.param(["max-age=-1"], DAY, marks=pytest.mark.rule("CF-126"), id="negative-is-absent"),
        pytest.param(["s-maxage=x, max-age=5"], 5, marks=pytest.mark.rule("CF-126"), id="unparsable-s-maxage"),
        pytest.param(["max-age=x", IN_A_MINUTE], 60, marks=pytest.mark.rule("CF-126"), id="unparsable-and-expires"),
        pytest.param(["max-age=5, max-age=9"], 5, marks=pytest.mark.rule("CF-128"), id="first-duplicate"),
        pytest.param(["public", "MAX-AGE=5"], 5, marks=pytest.mark.rule("CF-128"), id="several-lines"),
        pytest.param(['no-cache="Set-Cookie", max-age=5'], 5, marks=pytest.mark.rule("CF-142")),
        pytest.param(['no-cache=""'], 0, marks=pytest.mark.rule("CF-127"), id="an-empty-list-is-none"),
        pytest.param(["max-age=5", ("Age", "4")], 5, marks=pytest.mark.rule("CF-134")),
        pytest.param(["max-age=5", ("Set-Cookie", "a=1")], 5, marks=pytest.mark.rule("CF-143")),
        pytest.param(["must-revalidate, max-age=5"], 5, marks=pytest.mark.rule("CF-141")),
        pytest.param(["max-age=5", ("Vary", "Accept, X-A")], 5, marks=pytest.mark.rule("CF-146")),
    ],
)
def test_inputs(lines: list[tuple[str, str] | str], expected: int) -> None:
    assert ttl(decided(*lines)) == expected


@pytest.mark.rule("CF-126")
@pytest.mark.parametrize("line", ["max-age=99999999999", ("Expires", "Fri, 31 Dec 9999 23:59:59 GMT")])
def test_no_lifetime_is_longer_than_a_hundred_years(line: str | tuple[str, str]) -> None:
    assert ttl(decided(line, ttls=(0, 0, 2 * LONGEST))) == LONGEST


@pytest.mark.rule("CF-130")
def test_the_maximum_says_nothing_about_the_default() -> None:
    assert ttl(decided(ttls=(0, 500, 100))) == 500
    assert decided("max-age=5", ttls=(0, 500, 0)) == Refuse(
        "CF-133", "the maximum TTL is 0: the origin is asked each time"
    )


@pytest.mark.rule("CF-133")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("no-store", "the origin says no-store and the minimum TTL is 0"),
        ("private, no-cache", "the origin says no-cache and the minimum TTL is 0"),
        ("private", "the origin says private and the minimum TTL is 0"),
        ("s-maxage=0", "s-maxage is 0: the origin is asked each time"),
    ],
)
def test_why_nothing_is_kept(line: str, reason: str) -> None:
    assert decided(line) == Refuse("CF-133", reason)


@pytest.mark.rule("CF-372")
def test_no_lifetime_and_no_default() -> None:
    assert decided(ttls=(0, 0, 100)) == Refuse("CF-372", "the origin states no lifetime and the default TTL is 0")


@pytest.mark.rule("CF-372")
def test_a_minimum_overrides_no_store() -> None:
    assert decided("no-store", ttls=(1, DAY, DAY)) == Keep(1, "CF-129", "no-store is overridden by the minimum TTL")


@pytest.mark.rule("CF-129")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("max-age=600", "max-age"),
        ("s-maxage=6", "s-maxage, raised to the minimum TTL"),
        ("max-age=6000", "max-age, cut to the maximum TTL"),
    ],
)
def test_why_it_is_kept_for_so_long(line: str, reason: str) -> None:
    decision = decided(line, ttls=(100, 500, 1000))
    assert (decision.rule, decision.reason) == ("CF-129", reason)


@pytest.mark.rule("CF-131")
@pytest.mark.rule("CF-276")
@pytest.mark.parametrize("status", [200, 301, 404, 503])
def test_where_caching_is_disabled_nothing_is_kept(status: int) -> None:
    assert decided("max-age=60", status=status, ttls=(0, 0, 0)) == Refuse(
        "CF-131", "all TTLs of the cache policy are 0"
    )


@pytest.mark.rule("CF-144")
@pytest.mark.parametrize("vary", ["*", "Accept, *"])
def test_vary_by_everything(vary: str) -> None:
    refused = decided("max-age=5", ("Vary", vary))
    assert isinstance(refused, Refuse)
    assert refused.rule == "CF-144"


@pytest.mark.rule("CF-145")
def test_vary_by_everything_is_ignored_with_a_minimum() -> None:
    assert ttl(decided("max-age=5", ("Vary", "*"), ttls=(2, 10, 10))) == 5


@pytest.mark.rule("CF-149")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("status", [200, 404])
def test_other_methods_are_never_kept(method: str, status: int) -> None:
    assert decided("max-age=60", method=method, status=status) == Refuse("CF-149", f"{method} is not a cached method")


@pytest.mark.rule("CF-150")
def test_options_is_kept_where_it_is_a_cached_method() -> None:
    assert decided("max-age=60", method="OPTIONS") == Refuse("CF-150", "OPTIONS is not a cached method")
    response = Response(200, Headers([("Cache-Control", "max-age=60")]))
    assert ttl(storage("OPTIONS", response, behavior(methods=frozenset({"GET", "HEAD", "OPTIONS"})), AT)) == 60


@pytest.mark.rule("CF-170")
@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_to_head_is_not_kept(status: int) -> None:
    assert decided("max-age=60", method="HEAD", status=status) == Refuse(
        "CF-170", "an answer to HEAD has no body to store"
    )


@pytest.mark.parametrize("status", [200, 203, 204, 300, 301, 302, 303, 307, 308])
@pytest.mark.rule("CF-161")
@pytest.mark.rule("CF-151")
def test_a_status_that_is_kept_by_default(status: int) -> None:
    assert ttl(decided(status=status)) == DAY
    assert ttl(decided("max-age=60", status=status)) == 60


@pytest.mark.rule("CF-161")
@pytest.mark.parametrize("status", [201, 202, 205, 226, 299, 305])
def test_a_status_that_is_kept_with_a_lifetime_of_its_own(status: int) -> None:
    assert decided(status=status) == Refuse("CF-161", f"status {status} is kept only with a lifetime of its own")
    assert ttl(decided("max-age=60", status=status)) == 60


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        pytest.param(206, "CF-152", marks=pytest.mark.rule("CF-152")),
        pytest.param(304, "CF-153", marks=pytest.mark.rule("CF-153")),
    ],
)
def test_a_status_that_is_never_kept(status: int, rule: str) -> None:
    assert decided("max-age=60", status=status, ttls=(10, 10, 100)).rule == rule
    assert ttl(decided("max-age=60", status=status, ttls=(10, 10, 100))) == 0


# --- errors ---------------------------------------------------------------------------------------------------------

ALWAYS = [
    *(pytest.param(status, marks=pytest.mark.rule("CF-266")) for status in (404, 414, 500, 501, 502, 503, 504)),
    pytest.param(410, marks=pytest.mark.rule("CF-267")),
]
WITH_A_LIFETIME = [
    *(pytest.param(status, marks=pytest.mark.rule("CF-268")) for status in (400, 403, 405, 412, 415)),
    *(pytest.param(status, marks=pytest.mark.rule("CF-270")) for status in (401, 418, 429, 451, 505, 599, 999)),
]


@pytest.mark.rule("CF-272")
@pytest.mark.rule("CF-278")
@pytest.mark.parametrize("status", ALWAYS)
def test_an_error_that_is_always_kept(status: int) -> None:
    expected = Keep(10, "CF-272", f"error caching minimum TTL of a {status}")
    assert decided(status=status) == expected
    assert decided(status=status, ttls=(1000, 2000, 3000)) == expected


@pytest.mark.parametrize("status", WITH_A_LIFETIME)
def test_an_error_that_is_kept_with_a_lifetime(status: int) -> None:
    refused = Refuse("CF-268", f"{status} is kept only with max-age or s-maxage")
    assert decided(status=status) == refused
    assert decided("no-store", status=status) == refused
    assert decided(IN_A_MINUTE, NOW, status=status) == refused
    assert decided("max-age=x", status=status) == refused
    assert ttl(decided("max-age=60", status=status)) == 60
    assert ttl(decided("s-maxage=60", status=status)) == 60


@pytest.mark.rule("CF-269")
def test_416_is_never_kept() -> None:
    assert decided("max-age=60", status=416, ttls=(10, 10, 100)) == Refuse("CF-269", "416 is never stored")


@pytest.mark.rule("CF-273")
@pytest.mark.parametrize("status", [404, 500])
@pytest.mark.parametrize(
    ("line", "expected", "bound"),
    [
        ("max-age=60", 60, ""),
        ("s-maxage=60, max-age=90", 60, ""),
        (IN_A_MINUTE, 60, ""),
        ("max-age=3", 10, ", raised to the error caching minimum TTL"),
        ("max-age=0", 10, ", raised to the error caching minimum TTL"),
        ("max-age=5000", 1000, ", cut to the maximum TTL"),
    ],
)
def test_the_lifetime_of_an_error(status: int, line: str | tuple[str, str], expected: int, bound: str) -> None:
    decision = decided(line, status=status, ttls=(0, 0, 1000))
    assert (ttl(decision), decision.rule) == (expected, "CF-273")
    assert decision.reason.endswith(f" of a {status}{bound}")


@pytest.mark.rule("CF-273")
def test_a_maximum_below_the_error_minimum() -> None:
    assert ttl(decided("max-age=60", status=404, ttls=(0, 0, 5))) == 10


@pytest.mark.rule("CF-274")
@pytest.mark.rule("CF-275")
@pytest.mark.parametrize("directive", ["no-store", "no-cache", "private", "private, max-age=60"])
@pytest.mark.parametrize(
    ("status", "obeys"),
    [(404, True), (410, True), (414, True), (501, True), (500, False), (502, False), (503, False), (504, False)],
)
def test_errors_and_directives_that_forbid_keeping(status: int, obeys: bool, directive: str) -> None:
    decision = decided(directive, status=status, ttls=(5, 5, 100))
    assert (ttl(decision), decision.rule) == ((0, "CF-274") if obeys else (10, "CF-272"))


@pytest.mark.rule("CF-274")
def test_an_error_with_a_lifetime_that_forbids_keeping() -> None:
    assert ttl(decided("no-store, max-age=60", status=403)) == 10


# --- properties -----------------------------------------------------------------------------------------------------

_ODD = ("max-age=\xb2", "max-age=" + "9" * 5000, '"', 'no-cache="', "Fri, 31 Dec 9999 23:59:60 GMT", "0", "-1", "*")
_lines = st.tuples(
    st.sampled_from(("Cache-Control", "cache-control", "Expires", "Date", "Vary", "Age", "Pragma")),
    values() | st.sampled_from(_ODD) | st.text("max-age=0123 ,no-store", max_size=20),
)
_ttls = st.tuples(st.integers(0, DAY), st.integers(0, DAY), st.integers(0, DAY)).map(
    lambda some: (some[0], some[0] + some[1], some[0] + some[1] + some[2])
)


@given(
    st.sampled_from(("GET", "HEAD", "OPTIONS", "POST", "BREW")),
    responses(statuses=(200, 999)),
    st.lists(_lines, max_size=4),
    _ttls,
)
def test_whatever_arrives_there_is_a_decision(
    method: str, response: Response, lines: list[tuple[str, str]], ttls: Ttls
) -> None:
    odd = Response(response.status, Headers((*response.headers, *lines)), response.body)
    decision = storage(method, odd, behavior(ttls), AT)
    assert decision.rule
    assert decision.reason
    if isinstance(decision, Keep):
        assert method == "GET"
        assert decision.ttl > 0
        least = 10 if response.status >= 400 else ttls[0]
        assert least <= decision.ttl <= max(10, ttls[2])


@given(st.integers(0, 10 * DAY), _ttls)
def test_a_stated_lifetime_is_clamped(stated: int, ttls: Ttls) -> None:
    minimum, _, maximum = ttls
    disabled = not any(ttls)
    expected = 0 if disabled else min(max(stated, minimum), maximum)
    for line in (f"max-age={stated}", f"s-maxage={stated}, max-age=1", ("Expires", format_date(AT + stated))):
        assert ttl(decided(line, ttls=ttls)) == expected
