from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.plan.intervals import cron_of_interval, due_since, last_due

INTERVALS = st.integers(1, 366 * 86400)
TIMES = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(INTERVALS, TIMES)
def test_a_due_time_is_a_whole_number_of_intervals_since_1970_and_less_than_one_ago(interval, now):
    due = last_due(interval, now)
    assert (due - EPOCH) % timedelta(seconds=interval) == timedelta(0)
    assert timedelta(0) <= now - due < timedelta(seconds=interval)


@given(INTERVALS, TIMES, st.lists(st.floats(0.001, 3.0), min_size=1, max_size=30))
def test_however_seldom_the_clock_is_looked_at_due_times_never_drift_and_come_once(interval, now, steps):
    ticked, seen = last_due(interval, now), []
    for step in steps:
        now += timedelta(seconds=step * interval)
        due = due_since(interval, now, ticked)
        if due is not None:
            seen.append(due)
            ticked = due
    assert seen == sorted(set(seen))
    assert all(last_due(interval, due) == due for due in seen)
    assert ticked == last_due(interval, now)


@given(INTERVALS, TIMES, st.integers(2, 100))
def test_ticks_missed_while_nobody_looked_are_one(interval, now, missed):
    ticked = last_due(interval, now)
    due = due_since(interval, ticked + timedelta(seconds=missed * interval), ticked)
    assert due == ticked + timedelta(seconds=missed * interval)


@given(INTERVALS, TIMES)
def test_a_lost_cursor_repeats_the_newest_tick(interval, now):
    assert due_since(interval, now, None) == last_due(interval, now)


@given(INTERVALS, TIMES)
def test_a_clock_set_back_a_little_repeats_nothing_and_a_cursor_far_ahead_silences_nothing(interval, now):
    due = last_due(interval, now)
    assert due_since(interval, due - timedelta(milliseconds=1), due) is None
    assert due_since(interval, now, now + timedelta(seconds=interval)) == due


def test_the_zone_of_the_clock_does_not_matter():
    here = datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2)))
    assert last_due(5400, here) == last_due(5400, here.astimezone(UTC))


@pytest.mark.parametrize(
    ("interval", "cron"),
    [(60, "* * * * *"), (900, "*/15 * * * *"), (3600, "0 * * * *"), (6 * 3600, "0 */6 * * *"), (86400, "0 0 * * *"),
     (604800, "0 0 * * 4"), (1, None), (30, None), (90, None), (420, None), (5400, None), (5 * 3600, None),
     (172800, None), (3661, None)],
)  # fmt: skip
def test_only_an_interval_that_a_cron_says_exactly_becomes_one(interval, cron):
    assert cron_of_interval(interval) == cron


@given(st.integers(1, 800_000), TIMES)
def test_the_cron_of_an_interval_comes_at_its_due_times(interval, now):
    cron = cron_of_interval(interval)
    if cron is None:
        return
    at = now.replace(second=0, microsecond=0)
    assert matches(cron, at) == (last_due(interval, at) == at)
    assert matches(cron, last_due(interval, now))


@given(st.integers(1, 60), st.sampled_from([60, 3600, 86400]), TIMES)
def test_so_does_that_of_every_round_interval(count, unit, now):
    cron = cron_of_interval(count * unit)
    if cron is not None:
        assert matches(cron, last_due(count * unit, now))


def matches(cron: str, at: datetime) -> bool:
    minute, hour, _, _, weekday = cron.split()
    places = ((minute, at.minute), (hour, at.hour), (weekday, at.isoweekday() % 7))
    return all(_matches(field, value) for field, value in places)


def _matches(field: str, value: int) -> bool:
    if field.startswith("*"):
        return value % int(field[2:] or 1) == 0
    return int(field) == value
