"""The commands without a load: help, exit codes, validate, plan, where the workspace is."""

import json
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_core.cli.failure import attempt
from dativo_core.errors import DativoError, SourceError


def commands(group=main, path=()):
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("arguments", [(), ("state",)])
def test_no_command_prints_help_and_fails(workspace, arguments):
    result = workspace.dativo(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stdout
    assert "Commands:" in result.stdout


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_has_help_with_an_example(workspace, path):
    result = workspace.dativo(*path, "--help")
    assert result.exit_code == 0
    assert f"Example: dativo {path[0]}" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("run",),
        ("run", "--config", "a", "--job-dir", "b"),
        ("run", "--config", "a", "--mode", "moon"),
        ("plan",),
        ("plan", "a", "--config", "b"),
        ("state", "show"),
    ],
)
def test_wrong_usage_fails_with_a_sentence(workspace, arguments):
    result = workspace.dativo(*arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_version_is_printed(workspace):
    assert workspace.dativo("version").stdout.startswith("dativo 0.")


def test_a_valid_workspace_has_no_problems(workspace):
    workspace.job()
    result = workspace.dativo("validate")
    assert result.stdout == "1 job, 1 contract: no problems\n"
    assert result.exit_code == 0


def test_every_problem_is_shown_at_once_with_file_line_and_key(workspace):
    workspace.write(workspace.job("a"), JOB_WITH_TYPO)
    workspace.write("jobs/acme/b.yaml", "tenant_id: acme\ntenant_id: acme\n")
    result = workspace.dativo("validate")
    assert result.exit_code == 2
    assert "jobs/acme/a.yaml:5: tarhet: " in result.stdout
    assert "jobs/acme/b.yaml:2: tenant_id: " in result.stdout
    assert result.stdout.splitlines()[-1].endswith("in 2 files")
    assert "Traceback" not in result.output


JOB_WITH_TYPO = """\
tenant_id: acme
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/orders.yaml
tarhet: {write_mode: append}
source:
  files:
    - {path: in/orders-*.csv, object: orders}
"""


def test_validate_names_jobs_and_findings_as_json(workspace):
    workspace.write(workspace.job("a"), JOB_WITH_TYPO)
    workspace.second_job("b")
    document = workspace.report("validate")
    assert [(job["job"], job["valid"]) for job in document["jobs"]] == [("a", False), ("b", True)]
    assert len(document["jobs"][1]["digest"]) == 16
    (finding,) = [finding for finding in document["findings"] if finding["key_path"] == "tarhet"]
    assert (finding["file"], finding["line"], finding["severity"]) == ("jobs/acme/a.yaml", 5, "error")


def test_validate_checks_only_the_given_paths(workspace):
    workspace.write(workspace.job("a"), "nonsense")
    path = workspace.job("b")
    assert workspace.dativo("validate", path).exit_code == 0
    assert workspace.dativo("validate", "jobs").exit_code == 2


def test_notes_are_counted_and_shown_on_demand(workspace):
    workspace.job()
    with (workspace.root / "assets/csv/v1.0/orders.yaml").open("a") as contract:
        contract.write("compliance: {retention_days: 365}\n")
    assert workspace.dativo("validate").stdout == "1 job, 1 contract: no problems, 1 note (shown by --notes)\n"
    shown = workspace.dativo("validate", "--notes").stdout.splitlines()
    assert shown[0].startswith("assets/csv/v1.0/orders.yaml:15: compliance: ")
    assert shown[-1] == "1 job, 1 contract: no problems, 1 note"


def test_strict_takes_a_warning_for_an_error(workspace):
    workspace.job("a")
    workspace.second_job("b")
    contract = workspace.root / "assets/csv/v1.0/orders.yaml"
    contract.write_text(contract.read_text().replace("version: 1.0.0", "version: 1"))
    assert workspace.dativo("validate").exit_code == 0
    result = workspace.dativo("validate", "--strict")
    assert result.exit_code == 2
    assert result.stdout.splitlines()[-1] == "1 error in 1 file"
    jobs = workspace.report("validate", "--strict")["jobs"]
    assert {job["job"]: job["valid"] for job in jobs} == {"a": False, "b": True}


VALIDATE_AND_MEASURE = """
import sys, time
from dativo_core.cli import main
try:
    main(["validate"])
except SystemExit as end:
    print(end.code)
print(*sorted({"pyarrow", "pyiceberg", "dagster", "sqlalchemy", "rich"} & sys.modules.keys()))
print(time.process_time())
"""


def test_validating_five_jobs_takes_less_than_a_second_and_imports_no_data_library(workspace):
    for name in "abcde":
        workspace.second_job(name)
    command = [sys.executable, "-c", VALIDATE_AND_MEASURE]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)]
    *summary, heavy, _ = runs[0].stdout.splitlines()
    assert (summary, heavy) == (["5 jobs, 5 contracts: no problems", "0"], "")
    assert min(float(done.stdout.splitlines()[-1]) for done in runs) < 1.0


