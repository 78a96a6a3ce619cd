"""Queries of a contract over a real lake: which rows they see, and what becomes of a run whose queries are not satisfied."""

from dataclasses import replace
from pathlib import Path

import pytest

from dativo_core.errors import ContractError
from dativo_core.flow import CheckResult, CheckStatus, StreamOutcome, StreamReport
from dativo_core.lake.catalog import open_lake
from dativo_core.model.names import TableName
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, RuleScope, SqlQuery
from dativo_core.odcs.thresholds import Equality, Operator, Threshold
from dativo_core.odcs.types import TypeKind
from dativo_core.plan.types import IngestPlan, ReplaceScope, WriteMode
from dativo_core.run.scope import Published
from dativo_core.run.sql_rules import ask, compile_queries
from tests.support import TABLE, column, deliver, load, orders_columns, orders_plan, table_rows
from tests.unit.lake.other_engine import add_foreign_row, data_files, join_files, mark_deleted

CUSTOMERS = TableName(TABLE.namespace, "customers")
RELATIONS = (("customers", CUSTOMERS), ("orders", TABLE))
COUNT = "select count(*) from orders"
PLACE = Origin("assets/orders.yaml", 7, Authority.TENANT)


def rule(text: str, *operators, scope: RuleScope = RuleScope.TABLE, severity: CheckSeverity = CheckSeverity.ERROR):
    thresholds = tuple(each for each in operators if isinstance(each, Threshold))
    query = SqlQuery(text, tuple(each for each in operators if isinstance(each, Equality)))
    return MetricRule("asked", Metric.SQL, (), (), thresholds, "", severity, "a query", PLACE, query, scope)


def is_(number: float) -> Threshold:
    return Threshold(Operator.MUST_BE, (number,))


def asking(plan: IngestPlan, *rules: MetricRule) -> IngestPlan:
    return replace(plan, streams=(replace(plan.streams[0], metric_rules=rules, relations=RELATIONS),))


def load_one(plan: IngestPlan) -> StreamReport:
    (report,) = load(plan).streams
    return report


def asked(report: StreamReport) -> CheckResult:
    (result,) = (check for check in report.checks if check.id == "asked")
    return result


