from __future__ import annotations

import pytest

from edgeproxy.clock import Clock, ManualClock, SystemClock


def test_a_manual_clock_stands_still_until_it_is_told() -> None:
    clock = ManualClock(100.0)
    assert [clock.now(), clock.now(), clock.monotonic()] == [100.0, 100.0, 0.0]
    clock.advance(2.5)
    clock.advance(0)
    assert [clock.now(), clock.monotonic()] == [102.5, 2.5]


def test_a_manual_clock_begins_in_2026() -> None:
    assert ManualClock().now() == 1_767_225_600.0


def test_a_clock_cannot_go_back() -> None:
    clock = ManualClock()
    with pytest.raises(ValueError, match="-1"):
        clock.advance(-1)
    assert clock.monotonic() == 0.0


def test_the_machine_s_clock() -> None:
    clock: Clock = SystemClock()
    assert clock.now() > 1_700_000_000
    assert clock.monotonic() <= clock.monotonic()
