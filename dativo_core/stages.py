"""Stages of a load side by side: each in one thread of its own, handing on a few items at most.

Reading, checking and writing are mostly Arrow kernels, which let other threads run. One thread per stage keeps the order
of everything as it is without threads. What is done in a thread has the context variables of whoever asked for it.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")

DEPTH = 2
"""Items that wait between two stages; the memory of a load is a small multiple of it."""


@contextmanager
def drawn_ahead(items: Iterator[T], depth: int = DEPTH) -> Iterator[Iterator[T]]:
    """Give the items in order while the next `depth` ones are made in a thread; what making one raises, taking it raises.

    On leaving, the thread has ended and `items` is closed. `items` holds no None.
    """
    pool = _one_thread("ahead")
    try:
        yield _taken(items, pool, depth)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if isinstance(items, Generator):
            items.close()


def _taken(items: Iterator[T], pool: ThreadPoolExecutor, depth: int) -> Iterator[T]:
    waiting = deque(_submit(pool, lambda: next(items, None)) for _ in range(depth))
    while (item := waiting.popleft().result()) is not None:
        waiting.append(_submit(pool, lambda: next(items, None)))
        yield item


def _one_thread(name: str) -> ThreadPoolExecutor:
    """Return a pool whose thread runs. Ctrl-C while a thread is made leaves the pool without knowledge of it.

    Nobody would wait for that thread then, so it is made before it has anything to do.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix=name)
    pool.submit(int).result()
    return pool


def _submit(pool: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
    context = copy_context()
    return pool.submit(lambda: context.run(work))


class Behind:
    """Calls made one after the other in a thread; what waits for its turn takes up to `room_bytes`, or is a single call."""

    def __init__(self, room_bytes: int) -> None:
        self._room_bytes = room_bytes
        self._taken_bytes = 0
        self._pool = _one_thread("behind")
        self._waiting: deque[tuple[Future[None], int]] = deque()

    def call(self, work: Callable[[], None], size_bytes: int) -> None:
        """Have `work`, which holds so many bytes, done after everything before it.

        Waits for room, and raises what earlier work raised.
        """
        while self._waiting and (self._waiting[0][0].done() or self._taken_bytes + size_bytes > self._room_bytes):
            self._finish_first()
        self._waiting.append((_submit(self._pool, work), size_bytes))
        self._taken_bytes += size_bytes

    def settle(self) -> None:
        """Wait until all is done; raises what any of it raised."""
        while self._waiting:
            self._finish_first()

    def close(self) -> None:
        """Drop what has not begun and end the thread; raises nothing."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _finish_first(self) -> None:
        future, size_bytes = self._waiting.popleft()
        self._taken_bytes -= size_bytes
        future.result()
