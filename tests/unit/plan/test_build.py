import shutil
from pathlib import Path

import pytest

from dativo_core.model.finding import Severity, errors
from dativo_core.model.origin import Authority
from dativo_core.plan.build import JobCheck, check_workspace, plan_job
from dativo_core.plan.types import IngestPlan, UnknownColumns, WriteMode
from dativo_core.workspace.load import load_workspace

VALID = Path(__file__).parents[2] / "examples" / "valid"
JOB = Path("jobs/acme/orders.yaml")
CONTRACT = Path("assets/csv/v1.0/orders.yaml")


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(VALID / "flat_contract", tmp_path / "workspace")


def edit(root: Path, file: Path, old: str, new: str) -> JobCheck:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))
    return plan_job(root, JOB)


def plan(check: JobCheck) -> IngestPlan:
    assert check.plan is not None, check.findings
    return check.plan


def example(name: str) -> IngestPlan:
    return plan(plan_job(VALID / name, JOB))


def test_a_plan_holds_everything_a_run_needs():
    found = example("flat_contract")
    (stream,) = found.streams
    assert (found.tenant, found.job, found.file, found.line) == ("acme", "orders", "jobs/acme/orders.yaml", 1)
    assert found.source.options.files == ("in/orders.csv",)
    assert (found.target.catalog.type, found.target.catalog.directory) == ("local", "${DATIVO_LAKE:-.dativo}")
    assert (found.target.target_file_size_bytes, found.target.compression) == (128 * 1024**2, "zstd")
    assert str(stream.table) == "acme__default.orders"
    assert [str(column.type) for column in stream.columns] == ["long", "date", "decimal(10,2)"]
    assert (stream.write_mode, stream.unknown_columns) == (WriteMode.APPEND, UnknownColumns.FAIL)
    assert [str(field) for field in stream.partition_by] == ["ingest_date"]


def test_the_job_wins_over_recipe_and_contract():
    found = example("job_over_recipe")
    (stream,) = found.streams
    assert (found.source.options.delimiter, found.source.options.quote_char) == (";", '"')
    assert found.source.options.null_values == ("", "NA")
    assert found.target.target_file_size_bytes == 64 * 1024**2
    assert found.target.catalog.directory == "${DATIVO_LAKE:-.dativo}"
    assert (stream.write_mode, stream.unknown_columns) == (WriteMode.OVERWRITE, UnknownColumns.DROP)
    assert stream.partition_by == ()


def test_every_setting_knows_where_it_was_written():
    origins = example("job_over_recipe").origins
    assert origins["source.options.delimiter"].file == "jobs/acme/orders.yaml"
    assert origins["source.options.delimiter"].line == 7
    assert origins["source.options.quote_char"].file == "connectors/sources/csv.yaml"
    assert origins["target.catalog.directory"].authority is Authority.OPERATOR
    assert origins["source.options.block_size_bytes"].authority is Authority.DEFAULT


def test_the_digest_changes_with_what_happens_not_with_where_it_is_written(root):
    before = plan(plan_job(root, JOB)).digest
    assert plan(edit(root, JOB, "tenant_id", "# a comment\ntenant_id")).digest == before
    assert plan(edit(root, JOB, "append", "overwrite")).digest != before


def test_strict_mode_allows_no_reject_and_warn_allows_any_number(root):
    assert plan(plan_job(root, JOB)).max_rejects == 0
    assert plan(edit(root, JOB, "tenant_id", "schema_validation_mode: warn\ntenant_id")).max_rejects is None
    assert plan(edit(root, JOB, "tenant_id", "max_rejects: 7\ntenant_id")).max_rejects == 7


def test_strict_mode_with_a_budget_is_a_contradiction(root):
    check = edit(root, JOB, "tenant_id", "max_rejects: 7\ntenant_id")
    assert [finding.code for finding in check.findings] == ["max-rejects-strict"]


def test_a_job_may_change_the_partitioning_of_contract_and_recipe(root):
    check = edit(root, CONTRACT, "team:", "target: {partitioning: []}\nteam:")
    assert plan(check).streams[0].partition_by == ()
    check = edit(root, JOB, "write_mode: append", "partitioning: ingest_date")
    assert [str(field) for field in plan(check).streams[0].partition_by] == ["ingest_date"]


