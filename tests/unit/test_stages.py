"""Stages in threads: order, back-pressure, errors, and threads that end."""

import threading
from contextvars import ContextVar

import pytest

from dativo_core.stages import DEPTH, Behind, drawn_ahead


def failing(count):
    yield from range(count)
    message = "no more"
    raise OSError(message)


def test_items_come_in_order():
    with drawn_ahead(iter(range(100))) as items:
        assert list(items) == list(range(100))


def test_an_error_is_raised_where_its_item_would_have_come():
    with drawn_ahead(failing(3)) as items:
        assert [next(items), next(items), next(items)] == [0, 1, 2]
        with pytest.raises(OSError, match="no more"):
            next(items)


def test_no_more_items_are_made_ahead_than_said():
    made = []
    with drawn_ahead(made.append(number) or number for number in range(100)) as items:
        for taken in items:
            assert len(made) <= taken + 1 + DEPTH


def test_leaving_early_ends_the_thread_and_the_reading():
    closed = []

    def reading():
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    with drawn_ahead(reading()) as items:
        next(items)
    assert closed
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_work_is_done_in_order_and_settled():
    done = []
    behind = Behind(room_bytes=3)
    for number in range(50):
        behind.call(lambda number=number: done.append(number), 1)
    behind.settle()
    behind.close()
    assert done == list(range(50))


def test_failed_work_is_raised_by_a_later_call_or_on_settling():
    behind = Behind(room_bytes=1)
    behind.call(lambda: list(failing(0)) and None, 1)
    with pytest.raises(OSError, match="no more"):
        behind.call(lambda: None, 1)
    behind.close()


def test_a_call_waits_until_what_is_before_it_leaves_room():
    gate, done = threading.Event(), []
    behind = Behind(room_bytes=10)
    behind.call(lambda: gate.wait(10) and None, 6)
    behind.call(lambda: done.append("small"), 4)
    threading.Timer(0.05, gate.set).start()
    behind.call(lambda: done.append("large"), 100)
    assert gate.is_set()
    behind.settle()
    behind.close()
    assert done == ["small", "large"]


def test_closing_drops_what_has_not_begun_and_raises_nothing():
    begun, gate, done = threading.Event(), threading.Event(), []
    behind = Behind(room_bytes=2)
    behind.call(lambda: begun.set() or (gate.wait(10) and None), 1)
    behind.call(lambda: done.append(True), 1)
    begun.wait(10)
    threading.Timer(0.05, gate.set).start()
    behind.close()
    assert not done


TENANT: ContextVar[str] = ContextVar("tenant", default="nobody")


def test_what_is_done_in_a_thread_has_the_context_of_whoever_asked_for_it():
    seen = []

    def work(tenant):
        TENANT.set(tenant)
        behind = Behind(100)
        with drawn_ahead(TENANT.get() for _ in range(50)) as items:
            for made_for in items:
                seen.append((tenant, made_for))
                behind.call(lambda: seen.append((tenant, TENANT.get())), 1)
        behind.settle()
        behind.close()

    threads = [threading.Thread(target=work, args=(tenant,)) for tenant in ("acme", "beta")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 200
    assert all(asked == found for asked, found in seen)


def test_ctrl_c_while_a_thread_is_made_is_not_lost(monkeypatch):
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        raise KeyboardInterrupt

    def slow():
        for number in range(5):
            threading.Event().wait(0.1)
            yield number

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt), drawn_ahead(slow()) as items:
        list(items)
