"""Jobs of a directory at the same time, with the outcome of one after another; on Ctrl-C all of them stop."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Event as Flag
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from dativo_core.plan.build import JobCheck
    from dativo_core.plan.types import IngestPlan

Result = TypeVar("Result")


class Stop:
    """Whether somebody asked for the end, for threads that no signal reaches: they look between two batches."""

    def __init__(self) -> None:
        self._flag = Flag()

    def ask(self) -> None:
        """Let every job end as Ctrl-C would end it."""
        self._flag.set()

    def look(self) -> None:
        """Raise KeyboardInterrupt when the end was asked for."""
        if self._flag.is_set():
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        self._flag.wait(seconds)
        self.look()


def side_by_side(
    jobs: "Sequence[JobCheck]", work: "Callable[[JobCheck], Result]", at_once: int, stop: Stop
) -> tuple[Result, ...]:
    """Return what `work` makes of each job, in their order; up to `at_once` are worked on at the same time.

    A job waits for those before it that write a table it reads or writes, or read a table it writes. Each works in a copy
    of the context of the caller. What `work` raises ends all, and is raised when they have ended.
    """
    if at_once == 1 or len(jobs) == 1:
        return tuple(work(job) for job in jobs)
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="job")
    begun: list[tuple[JobCheck, Future[Result]]] = []

    def after(earlier: "Sequence[Future[Result]]", job: "JobCheck") -> Result:
        wait(earlier)
        stop.look()
        return work(job)

    try:
        for job in jobs:
            earlier = [future for other, future in begun if _touch(other.plan, job.plan)]
            begun.append((job, pool.submit(copy_context().run, after, earlier, job)))
        return tuple(future.result() for _, future in begun)
    except BaseException:
        stop.ask()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _touch(one: "IngestPlan | None", other: "IngestPlan | None") -> bool:
    """Return whether one job writes a table that the other reads or writes."""
    if one is None or other is None:
        return False
    return not (_written(one).isdisjoint(_used(other)) and _written(other).isdisjoint(_used(one)))


def _written(plan: "IngestPlan") -> set[str]:
    return {str(stream.table) for stream in plan.streams}


def _used(plan: "IngestPlan") -> set[str]:
    return _written(plan) | {str(table) for stream in plan.streams for _, table in stream.relations}
