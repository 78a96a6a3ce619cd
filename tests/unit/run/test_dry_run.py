"""A dry run tells what a load would, rule by rule, and leaves nothing behind."""

from pathlib import Path

import pytest

from dativo_core.flow import CheckStatus, StreamOutcome, StreamReport
from dativo_core.plan.build import check_workspace
from dativo_core.plan.run_options import RunOptions
from dativo_core.run import run
from dativo_core.workspace.load import load_workspace
from tests.support import services
from tests.unit.run.test_relations import CUSTOMERS, ORDERS, TO_CUSTOMERS, Shop
from tests.unit.run.test_siblings import load_all, stream, write_job

TABLE = """\
  - name: orders
    quality:
      - {name: rows, rule: rowCount, mustBeLessThan: MOST}
      - {name: added, rule: rowCount, mustBeGreaterThan: 0, customProperties: [{property: dativoScope, value: run}]}
      - {name: once, rule: duplicateValues, mustBe: 0, arguments: {properties: [id]}}
      - {name: total, type: sql, query: "SELECT sum(amount) FROM ${object}", mustBeLessThan: 1000}
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: day, logicalType: string}
      - {name: amount, logicalType: integer}
"""
HEADER = "id,day,amount"
Told = dict[str, tuple[CheckStatus, object, int, str]]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A table with rules about all of it, and two rows to load."""
    shop = Shop(tmp_path)
    contract(shop)
    shop.job("orders")
    shop.rows("orders", HEADER, "1,a,10", "2,b,20")
    return shop


def contract(shop: Shop, most: int = 4, more: str = "") -> None:
    shop.contract(TABLE.replace("MOST", str(most)) + more)


def load(shop: Shop, **options) -> StreamReport:
    (check,) = check_workspace(load_workspace(shop.root, [Path("jobs/acme/orders.yaml")])).jobs
    assert check.plan is not None, check.findings
    (report,) = run(check.plan, services(shop.root), RunOptions(**options)).streams
    return report


def told(report: StreamReport) -> Told:
    return {check.id: (check.status, check.value, check.rows_evaluated, check.note) for check in report.checks}


def content(shop: Shop) -> dict[str, bytes]:
    lake = shop.root / "lake"
    return {str(path): path.read_bytes() for path in lake.rglob("*") if path.is_file()}


def require_equal(shop: Shop, outcome: StreamOutcome = StreamOutcome.COMMITTED, **options) -> StreamReport:
    """Rehearse a load, then load, and compare what both tell; return what the load told."""
    before = content(shop)
    dry = load(shop, is_dry=True, **options)
    assert content(shop) == before
    real = load(shop, **options)
    assert real.outcome is outcome, real.error
    assert dry.outcome is (StreamOutcome.CHECKED if outcome is StreamOutcome.COMMITTED else outcome)
    assert told(dry) == told(real)
    assert {"rows", "added", "once", "total"} <= told(dry).keys()
    assert dry.rules_not_asked == 0
    assert str(dry.error) == str(real.error)
    return real


def test_of_a_table_that_is_not_there_yet_every_rule_is_asked_and_no_lake_is_made(shop):
    assert load(shop, is_dry=True).outcome is StreamOutcome.CHECKED
    assert not (shop.root / "lake").exists()
    require_equal(shop)


def test_rules_about_the_table_are_asked_over_its_rows_and_the_new_ones(shop):
    require_equal(shop)
    shop.rows("orders_later", HEADER, "3,a,30")
    assert told(require_equal(shop))["total"][1] == 60


@pytest.mark.parametrize(
    ("rows", "broken"), [(("3,a,1", "4,a,1"), "rows"), (("2,a,1",), "once"), (("3,a,970",), "total")]
)
def test_a_rule_about_the_table_that_would_stop_a_load_fails_the_dry_run(shop, rows, broken):
    load(shop)
    shop.rows("orders_later", HEADER, *rows)
    failed = require_equal(shop, StreamOutcome.FAILED)
    assert {name for name, (status, *_) in told(failed).items() if status is not CheckStatus.PASSED} == {broken}


def test_a_load_that_replaces_is_asked_about_what_would_be_left(shop):
    load(shop)
    shop.job("orders", mode="delete_insert")
    contract(shop)
    shop.rows("orders_later", HEADER, "3,a,30")
    shop.rows("orders", HEADER, "1,a,100")
    assert told(require_equal(shop))["total"][1] == 130
    assert told(require_equal(shop, full_refresh=True))["rows"][1] == 2


def test_a_table_that_would_gain_columns_is_asked_as_if_it_had_them(shop):
    load(shop)
    custom = "customProperties: [{property: dativoScope, value: table}]"
    notes = f"quality: [{{name: notes, rule: nullValues, mustBeLessThan: 3, {custom}}}]"
    contract(shop, more=f"      - {{name: note, logicalType: string, {notes}}}\n")
    shop.rows("orders_later", f"{HEADER},note", "3,a,30,new")
    assert told(require_equal(shop))["total"][1] == 60


def test_a_table_that_cannot_take_the_contract_fails_the_dry_run_as_it_fails_a_load(shop):
    load(shop)
    contract(shop, more="      - {name: note, logicalType: string, required: true}\n")
    shop.rows("orders_later", f"{HEADER},note", "3,a,30,new")
    dry, real = load(shop, is_dry=True), load(shop)
    assert dry.outcome is real.outcome is StreamOutcome.FAILED
    assert str(dry.error) == str(real.error)


def test_what_another_table_would_have_gained_first_is_not_asked_and_counted(tmp_path):
    shop = Shop(tmp_path)
    shop.contract(ORDERS.replace("RELATIONSHIPS", TO_CUSTOMERS), CUSTOMERS)
    write_job(shop, "orders", "customers")
    shop.rows("customers", "id,city", "1,Bonn")
    shop.rows("orders", "id,customer,city", "1,1,")
    orders = stream(load_all(shop, is_dry=True), "orders")
    assert (orders.outcome, orders.rules_not_asked) == (StreamOutcome.CHECKED, 1)
    (related,) = (check for check in orders.checks if check.id.startswith("relation__"))
    assert related.status is CheckStatus.UNEXECUTED
    assert related.note == "not asked in a dry run: acme__shop.customers would be loaded first"
    load_all(shop)
    shop.rows("orders_later", "id,customer,city", "2,1,")
    again = stream(load_all(shop, is_dry=True), "orders")
    assert (again.outcome, again.rules_not_asked) == (StreamOutcome.CHECKED, 0)
    assert told(again)["relation__orders_customer__customers_id"][:2] == (CheckStatus.PASSED, 0)