def test_a_column_of_the_contract_cannot_have_the_name_of_the_added_partition_column(root):
    check = edit(root, CONTRACT, "placed_on", "ingest_date")
    assert [(f.code, f.file, f.line) for f in check.findings] == [("name-reserved", str(CONTRACT), 9)]


def test_partitioning_that_does_not_fit_the_columns_is_refused_where_it_was_written(root):
    check = edit(root, CONTRACT, "team:", "target: {partitioning: [hour(placed_on)]}\nteam:")
    (finding,) = check.findings
    assert (finding.code, finding.file, finding.key_path) == (
        "partition-transform",
        str(CONTRACT),
        "target.partitioning",
    )


def test_two_jobs_may_share_a_table_when_both_say_so(root):
    edit(root, JOB, "write_mode: append", "shared: true")
    shutil.copy(root / JOB, root / "jobs/acme/second.yaml")
    checked = check_workspace(load_workspace(root))
    assert checked.findings == ()
    assert len({job.plan.streams[0].table for job in checked.jobs if job.plan}) == 1
    assert len({job.plan.streams[0].job_key for job in checked.jobs if job.plan}) == 2


def test_a_contract_shared_with_another_tenant_is_a_warning(root):
    check = edit(root, CONTRACT, "name: orders", "name: orders\ntenant: bolt")
    assert [(f.code, f.severity.value) for f in check.findings] == [("tenant-mismatch", "warning")]
    assert check.plan is not None


def test_a_contract_with_several_tables_loads_the_one_the_job_names(root):
    shutil.copy(VALID / "standard_contract" / CONTRACT, root / CONTRACT)
    second = "  - name: refunds\n    properties:\n      - {name: id, logicalType: integer}\n"
    (root / CONTRACT).write_text((root / CONTRACT).read_text() + second)
    assert plan(edit(root, JOB, "object: orders", "object: refunds")).streams[0].table.name == "refunds"
    check = edit(root, JOB, ", object: refunds", "")
    assert [f.code for f in check.findings if f.severity == "error"] == ["object-unknown"]


def test_queries_of_a_contract_know_all_its_tables_by_every_name_they_may_be_called(root):
    shutil.copy(VALID / "standard_contract" / CONTRACT, root / CONTRACT)
    query = "{type: sql, query: select count(*) from refunds, mustBe: 0}"
    second = f"  - name: refunds\n    physicalName: t_refunds\n    quality: [{query}]\n"
    second += "    properties: [{name: id, logicalType: integer}]\n"
    (root / CONTRACT).write_text((root / CONTRACT).read_text() + second)
    asked = plan(edit(root, JOB, "object: orders", "object: t_refunds")).streams[0]
    named = {name: table.name for name, table in asked.relations}
    assert (named["orders"], named["refunds"], named["t_refunds"]) == ("orders", "refunds", "refunds")
    assert plan(edit(root, JOB, "object: t_refunds", "object: orders")).streams[0].relations == ()


@pytest.fixture
def shop():
    """The plan of a job that reads three objects."""
    checks = check_workspace(load_workspace(VALID / "several_objects")).jobs
    return next(check.plan for check in checks if check.job == "shop")


def test_every_object_of_a_job_is_a_stream_with_its_own_table_and_state(shop):
    assert [(stream.object, stream.table.name) for stream in shop.streams] == [
        ("orders", "orders"),
        ("t_returns", "returns"),
        ("crm.customers", "customers"),
    ]
    assert len({stream.job_key for stream in shop.streams}) == 3
    assert [[column.name for column in stream.columns] for stream in shop.streams] == [
        ["id", "placed_on"],
        ["id", "reason"],
        ["id", "email"],
    ]


def test_every_object_of_a_job_reads_its_own_files(shop):
    assert [stream.files for stream in shop.streams] == [
        ("in/orders/*.csv", "in/late_orders.csv"),
        ("in/RETURNS.csv",),
        ("s3://shop/customers/*.csv",),
    ]


def test_each_table_is_partitioned_as_its_own_part_of_the_contract_says(shop):
    assert [[str(each) for each in stream.partition_by] for stream in shop.streams] == [
        ["placed_on"],
        ["ingest_date"],
        ["ingest_date"],
    ]
    assert [[str(each) for each in stream.sort_order] for stream in shop.streams] == [["id asc nulls first"]] * 3


