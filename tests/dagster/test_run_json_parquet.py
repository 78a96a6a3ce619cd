"""Jobs that read JSON lines and Parquet files, each with bad rows, through Dagster runs."""

import dagster as dg
import pyarrow as pa
import pytest
from pyarrow import parquet

from dativo_core.lake.catalog import open_lake
from dativo_core.model.names import TableName
from dativo_dagster.compile import build_definitions
from tests.dagster.workspaces import write_job

ORDERS = dg.AssetKey(["acme", "orders"])
RECIPE = """\
name: TYPE
type: TYPE
roles: [source]
credentials: {type: none}
default_engine: {type: native, options: {native: {}}}
incremental: {strategy: file_modified_time, lookback_days_default: 0}
"""
LINES = """\
{"id":1,"email":"a@b.org","amount":1.5}
{"id":2,"email":"nobody","amount":2}
{"id":3,"email":"c@d.org"

{"id":"4","email":"e@f.org","amount":1e0}
{"email":"g@h.org"}
"""
TABLE = pa.table(
    {
        "id": pa.array([1, 2, None, 4], pa.int32()),
        "email": ["a@b.org", "nobody", "c@d.org", "e@f.org"],
        "amount": pa.array([1.5, 2, None, 1], pa.float32()),
    }
)
REJECTS = {
    "jsonl": {
        2: ("email", "email: *** does not match @"),
        3: (None, "is not JSON: Expecting ',' delimiter at position 26 of the row"),
        6: ("id", "id: value is required"),
    },
    "parquet": {2: ("email", "email: *** does not match @"), 3: ("id", "id: value is required")},
}
RAW = {
    "jsonl": '{"id":2,"email":"nobody","amount":2}',
    "parquet": '{"id":2,"email":"nobody","amount":2}',
}


@pytest.fixture(params=["jsonl", "parquet"])
def kind(request):
    return request.param


@pytest.fixture
def typed(workspace, kind):
    """The workspace, its job reading files of the kind."""
    recipe = workspace / "connectors" / "sources" / "csv.yaml"
    recipe.write_text(RECIPE.replace("TYPE", kind))
    write_job(workspace, mode="warn")
    job = workspace / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("orders*.csv", f"orders*.{kind}"))
    (workspace / "seeds" / "orders.jsonl").write_text(LINES)
    parquet.write_table(TABLE, workspace / "seeds" / "orders.parquet")
    return workspace


@pytest.fixture
def result(typed, instance):
    job = build_definitions(typed).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def scanned(root, table):
    with open_lake(root / ".dativo") as lake:
        return lake.load(TableName(("acme__sales",), table)).scan().to_arrow().to_pylist()


def test_good_rows_land_and_bad_ones_are_in_quarantine(typed, result, kind):
    assert result.success
    assert sorted(row["id"] for row in scanned(typed, "orders")) == [1, 4]
    rejects = {row["line"]: row for row in scanned(typed, "orders__quarantine")}
    assert {line: (row["column"], row["reason"]) for line, row in rejects.items()} == REJECTS[kind]
    assert rejects[2]["raw"] == RAW[kind]
    assert {row["file"] for row in rejects.values()} == {f"seeds/orders.{kind}"}


def test_counts_and_failed_checks_are_in_the_event_log(result, instance, kind):
    metadata = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata
    counts = [metadata[f"dativo/rows_{what}"].value for what in ("read", "written", "quarantined")]
    assert counts == {"jsonl": [5, 2, 3], "parquet": [4, 2, 2]}[kind]
    events = [event for event in result.all_events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    failed = {
        each.asset_check_evaluation_data.check_name for each in events if not each.asset_check_evaluation_data.passed
    }
    assert {"contract__required", "contract__constraints"} <= failed


def test_the_rejects_are_shown_with_their_place(result, kind):
    told = str([event.event_specific_data for event in result.all_events])
    assert f"seeds/orders.{kind}:2: email: *** does not match @" in told
    assert "nobody" not in told
