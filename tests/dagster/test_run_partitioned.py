"""A partitioned, sorted table filled by a Dagster run: numbers in the event log, rows as other readers see them."""

from collections import Counter

import dagster as dg
import duckdb
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, LessThan
from pyiceberg.transforms import BucketTransform
from pyiceberg.types import LongType

from dativo_dagster.compile import build_definitions
from tests.dagster.workspaces import write_job, write_workspace

ORDERS = dg.AssetKey(["acme", "orders"])
TARGET = """\
target:
  partitioning: [placed_at, "bucket(4,id)"]
  sort_order: [amount desc nulls last, id]
"""
DAYS = ["1969-12-31", "1970-01-01", "2024-02-29"]
ROWS = [(n, f"{DAYS[n % 3]}T23:59:59", "" if n % 7 == 0 else n * 37 % 50) for n in range(90)]
BAD = (90, "yesterday", 1)


@pytest.fixture
def root(tmp_path):
    write_workspace(tmp_path)
    write_job(tmp_path, mode="warn", extra=TARGET)
    contract = tmp_path / "assets" / "csv" / "v1.0" / "orders.yaml"
    before, after = contract.read_text().split("      - name: email")
    _, amount = after.split("      - {name: amount")
    placed = "      - {name: placed_at, logicalType: date, physicalType: timestamp}\n"
    contract.write_text(f"{before}{placed}      - {{name: amount{amount}")
    lines = [",".join(map(str, row)) for row in (*ROWS, BAD)]
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "orders.csv").write_text("\n".join(["id,placed_at,amount", *lines]) + "\n")
    return tmp_path


@pytest.fixture
def result(root, instance):
    return build_definitions(root).resolve_job_def("acme__orders").execute_in_process(instance=instance)


@pytest.fixture
def table(root, result):
    assert result.success
    database = root / ".dativo" / "catalog.db"
    catalog = SqlCatalog("dativo", uri=f"sqlite:///{database}", warehouse=f"file://{root}/.dativo/warehouse")
    yield catalog.load_table(("acme__sales", "orders"))
    catalog.engine.dispose()


def bucket(number: int) -> int:
    return BucketTransform(4).transform(LongType())(number)


def test_the_event_log_has_the_counts_of_good_and_bad_rows(result, instance):
    metadata = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata
    counts = [metadata[f"dativo/rows_{word}"].value for word in ("read", "written", "quarantined")]
    assert counts == [91, 90, 1]
    assert metadata["dativo/files"].value == len({(row[1], bucket(row[0])) for row in ROWS})


def test_every_partition_has_the_rows_that_were_delivered_for_it(table):
    found = {
        (task.file.partition[0], task.file.partition[1]): task.file.record_count for task in table.scan().plan_files()
    }
    day = {"1969-12-31": -1, "1970-01-01": 0, "2024-02-29": 19782}
    assert found == Counter((day[at[:10]], bucket(n)) for n, at, _ in ROWS)


def test_a_filter_on_the_day_reads_its_rows_and_no_other_file(table):
    day = And(GreaterThanOrEqual("placed_at", "1969-12-31T00:00:00"), LessThan("placed_at", "1970-01-01T00:00:00"))
    scan = table.scan(row_filter=day)
    assert sorted(scan.to_arrow()["id"].to_pylist()) == list(range(0, 90, 3))
    assert {task.file.partition[0] for task in scan.plan_files()} == {-1}


def test_a_filter_on_a_bucketed_column_reads_one_bucket(table):
    scan = table.scan(row_filter=EqualTo("id", 42))
    assert scan.to_arrow()["id"].to_pylist() == [42]
    assert {task.file.partition[1] for task in scan.plan_files()} == {bucket(42)}


def test_duckdb_reads_every_file_in_the_declared_order(table):
    for task in table.scan().plan_files():
        path = {"path": task.file.file_path.removeprefix("file://")}
        query = "select id from read_parquet($path, hive_partitioning=false) order by {}"
        written = duckdb.sql(query.format("file_row_number"), params=path).fetchall()
        assert written == duckdb.sql(query.format("amount desc nulls last, id"), params=path).fetchall()
        assert task.file.sort_order_id == table.sort_order().order_id


def test_the_bad_row_is_kept_with_its_reason(root, table):
    kept = table.catalog.load_table(("acme__sales", "orders__quarantine")).scan().to_arrow().to_pylist()
    assert [(row["line"], row["column"], row["raw"]) for row in kept] == [(92, "placed_at", "90,yesterday,1")]
