"""The demo tenant as it is shipped: valid files, contracts that fit the real data, every row landed once."""

import csv
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
import yaml
from pyiceberg.catalog.sql import SqlCatalog

from dativo_core.flow import CheckStatus, StreamOutcome, StreamReport
from dativo_core.model.finding import Severity
from dativo_core.odcs.contract import CheckSeverity
from dativo_core.plan.build import check_workspace
from dativo_core.run import Services, run
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.workspace.load import load_workspace

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "fixtures" / "demo"
JOBS = ("airlines", "airports", "flights", "planes", "weather")
REGISTRY = Path("registry") / "connectors.yaml"
TYPES = {
    *("hubspot", "stripe", "csv", "jsonl", "parquet", "markdown_kv", "gdrive_csv", "google_sheets"),
    *("postgres", "mysql", "iceberg", "s3", "minio", "azure_blob"),
}


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Path:
    """The shipped configuration over the first and the most extreme rows of each real file."""
    monkeypatch.delenv("DATIVO_LAKE", raising=False)
    for folder in ("assets", "configs", "connectors", "registry"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(ROOT / "jobs" / "demo", tmp_path / "jobs" / "demo")
    shutil.copytree(SAMPLES, tmp_path / ".dativo" / "demo")
    shutil.copytree(ROOT / "demo" / "files", tmp_path / "demo" / "files")
    return tmp_path


@pytest.fixture
def load(workspace) -> Callable[[str], StreamReport]:
    """Run one demo job and return what it did."""

    def _load(job: str) -> StreamReport:
        (check,) = check_workspace(load_workspace(workspace, [Path("jobs/demo") / f"{job}.yaml"])).jobs
        assert check.plan is not None, check.findings
        (stream,) = run(check.plan, Services(FilesystemStore(workspace / "secrets"))).streams
        return stream

    return _load


def test_the_packaged_registry_is_the_checkouts():
    assert (ROOT / "dativo_core" / "shipped" / REGISTRY).read_bytes() == (ROOT / REGISTRY).read_bytes()


def test_the_registry_declares_every_connector_type():
    registry = yaml.safe_load((ROOT / REGISTRY).read_text())
    assert registry["version"] == 3
    assert set(registry["connectors"]) == TYPES


def test_no_shipped_file_has_an_error_or_a_warning(workspace):
    checked = check_workspace(load_workspace(workspace))
    assert [str(each) for each in checked.findings if each.severity is not Severity.INFO] == []
    assert sorted(check.job for check in checked.jobs) == sorted((*JOBS, "reports"))


@pytest.mark.parametrize("job", JOBS)
def test_every_row_lands(load, workspace, job):
    report = load(job)
    assert (report.outcome, report.error) == (StreamOutcome.COMMITTED, None)
    assert report.counts.written == report.counts.read == len(_sample(job))
    assert len(_rows(workspace, job)) == len(_sample(job))


@pytest.mark.parametrize("job", JOBS)
def test_a_second_run_finds_nothing_new(load, workspace, job):
    load(job)
    assert load(job).outcome is StreamOutcome.NOTHING_NEW
    assert len(_rows(workspace, job)) == len(_sample(job))


@pytest.mark.parametrize("job", JOBS)
def test_values_arrive_as_they_are_written_in_the_file(load, workspace, job):
    load(job)
    loaded = [[_plain(row[name]) for name in _sample(job)[0]] for row in _rows(workspace, job)]
    expected = [[_plain(text) for text in row.values()] for row in _sample(job)]
    assert sorted(loaded, key=str) == sorted(expected, key=str)


def test_a_changed_list_of_airlines_replaces_the_old_one(load, workspace):
    load("airlines")
    (workspace / ".dativo" / "demo" / "airlines.csv").write_text("carrier,name\nZZ,Zephyr Air\n")
    load("airlines")
    assert [row["carrier"] for row in _rows(workspace, "airlines")] == ["ZZ"]


def test_a_broken_weather_row_is_set_aside_and_the_others_land(load, workspace):
    _append(workspace, "weather", "EWR,2013,1,1,1,39.02,26.06,101,270,10.3,NA,0,1012,10,2013-01-01T05:00:00Z")
    report = load("weather")
    assert (report.counts.written, report.counts.quarantined) == (len(_sample("weather")), 1)


def test_an_impossible_wind_is_reported_and_still_lands(load):
    (check,) = [check for check in load("weather").checks if check.id == "wind_speed_is_possible"]
    assert (check.status, check.severity, check.violations) == (CheckStatus.FAILED, CheckSeverity.WARNING, 1)


def test_a_broken_flight_stops_the_load_and_is_named_with_its_line(load, workspace):
    _append(workspace, "flights", "2013,13,1,1,1,1,1,1,1,UA,1,N14228,EWR,IAH,1,1,1,1,2013-01-01T10:00:00Z")
    report = load("flights")
    assert report.outcome is StreamOutcome.FAILED
    samples = [sample for check in report.checks for sample in check.samples]
    assert any(f"flights.csv:{len(_sample('flights')) + 2}" in sample for sample in samples)


def _sample(job: str) -> list[dict[str, str]]:
    with (SAMPLES / f"{job}.csv").open() as lines:
        return list(csv.DictReader(lines))


def _plain(value: object) -> str | float | None:
    """Return a stored value or a cell's text in one form: nulls, numbers and instants as the files write them."""
    text = f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
    if value is None or text in {"", "NA"}:
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _append(workspace: Path, job: str, line: str) -> None:
    with (workspace / ".dativo" / "demo" / f"{job}.csv").open("a") as file:
        file.write(f"{line}\n")


def _rows(workspace: Path, job: str) -> list[dict[str, object]]:
    lake = workspace / ".dativo"
    catalog = SqlCatalog("dativo", uri=f"sqlite:///{lake / 'catalog.db'}", warehouse=f"file://{lake / 'warehouse'}")
    table: pa.Table = catalog.load_table(("demo__aviation", job)).scan().to_arrow()
    catalog.engine.dispose()
    return table.to_pylist()
