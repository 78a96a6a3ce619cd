"""A slice can be landed in another process; the parent commits what comes back."""

import multiprocessing
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dativo_core.flow import CommitOutcome, FileIdentity, RunState, Slice, StagedTable
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.commit import CommitAttempts
from dativo_core.lake.moves import Publication
from dativo_core.lake.parquet_writer import WriterSettings
from dativo_core.lake.quarantine import RejectingRun
from dativo_core.lake.table import arrow_schema, ensure_table, stream_table
from dativo_core.plan.types import IngestPlan, WriteMode
from dativo_core.run.slices import SliceTask, land_slice
from dativo_core.secrets.references import PlanReferences, references_of
from dativo_core.sources.base import WindowPolicy
from dativo_core.sources.load import open_source
from tests.support import KEY, boundary, deliver, orders_plan, services, table_rows

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def references(plan: IngestPlan) -> PlanReferences:
    return references_of(plan, services(Path(plan.root)).secrets, "self_hosted")


def task_for(root: Path, part: Slice, settings: WriterSettings) -> SliceTask:
    plan = orders_plan(root, partition_by=())
    run = RejectingRun("uuid", f"{KEY}:1:t")
    return SliceTask(plan.source, references(plan), plan.streams[0], boundary(root), part, settings, None, run, NOW)


def test_a_task_takes_places_of_secrets_along_and_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_SECRET", "s3cr3t-of-the-environment")
    (tmp_path / "secrets" / "acme").mkdir(parents=True)
    (tmp_path / "secrets" / "acme" / "lake.env").write_text("LAKE_KEY=s3cr3t-of-the-tenant\n")
    plan = orders_plan(tmp_path)
    found = references(plan)
    assert found.resolve("${LAKE_KEY}", "source.connection.access_key_id") == "s3cr3t-of-the-tenant"
    assert found.resolve("${LAKE_SECRET}", "source.connection.secret_access_key") == "s3cr3t-of-the-environment"
    packed = pickle.dumps(found)
    assert b"s3cr3t" not in packed
    assert pickle.loads(packed).resolve("${LAKE_KEY}", "source.connection.access_key_id") == "s3cr3t-of-the-tenant"
    assert "s3cr3t" not in repr(found)


def first_state(files: tuple[FileIdentity, ...]) -> RunState:
    return RunState(1, f"{KEY}:1:t", (), "run", "digest", "1.0.0", "", 0, 0, 2, 2, 0, 0, NOW, files)


def test_a_spawned_process_lands_a_slice_and_the_parent_commits_it(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    plan = orders_plan(tmp_path, partition_by=())
    source = open_source(plan.source, plan.streams[0], boundary(tmp_path), references(plan))
    window = source.window(None, WindowPolicy(replaces=False))
    definition = stream_table(plan.streams[0])
    with open_lake(tmp_path / "lake") as lake:
        table = ensure_table(lake, definition)
        schema = arrow_schema(table.schema(), definition)
        settings = WriterSettings(table.location(), table.schema().model_dump_json(), schema, (), "zstd", 1 << 27, "p")
        (part,) = source.slices(window)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            result = pool.apply(land_slice, (task_for(tmp_path, part, settings),))
        staged = StagedTable(definition.name, str(table.metadata.table_uuid), 0, 0, result.files)
        publication = Publication(KEY, staged, WriteMode.APPEND, None, first_state(window.next_files))
        assert CommitAttempts(lake, publication).run().outcome is CommitOutcome.COMMITTED
    assert table_rows(tmp_path).column("id").to_pylist() == [1, 2]
