from dativo_dagster.compile import build_definitions
from tests.dagster.workspaces import write_job, write_rows

MIRROR = "  removed_files: delete\ntarget: {write_mode: delete_insert, partitioning: []}\n"


def execute(root, instance):
    job = build_definitions(root).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def numbers(result):
    """Return the row numbers of the run's materialisation in the event log."""
    (event,) = (event for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION")
    metadata = event.materialization.metadata
    return tuple(metadata[f"dativo/rows_{name}"].value for name in ("read", "written", "quarantined", "deleted"))


def log_lines(instance, result):
    return "\n".join(entry.user_message for entry in instance.all_logs(result.run_id))


def test_a_changed_file_replaces_its_rows_and_the_event_log_counts_them(workspace, instance):
    write_job(workspace, extra=MIRROR)
    write_rows(workspace, "7,g@h.org,1\n", "orders_2.csv")
    assert numbers(execute(workspace, instance)) == (3, 3, 0, 0)
    write_rows(workspace, "9,e@f.org,3\n")
    second = execute(workspace, instance)
    assert second.success
    assert numbers(second) == (1, 1, 0, 2)
    assert "rows_deleted=2" in log_lines(instance, second)


def test_a_removed_file_is_materialized_as_deleted_rows(workspace, instance):
    write_job(workspace, extra=MIRROR)
    write_rows(workspace, "7,g@h.org,1\n", "orders_2.csv")
    execute(workspace, instance)
    (workspace / "seeds" / "orders.csv").unlink()
    assert numbers(execute(workspace, instance)) == (0, 0, 0, 2)


def test_a_copy_of_a_file_is_loaded_and_the_materialization_warns(workspace, instance):
    write_job(workspace, extra=MIRROR)
    execute(workspace, instance)
    write_rows(workspace, file="orders_copy.csv")
    result = execute(workspace, instance)
    (event,) = (event for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION")
    assert "same content as seeds/orders.csv" in str(event.materialization.metadata["dativo/warnings"])
    assert numbers(result) == (2, 2, 0, 0)
