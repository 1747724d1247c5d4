"""A store in memory: the entries used least recently go first (CF-189)."""

from __future__ import annotations

import threading
from collections.abc import Callable

from cachetools import LRUCache

from edgeproxy.cloudfront.cache_key import CacheKey
from edgeproxy.cloudfront.entry import Entry


class MemoryStore:
    """Cache entries, bounded in bytes. Stale entries stay until they are replaced, removed or pushed out.

    :param max_bytes: what the sizes of all entries together may come to.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        # A size is reckoned once, outside the lock, and kept beside its entry.
        self._cache: LRUCache[CacheKey, tuple[int, Entry]] = LRUCache(max_bytes, getsizeof=lambda sized: sized[0])
        self._lock = threading.Lock()

    def get(self, key: CacheKey) -> Entry | None:
        """The entry, fresh or stale, or None. It counts as used."""
        with self._lock:
            sized = self._cache.get(key)
        return None if sized is None else sized[1]

    def put(self, key: CacheKey, entry: Entry) -> bool:
        """Store an entry; false when it alone is larger than the store, and then whatever the key had is gone."""
        size = entry.size
        with self._lock:
            if size > self._max_bytes:
                self._cache.pop(key, None)
                return False
            self._cache[key] = size, entry
            return True

    def remove(self, key: CacheKey) -> bool:
        """Forget one entry; false when there was none."""
        with self._lock:
            return self._cache.pop(key, None) is not None

    def invalidate(self, predicate: Callable[[CacheKey], bool]) -> int:
        """Forget the entries whose key `predicate` accepts, and tell how many there were.

        The predicate runs outside the lock: an entry that is stored meanwhile may stay.
        """
        with self._lock:
            keys = list(self._cache)
        doomed = [key for key in keys if predicate(key)]
        with self._lock:
            return sum(self._cache.pop(key, None) is not None for key in doomed)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._cache.clear()

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return len(self._cache)

    @property
    def bytes(self) -> int:
        """What their sizes come to."""
        return int(self._cache.currsize)
