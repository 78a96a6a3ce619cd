"""Rules about tables that one job loads: what is pointed to, or queried, is loaded first, whatever the order of the file."""

from dataclasses import replace
from pathlib import Path

import pytest

from dativo_core.flow import CheckStatus, RunReport, StreamOutcome
from dativo_core.plan.build import check_workspace
from dativo_core.plan.run_options import RunOptions
from dativo_core.plan.types import IngestPlan
from dativo_core.run import run
from dativo_core.workspace.load import load_workspace
from tests.support import services
from tests.unit.run.test_relations import CUSTOMERS, ORDERS, TO_CUSTOMERS, Shop, related

JOB = """\
tenant_id: acme
source_connector: csv
target_connector: iceberg
asset_path: assets/csv/shop.yaml
source: {files: [FILES]}
target: {write_mode: append}
"""
ORDER_COLUMNS = "id,customer,city"


def write_job(shop: Shop, *objects: str, folder: str = "in", more: str = "") -> None:
    files = ", ".join(f'{{path: "{folder}/{name}*.csv", object: {name}}}' for name in objects)
    shop.write("jobs/acme/all.yaml", JOB.replace("FILES", files) + more)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A job of orders and, after them, the customers they point to."""
    shop = Shop(tmp_path)
    shop.contract(ORDERS.replace("RELATIONSHIPS", TO_CUSTOMERS), CUSTOMERS)
    write_job(shop, "orders", "customers")
    shop.rows("customers", "id,city", "1,Bonn")
    shop.rows("orders", ORDER_COLUMNS, "1,1,")
    return shop


def plan(shop: Shop) -> IngestPlan:
    (check,) = check_workspace(load_workspace(shop.root, [Path("jobs/acme/all.yaml")])).jobs
    assert check.plan is not None, check.findings
    return check.plan


def load_all(shop: Shop, **options) -> RunReport:
    return run(plan(shop), services(shop.root), RunOptions(**options))


def outcomes(report: RunReport) -> dict[str, StreamOutcome]:
    return {stream.object: stream.outcome for stream in report.streams}


def stream(report: RunReport, name: str):
    (found,) = (each for each in report.streams if each.object == name)
    return found


COMMITTED = {"customers": StreamOutcome.COMMITTED, "orders": StreamOutcome.COMMITTED}


def test_rows_and_those_they_point_to_may_arrive_together(shop):
    assert outcomes(load_all(shop)) == COMMITTED
    shop.rows("customers_later", "id,city", "2,Rome")
    shop.rows("orders_later", ORDER_COLUMNS, "2,2,")
    assert outcomes(load_all(shop)) == COMMITTED


def test_a_full_refresh_and_a_load_of_partitions_follow_the_same_order(shop):
    write_job(shop, "orders", "customers", folder="in/{partition}", more="partitions: {type: static, keys: [a, b]}\n")
    for number, key in enumerate("ab"):
        shop.rows(f"{key}/customers", "id,city", f"{number},Bonn")
        shop.rows(f"{key}/orders", ORDER_COLUMNS, f"{number},{number},")
    assert outcomes(load_all(shop, partitions=("a", "b"))) == COMMITTED
    assert outcomes(load_all(shop, full_refresh=True)) == COMMITTED


def test_streams_are_ordered_by_what_they_point_to_and_otherwise_as_in_the_file(shop):
    tables = [
        """\
  - name: lines
    properties:
      - {name: order, logicalType: integer, relationships: [{to: orders.id}]}
      - {name: item, logicalType: integer, relationships: [{to: items.id}]}
""",
        ORDERS.replace("RELATIONSHIPS", f"{TO_CUSTOMERS}, {{from: orders.id, to: orders.id}}"),
        CUSTOMERS,
        CUSTOMERS.replace("customers", "items"),
        CUSTOMERS.replace("customers", "alone"),
    ]
    shop.contract(*tables)
    write_job(shop, "lines", "orders", "alone", "customers", "items")
    found = plan(shop)
    assert [each.object for each in found.streams] == ["alone", "customers", "items", "orders", "lines"]
    files = {found.origins[f"streams[{index}].files"].line for index in range(5)}
    assert files == {5}
    assert {each.object: each.files for each in found.streams}["orders"] == ("in/orders*.csv",)


RING = """\
  - name: orders
    properties:
      - {name: id, logicalType: integer}
      - {name: customer, logicalType: integer, relationships: [{to: customers.id}]}
  - name: customers
    properties:
      - {name: id, logicalType: integer}
      - {name: first_order, logicalType: integer, relationships: [{to: orders.id}]}
