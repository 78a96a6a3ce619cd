"""Ticks of a tenant's sensor, and the runs they ask for, without a daemon."""

from datetime import UTC, datetime

import dagster as dg

from dativo_dagster.compile import build_definitions


def tick(root, instance, sensor, cursor=None):
    repository = build_definitions(root).get_repository_def()
    return tick_of(repository, instance, sensor, cursor)


def tick_of(repository, instance, sensor, cursor=None):
    """Evaluate a sensor of a repository that stays the same from tick to tick."""
    resources = repository.get_top_level_resources()
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, repository_def=repository, resources={"secrets": resources["secrets"]}
    ) as context:
        return repository.get_sensor_def(sensor).evaluate_tick(context)


def start(root, instance, request, sensor, **tags):
    """Run what a tick asked for, as the daemon does."""
    job = build_definitions(root).resolve_job_def(request.tags["tenant"] + "__" + request.tags["dativo/job"])
    marks = {"dagster/run_key": request.run_key, "dagster/sensor_name": sensor, **tags}
    return job.execute_in_process(instance=instance, tags={**request.tags, **marks}, raise_on_error=False)


def pass_time(monkeypatch, module, elapsed):
    """Let a module see a later time."""

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + elapsed

    monkeypatch.setattr(module, "datetime", Later)
    assert Later.now(UTC) > datetime.now(UTC)


def materializations(result, table):
    """Return the rows each materialisation of a table wrote, by partition."""
    events = [event for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
    return [
        (event.partition, event.materialization.metadata["dativo/rows_written"].value)
        for event in events
        if event.asset_key == dg.AssetKey(table)
    ]
