"""Relationships through whole loads: parents and children of one contract or of two, keys of several columns, nulls."""

from pathlib import Path

import pytest

from dativo_core.errors import ContractError
from dativo_core.flow import CheckResult, CheckStatus, StreamOutcome, StreamReport
from dativo_core.plan.build import JobCheck, check_workspace
from dativo_core.workspace.load import load_workspace
from tests.support import load

JOB = """\
tenant_id: acme
source_connector: csv
target_connector: iceberg
asset_path: assets/csv/{contract}.yaml
source: {{files: [{{path: in/{name}*.csv, object: {name}}}]}}
target: {{write_mode: {mode}}}
"""
SOURCE = "name: csv\ntype: csv\nroles: [source]\ncredentials: {type: none}\ndefault_engine: {type: native}\n"
TARGET = """\
name: iceberg
type: iceberg
roles: [target]
default_engine: {type: native}
catalog: {type: local, directory: lake}
file_format: parquet
"""
HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: shop
version: 1.0.0
status: active
domain: shop
team: {members: [{username: shop@example.com, role: Owner}]}
customProperties: [{property: dativoSourceType, value: csv}]
schema:
"""
CUSTOMERS = """\
  - name: customers
    properties:
      - {name: id, logicalType: integer}
      - {name: city, logicalType: string}
"""
ORDERS = """\
  - name: orders
    relationships: [RELATIONSHIPS]
    properties:
      - {name: id, logicalType: integer}
      - {name: customer, logicalType: integer}
      - {name: city, logicalType: string}