"""


def test_tables_in_a_ring_are_loaded_as_in_the_file_and_the_first_says_how_to_begin(shop):
    shop.contract(RING)
    shop.rows("orders", "id,customer", "1,1")
    shop.rows("customers", "id,first_order", "1,1")
    assert [each.object for each in plan(shop).streams] == ["orders", "customers"]
    note = related(stream(load_all(shop), "orders")).note
    assert "the table acme__shop.customers has not been loaded yet; this job loads it later" in note
    assert "dativoSeverity: warning" in note


def test_rows_that_point_to_what_this_run_could_not_load_say_so(shop):
    (shop.root / "in/customers.csv").unlink()
    report = load_all(shop)
    assert set(outcomes(report).values()) == {StreamOutcome.FAILED}
    told = related(stream(report, "orders"))
    assert told.status is CheckStatus.ERROR
    assert told.note == "the table acme__shop.customers has not been loaded yet: this run could not load it"
    assert "run the job" not in str(stream(report, "orders").error)


def test_a_table_that_was_left_out_of_the_run_is_to_be_loaded_first(shop):
    whole = plan(shop)
    alone = replace(whole, streams=whole.streams[1:])
    (orders,) = run(alone, services(shop.root)).streams
    told = "the table acme__shop.customers has not been loaded yet; this job loads it too: load that table first"
    assert related(orders).note == told


def test_orphans_of_a_table_whose_new_rows_could_not_be_loaded_say_so(shop):
    write_job(shop, "orders", "customers", more="schema_validation_mode: strict\n")
    load_all(shop)
    shop.write("in/customers_later.csv", "id,city\nx,Rome\n")
    shop.rows("orders_later", ORDER_COLUMNS, "2,2,")
    orders = stream(load_all(shop), "orders")
    assert (related(orders).status, related(orders).value) == (CheckStatus.FAILED, 1)
    assert related(orders).note == "this run could not load acme__shop.customers"
    assert "this run could not load acme__shop.customers" in str(orders.error)


ASKING = """\
  - name: orders
    physicalName: purchases
    properties:
      - {name: id, logicalType: integer}
      - {name: customer, logicalType: integer}
    quality:
      - {type: sql, name: known, mustBe: 0, query: "QUERY"}
"""
ASKED = """\
  - name: customers
    physicalName: clients
    properties:
      - {name: id, logicalType: integer}
    quality:
      - {type: sql, name: some, mustBeGreaterThan: 0, query: "OTHER"}
"""
OWN = "SELECT count(*) FROM ${object}"


def asking(shop: Shop, query: str, other: str = OWN) -> IngestPlan:
    shop.contract(ASKING.replace("QUERY", query), ASKED.replace("OTHER", other))
    write_job(shop, "orders", "customers")
    return plan(shop)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("SELECT count(*) FROM orders o ANTI JOIN customers c ON o.customer = c.id", "customers"),
        ("SELECT count(*) FROM ${object}, CLIENTS WHERE false", "customers"),
        ("SELECT (SELECT max(id) FROM customers AS c) - (SELECT max(id) FROM customers)", "customers"),
        ("WITH customers AS (SELECT 1 AS id) SELECT count(*) FROM customers WHERE false", "orders"),
        (OWN.replace("count(*)", "0"), "orders"),
    ],
)
def test_a_table_that_a_query_reads_is_loaded_first(shop, query, first):
    assert asking(shop, query).streams[0].object == first


def test_tables_whose_queries_read_each_other_keep_the_order_of_the_file(shop):
    found = asking(shop, "SELECT count(*) FROM customers", "SELECT count(*) FROM orders")
    assert [each.object for each in found.streams] == ["orders", "customers"]


def test_a_query_counts_the_rows_of_another_table_of_its_own_run(shop):
    query = "SELECT count(*) FROM orders o ANTI JOIN customers c ON o.customer = c.id"
    shop.rows("customers", "id", "1")
    shop.rows("orders", "id,customer", "1,1")
    asking(shop, query)
    assert outcomes(load_all(shop)) == COMMITTED
    shop.rows("customers_later", "id", "2")
    shop.rows("orders_later", "id,customer", "2,2")
    assert outcomes(load_all(shop)) == COMMITTED
