from __future__ import annotations

import pytest

from edgeproxy.cloudfront.distribution import Behavior, Distribution
from edgeproxy.cloudfront.origin import Origin
from edgeproxy.cloudfront.policies import CachePolicy

SITE = Origin(id="site", domain_name="o.test")


def behavior(pattern: str) -> Behavior:
    return Behavior(path_pattern=pattern, origin=SITE, cache_policy=CachePolicy(name="p"))


DEFAULT = behavior("*")
API = behavior("/api/*")
JPEG = behavior("*.jpg")
DISTRIBUTION = Distribution(origins={"site": SITE}, default_behavior=DEFAULT, behaviors=(API, JPEG))


@pytest.mark.rule("CF-40")
@pytest.mark.parametrize(
    ("path", "selected"), [("/api/x.jpg", API), ("/a/x.jpg", JPEG), ("/a", DEFAULT), ("/a/../api/x", API)]
)
def test_the_first_behavior_that_matches_else_the_default(path: str, selected: Behavior) -> None:
    assert DISTRIBUTION.match(path) is selected
    assert DISTRIBUTION.match(path) is selected


@pytest.mark.rule("CF-40")
def test_the_default_is_last() -> None:
    assert DISTRIBUTION.all_behaviors() == (API, JPEG, DEFAULT)


def test_a_behavior_takes_get_and_head_and_runs_nothing_by_default() -> None:
    assert DEFAULT.allowed_methods == {"GET", "HEAD"}
    assert DEFAULT.functions == {}
