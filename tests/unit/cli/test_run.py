"""`dativo run` and `dativo state show` over a real table."""

import json
import os
import subprocess
import sys

import pytest


def test_a_first_run_loads_and_a_second_finds_nothing_new(workspace):
    path = workspace.job()
    first, second = workspace.dativo("run", "--config", path), workspace.dativo("run", "--config", path)
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert "acme/orders: committed 2 rows" in first.stdout
    assert "rows: 2 read, 2 written, 0 quarantined" in first.stdout
    assert "acme/orders: nothing new: 1 file already loaded" in second.stdout


def test_a_new_file_is_all_that_is_loaded_next(workspace):
    path = workspace.job()
    workspace.dativo("run", "--config", path)
    workspace.write("in/orders-2.csv", "id,city\n3,Bern\n")
    assert "committed 1 row" in workspace.dativo("run", "--config", path).stdout


def test_the_report_is_json_on_stdout_and_logs_are_json_lines_on_stderr(workspace):
    result = workspace.dativo("run", "--config", workspace.job(), "--json")
    document = json.loads(result.stdout)
    (job,) = document["jobs"]
    (stream,) = job["report"]["streams"]
    assert (document["exit_code"], job["exit_code"], job["tenant"], job["error"]) == (0, 0, "acme", None)
    assert (stream["table"], stream["outcome"]) == ("acme__shop.orders", "committed")
    assert stream["counts"] == {"read": 2, "written": 2, "quarantined": 0, "skipped": {}}
    assert stream["commit"]["snapshot_id"] > 0
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    events = [line["event_type"] for line in lines]
    assert (events[0], events[1]) == ("tenant_inferred", "startup_begin")
    assert events[events.index("startup_complete") + 1 :][:2] == ["job_validated", "job_started"]
    assert lines[-1]["event_type"] == "job_finished"
    assert {line["tenant_id"] for line in lines} == {"acme"}
    assert lines[-1]["run_id"] == job["report"]["run_id"]


def test_quarantined_rows_make_a_partial_load(workspace):
    workspace.write("in/orders-1.csv", "id,city\n1,Rome\nx,Oslo\n")
    result = workspace.dativo("run", "--config", workspace.job(mode="warn"))
    assert result.exit_code == 1
    assert "rows: 2 read, 1 written, 1 quarantined" in result.stdout
    assert "in/orders-1.csv:3" in result.stdout


def test_in_strict_mode_a_bad_row_fails_the_job_with_its_place(workspace):
    workspace.write("in/orders-1.csv", "id,city\n1,Rome\nx,Oslo\n")
    result = workspace.dativo("run", "--config", workspace.job())
    assert result.exit_code == 2
    assert "failed: nothing was published" in result.stdout
    assert "in/orders-1.csv:3" in result.stdout
    assert "Traceback" not in result.output


def test_a_missing_source_file_fails_with_a_remedy(workspace):
    result = workspace.dativo("run", "--config", workspace.job(files="in/none.csv"))
    assert result.exit_code == 2
    assert "error: " in result.stdout
    assert "fix: " in result.stdout


def test_a_broken_job_does_not_stop_the_others(workspace):
    workspace.write("jobs/acme/broken.yaml", "tenant_id: acme\nnonsense: 1\n")
    workspace.job()
    result = workspace.dativo("run", "--job-dir", "jobs/acme")
    assert result.exit_code == 2
    assert "acme/orders: committed 2 rows" in result.stdout
    assert "jobs/acme/broken.yaml:2: nonsense: " in result.stdout
    assert result.stdout.splitlines()[-1] == "2 jobs: 1 complete, 1 failed"
    assert "Traceback" not in result.output


def test_a_job_that_fails_does_not_stop_the_others(workspace):
    workspace.job("a_missing", files="in/none.csv")
    workspace.second_job("items")
    document = workspace.report("run", "--job-dir", "jobs/acme")
    assert [(job["job"], job["exit_code"]) for job in document["jobs"]] == [("a_missing", 2), ("items", 0)]
    assert document["exit_code"] == 2


def test_all_jobs_of_a_directory_belong_to_one_tenant(workspace):
    workspace.job()
    workspace.job(tenant="beta")
    result = workspace.dativo("run", "--job-dir", "jobs")
    assert result.exit_code == 2
    assert "several tenants: acme (jobs/acme/orders.yaml), beta (jobs/beta/orders.yaml)" in result.stderr
    assert not (workspace.root / "lake").exists()