"""
CHECK = "relation__orders_customer__customers_id"
TO_CUSTOMERS = "{from: orders.customer, to: customers.id}"


class Shop:
    """A workspace whose jobs each load the object of their name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("connectors/sources/csv.yaml", SOURCE)
        self.write("connectors/targets/iceberg.yaml", TARGET)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def contract(self, *tables: str, name: str = "shop") -> None:
        self.write(f"assets/csv/{name}.yaml", HEAD + "".join(tables))

    def job(self, name: str, contract: str = "shop", mode: str = "append") -> None:
        self.write(f"jobs/acme/{name}.yaml", JOB.format(name=name, contract=contract, mode=mode))

    def rows(self, file: str, header: str, *rows: str) -> None:
        self.write(f"in/{file}.csv", "\n".join((header, *rows)) + "\n")

    def check(self, name: str) -> JobCheck:
        (check,) = check_workspace(load_workspace(self.root, [Path(f"jobs/acme/{name}.yaml")])).jobs
        return check

    def load(self, name: str) -> StreamReport:
        check = self.check(name)
        assert check.plan is not None, check.findings
        (report,) = load(check.plan).streams
        return report


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Customers and orders of one contract, and two customers."""
    shop = Shop(tmp_path)
    shop.contract(ORDERS.replace("RELATIONSHIPS", TO_CUSTOMERS), CUSTOMERS)
    for name in ("customers", "orders"):
        shop.job(name)
    shop.rows("customers", "id,city", "1,Bonn", "2,Rome")
    return shop


def related(report: StreamReport) -> CheckResult:
    (found,) = (check for check in report.checks if check.id.startswith("relation__"))
    return found


def outcome(report: StreamReport) -> tuple[StreamOutcome, CheckStatus, object]:
    return report.outcome, related(report).status, related(report).value


PUBLISHED = (StreamOutcome.COMMITTED, CheckStatus.PASSED, 0)


def refused(orphans: int) -> tuple[StreamOutcome, CheckStatus, object]:
    return StreamOutcome.FAILED, CheckStatus.FAILED, orphans


def test_rows_that_point_to_nothing_keep_a_run_from_publishing(shop):
    shop.load("customers")
    shop.rows("orders", "id,customer,city", "1,1,", "2,3,", "3,4,")
    report = shop.load("orders")
    assert outcome(report) == refused(2)
    assert related(report).id == CHECK
    assert related(report).rows_evaluated == 3
    assert isinstance(report.error, ContractError)
    assert f"{CHECK}: 2 rows, not mustBe 0" in str(report.error)


def test_once_the_parents_are_there_the_same_rows_are_published(shop):
    shop.load("customers")
    shop.rows("orders", "id,customer,city", "1,1,", "2,3,")
    assert outcome(shop.load("orders")) == refused(1)
    shop.rows("customers_later", "id,city", "3,Oslo")
    shop.load("customers")
    assert outcome(shop.load("orders")) == PUBLISHED


def test_a_table_that_was_never_loaded_is_an_error_that_says_which_job_to_run(shop):
    shop.rows("orders", "id,customer,city", "1,1,")
    report = shop.load("orders")
    assert (report.outcome, related(report).status) == (StreamOutcome.FAILED, CheckStatus.ERROR)
    told = "the table acme__shop.customers has not been loaded yet; run the job customers first"
    assert related(report).note == told
    assert told in str(report.error)


def test_a_row_without_a_key_points_to_nothing_and_is_no_orphan(shop):
    shop.load("customers")
    shop.rows("orders", "id,customer,city", "1,,", "2,2,")
    assert outcome(shop.load("orders")) == PUBLISHED


def test_rows_of_earlier_runs_are_not_asked_again(shop):
    shop.contract(ORDERS.replace("[RELATIONSHIPS]", "[]"), CUSTOMERS)
    shop.load("customers")
    shop.rows("orders", "id,customer,city", "1,9,")
    shop.load("orders")
    shop.contract(ORDERS.replace("RELATIONSHIPS", TO_CUSTOMERS), CUSTOMERS)
    shop.rows("orders_later", "id,customer,city", "2,1,")
    assert outcome(shop.load("orders")) == PUBLISHED


def test_a_rejected_row_is_no_orphan(shop):
    required = ORDERS.replace("{name: id, logicalType: integer}", "{name: id, logicalType: integer, required: true}")
    shop.contract(required.replace("RELATIONSHIPS", TO_CUSTOMERS), CUSTOMERS)
    shop.load("customers")
    shop.rows("orders", "id,customer,city", "1,1,", ",9,")
    job = JOB.format(name="orders", contract="shop", mode="append") + "schema_validation_mode: warn\n"
    shop.write("jobs/acme/orders.yaml", job)
    assert outcome(shop.load("orders")) == PUBLISHED


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_a_relationship_that_only_warns_is_published_and_told(shop, severity):
    custom = f"customProperties: [{{property: dativoSeverity, value: {severity}}}]"
    shop.contract(ORDERS.replace("RELATIONSHIPS", TO_CUSTOMERS[:-1] + f", {custom}}}"), CUSTOMERS)
    shop.load("customers")
    shop.rows("orders", "id,customer,city", "1,9,")
    assert outcome(shop.load("orders")) == (StreamOutcome.COMMITTED, CheckStatus.FAILED, 1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("1,1,Bonn", "2,2,Rome"), PUBLISHED),
        (("1,1,Rome", "2,2,Rome"), refused(1)),
        (("1,1,", "2,,Rome", "3,,Oslo", "4,9,"), PUBLISHED),
    ],
)
def test_a_key_of_several_columns_is_found_as_a_whole_and_null_in_any_part_is_no_orphan(shop, rows, expected):
    both = "{from: [orders.customer, orders.city], to: [customers.id, customers.city]}"
    shop.contract(ORDERS.replace("RELATIONSHIPS", both), CUSTOMERS)
    shop.load("customers")
    shop.rows("orders", "id,customer,city", *rows)
    report = shop.load("orders")
    assert outcome(report) == expected
    assert related(report).id == "relation__orders_customer_city__customers_id_city"


def test_a_table_may_point_to_itself_as_it_will_be(shop):
    shop.contract(ORDERS.replace("RELATIONSHIPS", "{from: orders.customer, to: orders.id}"))
    shop.rows("orders", "id,customer,city", "1,,", "2,1,")
    first = shop.load("orders")
    assert outcome(first) == PUBLISHED
    assert related(first).rows_evaluated == 2
    shop.rows("orders_later", "id,customer,city", "3,1,", "4,3,", "5,6,")
    second = shop.load("orders")
    assert outcome(second) == refused(1)
    assert related(second).rows_evaluated == 3


def test_rows_that_go_with_the_run_are_no_parents_of_those_that_come(shop):
    shop.contract(ORDERS.replace("RELATIONSHIPS", "{from: orders.customer, to: orders.id}"))
    shop.job("orders", mode="overwrite")
    shop.rows("orders", "id,customer,city", "1,1,")
    assert outcome(shop.load("orders")) == PUBLISHED
    shop.rows("orders", "id,customer,city", "2,1,")
    assert outcome(shop.load("orders")) == refused(1)


def test_a_table_of_another_contract_is_found_by_the_job_that_loads_it(shop):
    shop.contract(ORDERS.replace("RELATIONSHIPS", "{from: orders.customer, to: people.yaml#customers.id}"))
    shop.contract(CUSTOMERS, name="people")
    shop.job("customers", "people")
    shop.load("customers")
    shop.rows("orders", "id,customer,city", "1,1,", "2,9,")
    assert outcome(shop.load("orders")) == refused(1)
    shop.rows("orders", "id,customer,city", "1,1,", "2,2,")
    assert outcome(shop.load("orders")) == PUBLISHED


def test_what_is_in_another_catalog_is_not_executed_and_told(shop):
    shop.write(
        "connectors/targets/other.yaml", TARGET.replace("lake", "elsewhere").replace("iceberg\ntype", "other\ntype")
    )
    shop.write(
        "jobs/acme/customers.yaml",
        JOB.format(name="customers", contract="shop", mode="append").replace("iceberg", "other"),
    )
    (told,) = (each for each in shop.check("orders").findings if each.code == "relationship-unexecuted")
    assert "'customers' of assets/csv/shop.yaml is loaded into another catalog" in told.message
    shop.rows("orders", "id,customer,city", "1,9,")
    report = shop.load("orders")
    assert (report.outcome, related(report).status) == (StreamOutcome.COMMITTED, CheckStatus.UNEXECUTED)


def test_a_job_of_another_tenant_loads_nothing_that_counts(shop):
    job = (shop.root / "jobs/acme/customers.yaml").read_text()
    (shop.root / "jobs/acme/customers.yaml").unlink()
    shop.write("jobs/umbrella/customers.yaml", job.replace("acme", "umbrella"))
    for checked in (shop.check("orders"), *check_workspace(load_workspace(shop.root)).jobs[:1]):
        (told,) = (each for each in checked.findings if each.code == "relationship-unexecuted")
        assert "no valid job of acme loads 'customers'" in told.message


def test_a_job_alone_is_planned_as_it_is_among_all_others(shop):
    everywhere = {each.job: each.plan for each in check_workspace(load_workspace(shop.root)).jobs}
    assert shop.check("orders").plan.digest == everywhere["orders"].digest


def test_names_that_are_words_of_sql_or_differ_in_case_are_found(shop):
    shop.contract(
        """\
  - name: orders
    relationships: [{from: "ORDERS.From", to: "group.SELECT"}]
    properties: [{name: "from", logicalType: integer}]
  - name: Group
    properties: [{name: Select, logicalType: integer}, {name: order by, logicalType: integer}]