def test_plan_shows_settings_with_their_lines(workspace):
    result = workspace.dativo("plan", workspace.job())
    assert result.exit_code == 0
    assert result.stdout.startswith("acme/orders  jobs/acme/orders.yaml:1  digest ")
    assert "orders -> acme__shop.orders" in result.stdout
    assert "assets/csv/v1.0/orders.yaml:11" in result.stdout
    (directory,) = [line for line in result.stdout.splitlines() if "${DATIVO_LAKE:-lake}" in line]
    assert directory.endswith("connectors/targets/iceberg.yaml:7")


def test_plan_shows_what_is_replaced_and_what_becomes_of_removed_files(workspace):
    path = workspace.job()
    workspace.write(path, (workspace.root / path).read_text() + "target: {write_mode: delete_insert}\n")
    shown = workspace.dativo("plan", path).stdout
    assert "write mode delete_insert (replace: file)" in shown
    settings = [line.split() for line in shown.splitlines()]
    assert ["source.removed_files", "keep", "default"] in settings
    assert ["streams[0].replace", "file", "default"] in settings


def test_plan_as_json_holds_digest_and_origins(workspace):
    document = workspace.report("plan", "--config", workspace.job())
    assert len(document["digest"]) == 16
    assert document["streams"][0]["write_mode"] == "append"
    assert document["origins"]


def test_plan_of_a_broken_job_lists_its_problems(workspace):
    path = workspace.job()
    workspace.write(path, JOB_WITH_TYPO)
    result = workspace.dativo("plan", path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {path} cannot be planned: 1 error in 1 file\n")
    assert "jobs/acme/orders.yaml:5: tarhet: " in result.stderr


def test_the_root_is_found_from_below_by_option_and_by_variable(workspace, monkeypatch, tmp_path_factory):
    workspace.job()
    monkeypatch.chdir(workspace.root / "jobs" / "acme")
    assert workspace.dativo("validate").exit_code == 0
    assert workspace.dativo("plan", "orders.yaml").exit_code == 0
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert "1 job," in workspace.dativo("validate", "--root", str(workspace.root)).stdout
    monkeypatch.setenv("DATIVO_ROOT", str(workspace.root))
    assert "1 job," in workspace.dativo("validate").stdout


def test_a_root_that_is_no_directory_is_an_error_with_a_remedy(workspace):
    result = workspace.dativo("validate", "--root", "nowhere")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: the workspace root nowhere is not a directory\n  fix: ")


def failing(error):
    @click.command()
    def fail():
        raise error

    return fail


@pytest.fixture
def fail_with(workspace, monkeypatch):
    def run(error, *options):
        monkeypatch.setitem(main.commands, "fail", failing(error))
        return workspace.dativo(*options, "fail")

    return run


def test_an_expected_error_is_two_lines_without_traceback(fail_with):
    result = fail_with(SourceError("in/a.csv is missing", hint="Deliver it"))
    assert (result.exit_code, result.stderr) == (2, "error: in/a.csv is missing\n  fix: Deliver it\n")


def test_a_bug_says_so_and_shows_its_traceback_only_on_demand(fail_with):
    result = fail_with(ZeroDivisionError("oops"))
    assert result.exit_code == 2
    assert result.stderr.startswith("error: this is a bug in Dativo: ZeroDivisionError: oops\n")
    assert "Traceback" not in result.stderr
    assert "Traceback" in fail_with(ZeroDivisionError("oops"), "--debug").stderr


def test_ctrl_c_is_no_success_and_no_partial_load(fail_with):
    result = fail_with(KeyboardInterrupt())
    assert result.exit_code == 130
    assert result.stderr.startswith("interrupted")


def test_messages_show_neither_passwords_nor_control_characters(fail_with):
    result = fail_with(SourceError("cannot open db://u:s3cr3t@h/x \x1b[2J"))
    assert "s3cr3t" not in result.stderr
    assert "\x1b" not in result.stderr


def test_a_bug_is_wrapped_with_its_cause():
    ended = attempt(lambda: {}["x"])
    assert isinstance(ended, DativoError)
    assert isinstance(ended.__cause__, KeyError)


def test_findings_survive_json_and_back(workspace):
    workspace.write(workspace.job(), JOB_WITH_TYPO)
    text = workspace.dativo("validate", "--json").stdout
    assert json.loads(text)["summary"] == "1 error in 1 file"


@pytest.mark.parametrize("command", [["plan"], ["run"], ["state", "show"]])
def test_an_error_before_anything_is_read_is_json_too(tmp_path, command):
    result = CliRunner().invoke(main, [*command, "--config", "jobs/none.yaml", "--root", str(tmp_path), "--json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["exit_code"] == 2


@pytest.mark.parametrize(
    "arguments",
    [["run", "--json"], ["check", "--time-limit", "soon", "--json"], ["run", "--max-parallel", "0", "--json"]],
)
def test_wrong_usage_is_json_too_where_json_is_asked_for(workspace, arguments):
    result = workspace.dativo(*arguments)
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert document["exit_code"] == 2
    assert document["error"]["message"]
    assert document["error"]["hint"] == f"See {arguments[0]} --help".replace("See ", "See main ")


def test_ctrl_c_is_json_too_where_json_is_asked_for(workspace, monkeypatch):
    def interrupted(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("dativo_core.cli.run.find_root", interrupted)
    result = workspace.dativo("run", "--config", "jobs/a.yaml", "--json")
    assert (result.exit_code, json.loads(result.stdout)["exit_code"]) == (130, 130)
