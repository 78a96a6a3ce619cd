"""Hostile deliveries through a Dagster run in warn mode: what the event log tells of them."""

import dagster as dg
import pytest

from dativo_dagster.compile import build_definitions
from tests.dagster.workspaces import write_job
from tests.hostile.corpus import CORPUS
from tests.hostile.play import write_companion

IN_CONTRACT = (
    '        classification: pii\n        description: Who ordered.\n        logicalTypeOptions: {pattern: "@"}\n'
)


@pytest.fixture
def inbox(workspace):
    """The directory the warn-mode job `acme/orders` loads; its contract is that of the hostile corpus but for a minimum."""
    write_job(workspace, mode="warn")
    for path, changes in {
        "jobs/acme/orders.yaml": (("seeds/orders*.csv", "in/*"),),
        "assets/csv/v1.0/orders.yaml": (("name: email", "name: name"), (IN_CONTRACT, "")),
    }.items():
        text = (workspace / path).read_text()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        (workspace / path).write_text(text)
    (workspace / "in").mkdir()
    return workspace / "in"


def load(inbox, instance, name):
    CORPUS[name].build(inbox)
    job = build_definitions(inbox.parent).resolve_job_def("acme__orders")
    return job.execute_in_process(instance=instance, raise_on_error=False)


def materialized(result):
    """Return the metadata of each materialisation in the event log, by the last part of its asset's key."""
    events = [event for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
    return {event.asset_key.path[-1]: event.materialization.metadata for event in events}


def counts(result):
    metadata = materialized(result)["orders"]
    return tuple(metadata[f"dativo/rows_{name}"].value for name in ("read", "written", "quarantined"))


def samples(result):
    records = materialized(result)["orders__quarantine"]["dativo/first_rejected_rows"].records
    return [f"{row.data['file']}:{row.data['line']}: {row.data['reason']}" for row in records]


def test_a_quote_storm_costs_one_row_and_the_log_shows_its_line(inbox, instance):
    result = load(inbox, instance, "odd-quote-storm")
    assert result.success
    assert counts(result) == (2, 1, 1)
    assert samples(result) == ["in/a.csv:2: quote opened here is never closed"]


def test_bytes_of_every_kind_are_told_row_by_row_and_the_check_of_types_warns(inbox, instance):
    result = load(inbox, instance, "bytes-of-every-kind")
    assert result.success
    assert counts(result) == (6, 2, 4)
    assert [sample.split(": ")[0] for sample in samples(result)] == [f"in/a.csv:{line}" for line in (3, 4, 5, 6)]
    assert samples(result)[2] == r"in/a.csv:5: id: '\u001b[2J' is not an integer (long)"
    failed = [each for each in result.get_asset_check_evaluations() if not each.passed]
    assert [(each.check_name, each.severity) for each in failed] == [("contract__types", dg.AssetCheckSeverity.WARN)]


def test_a_cut_file_is_named_in_the_log_and_the_file_beside_it_lands(inbox, instance):
    write_companion(CORPUS["gzip-cut-in-its-body"], inbox)
    result = load(inbox, instance, "gzip-cut-in-its-body")
    assert result.success
    assert counts(result) == (1, 1, 0)
    (rejected,) = materialized(result)["orders"]["dativo/rejected_files"].value
    assert "in/a.csv.gz is not a whole gzip file" in rejected


def test_a_terminal_sequence_in_a_file_name_reaches_no_log_line(inbox, instance):
    result = load(inbox, instance, "name-with-escape-sequence")
    assert counts(result) == (3, 2, 1)
    lines = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert not [line for line in lines if "\x1b" in line]