"""
    )
    shop.job("Group")
    (shop.root / "jobs/acme/Group.yaml").rename(shop.root / "jobs/acme/groups.yaml")
    shop.rows("Group", "Select,order by", "1,1")
    shop.load("groups")
    shop.rows("orders", "from", "1", "2")
    report = shop.load("orders")
    assert outcome(report) == refused(1)
    assert related(report).id == "relation__orders_from__group_select"


@pytest.mark.parametrize(
    ("child", "parent", "rows", "expected"),
    [
        ("decimal(10,2)", "int", ("1.00", "2"), PUBLISHED),
        ("decimal(10,2)", "bigint", ("1.00", "1.50"), refused(1)),
        ("bigint", "decimal(38,0)", ("1", "9007199254740993"), refused(1)),
        ("decimal(38,0)", "decimal(20,0)", ("1", "90071992547409930000000"), refused(1)),
        ("double", "real", ("1", "2"), PUBLISHED),
        ("smallint", "bigint", ("1", "3"), refused(1)),
    ],
)
def test_numbers_are_equal_whatever_their_types(shop, child, parent, rows, expected):
    shop.contract(
        f"""\
  - name: orders
    properties: [{{name: customer, physicalType: "{child}", relationships: [{{to: customers.id}}]}}]
  - name: customers
    properties: [{{name: id, physicalType: "{parent}"}}]
"""
    )
    shop.rows("customers", "id", "1", "2", "9007199254740992" if parent == "decimal(38,0)" else "2")
    shop.load("customers")
    shop.rows("orders", "customer", *rows)
    assert outcome(shop.load("orders")) == expected


@pytest.mark.parametrize(
    ("type_", "known", "unknown"),
    [
        ("text", "Straße", "strasse"),
        ("date", "2024-02-29", "2024-03-01"),
        ("time", "10:30:00", "10:31:00"),
        ("timestamp", "2024-02-29T10:00:00", "2024-02-29T10:00:00.000001"),
        ("timestamptz", "2024-02-29T10:00:00Z", "2024-02-29T10:00:01Z"),
        ("uuid", "6f1f1c2e-0000-4000-8000-000000000001", "6f1f1c2e-0000-4000-8000-000000000002"),
        ("boolean", "true", "false"),
    ],
)
def test_keys_of_every_type_are_compared(shop, type_, known, unknown):
    shop.contract(
        f"""\
  - name: orders
    properties: [{{name: customer, physicalType: {type_}, relationships: [{{to: customers.id}}]}}]
  - name: customers
    properties: [{{name: id, physicalType: {type_}}}]
"""
    )
    shop.rows("customers", "id", known)
    shop.load("customers")
    shop.rows("orders", "customer", known, unknown)
    assert outcome(shop.load("orders")) == refused(1)


def test_a_column_that_the_target_does_not_have_yet_stops_the_run_before_a_row_is_read(shop):
    shop.load("customers")
    shop.contract(
        ORDERS.replace("RELATIONSHIPS", "{from: orders.customer, to: customers.nr}"),
        CUSTOMERS + "      - {name: nr, logicalType: integer}\n",
    )
    shop.rows("orders", "id,customer,city", "1,1,")
    report = shop.load("orders")
    assert report.outcome is StreamOutcome.FAILED
    assert '"nr"' in str(report.error)
    assert "; run the job customers again first" in str(report.error)
    assert report.counts.read == 0


def test_a_member_of_an_object_may_point_to_a_column(shop):
    shop.contract(
        """\
  - name: orders
    relationships: [{from: orders.buyer.From, to: customers.id}]
    properties:
      - {name: id, logicalType: integer}
      - {name: buyer, logicalType: object, properties: [{name: From, logicalType: integer}]}
""",
        CUSTOMERS,
    )
    shop.load("customers")
    shop.rows("orders", "id,buyer", '1,"{""From"": 1}"', '2,"{""From"": 7}"', '3,"{""From"": null}"', "4,")
    assert outcome(shop.load("orders")) == refused(1)
