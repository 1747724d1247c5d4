from __future__ import annotations

import pytest

from edgeproxy.cloudfront import limits
from edgeproxy.cloudfront.hooks import Hook
from edgeproxy.cloudfront.limits import Limit
from edgeproxy.cloudfront.profile import LATEST, Profile

IN_2023 = Profile(column="2023")


def test_a_limit_has_a_value_per_column() -> None:
    limit = Limit(2, 1, "CF-53")
    assert limit.of(LATEST) == 2
    assert limit.of(IN_2023) == 1


@pytest.mark.parametrize(
    ("found", "documented"),
    [
        pytest.param(limits.URL_LENGTH, 8192, marks=pytest.mark.rule("CF-520")),
        pytest.param(limits.VIEWER_REQUEST_HEADERS.of(LATEST), 32768, marks=pytest.mark.rule("CF-521")),
        pytest.param(limits.VIEWER_REQUEST_HEADERS.of(IN_2023), 20480, marks=pytest.mark.rule("CF-521")),
        pytest.param(limits.ORIGIN_REQUEST_HEADERS, 20480, marks=pytest.mark.rule("LE-191")),
        pytest.param(limits.ORIGIN_RESPONSE_HEADERS, 32768, marks=pytest.mark.rule("CF-522")),
        pytest.param(limits.URI_AND_QUERYSTRING, 8192, marks=pytest.mark.rule("LE-251")),
    ],
)
def test_sizes(found: int, documented: int) -> None:
    assert found == documented


@pytest.mark.parametrize(
    ("hook", "size"),
    [
        (Hook.VIEWER_REQUEST, 40960),
        (Hook.ORIGIN_REQUEST, 1048576),
        (Hook.ORIGIN_RESPONSE, 1048576),
        (Hook.VIEWER_RESPONSE, 40960),
    ],
)
@pytest.mark.rule("LE-247")
@pytest.mark.rule("LE-257")
def test_a_generated_response(hook: Hook, size: int) -> None:
    assert limits.GENERATED_RESPONSE[hook] == size


@pytest.mark.rule("LE-65")
@pytest.mark.rule("LE-135")
@pytest.mark.rule("LE-248")
@pytest.mark.rule("LE-249")
@pytest.mark.rule("LE-250")
def test_request_bodies_belong_to_the_request_hooks() -> None:
    assert limits.FUNCTION_BODY == {Hook.VIEWER_REQUEST: 40960, Hook.ORIGIN_REQUEST: 1048576}
    assert limits.REPLACED_BODY_TEXT == {Hook.VIEWER_REQUEST: 40960, Hook.ORIGIN_REQUEST: 1048576}


@pytest.mark.parametrize("hook", Hook)
@pytest.mark.rule("LE-253")
@pytest.mark.rule("LE-254")
@pytest.mark.rule("LE-341")
def test_what_a_function_may_be_configured_to_use(hook: Hook) -> None:
    assert limits.FUNCTION_TIMEOUT[hook].of(LATEST) == 30
    assert limits.FUNCTION_TIMEOUT[hook].of(IN_2023) == (5 if hook.at_viewer else 30)
    assert limits.FUNCTION_MEMORY[hook].of(LATEST) == 10240
    assert limits.FUNCTION_MEMORY[hook].of(IN_2023) == (128 if hook.at_viewer else 10240)
