from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeproxy.ids import Ids, RandomIds

seeds = st.integers()


@given(seeds)
@pytest.mark.rule("LE-51")
@pytest.mark.rule("CF-312")
def test_a_request_id(seed: int) -> None:
    request_id = RandomIds(seed).request_id()
    assert re.fullmatch(r"[A-Za-z0-9_-]{54}==", request_id)
    assert len(base64.urlsafe_b64decode(request_id)) == 40


@given(seeds)
@pytest.mark.rule("LE-292")
def test_an_invocation_id_is_a_random_uuid(seed: int) -> None:
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", RandomIds(seed).invocation_id()
    )


@given(seeds)
@pytest.mark.rule("CF-313")
@pytest.mark.rule("LR-246")
def test_hex32(seed: int) -> None:
    assert re.fullmatch("[0-9a-f]{32}", RandomIds(seed).hex32())


def some(ids: Ids) -> list[str]:
    return [ids.request_id(), ids.request_id(), ids.invocation_id(), ids.invocation_id(), ids.hex32(), ids.hex32()]


@given(seeds)
def test_the_same_seed_gives_the_same_ids_and_no_id_twice(seed: int) -> None:
    made = some(RandomIds(seed))
    assert made == some(RandomIds(seed))
    assert len(set(made)) == len(made)


def test_without_a_seed_they_differ() -> None:
    assert not set(some(RandomIds())) & set(some(RandomIds()))
