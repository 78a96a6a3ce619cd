"""Rejected rows stay as long as they count, and go when their run can no longer commit."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.table.snapshots import Operation

from dativo_core import failpoints
from dativo_core.flow import REJECT_SCHEMA, RunState
from dativo_core.lake import snapshots
from dativo_core.lake.catalog import Lake, open_lake
from dativo_core.lake.parquet_writer import ParquetWriter, WriterSettings
from dativo_core.lake.quarantine import (
    RejectingRun,
    add_rejects,
    quarantine_rows,
    quarantine_table,
    remove_rejects,
    sweep_rejects,
)
from dativo_core.lake.table import arrow_schema, ensure_table
from tests.support import KEY, TABLE, deliver, load, orders_plan, table_rows

NOW = datetime(2026, 1, 2, tzinfo=UTC)
UUID = "11111111-1111-1111-1111-111111111111"
OTHER_UUID = "22222222-2222-2222-2222-222222222222"


def run_of(sequence: int, name: str = "a", key: str = KEY, uuid: str = UUID) -> RejectingRun:
    return RejectingRun(uuid, f"{key}:{sequence}:{name}")


def state_at(sequence: int, tokens: tuple[str, ...]) -> RunState:
    return RunState(sequence, tokens[-1], tokens, "r", "d", "1", UUID, 1, 1, 0, 0, 0, 0, NOW)


def reject(lake: Lake, run: RejectingRun) -> None:
    definition = quarantine_table(TABLE)
    table = ensure_table(lake, definition)
    schema = arrow_schema(table.schema(), definition)
    prefix = run.token.replace("/", "-")
    settings = WriterSettings(
        table.location(), table.schema().model_dump_json(), schema, run.partition, "zstd", 1 << 20, prefix
    )
    writer = ParquetWriter(settings, 0)
    row = dict.fromkeys(REJECT_SCHEMA.names) | {"file": run.token, "line": 2}
    writer.write(quarantine_rows(pa.RecordBatch.from_pylist([row], schema=REJECT_SCHEMA), schema, run, NOW))
    add_rejects(lake, TABLE.quarantine, run, writer.close())


def kept(root: Path) -> list[str]:
    return sorted(table_rows(root, TABLE.quarantine).column("run_token").to_pylist())


@pytest.mark.parametrize(
    ("run", "is_kept"),
    [
        (run_of(2, "named"), True),
        (run_of(2, "dead"), False),
        (run_of(3, "about-to-commit"), True),
        (run_of(1, "settled-long-ago"), True),
        (run_of(2, "dead", key="acme/other/orders-00000000"), True),
        (run_of(9, "of-a-dropped-table", uuid=OTHER_UUID), False),
    ],
    ids=lambda value: value.token.rsplit(":", 1)[1] if isinstance(value, RejectingRun) else None,
)
def test_a_sweep_removes_only_rows_whose_run_can_never_commit(tmp_path: Path, run: RejectingRun, is_kept: bool) -> None:
    with open_lake(tmp_path / "lake") as lake:
        reject(lake, run)
        sweep_rejects(lake, TABLE.quarantine, {KEY: state_at(2, (f"{KEY}:2:named",))}.get)
    assert kept(tmp_path) == ([run.token] if is_kept else [])


def test_a_foreign_file_in_the_quarantine_is_left_alone(tmp_path: Path) -> None:
    with open_lake(tmp_path / "lake") as lake:
        reject(lake, run_of(1))
        table = lake.catalog.load_table(TABLE.quarantine.identifier)
        rows = table.scan().to_arrow()
        at = rows.schema.get_field_index("run_token")
        table.append(rows.set_column(at, rows.schema.field(at), [["reviewed"]]))
        sweep_rejects(lake, TABLE.quarantine, {KEY: state_at(1, (f"{KEY}:1:b",))}.get)
    assert kept(tmp_path) == ["reviewed"]


def test_rows_added_by_an_attempt_whose_answer_was_lost_are_not_added_again(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), ("x", "n", 1.0)])
    failpoints.arm("change.after=raise:504")
    try:
        assert load(orders_plan(tmp_path)).exit_code == 1
    finally:
        failpoints.arm("")
    assert table_rows(tmp_path, TABLE.quarantine).num_rows == 1


def test_a_run_takes_its_rows_out_again_when_another_run_took_the_window(tmp_path: Path) -> None:
    with open_lake(tmp_path / "lake") as lake:
        reject(lake, run_of(1, "mine"))
        reject(lake, run_of(1, "theirs"))
        remove_rejects(lake, TABLE.quarantine, run_of(1, "mine"))
    assert kept(tmp_path) == [run_of(1, "theirs").token]


def test_a_table_that_was_dropped_and_loaded_again_has_each_reject_once(tmp_path: Path) -> None:
    for number in range(3):
        deliver(tmp_path, f"{number}.csv", [(number, "n", 1.0), ("x", "n", 1.0)])
        load(orders_plan(tmp_path))
    with open_lake(tmp_path / "lake") as lake:
        lake.catalog.drop_table(TABLE.identifier)
    load(orders_plan(tmp_path))
    load(orders_plan(tmp_path))
    assert sorted(table_rows(tmp_path, TABLE.quarantine).column("file").to_pylist()) == [
        "in/0.csv",
        "in/1.csv",
        "in/2.csv",
    ]


def test_no_manifest_is_skipped_when_files_are_removed(tmp_path: Path) -> None:
    """PyIceberg's own choice of manifests is not safe between its threads; a file it misses fails the commit."""
    with open_lake(tmp_path / "lake") as lake:
        for number in range(3):
            reject(lake, run_of(1, f"{number}"))
        table = lake.catalog.load_table(TABLE.quarantine.identifier)
        producer = snapshots._producer(table, {}, Operation.OVERWRITE)
        producer.delete_data_file(snapshots.live_data_files(table)[0])
        producer._build_delete_files_partition_predicate()
        is_looked_at = producer._build_manifest_evaluator(table.spec().spec_id)
        head = table.current_snapshot()
        assert head is not None
        assert [is_looked_at(manifest) for manifest in head.manifests(table.io)] == [True, True, True]