def test_a_query_sees_the_table_as_it_will_be(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    first = load_one(asking(orders_plan(tmp_path), rule(COUNT, is_(2))))
    deliver(tmp_path, "b.csv", [(3, "n", 4.0)])
    second = load_one(asking(orders_plan(tmp_path), rule("select sum(amount) from orders", is_(7))))
    assert (first.outcome, asked(first).value, asked(first).rows_evaluated) == (StreamOutcome.COMMITTED, 2, 2)
    assert (second.outcome, asked(second).value, asked(second).rows_evaluated) == (StreamOutcome.COMMITTED, 7, 3)


def test_a_query_about_the_run_sees_only_its_rows(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    load_one(orders_plan(tmp_path))
    deliver(tmp_path, "b.csv", [(3, "n", 4.0)])
    report = load_one(asking(orders_plan(tmp_path), rule(COUNT, is_(1), scope=RuleScope.RUN)))
    assert (asked(report).status, asked(report).rows_evaluated) == (CheckStatus.PASSED, 1)


def test_a_query_about_partitions_sees_those_the_run_writes_to(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path, partition_by=("name",))
    deliver(tmp_path, "a.csv", [(1, "x", 1.0), (2, "y", 2.0), (3, "z", 2.0)])
    load_one(plan)
    deliver(tmp_path, "b.csv", [(4, "y", 4.0), (5, "z", 4.0)])
    query = "select string_agg(id, ',' order by id) from orders"
    report = load_one(asking(plan, rule(query, Equality(Operator.MUST_BE, "2,3,4,5"), scope=RuleScope.PARTITION)))
    assert (asked(report).status, asked(report).value) == (CheckStatus.PASSED, "2,3,4,5")


def test_rows_that_are_replaced_and_rows_that_are_rejected_are_not_seen(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    plan = orders_plan(tmp_path, write_mode=WriteMode.OVERWRITE)
    load_one(plan)
    deliver(tmp_path, "a.csv", [(9, "n", 4.0), (8, "n", -1.0)])
    report = load_one(asking(plan, rule("select max(id) * 10 + count(*) from orders", is_(91))))
    assert (asked(report).status, report.counts.quarantined) == (CheckStatus.PASSED, 1)


def test_rows_of_a_replaced_file_are_not_seen_even_where_another_engine_joined_it_with_others(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path, write_mode=WriteMode.DELETE_INSERT, replace=ReplaceScope.FILE)
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    deliver(tmp_path, "b.csv", [(3, "n", 3.0)])
    load_one(plan)
    join_files(tmp_path)
    deliver(tmp_path, "a.csv", [(4, "n", 4.0)])
    before = {path.name for path in (tmp_path / "lake").rglob("*.parquet")}
    failed = load_one(asking(plan, rule("select sum(id) from orders", is_(0))))
    assert (failed.outcome, asked(failed).value) == (StreamOutcome.FAILED, 7)
    assert {path.name for path in (tmp_path / "lake").rglob("*.parquet")} == before
    assert load_one(asking(plan, rule("select sum(id) from orders", is_(7)))).outcome is StreamOutcome.COMMITTED
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == [3, 4]


def test_what_other_engines_deleted_and_added_is_seen_as_readers_see_it(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    load_one(orders_plan(tmp_path))
    mark_deleted(tmp_path, 0)
    add_foreign_row(tmp_path)
    deliver(tmp_path, "b.csv", [(3, "n", 3.0)])
    report = load_one(asking(orders_plan(tmp_path), rule("select sum(id) from orders", is_(4))))
    assert asked(report).status is CheckStatus.PASSED, asked(report)


def test_a_column_that_earlier_files_lack_is_null_there(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    (tmp_path / "in" / "b.csv").write_text("id,name,amount,paid\n2,n,1,true\n")
    plan = orders_plan(tmp_path, columns=(*orders_columns(), column("paid", TypeKind.BOOLEAN)))
    report = load_one(asking(plan, rule("select count(*) - count(paid) from orders", is_(1))))
    assert asked(report).status is CheckStatus.PASSED, report.error


def test_a_query_may_read_its_table_more_than_once(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    text = "select count(*) from orders a join orders b on a.id <= b.id where a.id <= (select max(id) from orders)"
    assert asked(load_one(asking(orders_plan(tmp_path), rule(text, is_(3))))).status is CheckStatus.PASSED


def test_a_query_that_is_not_satisfied_stops_the_run_and_leaves_no_file(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    report = load_one(asking(orders_plan(tmp_path), rule(COUNT, is_(0))))
    assert isinstance(report.error, ContractError)
    assert "asked: 1, not mustBe 0" in str(report.error)
    assert list((tmp_path / "lake").rglob("*.parquet")) == []
    assert load_one(orders_plan(tmp_path)).outcome is StreamOutcome.COMMITTED


@pytest.mark.parametrize(
    "text", [COUNT + " where false group by id", "select null from orders", "select id, 1 from orders"]
)
def test_a_query_without_a_value_to_compare_stops_the_run_too(tmp_path: Path, text: str) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    report = load_one(asking(orders_plan(tmp_path), rule(text, Threshold(Operator.MUST_NOT_BE, (-1,)))))
    assert (report.outcome, asked(report).status) == (StreamOutcome.FAILED, CheckStatus.ERROR)
    assert asked(report).note in str(report.error)


@pytest.mark.parametrize("severity", [CheckSeverity.WARNING, CheckSeverity.INFO])
def test_a_query_that_only_warns_is_published_and_told(tmp_path: Path, severity: CheckSeverity) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    report = load_one(asking(orders_plan(tmp_path), rule(COUNT, is_(0), severity=severity)))
    assert (report.outcome, asked(report).status) == (StreamOutcome.COMMITTED, CheckStatus.FAILED)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select count(nme) from orders", "sql-relation"),
        ("select sum(name) from orders", "sql-dialect"),
        ("select count(*) from orders where name = current_user", "sql-function"),
        ("select count(*) from orders where id = 'x' and", "sql-parse"),
        ("create table t as select 1", "sql-not-readonly"),
        ("select content from read_text('in/a.csv')", "sql-function"),
        ("select * from 'in/a.csv'", "sql-relation"),
    ],
)
def test_a_query_that_cannot_be_run_is_refused_before_a_row_is_read(tmp_path: Path, text: str, code: str) -> None:
    deliver(tmp_path, "a.csv", [("no number", "n", 1.0)])
    report = load_one(asking(orders_plan(tmp_path, max_rejects=0), rule(text, is_(0))))
    assert isinstance(report.error, ContractError)
    assert report.error.message.startswith("assets/orders.yaml:7: rule asked: ")
    assert report.error.message.endswith(f"[{code}]")
    assert report.counts.read == 0


def test_all_queries_that_cannot_be_run_are_named_at_once(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    broken = [replace(rule(f"select {name} from orders", is_(0)), id=name) for name in ("x", "y")]
    message = str(load_one(asking(orders_plan(tmp_path), *broken)).error)
    assert "rule x: " in message
    assert "rule y: " in message


def test_another_table_of_the_contract_is_read_as_it_is_published(tmp_path: Path) -> None:
    text = "select count(*) from orders where id not in (select id from customers)"
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 2.0)])
    plan = asking(orders_plan(tmp_path), rule(text, is_(1)))
    report = load_one(plan)
    assert (report.outcome, asked(report).note) == (
        StreamOutcome.FAILED,
        "the table customers has not been loaded yet",
    )
    customers = orders_plan(tmp_path, files=("in/customers.csv",))
    (tmp_path / "in" / "customers.csv").write_text("id,name,amount\n1,n,1\n")
    load_one(replace(customers, streams=(replace(customers.streams[0], table=CUSTOMERS),)))
    (tmp_path / "in" / "customers.csv").unlink()
    assert asked(load_one(plan)).status is CheckStatus.PASSED


def answer(tmp_path: Path, text: str, time_limit_s: float):
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    stream = asking(orders_plan(tmp_path), rule(text, is_(0))).streams[0]
    with open_lake(tmp_path / "lake") as lake:
        return ask(compile_queries(stream, lake), Published(stream, lake, (), None), time_limit_s)["asked"]


def test_a_query_that_takes_too_long_is_stopped_and_has_no_value(tmp_path: Path) -> None:
    found = answer(
        tmp_path, "select count(*) from range(1000000000) a, range(1000) b where (a.range ^ b.range) < 0", 0.3
    )
    assert (found.value, found.problem) == (None, "the query took longer than all queries of a run may take together")


def test_a_query_about_another_table_that_has_no_value_holds_the_rows_back(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    customers = orders_plan(tmp_path, files=("in/customers.csv",))
    (tmp_path / "in" / "customers.csv").write_text("id,name,amount\n1,n,1\n")
    load_one(replace(customers, streams=(replace(customers.streams[0], table=CUSTOMERS),)))
    (tmp_path / "in" / "customers.csv").unlink()
    report = load_one(asking(orders_plan(tmp_path), rule("select max(id) from customers where false", is_(0))))
    assert (report.outcome, asked(report).status) == (StreamOutcome.FAILED, CheckStatus.ERROR)
    assert isinstance(report.error, ContractError)


def test_a_value_that_python_cannot_hold_is_no_answer(tmp_path: Path) -> None:
    found = answer(tmp_path, "select interval 10000000 year from orders", 60)
    assert found.value is None
    assert "cannot be" in found.problem


@pytest.mark.parametrize(
    ("value", "told_of"),
    [
        ("'infinity'::date", "infinite"),
        ("'-infinity'::timestamptz", "infinite"),
        ("'infinity'::timestamp", "infinite"),
        ("date '10000-01-01'", "beyond the years 1 to 9999"),
        ("timestamp '20000-01-01'", "beyond the years 1 to 9999"),
    ],
)
def test_a_moment_no_calendar_has_is_told_from_the_last_one_it_has(tmp_path: Path, value: str, told_of: str) -> None:
    found = answer(tmp_path, f"select max({value}) from orders", 60)
    assert found.value is None
    assert told_of in found.problem


def test_a_moment_is_text_and_the_last_of_the_calendar_one_too(tmp_path: Path) -> None:
    assert answer(tmp_path, "select max(date '9999-12-31') from orders", 60).value == "9999-12-31"


def test_planning_the_queries_may_not_take_longer_than_they_together_may(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    stream = asking(orders_plan(tmp_path), rule(COUNT, is_(0))).streams[0]
    with open_lake(tmp_path / "lake") as lake, pytest.raises(ContractError, match=r"planning .* takes longer"):
        compile_queries(stream, lake, time_limit_s=-1)


def test_what_a_query_returns_forges_no_line_and_is_shown_in_part(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    text = "select 'a' || chr(10) || 'all checks passed' || string_agg('x' , '') from range(5000)"
    report = load_one(asking(orders_plan(tmp_path), rule(text, Equality(Operator.MUST_BE, "b"))))
    assert str(asked(report).value).startswith("a\\nall checks passedx")
    assert len(str(report.error)) < 1000


def test_a_query_that_needs_too_much_memory_fails_alone(tmp_path: Path) -> None:
    found = answer(tmp_path, "select len(array_agg(range || 'some more text')) from range(40000000)", 60)
    assert found.value is None
    assert "memory" in found.problem.lower()


def test_a_damaged_data_file_is_an_error_of_the_check_that_names_the_file(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    (path,) = data_files(tmp_path)
    Path(path.removeprefix("file://")).write_bytes(b"not Parquet at all")
    deliver(tmp_path, "b.csv", [(2, "n", 1.0)])
    report = load_one(asking(orders_plan(tmp_path), rule("select max(id) from orders", is_(2))))
    assert (report.outcome, asked(report).status) == (StreamOutcome.FAILED, CheckStatus.ERROR)
    assert path in asked(report).note