def test_the_settings_of_every_object_know_where_they_were_written(shop):
    places = {path: origin.line for path, origin in shop.origins.items()}
    assert [places[f"streams[{index}].files"] for index in range(3)] == [7, 9, 10]
    assert [places[f"streams[{index}].write_mode"] for index in range(3)] == [12, 12, 12]
    assert shop.origins["streams[0].partition_by"].file == "assets/csv/v1.0/shop.yaml"


@pytest.mark.parametrize(
    ("job", "objects"),
    [("payments", ["customers", "invoices"]), ("database", ["public.orders", "t_returns", "customers"])],
)
def test_objects_tables_and_queries_are_streams_as_well(job, objects):
    checks = check_workspace(load_workspace(VALID / "several_objects")).jobs
    found = next(check.plan for check in checks if check.job == job)
    assert [stream.object for stream in found.streams] == objects
    assert {stream.files for stream in found.streams} == {None}


def test_options_may_stand_under_the_engine_or_directly(root):
    check = edit(
        root, JOB, "target:", "  engine: {options: {delimiter: '|', native: {delimiter: ';', quote_char: ''}}}\ntarget:"
    )
    options = plan(check).source.options
    assert (options.delimiter, options.quote_char) == ("|", "")


@pytest.mark.parametrize(
    ("option", "code"),
    [("delimiter: ''", "wrong-value"), ("delimiter: 5", "wrong-type"), ("quote_char: xx", "wrong-value"),
     ("encoding: klingon", "wrong-value"), ("null_values: {a: 1}", "wrong-type"), ("block_size_bytes: 1", "out-of-range")],
)  # fmt: skip
def test_an_option_that_cannot_be_used_is_an_error_at_its_line(root, option, code):
    check = edit(root, JOB, "target:", f"  engine: {{options: {{{option}}}}}\ntarget:")
    assert [(f.code, f.line) for f in check.findings] == [(code, 7)]


def test_an_option_nobody_reads_is_a_warning(root):
    check = edit(root, JOB, "target:", "  engine: {options: {delimeter: ';'}}\ntarget:")
    assert str(check.findings[0]).endswith(
        "the csv source does not read 'delimeter'. Did you mean 'delimiter'? [unused-key]"
    )
    assert check.plan is not None


def test_a_file_that_does_not_exist_is_a_check_without_a_plan(root):
    check = plan_job(root, Path("jobs/acme/none.yaml"))
    assert (check.plan, check.job, [f.code for f in check.findings]) == (None, "none", ["file-missing"])


def test_a_connection_is_planned_in_one_shape_with_references_as_they_are_written():
    found = example("s3_flat").source.connection
    assert found is not None
    assert (found.endpoint, found.bucket) == ("${MINIO_ENDPOINT}", "${MINIO_BUCKET}")
    assert (found.access_key_id, found.secret_access_key) == ("${MINIO_ACCESS_KEY}", "${MINIO_SECRET_KEY}")
    assert (found.secure, found.path_style_access) == (False, "true")


def test_every_connection_key_knows_who_wrote_it():
    origins = example("s3_nested").origins
    assert origins["source.connection.access_key_id"].authority is Authority.OPERATOR
    assert origins["source.connection.access_key_id"].file == "connectors/sources/csv.yaml"
    assert origins["source.connection.session_token"].authority is Authority.TENANT


def test_keys_of_the_operator_are_not_sent_on_their_authority_where_a_tenant_says(tmp_path):
    root = shutil.copytree(VALID / "s3_nested", tmp_path / "workspace")
    job = (root / JOB).read_text()
    (root / JOB).write_text(job.replace("    s3: {", "    s3: {endpoint: https://elsewhere.example:9000, "))
    origins = plan(plan_job(root, JOB)).origins
    assert origins["source.connection.access_key_id"].authority is Authority.TENANT
    assert origins["source.connection.access_key_id"].file == "connectors/sources/csv.yaml"
    assert origins["source.connection.region"].authority is Authority.OPERATOR


def test_a_secret_that_is_written_out_is_shown_nowhere_and_changes_no_digest(tmp_path):
    root = shutil.copytree(VALID / "s3_nested", tmp_path / "workspace")
    digests = set()
    for secret in ("s3cr3t-one", "s3cr3t-two"):
        job = (VALID / "s3_nested" / JOB).read_text()
        (root / JOB).write_text(job.replace("${secret:lake.secret_access_key}", secret))
        found = plan_job(root, JOB)
        assert secret not in f"{plan(found)!r} {plan(found).to_json()} {found.findings}"
        digests.add(plan(found).digest)
    assert len(digests) == 1


