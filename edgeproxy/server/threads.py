"""The threads that run the application."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from edgeproxy.clock import SystemClock

Job = Callable[[], object]

_BUSY = 0.75
"""The share of a core from which on work waits for the processor, not for a thread."""


class BridgeThreads:
    """Threads that take jobs from a queue: few at first, `minimum` under load, more only while those are blocked.

    More threads than that make nothing faster as long as they compute, because one at a time runs Python; they only
    lengthen the wait of each. So another one is started when a job has waited for longer than `patience` while the
    process used less than most of a core. Those above `minimum` that have nothing to do are ended when none was added
    for `idle` seconds.

    All methods are for the thread of `loop`, except `join`.

    :param patience: seconds.
    :param idle: seconds.
    :param cpu: processor seconds that this process has used.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        minimum: int = 8,
        maximum: int = 32,
        *,
        name: str = "edgeproxy",
        patience: float = 0.010,
        idle: float = 10.0,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._loop = loop
        self._minimum = min(minimum, maximum)
        self._maximum = maximum
        self._name = name
        self._patience = patience
        self._idle = idle
        self._cpu = cpu
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._waiting: list[None] = []  # an entry for each thread that waits; appending and popping need no lock
        self._count = 0
        self._submitted = 0
        self._mark = (0, 0.0, 0.0)
        self._growing: asyncio.TimerHandle | None = None
        self._shrinking: asyncio.TimerHandle | None = None

    @property
    def count(self) -> int:
        """Threads that take jobs."""
        return self._count

    def submit(self, job: Job) -> None:
        """Have `job` called by a thread. It must not raise."""
        self._queue.put(job)
        self._submitted += 1
        unclaimed = self._queue.qsize()
        if unclaimed > len(self._waiting) and self._count < self._minimum:
            self._start_one()
        elif unclaimed and self._growing is None and self._count < self._maximum:
            self._watch()

    def _start_one(self) -> None:
        self._count += 1
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        # Daemons: a job that never returns must not keep the process from ending after its drain time.
        thread = threading.Thread(target=self._work, name=f"{self._name}-{self._count}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        get, waiting = self._queue.get, self._waiting
        while True:
            waiting.append(None)
            job = get()
            waiting.pop()
            if job is None:
                return
            job()
            del job  # a thread that waits must not keep the last request alive

    def _watch(self) -> None:
        self._mark = (self._submitted, self._loop.time(), self._cpu())
        self._growing = self._loop.call_later(self._patience, self._grow)

    def _grow(self) -> None:
        self._growing = None
        unclaimed = self._queue.qsize()
        if unclaimed == 0 or self._count >= self._maximum:
            return
        submitted, at, cpu = self._mark
        starved = self._submitted - unclaimed < submitted
        if starved and self._cpu() - cpu < _BUSY * (self._loop.time() - at):
            self._start_one()
            if self._shrinking is not None:
                self._shrinking.cancel()
            self._shrinking = self._loop.call_later(self._idle, self._shrink)
        self._watch()

    def _shrink(self) -> None:
        self._shrinking = None
        extra = self._count - self._minimum
        leaving = min(extra, len(self._waiting)) if self._queue.empty() else 0
        for _ in range(leaving):
            self._count -= 1
            self._submitted += 1
            self._queue.put(None)
        if extra > leaving:
            self._shrinking = self._loop.call_later(self._idle, self._shrink)

    def close(self) -> None:
        """End every thread after the jobs that are already queued."""
        for timer in (self._growing, self._shrinking):
            if timer is not None:
                timer.cancel()
        for _ in range(self._count):
            self._queue.put(None)
        self._count = self._minimum = self._maximum = 0

    def join(self, timeout: float) -> bool:
        """Wait for closed threads, at most `timeout` seconds in all; tell whether all of them ended."""
        now = SystemClock().monotonic
        deadline = now() + timeout
        for thread in self._threads:
            thread.join(max(0.0, deadline - now()))
        return not any(thread.is_alive() for thread in self._threads)
