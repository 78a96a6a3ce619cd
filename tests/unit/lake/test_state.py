"""Table and state must agree; where they do not, the run stops and says why."""

import json
from pathlib import Path

import pytest
from pyiceberg.table import Table

from dativo_core import failpoints
from dativo_core.errors import StateLost
from dativo_core.flow import StreamOutcome
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.state import read_state
from dativo_core.lake.state_document import state_property
from dativo_core.lake.table import ensure_table, stream_table
from tests.support import KEY, TABLE, deliver, load, orders_plan, stored_state, table_rows

PROPERTY = state_property(KEY)


def load_files(root: Path, count: int) -> None:
    for number in range(count):
        deliver(root, f"{number}.csv", [(number, "n", 1.0)])
        assert load(orders_plan(root)).exit_code == 0


def open_table(root: Path) -> Table:
    with open_lake(root / "lake") as lake:
        table = lake.load(TABLE)
        assert table is not None
        return table


def refusal(root: Path) -> str:
    with pytest.raises(StateLost) as caught:
        read_state(open_table(root), KEY)
    assert load(orders_plan(root)).streams[0].outcome is StreamOutcome.FAILED
    return str(caught.value)


def test_a_first_load_names_its_snapshot(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    table = open_table(tmp_path)
    head = table.current_snapshot()
    assert head is not None
    state = stored_state(tmp_path)
    assert state is not None
    assert (state.sequence, state.snapshot_id) == (1, head.snapshot_id)


def test_a_table_without_rows_or_state_is_a_first_run(tmp_path: Path) -> None:
    with open_lake(tmp_path / "lake") as lake:
        ensure_table(lake, stream_table(orders_plan(tmp_path).streams[0]))
    assert stored_state(tmp_path) is None
    load_files(tmp_path, 1)
    assert table_rows(tmp_path).num_rows == 1


def test_the_state_follows_each_load(tmp_path: Path) -> None:
    load_files(tmp_path, 3)
    state = stored_state(tmp_path)
    assert state is not None
    assert state.sequence == 3
    assert [file.path for file in state.files] == ["in/0.csv", "in/1.csv", "in/2.csv"]
    assert len(state.tokens) == 3


def test_the_summary_holds_a_small_copy(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    head = open_table(tmp_path).current_snapshot()
    assert head is not None
    assert head.summary is not None
    assert len(head.summary.additional_properties[PROPERTY]) <= 512


def test_a_missing_property_under_our_snapshots_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    with open_table(tmp_path).transaction() as change:
        change.remove_properties(PROPERTY)
    assert "load state property is gone" in refusal(tmp_path)


def test_rows_of_another_program_are_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    table = open_table(tmp_path)
    rows = table.scan().to_arrow()
    with open_lake(tmp_path / "lake") as lake:
        lake.catalog.drop_table(TABLE.identifier)
        lake.catalog.create_table(TABLE.identifier, table.schema()).append(rows)
    assert "holds rows but no load state" in refusal(tmp_path)


def test_a_table_of_another_job_is_refused_naming_it(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    with pytest.raises(StateLost, match="loaded by another job: acme/orders/orders-"):
        read_state(open_table(tmp_path), "acme/other/orders-00000000")


def test_an_unparsable_state_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    with open_table(tmp_path).transaction() as change:
        change.set_properties({PROPERTY: "{"})
    assert "cannot be parsed" in refusal(tmp_path)


def test_a_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    with open_table(tmp_path).transaction() as change:
        change.set_properties({PROPERTY: '{"v": 2}'})
    assert "Upgrade Dativo" in refusal(tmp_path)


def test_a_copied_state_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    text = open_table(tmp_path).properties[PROPERTY]
    uuid = str(open_table(tmp_path).metadata.table_uuid)
    with open_table(tmp_path).transaction() as change:
        change.set_properties({PROPERTY: text.replace(uuid, "00000000-0000-0000-0000-000000000000")})
    assert "copied from another table" in refusal(tmp_path)


def test_a_property_older_than_the_snapshots_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    old = open_table(tmp_path).properties[PROPERTY]
    deliver(tmp_path, "more.csv", [(9, "n", 1.0)])
    load(orders_plan(tmp_path))
    with open_table(tmp_path).transaction() as change:
        change.set_properties({PROPERTY: old})
    assert "remembers is load 1, but snapshot" in refusal(tmp_path)


def test_a_rollback_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 3)
    table = open_table(tmp_path)
    table.manage_snapshots().rollback_to_snapshot(table.snapshots()[0].snapshot_id).commit()
    assert "rolled back behind the snapshot of load 3" in refusal(tmp_path)


def test_a_rollback_hidden_by_a_foreign_commit_and_expiry_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 3)
    table = open_table(tmp_path)
    first = table.snapshots()[0].snapshot_id
    rows = table.scan(limit=1).to_arrow()
    table.manage_snapshots().rollback_to_snapshot(first).commit()
    table = open_table(tmp_path)
    table.append(rows)
    table.maintenance.expire_snapshots().by_ids([s.snapshot_id for s in table.snapshots()[:-1]]).commit()
    assert "rolled back" in refusal(tmp_path)


def test_a_foreign_append_and_expiry_keep_the_state(tmp_path: Path) -> None:
    load_files(tmp_path, 2)
    table = open_table(tmp_path)
    table.append(table.scan(limit=1).to_arrow())
    table = open_table(tmp_path)
    table.maintenance.expire_snapshots().by_ids([s.snapshot_id for s in table.snapshots()[:-1]]).commit()
    deliver(tmp_path, "next.csv", [(7, "n", 1.0)])
    assert load(orders_plan(tmp_path)).exit_code == 0
    assert table_rows(tmp_path).num_rows == 4


def test_a_big_file_set_is_kept_in_a_blob_and_a_lost_blob_is_refused(tmp_path: Path) -> None:
    for number in range(90):
        deliver(tmp_path, f"{number:03d}-{'x' * 60}.csv", [(number, "n", 1.0)])
    load(orders_plan(tmp_path))
    state = stored_state(tmp_path)
    assert state is not None
    assert len(state.files) == 90
    assert len(open_table(tmp_path).properties[PROPERTY]) < 2048
    (blob,) = (tmp_path / "lake").rglob("dativo-state-*.json.zst")
    blob.write_bytes(b"altered")
    assert "is missing or was altered" in refusal(tmp_path)


def test_a_big_file_set_is_kept_in_a_blob_also_when_the_first_look_fails(tmp_path: Path) -> None:
    for number in range(90):
        deliver(tmp_path, f"{number:03d}-{'x' * 60}.csv", [(number, "n", 1.0)])
    failpoints.arm("state.read=raise:503")
    try:
        assert load(orders_plan(tmp_path)).exit_code == 0
    finally:
        failpoints.arm("")
    assert len(open_table(tmp_path).properties[PROPERTY]) < 2048


def test_a_blob_that_a_killed_run_left_half_written_is_never_used(tmp_path: Path) -> None:
    for number in range(90):
        deliver(tmp_path, f"{number:03d}-{'x' * 60}.csv", [(number, "n", 1.0)])
    load(orders_plan(tmp_path))
    (blob,) = (tmp_path / "lake").rglob("dativo-state-*.json.zst")
    with open_lake(tmp_path / "lake") as lake:
        lake.catalog.drop_table(TABLE.identifier)
    blob.write_bytes(b"")
    assert load(orders_plan(tmp_path)).exit_code == 0
    state = stored_state(tmp_path)
    assert state is not None
    assert len(state.files) == 90


def test_a_state_whose_token_is_not_among_its_tokens_is_refused(tmp_path: Path) -> None:
    load_files(tmp_path, 1)
    text = json.loads(open_table(tmp_path).properties[PROPERTY]) | {"tokens": []}
    with open_table(tmp_path).transaction() as change:
        change.set_properties({PROPERTY: json.dumps(text)})
    assert "incomplete" in refusal(tmp_path)


def test_older_metadata_files_are_read_only_when_the_lineage_does_not_decide(tmp_path: Path) -> None:
    load_files(tmp_path, 3)
    table = open_table(tmp_path)
    table.maintenance.expire_snapshots().by_ids([s.snapshot_id for s in table.snapshots()[:-1]]).commit()
    for path in (tmp_path / "lake").rglob("*.metadata.json"):
        if path.name != Path(open_table(tmp_path).metadata_location).name:
            path.write_text("not to be read")
    state = stored_state(tmp_path)
    assert state is not None
    assert state.sequence == 3
