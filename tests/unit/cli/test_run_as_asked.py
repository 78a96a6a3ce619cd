"""`dativo run` with partitions, a full refresh, a limit, or dry."""

import json

import pytest

PARTITIONS = "partitions: {type: daily, start: 2026-01-01}\n"


@pytest.fixture
def job(workspace):
    path = workspace.job(files='"in/{partition}/*.csv"')
    workspace.write(path, (workspace.root / path).read_text() + PARTITIONS)
    for day in (1, 2, 3):
        workspace.write(f"in/2026-01-0{day}/a.csv", f"id,city\n{day},Rome\n")
    return path


def test_a_partition_is_loaded_by_its_key_and_the_rest_stays_to_be_loaded(workspace, job):
    again = workspace.dativo("run", "--config", job, "--partition", "2026-01-02")
    assert (again.exit_code, "committed 1 row" in again.stdout) == (0, True), again.output
    assert "committed 2 rows" in workspace.dativo("run", "--config", job).stdout
    assert "committed 1 row (1 deleted)" in workspace.dativo("run", "--config", job, "--partition", "2026-01-02").stdout


def test_the_state_names_the_partitions_that_were_loaded(workspace, job):
    workspace.dativo("run", "--config", job, "--partition", "2026-01-02")
    shown = workspace.dativo("state", "show", "--config", job)
    assert "single partitions loaded, nothing else yet" in shown.stdout
    assert "partition 2026-01-02: 1 row written, 0 quarantined" in shown.stdout
    (document,) = json.loads(workspace.dativo("state", "show", "--config", job, "--json").stdout)
    assert document["partitions"]["2026-01-02"]["rows_written"] == 1


def test_of_partitions_that_were_loaded_together_their_sum_is_told_once(workspace, job):
    workspace.dativo("run", "--config", job, "--from", "2026-01-01", "--to", "2026-01-03")
    workspace.dativo("run", "--config", job, "--partition", "2026-01-03")
    shown = workspace.dativo("state", "show", "--config", job).stdout
    assert "2 partitions, 2026-01-01, 2026-01-02: 2 rows written, 0 quarantined by their load, " in shown
    assert "partition 2026-01-03: 1 row written, 0 quarantined by its load, " in shown


def test_the_plan_shows_the_partitions_and_where_they_were_written(workspace, job):
    more = "end: 2026-02-01, timezone: Europe/Rome, format: '%Y-%m-%d', partitions_per_run: 7}"
    text = (workspace.root / job).read_text().replace("start: 2026-01-01}", f"start: 2026-01-01, {more}")
    workspace.write(job, text)
    shown = [" ".join(line.split()) for line in workspace.dativo("plan", job).stdout.splitlines()]
    place = f"{job}:{len(text.splitlines())}"
    for key, value in {
        "kind": "daily",
        "start": "2026-01-01",
        "end": "2026-02-01",
        "timezone": "Europe/Rome",
        "path_format": "%Y-%m-%d",
        "per_run": "7",
    }.items():
        assert f"source.partitions.{key} {value} {place}" in shown
    assert "source.partitions.has_current false default" in shown


def test_a_range_of_partitions_is_half_open(workspace, job):
    result = workspace.dativo("run", "--config", job, "--from", "2026-01-01", "--to", "2026-01-03", "--json")
    (stream,) = json.loads(result.stdout)["jobs"][0]["report"]["streams"]
    assert stream["window"]["partitions"] == ["2026-01-01", "2026-01-02"]


def test_a_partition_without_a_file_has_nothing_to_load(workspace, job):
    result = workspace.dativo("run", "--config", job, "--partition", "2026-01-09")
    assert (result.exit_code, "there is no file of 2026-01-09" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--partition", "2025-01-01"], "there is no partition '2025-01-01': they begin with 2026-01-01"),
        (["--partition", "soon"], "'soon' is no daily partition"),
        (["--from", "2026-01-01"], "the range has no end"),
        (["--from", "soon", "--to", "2026-01-03"], "the begin of the range, 'soon', is no time"),
        (["--from", "2020-01-01", "--to", "2021-01-01"], "no daily partition of orders begins between"),
        (["--partition", "2026-01-01", "--full-refresh"], "it cannot be of some partitions"),
        (["--partition", "2026-01-01", "--limit", "1"], "cannot be limited"),
        (["--partition", "2026-01-01", "--from", "2026-01-01"], "either --partition or --from"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(workspace, job, asked, told):
    result = workspace.dativo("run", "--config", job, *asked)
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())
    assert "Traceback" not in result.output


def test_a_job_without_partitions_says_how_to_get_some(workspace):
    result = workspace.dativo("run", "--config", workspace.job(), "--partition", "2026-01-01")
    assert (result.exit_code, "Add partitions to jobs/acme/orders.yaml" in result.stdout) == (2, True)


def test_a_dry_run_publishes_nothing_and_says_what_it_would(workspace):
    path = workspace.job()
    result = workspace.dativo("run", "--config", path, "--dry-run")
    assert (result.exit_code, "dry run: 2 rows would be committed" in result.stdout) == (0, True)
    assert "committed 2 rows" in workspace.dativo("run", "--config", path).stdout


def test_a_full_refresh_reads_everything_again(workspace):
    path = workspace.job()
    workspace.dativo("run", "--config", path)
    assert "committed 2 rows (2 deleted)" in workspace.dativo("run", "--config", path, "--full-refresh").stdout


def test_a_limit_leaves_the_other_files_to_a_later_run(workspace):
    path = workspace.job()
    workspace.write("in/orders-2.csv", "id,city\n3,Bern\n")
    assert "committed 2 rows" in workspace.dativo("run", "--config", path, "--limit", "1").stdout
    assert "committed 1 row" in workspace.dativo("run", "--config", path, "--limit", "1").stdout
