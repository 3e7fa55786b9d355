import asyncio
import multiprocessing
import threading
from multiprocessing.connection import Connection

import pytest

from rag.errors import ModelError
from rag.llm.background import Stop, iterate, wait_for

SOON = 20
"""Seconds that a test waits at most for what happens at once."""


class Source:
    """Yields some numbers, then waits for ever; notices when it is cancelled."""

    def __init__(self, *items: int) -> None:
        self.items = items
        self.waiting = threading.Event()
        self.cancelled = threading.Event()

    async def __call__(self):
        for item in self.items:
            yield item
        await self.endless()

    async def endless(self):
        self.waiting.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise


async def numbers(count: int, error: Exception | None = None):
    for number in range(count):
        yield number
    if error:
        raise error


async def value():
    return 7


def test_items_come_in_order():
    assert list(iterate(lambda: numbers(100), Stop())) == list(range(100))


def test_an_error_is_raised_where_the_items_are_read():
    items = iterate(lambda: numbers(2, ValueError("late")), Stop())
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(ValueError, match="late"):
        next(items)


def test_closing_the_iterator_cancels_the_call():
    source = Source(1, 2)
    items = iterate(source, Stop())
    assert [next(items), next(items)] == [1, 2]
    items.close()
    assert source.cancelled.wait(SOON)


def test_a_stop_from_another_thread_ends_the_wait_for_an_item():
    source, stop = Source(1), Stop()
    items = iterate(source, stop)
    assert next(items) == 1
    threading.Thread(target=lambda: source.waiting.wait(SOON) and stop.set()).start()
    with pytest.raises(ModelError) as raised:
        next(items)
    assert raised.value.kind == "stopped" and source.cancelled.wait(SOON)


def test_a_stop_from_another_thread_ends_the_wait_for_a_result():
    source, stop = Source(), Stop()
    threading.Thread(target=lambda: source.waiting.wait(SOON) and stop.set()).start()
    with pytest.raises(ModelError) as raised:
        wait_for(source.endless(), stop)
    assert raised.value.kind == "stopped" and source.cancelled.wait(SOON)


def test_what_was_stopped_before_is_not_begun():
    stop = Stop()
    stop.set()
    with pytest.raises(ModelError):
        wait_for(asyncio.sleep(100), stop)
    with pytest.raises(ModelError):
        list(iterate(Source(), stop))


def test_it_works_inside_a_running_loop():
    async def cell():
        direct = wait_for(value(), Stop()), list(iterate(lambda: numbers(3), Stop()))
        return direct, await asyncio.to_thread(wait_for, value(), Stop())

    assert asyncio.run(cell()) == ((7, [0, 1, 2]), 7)


def test_many_threads_share_the_loop():
    found: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: found.append(list(iterate(lambda: numbers(50), Stop()))))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert found == [list(range(50))] * 20


def tell(results: Connection) -> None:
    results.send((wait_for(value(), Stop()), list(iterate(lambda: numbers(3), Stop()))))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
def test_a_forked_process_starts_a_loop_of_its_own():
    assert wait_for(value(), Stop()) == 7
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=tell, args=(theirs,), daemon=True)
    child.start()
    child.join(SOON)
    assert child.exitcode == 0, "the child hangs or failed"
    assert ours.recv() == (7, [0, 1, 2])
    assert wait_for(value(), Stop()) == 7