def test_contracts_of_one_identity_stop_only_the_jobs_of_their_tenant(tmp_path):
    root = shutil.copytree(VALID.parent / "invalid" / "one_contract_twice", tmp_path / "workspace")
    job = (root / JOB).read_text().replace("acme", "other")
    (root / "jobs" / "other").mkdir()
    (root / "jobs" / "other" / "orders.yaml").write_text(job)
    checked = check_workspace(load_workspace(root))
    assert {(check.tenant, check.job, check.plan is not None) for check in checked.jobs} == {
        ("acme", "orders", False),
        ("acme", "returns", False),
        ("other", "orders", True),
    }


def test_a_draft_is_loaded_with_a_warning_and_not_in_production(root):
    check = edit(root, CONTRACT, "version: 1.0.0\n", "version: 1.0.0\nstatus: draft\n")
    assert [(found.severity, found.code) for found in check.findings] == [(Severity.WARNING, "status-retired")]
    assert check.plan is not None
    check = edit(root, JOB, "tenant_id: acme\n", "tenant_id: acme\nenvironment: prod\n")
    assert [(found.severity, found.code) for found in check.findings] == [(Severity.ERROR, "status-retired")]


VERSIONS = VALID.parent / "invalid" / "versions_of_one_contract"


def test_versions_that_a_tenant_loads_stop_its_jobs_and_no_others(tmp_path):
    root = shutil.copytree(VERSIONS, tmp_path / "workspace")
    (root / "configs" / "policy.yaml").unlink()
    other = root / "jobs" / "other"
    other.mkdir()
    job = (root / "jobs" / "acme" / "orders_v1_1.yaml").read_text().replace("tenant_id: acme", "tenant_id: other")
    (other / "orders_v1_1.yaml").write_text(job)
    checked = check_workspace(load_workspace(root))
    assert {(check.tenant, check.job, check.plan is not None) for check in checked.jobs} == {
        ("acme", "orders_v1_0", True),
        ("acme", "orders_v1_1", False),
        ("acme", "orders_v2_0", False),
        ("other", "orders_v1_1", True),
    }


def test_a_version_that_no_job_loads_is_compared_and_stops_nobody(tmp_path):
    root = shutil.copytree(VERSIONS, tmp_path / "workspace")
    (root / "configs" / "policy.yaml").unlink()
    for job in ("orders_v1_0", "orders_v2_0"):
        (root / "jobs" / "acme" / f"{job}.yaml").unlink()
    checked = check_workspace(load_workspace(root))
    assert [check.plan is not None for check in checked.jobs] == [True]
    assert [found.code for found in errors(checked.findings)] == [
        "change-unapproved",
        "version-bump-low",
        "status-order",
    ]


def test_a_single_job_is_checked_without_the_versions_it_does_not_load(tmp_path):
    root = shutil.copytree(VERSIONS, tmp_path / "workspace")
    check = plan_job(root, Path("jobs/acme/orders_v1_1.yaml"))
    assert check.plan is not None


@pytest.mark.parametrize(("status", "severity"), [("retired", Severity.ERROR), ("deprecated", Severity.WARNING)])
def test_a_contract_at_its_end_matters_to_the_jobs_that_load_it(root, status, severity):
    text = (root / CONTRACT).read_text().replace("version: 1.0.0\n", f"version: 1.0.0\nstatus: {status}\n")
    (root / "assets" / "csv" / "v0.9").mkdir()
    (root / "assets" / "csv" / "v0.9" / "orders.yaml").write_text(text)
    assert [found.code for found in check_workspace(load_workspace(root)).findings] == []
    check = edit(root, CONTRACT, "version: 1.0.0\n", f"version: 1.0.0\nstatus: {status}\n")
    assert [(found.severity, found.code) for found in check.findings] == [(severity, "status-retired")]


def test_an_engine_that_the_connector_lacks_is_told_with_each_it_has_once(root):
    found = edit(root, JOB, "source:\n", "source:\n  engine: {type: singer}\n")
    (told,) = (each for each in found.findings if each.code == "engine-unknown")
    assert told.hint == "Use one of: native."
