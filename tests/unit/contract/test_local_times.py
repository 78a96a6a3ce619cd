"""Wall-clock times of a zone as instants, held against Python's own reading of the zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract import local_times
from dativo_core.contract.convert import convert, convert_cells
from dativo_core.contract.local_times import LOCAL, instants
from dativo_core.odcs.types import FieldType, TypeKind, list_of

BERLIN = FieldType(TypeKind.TIMESTAMPTZ, zone="Europe/Berlin")
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC"]
GAP, TWICE = "2024-03-31T02:30:00", "2024-10-27 02:30:00"


def expected(shown: datetime, zone: str) -> datetime | None:
    """Return the only instant whose clock time is `shown`, found by trying the offsets there are."""
    clock = ZoneInfo(zone)
    fitting = {
        instant
        for fold in (0, 1)
        for instant in [shown.replace(tzinfo=clock, fold=fold).astimezone(UTC)]
        if instant.astimezone(clock).replace(tzinfo=None) == shown
    }
    return fitting.pop() if len(fitting) == 1 else None


DAYS = [
    datetime(2024, 3, 31),
    datetime(2024, 10, 27),
    datetime(2024, 11, 3),
    datetime(2024, 4, 7),
    datetime(2011, 12, 30),
    datetime(2036, 10, 26),
    datetime(2036, 12, 31, 23, 59),
    datetime(2059, 7, 1),
    datetime(2059, 10, 26),
    datetime(1890, 1, 1),
    datetime(9999, 12, 31),
]
MOMENTS = st.builds(
    lambda day, minutes, microseconds: day + timedelta(minutes=minutes, microseconds=microseconds),
    st.sampled_from(DAYS),
    st.integers(-300, 300),
    st.sampled_from([0, 1, 999_999]),
) | st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31))


@settings(max_examples=150, deadline=None)
@given(st.lists(MOMENTS | st.none(), max_size=6), st.sampled_from(ZONES))
def test_a_time_is_the_one_instant_at_which_the_clocks_showed_it_or_none(shown, zone):
    read = instants(pa.array(shown, LOCAL), zone)
    assert read.type == pa.timestamp("us", "UTC")
    assert read.to_pylist() == [None if each is None else expected(each, zone) for each in shown]


@settings(max_examples=50, deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=6), st.sampled_from(ZONES))
def test_texts_are_read_as_the_times_they_spell(shown, zone):
    texts = pa.array([each.isoformat(" ") for each in shown])
    values, bad = convert(texts, FieldType(TypeKind.TIMESTAMPTZ, zone=zone))
    assert values.to_pylist() == [expected(each, zone) for each in shown]
    assert bad.to_pylist() == [each is None for each in values.to_pylist()]


def test_an_offset_counts_more_than_the_zone():
    texts = pa.array(
        ["2024-07-01T12:00:00", "2024-07-01T12:00:00Z", "2024-07-01 12:00+05:30", " 2024-07-01 ", None, "x"]
    )
    values, bad = convert(texts, BERLIN)
    assert pc.strftime(values, "%dT%H:%M").to_pylist() == ["01T10:00", "01T12:00", "01T06:30", "30T22:00", None, None]
    assert bad.to_pylist() == [False, False, False, False, False, True]


def test_what_the_clocks_skipped_or_showed_twice_does_not_fit():
    values, misfits = convert_cells(pa.array([GAP, TWICE, "2024-10-27T02:30:00+01:00", "2024-07-01 12:00"]), BERLIN)
    (misfit,) = misfits
    assert misfit.mask.to_pylist() == [True, True, False, False]
    assert "that the clocks of Europe/Berlin showed exactly once" in misfit.complaint
    assert values.null_count == 2


def test_timestamps_without_a_zone_and_dates_are_read_in_it():
    for kind in (pa.timestamp("us"), pa.timestamp("ns"), pa.timestamp("s")):
        values, bad = convert(pa.array([datetime(2024, 7, 1, 12), datetime(2024, 3, 31, 2, 30), None], kind), BERLIN)
        assert values.to_pylist() == [datetime(2024, 7, 1, 10, tzinfo=UTC), None, None]
        assert bad.to_pylist() == [False, True, False]
    values, _ = convert(pa.array([datetime(2024, 7, 1)]).cast(pa.date32()), BERLIN)
    assert values.to_pylist() == [datetime(2024, 6, 30, 22, tzinfo=UTC)]
    aware = pa.array([datetime(2024, 7, 1, 12, tzinfo=UTC)], pa.timestamp("ms", "America/New_York"))
    assert convert(aware, BERLIN)[0].to_pylist() == [datetime(2024, 7, 1, 12, tzinfo=UTC)]


def test_a_number_is_no_time_in_any_zone():
    _, bad = convert(pa.array([1, 2]), BERLIN)
    assert bad.to_pylist() == [True, True]


def test_the_parts_of_a_nested_column_are_read_in_their_zone():
    values, bad = convert(pa.array(['["2024-07-01T12:00:00"]', f'["{GAP}"]']), list_of(BERLIN))
    assert bad.to_pylist() == [False, True]
    assert values[0].as_py() == [datetime(2024, 7, 1, 10, tzinfo=UTC)]


def test_without_a_zone_a_time_without_an_offset_is_refused():
    _, bad = convert(pa.array(["2024-07-01T12:00:00"]), FieldType(TypeKind.TIMESTAMPTZ))
    assert bad.to_pylist() == [True]


def test_a_zone_that_arrow_does_not_find_is_read_all_the_same(monkeypatch):
    def nowhere(*_, **__):
        raise pa.ArrowInvalid("Cannot locate or parse timezone")

    monkeypatch.setattr(local_times.pc, "assume_timezone", nowhere)
    shown = [datetime(2024, 7, 1, 12), datetime(2024, 3, 31, 2, 30)]
    read = instants(pa.array(shown, LOCAL), "Europe/Berlin")
    assert read.to_pylist() == [datetime(2024, 7, 1, 10, tzinfo=UTC), None]
