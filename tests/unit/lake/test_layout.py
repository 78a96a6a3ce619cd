"""A table keeps the partitioning and the order it was made with."""

import os
from pathlib import Path

import pytest

from dativo_core.errors import TargetError
from dativo_core.flow import StreamOutcome
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.table import ensure_table
from tests.support import TABLE, deliver, load, orders_plan, table_rows
from tests.unit.lake.layouts import TYPES, definition

COLUMNS = {name: TYPES[name] for name in ("long", "timestamp", "string")}
PARTITION, ORDER = ["timestamp", "bucket(4,long)", "truncate(2,string)"], ["long desc", "string nulls last"]


def test_the_spec_and_order_of_a_new_table_are_those_of_the_plan(tmp_path: Path) -> None:
    with open_lake(tmp_path / "lake") as lake:
        table = ensure_table(lake, definition(COLUMNS, PARTITION, ORDER))
    assert [(field.name, str(field.transform)) for field in table.spec().fields] == [
        ("timestamp_day", "day"),
        ("long_bucket_4", "bucket[4]"),
        ("string_trunc_2", "truncate[2]"),
    ]
    assert [str(field) for field in table.sort_order().fields] == ["1 DESC NULLS LAST", "3 ASC NULLS LAST"]


def test_the_same_layout_is_accepted_again_and_with_a_new_column(tmp_path: Path) -> None:
    with open_lake(tmp_path / "lake") as lake:
        first = ensure_table(lake, definition(COLUMNS, PARTITION, ORDER))
        again = ensure_table(lake, definition({**COLUMNS, "date": TYPES["date"]}, PARTITION, ORDER))
    assert again.spec() == first.spec()
    assert "date" in again.schema().column_names


@pytest.mark.parametrize(
    ("partition", "order", "told"),
    [
        (PARTITION[:1], ORDER, "by day(timestamp), bucket[4](long), truncate[2](string), the plan says day(timestamp)"),
        ([], ORDER, "the plan says nothing"),
        (["bucket(8,long)"], ORDER, "the plan says bucket[8](long)"),
        (
            PARTITION,
            ["long"],
            "sorted by long desc nulls last, string asc nulls last, the plan says long asc nulls first",
        ),
        (PARTITION, [], "sorted by long desc nulls last, string asc nulls last, the plan says nothing"),
    ],
)
def test_another_layout_is_refused_naming_both(
    tmp_path: Path, partition: list[str], order: list[str], told: str
) -> None:
    with open_lake(tmp_path / "lake") as lake:
        ensure_table(lake, definition(COLUMNS, PARTITION, ORDER))
        with pytest.raises(TargetError) as refused:
            ensure_table(lake, definition(COLUMNS, partition, order))
    assert told in str(refused.value)


def test_loads_into_a_partitioned_and_sorted_table_add_up(tmp_path: Path) -> None:
    layout = {"partition_by": ("ingest_date", "bucket(3,id)", "name"), "sort_order": ("amount desc",)}
    for number in range(2):
        deliver(tmp_path, f"{number}.csv", [(n, f"n/{n % 2}", n / 2) for n in range(number * 50, number * 50 + 50)])
        (report,) = load(orders_plan(tmp_path, **layout)).streams
        assert (report.outcome, report.counts.written, report.files) == (StreamOutcome.COMMITTED, 50, 6), report.error
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == list(range(100))


def test_a_run_with_another_partitioning_publishes_nothing(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(orders_plan(tmp_path))
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    (report,) = load(orders_plan(tmp_path, partition_by=("name",))).streams
    assert "partitioned by ingest_date, the plan says name" in str(report.error)
    assert table_rows(tmp_path).num_rows == 1


def test_every_directory_of_a_deep_partition_is_below_the_tables_data(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "a/b", 1.0)])
    load(orders_plan(tmp_path, partition_by=("name", "bucket(2,id)", "truncate(10,id)")))
    (file,) = (tmp_path / "lake").rglob("*.parquet")
    with open_lake(tmp_path / "lake") as lake:
        location = lake.catalog.load_table(TABLE.identifier).location()
    folders = str(file.parent).removeprefix(location.removeprefix("file://"))
    assert folders == "/data/name=a%2Fb/id_bucket_2=0/id_trunc_10=0"


def test_every_directory_of_a_deep_partition_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (synced.add(os.fstat(descriptor).st_ino), real(descriptor)))
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    deep = ("ingest_date", "name", "bucket(2,id)", "bucket(3,id)", "truncate(10,id)", "truncate(1,name)")
    load(orders_plan(tmp_path, partition_by=deep))
    data = next((tmp_path / "lake").rglob("data"))
    assert [str(path) for path in (data, *data.rglob("*")) if path.stat().st_ino not in synced] == []
