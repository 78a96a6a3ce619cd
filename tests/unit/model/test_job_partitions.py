"""Keys of partitions, their moments, and the paths they are written in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.job_partitions import JobPartitions, PartitionKind
from dativo_core.model.partition_paths import PartitionPath

DAYS = JobPartitions(PartitionKind.DAILY, start="2026-01-01", path_format="%Y-%m-%d")


def keys(partitions: JobPartitions, since: str, until: str, now: str = "2030-01-01") -> tuple[str, ...]:
    moments = [datetime.fromisoformat(text) for text in (since, until)]
    return partitions.between(*moments, datetime.fromisoformat(now).replace(tzinfo=UTC))


def test_a_range_is_half_open_and_begins_with_the_first_partition():
    assert keys(DAYS, "2025-01-01", "2026-01-03") == ("2026-01-01", "2026-01-02")
    assert keys(DAYS, "2026-01-02", "2026-01-02") == ()


def test_the_running_partition_is_there_only_where_the_job_says_so():
    now = "2026-01-02T12:00:00"
    assert keys(DAYS, "2026-01-01", "2027-01-01", now) == ("2026-01-01",)
    current = JobPartitions(PartitionKind.DAILY, start="2026-01-01", has_current=True)
    assert keys(current, "2026-01-01", "2027-01-01", now) == ("2026-01-01", "2026-01-02")


def test_days_follow_the_clock_of_their_zone():
    berlin = JobPartitions(PartitionKind.DAILY, timezone="Europe/Berlin", start="2026-03-28")
    assert keys(berlin, "2026-03-28", "2026-03-31", "2026-03-29T22:30:00") == ("2026-03-28", "2026-03-29")
    offset = datetime.fromisoformat("2026-03-28T23:00:00+00:00")
    assert berlin.between(offset, offset + timedelta(hours=1), datetime(2030, 1, 1, tzinfo=UTC)) == ("2026-03-29",)


def test_weeks_begin_on_the_weekday_of_the_first_one_and_months_on_the_first():
    weeks = JobPartitions(PartitionKind.WEEKLY, start="2026-01-07")
    assert keys(weeks, "2026-01-01", "2026-01-22") == ("2026-01-07", "2026-01-14", "2026-01-21")
    with pytest.raises(ValueError, match="no weekly partition"):
        weeks.require("2026-01-08")
    months = JobPartitions(PartitionKind.MONTHLY, start="2025-11-01", end="2026-02-01")
    assert keys(months, "2020-01-01", "2030-01-01") == ("2025-11-01", "2025-12-01", "2026-01-01")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2035, 1, 1)))
def test_the_key_of_a_path_is_the_key_it_was_written_for(moment):
    hours = JobPartitions(PartitionKind.HOURLY, start="2026-01-01-00:00", path_format="y%Y/%m/%d/%H")
    key = moment.strftime("%Y-%m-%d-%H:00")
    place = PartitionPath("s3://b/x?[a-c]/{partition}/**/*.csv", hours)
    pattern = place.of_one(key)
    path = pattern.replace("x?[a-c]", "x1b").replace("**/*", "deep/er/f")
    assert place.key_of(path) == key
    assert place.key_of(path.replace("deep/er/", "")) == key
    assert place.key_of(path.replace("x1b", "x1d")) is None


@pytest.mark.parametrize(
    "path", ["in/2026-02-30/a.csv", "in/2025-12-31/a.csv", "in/2026-01-01/b/a.csv", "in/x/a.csv", "2026-01-01/a.csv"]
)
def test_a_path_of_no_partition_has_no_key(path):
    assert PartitionPath("in/{partition}/*.csv", DAYS).key_of(path) is None


def test_all_partitions_of_a_time_are_matched_by_their_digits_alone():
    assert PartitionPath("in/{partition}.csv", DAYS).of_all == "in/[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9].csv"
    static = JobPartitions(PartitionKind.STATIC, keys=("eu", "us"))
    assert PartitionPath("in/{partition}.csv", static).of_all == "in/*.csv"
    assert PartitionPath("in/{partition}.csv", static).key_of("in/asia.csv") is None
    assert PartitionPath("in/{partition}.csv", static).key_of("in/us.csv") == "us"
