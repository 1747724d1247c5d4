from __future__ import annotations

import pytest

from edgeproxy.cloudfront.hooks import Hook


@pytest.mark.rule("LE-1")
def test_the_four_hooks_in_their_order() -> None:
    assert [hook.value for hook in Hook] == ["viewer-request", "origin-request", "origin-response", "viewer-response"]


@pytest.mark.rule("LE-5")
@pytest.mark.rule("LE-7")
@pytest.mark.rule("LE-10")
@pytest.mark.rule("LE-115")
@pytest.mark.parametrize(
    ("hook", "on_request", "at_viewer"),
    [
        (Hook.VIEWER_REQUEST, True, True),
        (Hook.ORIGIN_REQUEST, True, False),
        (Hook.ORIGIN_RESPONSE, False, False),
        (Hook.VIEWER_RESPONSE, False, True),
    ],
)
def test_what_a_hook_is_given_and_when(hook: Hook, on_request: bool, at_viewer: bool) -> None:
    assert (hook.on_request, hook.at_viewer) == (on_request, at_viewer)


def test_a_hook_is_a_key_under_its_name_too() -> None:
    assert {hook: hook.value for hook in Hook}[Hook("origin-request")] == "origin-request"
