"""Partitions of a job in Dagster: the same keys, each loaded in place of what it loaded before, backfilled for real."""

import logging
from datetime import UTC, datetime

import dagster as dg
import dagster._daemon.daemon
import pytest
from dagster._daemon.backfill import execute_backfill_iteration

from dativo_core.model.job_partitions import JobPartitions, PartitionKind
from dativo_dagster.backfill import start_backfill
from dativo_dagster.compile import build_definitions
from dativo_dagster.launch import LaunchConfig
from dativo_dagster.partitions import _time_partitions
from tests.dagster.daemons import loaded_location
from tests.dagster.workspaces import write_job, write_rows, write_workspace

TABLE = dg.AssetKey(["acme", "orders"])
NOW = datetime(2026, 8, 5, 12, 30, tzinfo=UTC)


@pytest.fixture
def root(tmp_path):
    write_workspace(tmp_path)
    write_job(tmp_path, extra="partitions: {type: daily, start: 2026-01-01, partitions_per_run: 3}\n")
    job = tmp_path / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("seeds/orders*.csv", "seeds/{partition}/*.csv"))
    for day in (1, 2, 3):
        write_rows(tmp_path, f"{day},a@b.org,1\n", f"2026-01-0{day}/a.csv")
    return tmp_path


def load(root, instance, **asked):
    config = asked.pop("config", LaunchConfig())
    return (
        build_definitions(root)
        .resolve_job_def("acme__orders")
        .execute_in_process(
            instance=instance,
            run_config=dg.RunConfig(ops={"ingest__acme__orders": config}),
            raise_on_error=False,
            **asked,
        )
    )


def landed(result):
    events = [event for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
    return [
        (event.partition, event.materialization.metadata["dativo/rows_written"].value)
        for event in events
        if event.asset_key == TABLE
    ]


@pytest.mark.parametrize(
    "partitions",
    [
        JobPartitions(PartitionKind.HOURLY, start="2026-08-01-00:00"),
        JobPartitions(PartitionKind.DAILY, start="2026-03-01", timezone="Europe/Berlin"),
        JobPartitions(PartitionKind.DAILY, start="2026-03-01", timezone="America/New_York", has_current=True),
        JobPartitions(PartitionKind.WEEKLY, start="2026-01-07"),
        JobPartitions(PartitionKind.WEEKLY, start="2026-01-04", has_current=True),
        JobPartitions(PartitionKind.MONTHLY, start="2025-11-01", end="2026-04-01"),
        JobPartitions(PartitionKind.MONTHLY, start="2025-11-01", has_current=True),
    ],
    ids=lambda partitions: f"{partitions.kind}-{partitions.timezone}-{partitions.has_current}",
)
def test_dagster_knows_the_same_partitions_by_the_same_keys(partitions):
    expected = partitions.between(datetime(2000, 1, 1), datetime(2100, 1, 1), NOW)
    assert tuple(_time_partitions(partitions).get_partition_keys(current_time=NOW)) == expected


def test_a_run_of_a_partition_loads_it_and_one_without_loads_what_is_new(root):
    with dg.DagsterInstance.ephemeral() as instance:
        assert landed(load(root, instance, partition_key="2026-01-02")) == [("2026-01-02", 1)]
        new = load(root, instance)
        assert (new.success, landed(new)) == (True, [(None, 2)])
        evaluations = [event for event in new.all_events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
        checks = {event.asset_check_evaluation_data.check_name for event in evaluations}
        assert "contract__types" in checks
        assert landed(load(root, instance)) == []


def test_a_partition_without_a_file_is_materialised_with_no_rows(root):
    with dg.DagsterInstance.ephemeral() as instance:
        result = load(root, instance, partition_key="2026-01-09")
        assert (result.success, landed(result)) == (True, [("2026-01-09", 0)])


@pytest.mark.parametrize("partition", [None, "2026-01-01", "2026-01-09"])
def test_asking_for_the_quarantine_alone_loads_and_records_the_table_too(root, partition):
    quarantine = dg.AssetKey(["acme", "orders__quarantine"])
    with dg.DagsterInstance.ephemeral() as instance:
        definitions = build_definitions(root)
        assets = [asset for asset in definitions.assets if isinstance(asset, dg.AssetsDefinition)]
        result = dg.materialize(
            assets,
            instance=instance,
            selection=[quarantine],
            partition_key=partition,
            resources=definitions.resources,
        )
        rows = {None: 3, "2026-01-01": 1, "2026-01-09": 0}[partition]
        assert (result.success, landed(result)) == (True, [(partition, rows)])


def test_a_range_asked_for_in_the_launchpad_is_loaded_by_one_run(root):
    with dg.DagsterInstance.ephemeral() as instance:
        result = load(root, instance, config=LaunchConfig(since="2026-01-01", until="2026-01-03"))
        assert (result.success, landed(result)) == (True, [(None, 2)])
        both = load(
            root, instance, partition_key="2026-01-01", config=LaunchConfig(since="2026-01-01", until="2026-01-03")
        )
        assert not both.success


def test_a_dry_run_is_an_observation_and_nothing_else(root):
    with dg.DagsterInstance.ephemeral() as instance:
        result = load(root, instance, config=LaunchConfig(dry_run=True))
        (seen,) = [event for event in result.all_events if event.event_type_value == "ASSET_OBSERVATION"]
        assert seen.asset_observation_data.asset_observation.metadata["dativo/outcome"].value == "checked"
        assert (result.success, landed(result)) == (True, [])
        assert landed(load(root, instance)) == [(None, 3)]


def test_a_full_refresh_replaces_the_table(root):
    with dg.DagsterInstance.ephemeral() as instance:
        load(root, instance)
        result = load(root, instance, config=LaunchConfig(full_refresh=True))
        (event,) = [event for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
        assert event.materialization.metadata["dativo/rows_deleted"].value == 3
        assert event.materialization.metadata["dagster/row_count"].value == 3


def test_keys_of_dynamic_partitions_are_known_once_they_were_asked_for(root):
    job = root / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("type: daily, start: 2026-01-01", "type: dynamic"))
    asset = next(iter(build_definitions(root).assets))
    with dg.DagsterInstance.ephemeral() as instance:
        start_backfill(instance, asset, ["2026-01-01"], {}, "first delivery")
        assert instance.get_dynamic_partitions("acme__orders") == ["2026-01-01"]
        assert landed(load(root, instance, partition_key="2026-01-01")) == [("2026-01-01", 1)]


def test_a_backfill_is_a_real_one_with_so_many_partitions_a_run(root, tmp_path, monkeypatch):
    monkeypatch.setenv("DATIVO_ROOT", str(root))
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    asset = next(iter(build_definitions(root).assets))
    with dg.DagsterInstance.from_config(str(home)) as instance:
        keys = [f"2026-01-{day:02}" for day in range(1, 8)]
        backfill_id = start_backfill(instance, asset, keys, {"tenant": "acme"}, "late files")
        with loaded_location(instance) as workspace:
            list(execute_backfill_iteration(workspace, logging.getLogger("test")))
        backfill = instance.get_backfill(backfill_id)
        assert (backfill.title, backfill.error) == ("late files", None)
        runs = instance.get_runs()
        ends = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
        ranges = sorted(tuple(run.tags[end][-2:] for end in ends) for run in runs)
        assert ranges == [("01", "03"), ("04", "06"), ("07", "07")]
        assert {run.tags["dagster/backfill"] for run in runs} == {backfill_id}
