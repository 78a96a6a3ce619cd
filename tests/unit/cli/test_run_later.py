"""Settings of the formats that this version cannot act on: their jobs load, are checked and planned, and refuse to run."""

import json

import pytest

SETTINGS = {
    "target: {catalog: nessie}": "the catalog 'nessie' is not implemented in this version",
    "target: {catalog: {name: nessie, uri: '${NESSIE_URI}'}}": "the catalog 'nessie' is not implemented in this version",
    "target: {catalog: lakehouse}": "the catalog 'lakehouse' is not implemented in this version",
    "target: {catalog: {name: lakehouse}}": "the catalog 'lakehouse' is not implemented in this version",
    "target: {catalog: null, connection: {nessie: {uri: x}}}": "the catalog 'nessie' is not implemented in this version",
    "target: {connection: {s3: {bucket: lake}}}": "the local catalog has no 'bucket'",
    "target: {connection: {prefix: raw}}": "the local catalog has no 'prefix'",
    "target: {branch: acme}": "the local catalog has no 'branch'",
    "target: {warehouse: 's3://lake/acme/'}": "the local catalog has no 'warehouse'",
    "target: {file_format: markdown_kv}": "the file format 'markdown_kv' is not implemented in this version",
    "target: {markdown_kv_storage: {mode: string}}": "'markdown_kv_storage' is not implemented in this version",
    "target: {custom_writer: 'writer.py:Writer'}": "'custom_writer' is not implemented in this version",
    "target: {engine: {type: spark}}": "the engine 'spark' is not implemented in this version",
}


def with_setting(workspace, setting):
    path = workspace.job()
    workspace.write(path, (workspace.root / path).read_text() + setting + "\n")
    return path


@pytest.mark.parametrize(("setting", "says"), SETTINGS.items())
def test_a_job_with_it_is_valid_planned_and_refused_by_name_when_it_is_run(workspace, setting, says):
    path = with_setting(workspace, setting)
    validated, planned = workspace.dativo("validate", path), workspace.dativo("plan", path)
    assert (validated.exit_code, planned.exit_code) == (0, 0), planned.output
    assert says in validated.output
    assert f"cannot be run: {says}" in planned.output
    for more in ((), ("--dry-run",)):
        result = workspace.dativo("run", "--config", path, "--json", *more)
        assert result.exit_code == 2
        assert says in json.loads(result.stdout)["jobs"][0]["error"]["message"]
    checked = workspace.dativo("check", "--config", path)
    assert (checked.exit_code, says in checked.stdout) == (2, True), checked.stdout
    assert "'iceberg' is declared in the registry" not in checked.stdout
    assert not (workspace.root / "lake").exists()


def test_code_of_a_plugin_needs_no_files_and_is_never_run(workspace):
    path = workspace.job()
    text = (workspace.root / path).read_text()
    text = text[: text.index("source:\n")] + "source: {custom_reader: 'reader.py:Reader', connection: {base_url: x}}\n"
    workspace.write(path, text)
    workspace.write("reader.py", "raise SystemExit(42)\n")
    assert workspace.dativo("validate", path).exit_code == 0
    result = workspace.dativo("run", "--config", path, "--json")
    assert result.exit_code == 2
    assert "code of plugins is never run" in json.loads(result.stdout)["jobs"][0]["error"]["message"]


def test_what_a_catalog_without_code_holds_is_not_looked_for_in_the_local_one(workspace):
    path = workspace.job()
    workspace.dativo("run", "--config", path)
    result = workspace.dativo("state", "show", "--config", with_setting(workspace, "target: {catalog: nessie}"))
    assert result.exit_code == 2
    assert "the catalog 'nessie' is not implemented in this version" in result.output


def test_its_neighbours_run(workspace):
    with_setting(workspace, "target: {branch: acme}")
    workspace.second_job("returns")
    codes = {job["job"]: job["exit_code"] for job in workspace.report("run", "--job-dir", "jobs/acme")["jobs"]}
    assert codes == {"orders": 2, "returns": 0}


def test_secrets_of_a_catalog_without_code_are_not_shown(workspace):
    path = with_setting(workspace, "target: {catalog: nessie, connection: {s3: {secret_access_key: hush-hush}}}")
    for command in (("validate", path), ("plan", path), ("plan", "--json", path)):
        assert "hush-hush" not in workspace.dativo(*command).output
    assert "secret-inline" in workspace.dativo("validate", path).output