def test_the_tenant_id_must_match(workspace):
    path = workspace.job()
    assert workspace.dativo("run", "--config", path, "--tenant-id", "acme").exit_code == 0
    result = workspace.dativo("run", "--config", path, "--tenant-id", "beta")
    assert (result.exit_code, "acme (jobs/acme/orders.yaml)" in result.stderr) == (2, True)


@pytest.mark.parametrize("option", ["--config", "--job-dir"])
def test_a_place_that_does_not_exist_is_said_and_fails(workspace, option):
    workspace.job()
    result = workspace.dativo("run", option, "jobs/nowhere")
    assert result.exit_code == 2
    assert "jobs/nowhere" in result.output
    assert "Traceback" not in result.output


def test_a_directory_without_jobs_fails(workspace):
    (workspace.root / "empty").mkdir()
    assert workspace.dativo("run", "--job-dir", "empty").exit_code == 2


def test_secrets_and_environment_decide_where_the_lake_is(workspace, monkeypatch):
    path = workspace.job()
    monkeypatch.setenv("DATIVO_LAKE", "from_environment")
    workspace.write("secrets/acme/iceberg.env", "DATIVO_LAKE=from_secrets\n")
    assert workspace.dativo("run", "--config", path, "--secrets-dir", "secrets").exit_code == 0
    assert (workspace.root / "from_secrets").is_dir()
    assert workspace.dativo("run", "--config", path).exit_code == 0
    assert (workspace.root / "from_environment").is_dir()


def test_no_secret_reaches_the_output(workspace):
    workspace.write("secrets/acme/lake.env", "DATIVO_LAKE=canary-lake-0042\n")
    workspace.write("in/orders-1.csv", "id,city\nx,Rome\n")
    arguments = ("run", "--config", workspace.job(), "--secrets-dir", "secrets", "--debug")
    for options in ((), ("--json",)):
        assert "canary-lake-0042" not in workspace.dativo(*arguments, *options).output


def test_state_shows_what_was_loaded(workspace):
    path = workspace.job()
    assert workspace.dativo("state", "show", "--config", path).stdout == "acme__shop.orders: nothing loaded yet\n"
    workspace.dativo("run", "--config", path)
    shown = workspace.dativo("state", "show", "--config", path).stdout
    assert "acme__shop.orders: load 1, snapshot " in shown
    assert "file: in/orders-1.csv (22 bytes" in shown
    (stream,) = workspace.report("state", "show", "--config", path)
    assert (stream["state"]["rows_written"], stream["state"]["files"][0]["path"]) == (2, "in/orders-1.csv")


def test_the_name_of_a_file_can_neither_colour_the_screen_nor_forge_a_line_of_the_state(workspace):
    workspace.write("in/orders-\x1b[31m\u202e.csv", "id,city\n3,Bern\n")
    path = workspace.job()
    assert workspace.dativo("run", "--config", path).exit_code == 0
    shown = workspace.dativo("state", "show", "--config", path).stdout
    assert "file: in/orders-\\x1b[31m\\u202e.csv (" in shown
    assert "\x1b" not in shown


def test_no_value_of_a_row_is_printed_or_logged_at_length(workspace):
    workspace.write("in/orders-1.csv", f"id,city\n{'9' * 20_000},Rome\n1,{'x' * 3000}\n")
    path = workspace.job(mode="warn")
    for options, most in (((), 1024), (("--debug",), 1024), (("--json",), 4096)):
        result = workspace.dativo("run", "--config", path, "--full-refresh", *options)
        assert "9" * (most + 1) not in result.output
        assert result.exit_code == 1


def test_the_installed_command_ends_with_the_exit_code_of_the_run(workspace):
    workspace.write("in/orders-1.csv", "id,city\n1,Rome\nx,Oslo\n")
    path = workspace.job(mode="warn")
    command = [sys.executable, "-c", "from dativo_core.cli import main; main()", "run", "--config", path]
    environment = {**os.environ, "DATIVO_LAKE": "lake"}
    done = subprocess.run(command, cwd=workspace.root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert all(json.loads(line) for line in done.stderr.splitlines())
