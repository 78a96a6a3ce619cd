"""What has gone wrong in programs that read such files before: each trap by name."""

import json

import pyarrow.parquet as pq
import pytest

RECIPE = "connectors/sources/csv.yaml"


@pytest.fixture
def edit(workspace):
    """Replace text in a file of the workspace."""

    def replace(file, old, new):
        text = (workspace.root / file).read_text()
        assert old in text
        workspace.write(file, text.replace(old, new))

    return replace


def planned(workspace, job):
    result = workspace.dativo("plan", "--config", job, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def codes(workspace, *arguments):
    result = workspace.dativo("validate", "--json", *arguments)
    return result.exit_code, {each["code"] for each in json.loads(result.stdout)["findings"]}


def test_merging_keeps_the_options_of_the_recipe_three_levels_down(workspace, edit):
    edit(RECIPE, "{type: native}", "{type: native, options: {native: {delimiter: ';', encoding: cp1252}}}")
    job = workspace.job()
    edit(job, "source:", "source:\n  engine: {options: {native: {delimiter: '|'}}}")
    options = planned(workspace, job)["source"]["options"]
    assert (options["delimiter"], options["encoding"]) == ("|", "cp1252")


def test_one_job_changes_no_recipe_for_the_next(workspace, edit):
    first, second = workspace.job(), workspace.second_job("returns")
    edit(first, "source:", "source:\n  engine: {options: {native: {delimiter: '|'}}}")
    delimiters = [planned(workspace, each)["source"]["options"]["delimiter"] for each in (first, second)]
    assert delimiters == ["|", ","]


@pytest.mark.parametrize("key", ["file_path", "file"])
def test_an_older_spelling_of_a_path_is_read_and_told_once(workspace, edit, key):
    job = workspace.job()
    edit(job, "{path: ", f"{{{key}: ")
    assert planned(workspace, job)["source"]["options"]["files"] == ["in/orders-*.csv"]
    assert codes(workspace) == (0, {"deprecated-key"})


@pytest.mark.parametrize("key", ["source_overrides", "target_overrides"])
def test_overrides_of_the_first_generation_are_refused_with_where_to_move_them(workspace, edit, key):
    job = workspace.job()
    edit(job, "source:", f"{key}: {{type: csv}}\nsource:")
    result = workspace.dativo("validate")
    assert result.exit_code == 2
    assert f"{key}" in result.stdout
    assert f"'{key.removesuffix('_overrides')}'" in result.stdout


@pytest.mark.parametrize(
    "text", ["runner: {mode: oneshot}", "mode: oneshot", "runner:\n  orchestrator: {schedules: null}"]
)
def test_runner_yaml_loads_with_and_without_its_wrapper(workspace, text):
    workspace.job()
    workspace.write("configs/runner.yaml", f"{text}\n")
    assert codes(workspace) == (0, set())


@pytest.mark.parametrize("tenant", ["..", "a/b", "../acme", ".", "Acme Inc", ""])
def test_a_tenant_that_is_no_plain_word_is_refused(workspace, edit, tenant):
    job = workspace.job()
    edit(job, "tenant_id: acme", f'tenant_id: "{tenant}"')
    exit_code, found = codes(workspace)
    assert exit_code == 2
    assert found & {"tenant-invalid", "tenant-directory", "empty-value"}


def test_a_recipe_in_the_wrong_role_is_refused_and_not_read_as_something_looser(workspace, edit):
    job = workspace.job()
    edit(job, "connectors/sources/csv.yaml", "connectors/targets/iceberg.yaml")
    exit_code, found = codes(workspace)
    assert (exit_code, "connector-role" in found) == (2, True)


def test_a_broken_job_ends_with_2_and_the_others_of_the_directory_run(workspace, edit):
    workspace.job()
    broken = workspace.second_job("returns")
    edit(broken, "schema_validation_mode: strict", "schema_validation_mode: never")
    result = workspace.dativo("run", "--job-dir", "jobs/acme", "--json")
    assert result.exit_code == 2
    assert {each["job"]: each["exit_code"] for each in json.loads(result.stdout)["jobs"]} == {"orders": 0, "returns": 2}
    assert "Traceback" not in result.output


def test_a_column_to_partition_by_that_is_not_in_the_contract_is_the_load_date_or_an_error(workspace, edit):
    job = workspace.job()
    assert planned(workspace, job)["streams"][0]["partition_by"][0]["column"] == "ingest_date"
    edit(job, "source:", "target: {partitioning: [region]}\nsource:")
    exit_code, found = codes(workspace)
    assert (exit_code, found) == (2, {"partition-column"})


def test_no_key_with_a_secret_is_taken_for_a_default(workspace, edit):
    job = workspace.job()
    edit(job, "path: in/orders-*.csv", "path: s3://shop/in/*.csv")
    exit_code, found = codes(workspace)
    assert (exit_code, found) == (2, {"connection-missing"})


def test_numbers_that_are_names_stay_as_they_are_spelt(workspace, edit):
    workspace.job()
    edit("assets/csv/v1.0/orders.yaml", "version: 1.0.0", "version: 1.10")
    result = workspace.dativo("validate")
    assert "'1.10'" in result.stdout


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("source:", "source:\n  engine: {options: null}"),
        ("source:", "source:\n  engine: null"),
        ("source:", "source:\n  credentials: {type: null}"),
        ("schema_validation_mode", "target: null\nschema_validation_mode"),
        ("schema_validation_mode", "target:\nschema_validation_mode"),
    ],
)
def test_null_removes_what_a_job_inherits_wherever_it_is_written(workspace, edit, old, new):
    edit(RECIPE, "{type: native}", "{type: native, options: {native: {delimiter: ';'}}}")
    job = workspace.job()
    edit(job, old, new)
    assert codes(workspace, job) == (0, set())
    assert planned(workspace, job)["source"]["options"]["delimiter"] == ("," if "engine" in new else ";")


def test_a_mode_without_a_value_is_told_as_empty(workspace, edit):
    job = workspace.job()
    edit(job, "schema_validation_mode: strict", "schema_validation_mode:")
    assert "an empty value is not allowed here" in workspace.dativo("validate", job).output


def test_the_rows_of_a_batch_of_the_recipe_bound_row_groups(workspace, edit):
    target = "connectors/targets/iceberg.yaml"
    edit(target, "{type: native}", "{type: native, options: {native: {batch_size_rows: 1}}}")
    job = workspace.job()
    assert codes(workspace, job) == (0, set())
    assert workspace.dativo("run", "--config", job).exit_code == 0
    (path,) = (workspace.root / "lake").rglob("*.parquet")
    metadata = pq.ParquetFile(path).metadata
    assert (metadata.num_rows, metadata.num_row_groups) == (2, 2)
