"""A file in an odd dialect on its way through Dagster: rows, rejects and their places in the event log."""

import io
import zipfile

import pytest

from tests.dagster.test_run import ORDERS, QUARANTINE, events, execute, failure, materialized, rows
from tests.dagster.workspaces import write_job

ENGINE = """\
  engine:
    options:
      encoding: cp1252
      delimiter: "||"
      record_terminator: ";\\r\\n"
      quote_char: "'"
      escape_char: \\
      comment: "--"
      skip_rows: 1
"""
TEXT = (
    "Bestellungen für Mai\r\n"
    "-- exported\r\n"
    "id||email||amount;\r\n"
    "1||'jörg|€@b.org'||1.5;\r\n"
    "2||c@d.org;\r\n"
    "3||a\\||b@c.org||2;\r\n"
    "4||nobody||2;\r\n"
)


def deliver(root, text=TEXT, cut=0):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("orders.csv", text.encode("cp1252"))
    content = archive.getvalue()
    (root / "seeds" / "orders.csv").unlink(missing_ok=True)
    (root / "seeds" / "orders.csv.zip").write_bytes(content[: len(content) - cut])


@pytest.fixture
def odd(workspace):
    """The workspace with a zip file in its own dialect, two of whose four rows are bad, and a job that keeps those."""
    write_job(workspace, mode="warn", extra=ENGINE)
    job = workspace / "jobs" / "acme" / "orders.yaml"
    job.write_text(job.read_text().replace("orders*.csv", "orders*.csv.zip"))
    deliver(workspace)
    return workspace


def test_an_odd_dialect_loads_and_its_bad_rows_are_in_quarantine(odd, instance):
    result = execute(odd, instance)
    assert result.success
    assert (rows(odd), rows(odd, "orders__quarantine")) == (2, 2)
    assert materialized(result) == [ORDERS, QUARANTINE]


def test_the_event_log_tells_counts_and_the_places_of_rejects(odd, instance):
    result = execute(odd, instance)
    metadata = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata
    assert [metadata[f"dativo/rows_{each}"].value for each in ("read", "written", "quarantined")] == [4, 2, 2]
    told = str([event.asset_check_evaluation_data.metadata for event in events(result, "ASSET_CHECK_EVALUATION")])
    assert "seeds/orders.csv.zip:7: email" in told
    kept = instance.get_latest_materialization_event(QUARANTINE).asset_materialization.metadata
    assert kept["dativo/rows_quarantined"].value == 2
    first = kept["dativo/first_rejected_rows"].records[0].data
    assert (first["file"], first["line"]) == ("seeds/orders.csv.zip", 5)
    assert first["reason"] == "has 2 fields, the header has 3"


def test_a_file_cut_short_fails_the_run_with_its_name(odd, instance):
    deliver(odd, cut=30)
    result = execute(odd, instance)
    assert not result.success
    assert "file seeds/orders.csv.zip is not a whole zip file" in failure(result).description
