from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Awaitable, Callable
from functools import partial

import pytest

from edgeproxy.server.threads import BridgeThreads

DEADLINE = 20.0


def run(main: Callable[[asyncio.AbstractEventLoop], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(main(asyncio.get_running_loop()), DEADLINE)

    asyncio.run(limited())


async def ended(threads: BridgeThreads) -> None:
    threads.close()
    assert await asyncio.to_thread(threads.join, DEADLINE)
    assert threads.count == 0


class Meeting:
    """A job that waits until so many run at once."""

    def __init__(self, parties: int) -> None:
        self.barrier = threading.Barrier(parties)
        self.left = threading.Semaphore(0)

    def __call__(self) -> None:
        self.barrier.wait(DEADLINE)
        self.left.release()

    async def over(self) -> None:
        for _ in range(self.barrier.parties):
            await asyncio.to_thread(self.left.acquire, timeout=DEADLINE)


def idle_cpu() -> float:
    return 0.0


def test_no_thread_is_started_for_nothing() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop)
        assert threads.count == 0
        await ended(threads)

    run(main)


def test_jobs_run_at_once_up_to_the_minimum_without_delay() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 4, 4)
        meeting = Meeting(4)
        for _ in range(4):
            threads.submit(meeting)
        await meeting.over()
        assert threads.count == 4
        await ended(threads)

    run(main)


def test_a_ceiling_below_the_minimum_holds() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 8, 1)
        done = threading.Semaphore(0)
        for _ in range(20):
            threads.submit(done.release)
        for _ in range(20):
            await asyncio.to_thread(done.acquire, timeout=DEADLINE)
        assert threads.count == 1
        await ended(threads)

    run(main)


def test_blocked_threads_get_company_up_to_the_ceiling_and_it_leaves_again() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 2, 6, patience=0.001, idle=0.001, cpu=idle_cpu)
        meeting = Meeting(6)
        for _ in range(6):
            threads.submit(meeting)
        await meeting.over()
        while threads.count > 2:
            await asyncio.sleep(0.001)
        again = Meeting(2)
        for _ in range(2):
            threads.submit(again)
        await again.over()
        await ended(threads)

    run(main)


def test_threads_that_compute_get_no_company() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        looks = 0

        def cpu() -> float:
            nonlocal looks
            looks += 1
            return loop.time()  # a whole core, all the time

        threads = BridgeThreads(loop, 1, 6, patience=0.001, cpu=cpu)
        release = threading.Event()
        for _ in range(3):
            threads.submit(lambda: release.wait(DEADLINE))
        while looks < 8:
            await asyncio.sleep(0.001)
        assert threads.count == 1
        release.set()
        await ended(threads)

    run(main)


def test_a_job_that_had_not_to_wait_long_starts_no_thread() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 1, 6, patience=DEADLINE, cpu=idle_cpu)
        release = threading.Event()
        for _ in range(3):
            threads.submit(lambda: release.wait(DEADLINE))
        release.set()
        await ended(threads)

    run(main)


def test_jobs_that_are_queued_are_done_before_the_threads_end() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 1, 1)
        done: list[int] = []
        for number in range(10):
            threads.submit(partial(done.append, number))
        await ended(threads)
        assert done == list(range(10))

    run(main)


def test_a_thread_that_does_not_end_is_told_of() -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 1, 1)
        release = threading.Event()
        threads.submit(lambda: release.wait(DEADLINE))
        threads.close()
        assert not threads.join(0.0)
        release.set()
        assert await asyncio.to_thread(threads.join, DEADLINE)

    run(main)


def test_an_idle_thread_keeps_no_job_alive() -> None:
    class Job:
        def __call__(self) -> None:
            done.set()

    done = threading.Event()

    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 1, 1)
        job = Job()
        gone = threading.Event()
        weakref.finalize(job, gone.set)
        threads.submit(job)
        del job
        assert await asyncio.to_thread(gone.wait, DEADLINE)
        await ended(threads)

    run(main)
    assert done.is_set()


@pytest.mark.parametrize("name", ["edgeproxy-server", "edgeproxy-admin"])
def test_threads_can_be_told_apart(name: str) -> None:
    async def main(loop: asyncio.AbstractEventLoop) -> None:
        threads = BridgeThreads(loop, 1, 1, name=name)
        names: list[str] = []
        threads.submit(lambda: names.append(threading.current_thread().name))
        await ended(threads)
        assert names == [f"{name}-1"]

    run(main)
