from __future__ import annotations

import threading
from typing import Any, cast

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from edgeproxy.cloudfront.entry import Entry
from edgeproxy.messages.headers import NO_HEADERS
from edgeproxy.stores.memory import MemoryStore


def key(name: str) -> Any:
    """The store asks of a key only that it can be hashed."""
    return cast("Any", name)


def entry(body: bytes = b"") -> Entry:
    return Entry(status=200, reason="", headers=NO_HEADERS, body=body, stored_at=0.0, expires_at=1.0)


EMPTY_SIZE = entry().size


def test_what_is_put_is_found() -> None:
    store = MemoryStore(10_000)
    first = entry(b"one")
    assert store.get(key("a")) is None
    assert store.put(key("a"), first)
    assert store.get(key("a")) is first
    assert (store.entries, store.bytes) == (1, first.size)


def test_an_entry_is_replaced() -> None:
    store = MemoryStore(10_000)
    store.put(key("a"), entry(b"long" * 100))
    second = entry(b"two")
    store.put(key("a"), second)
    assert store.get(key("a")) is second
    assert (store.entries, store.bytes) == (1, second.size)


@pytest.mark.rule("CF-189")
def test_what_was_used_least_recently_goes_first() -> None:
    store = MemoryStore(3 * EMPTY_SIZE)
    for name in "abc":
        store.put(key(name), entry())
    store.get(key("a"))
    store.put(key("d"), entry())
    assert [name for name in "abcd" if store.get(key(name))] == ["a", "c", "d"]


def test_an_entry_that_is_larger_than_the_store_is_not_stored() -> None:
    store = MemoryStore(EMPTY_SIZE + 5)
    assert store.put(key("b"), entry())
    assert not store.put(key("a"), entry(b"123456"))
    assert store.get(key("a")) is None
    assert store.get(key("b")) is not None
    assert store.put(key("a"), entry(b"12345"))


def test_nor_does_it_leave_an_older_one_behind() -> None:
    store = MemoryStore(EMPTY_SIZE + 5)
    store.put(key("a"), entry(b"old"))
    assert not store.put(key("a"), entry(b"too large"))
    assert store.get(key("a")) is None


def test_remove_and_clear() -> None:
    store = MemoryStore(10_000)
    store.put(key("a"), entry())
    store.put(key("b"), entry())
    assert store.remove(key("a"))
    assert not store.remove(key("a"))
    assert store.entries == 1
    store.clear()
    assert (store.entries, store.bytes) == (0, 0)


def test_invalidate() -> None:
    store = MemoryStore(10_000)
    for name in ("/a/1", "/a/2", "/b/1"):
        store.put(key(name), entry())
    assert store.invalidate(lambda found: cast("str", found).startswith("/a/")) == 2
    assert store.entries == 1
    assert store.get(key("/b/1")) is not None


def test_a_predicate_may_use_the_store() -> None:
    store = MemoryStore(10_000)
    store.put(key("a"), entry())
    assert store.invalidate(store.remove) == 0


def test_threads_keep_the_count() -> None:
    store = MemoryStore(20 * EMPTY_SIZE)

    def work(number: int) -> None:
        for i in range(500):
            store.put(key(f"{(i * number) % 50}"), entry(b"x" * (i % 7)))
            store.get(key(f"{i % 50}"))
            store.remove(key(f"{(i + number) % 50}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [store.get(key(f"{i}")) for i in range(50)]
    assert store.bytes == sum(stored.size for stored in found if stored)
    assert store.entries == sum(stored is not None for stored in found)


class Bounded(RuleBasedStateMachine):
    """Whatever is done, the sizes of what is there are what is counted, and within the bound."""

    LIMIT = 5 * EMPTY_SIZE
    keys = st.sampled_from("abcdefgh")

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore(self.LIMIT)

    @rule(name=keys, size=st.integers(0, 6 * EMPTY_SIZE))
    def put(self, name: str, size: int) -> None:
        new = entry(b"x" * size)
        assert self.store.put(key(name), new) is (new.size <= self.LIMIT)
        assert (self.store.get(key(name)) is new) is (new.size <= self.LIMIT)

    @rule(name=keys)
    def remove(self, name: str) -> None:
        self.store.remove(key(name))
        assert self.store.get(key(name)) is None

    @invariant()
    def counts(self) -> None:
        found = [stored for name in "abcdefgh" if (stored := self.store.get(key(name)))]
        assert self.store.entries == len(found)
        assert self.store.bytes == sum(stored.size for stored in found) <= self.LIMIT


TestBounded = Bounded.TestCase
