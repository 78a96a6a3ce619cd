"""The query of a relation, asked of DuckDB, counts what anyone would count by hand."""

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.sql_guard import judge
from dativo_core.model.names import TableName
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.contract import CheckSeverity, Relation, RuleScope
from dativo_core.plan.relations import Loader, planned_relations
from dativo_core.plan.types import CatalogPlan

PLACE = Origin("assets/shop.yaml", 7, Authority.TENANT)
LAKE = CatalogPlan("local", "lake")
ORDERS = Loader("acme", "load_orders", "assets/shop.yaml", "Orders", TableName(("acme__shop",), "orders"), LAKE)
CITIES = Loader("acme", "load_cities", "assets/shop.yaml", "Cities", TableName(("acme__shop",), "cities"), LAKE)
NAMES = ("select", 'with "quotes" and .dots', "from", "Größe")
KEYS = st.lists(st.tuples(*[st.none() | st.integers(0, 2)] * len(NAMES)), max_size=12)


def relation(width: int) -> Relation:
    columns = tuple((name,) for name in NAMES[:width])
    return Relation(
        id="relation__orders__cities",
        columns=columns,
        target_file=CITIES.file,
        target=CITIES.object,
        target_columns=columns[::-1],
        severity=CheckSeverity.ERROR,
        description="",
        origin=PLACE,
        path=(),
    )


def table(keys: list[tuple[int | None, ...]]) -> pa.Table:
    return pa.table({name: pa.array([key[at] for key in keys], pa.int64()) for at, name in enumerate(NAMES)})


@settings(deadline=None)
@given(st.integers(1, len(NAMES)), KEYS, KEYS)
def test_orphans_are_the_rows_without_null_whose_key_no_row_of_the_target_has(width, rows, targets):
    (rule,) = planned_relations([relation(width)], ORDERS, [CITIES]).rules
    known = {key[:width][::-1] for key in targets}
    expected = sum(None not in key[:width] and key[:width] not in known for key in rows)
    with duckdb.connect() as session:
        session.register("orders", table(rows))
        session.register("acme__shop/cities", table(targets))
        assert session.sql(rule.query.text).fetchall() == [(expected,)]


def test_the_query_is_one_that_a_run_allows_and_reads_no_other_table():
    found = planned_relations([relation(2)], ORDERS, [CITIES])
    (rule,) = found.rules
    assert found.tables == (("acme__shop/cities", CITIES.table), ("orders", ORDERS.table))
    assert (rule.scope, rule.query.published) == (RuleScope.RUN, (("acme__shop/cities", "load_cities"),))
    with duckdb.connect() as session:
        judged = judge(session, rule.query.text, frozenset(name for name, _ in found.tables))
    assert (judged.refusals, judged.relations) == ((), {"orders", "acme__shop/cities"})


def test_the_job_is_one_of_the_tenant_and_the_first_by_name():
    foreign = Loader("bolt", "a", CITIES.file, CITIES.object, TableName(("bolt__shop",), "cities"), LAKE)
    later = Loader("acme", "z", CITIES.file, CITIES.object, CITIES.table, LAKE)
    (rule,) = planned_relations([relation(1)], ORDERS, [foreign, later, CITIES]).rules
    assert rule.query.published == (("acme__shop/cities", "load_cities"),)
    assert planned_relations([relation(1)], ORDERS, [foreign]).rules == ()
