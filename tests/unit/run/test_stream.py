"""What a run says when the source is not what the contract describes, and when it changes meanwhile."""

import os
import signal
from dataclasses import replace
from pathlib import Path

from dativo_core import failpoints
from dativo_core.errors import ContractError, SourceError, TargetError
from dativo_core.flow import StreamOutcome, StreamReport
from dativo_core.odcs.types import FieldType, OnLoss, TypeKind
from dativo_core.plan.types import IngestPlan, UnknownColumns
from tests.support import TABLE, deliver, load, orders_columns, orders_plan, table_rows


def load_one(plan: IngestPlan) -> StreamReport:
    (report,) = load(plan).streams
    return report


def dropping(plan: IngestPlan) -> IngestPlan:
    return replace(plan, streams=(replace(plan.streams[0], unknown_columns=UnknownColumns.DROP),))


def write(root: Path, text: str) -> None:
    (root / "in").mkdir(exist_ok=True)
    (root / "in" / "a.csv").write_text(text)


def test_columns_the_contract_does_not_name_fail_the_load_and_are_all_named(tmp_path: Path) -> None:
    write(tmp_path, "id,name,amount,x,y\n1,n,1.0,2,3\n")
    error = load_one(orders_plan(tmp_path, max_rejects=0)).error
    assert isinstance(error, SourceError)
    assert error.message == "in/a.csv:1: columns not in the contract: 'x', 'y'"
    assert "assets/orders.yaml" in error.hint


def test_columns_the_contract_does_not_name_are_left_out_where_that_is_allowed(tmp_path: Path) -> None:
    write(tmp_path, "id,name,amount,x\n1,n,1.0,2\n")
    report = load_one(dropping(orders_plan(tmp_path)))
    assert (report.outcome, report.dropped_columns) == (StreamOutcome.COMMITTED, ("x",))
    assert "x" not in table_rows(tmp_path).column_names


def test_a_contract_column_missing_in_the_header_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    write(tmp_path, "id,nme,amount\n1,n,1.0\n")
    error = load_one(orders_plan(tmp_path, max_rejects=0)).error
    assert isinstance(error, SourceError)
    assert error.message.startswith("in/a.csv:1")
    assert "'name'" in str(error)
    assert "'nme'" in str(error)


def test_no_source_file_at_all_is_an_error_that_names_the_pattern(tmp_path: Path) -> None:
    assert "in/*.csv" in str(load_one(orders_plan(tmp_path)).error)


def test_a_file_that_changes_while_it_is_read_is_planned_and_read_again(tmp_path: Path) -> None:
    path = deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    child = os.fork()
    if child == 0:
        failpoints.arm("source.connected=stop")
        os._exit(load(orders_plan(tmp_path)).exit_code)
    os.waitpid(child, os.WUNTRACED)
    with path.open("a") as file:
        file.write("2,n,2.0\n")
    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert table_rows(tmp_path).column("id").to_pylist() == [1, 2]


def test_a_file_with_only_a_header_is_loaded_once_and_all_checks_are_reported(tmp_path: Path) -> None:
    write(tmp_path, "id,name,amount\n")
    first, again = load_one(orders_plan(tmp_path)), load_one(orders_plan(tmp_path))
    assert (first.outcome, first.counts.read) == (StreamOutcome.COMMITTED, 0)
    assert {check.status.value for check in first.checks} == {"passed"}
    assert again.outcome is StreamOutcome.NOTHING_NEW


def test_a_superseded_run_names_the_run_that_won(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        failpoints.arm("window.planned=stop")
        (report,) = load(orders_plan(tmp_path)).streams
        os.write(writing, f"{report.outcome} {report.commit.state.run_id if report.commit else ''}".encode())
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    winner = load(orders_plan(tmp_path))
    os.kill(child, signal.SIGCONT)
    os.waitpid(child, 0)
    assert os.read(reading, 1000).decode() == f"superseded {winner.run_id}"
    os.close(reading)
    os.close(writing)
    assert table_rows(tmp_path).num_rows == 1


def test_a_run_that_has_lost_its_window_adds_no_rejects(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), ("x", "n", 1.0)])
    child = os.fork()
    if child == 0:
        failpoints.arm("window.planned=stop;quarantine.before=kill")
        os._exit(load(orders_plan(tmp_path)).exit_code)
    os.waitpid(child, os.WUNTRACED)
    assert load(orders_plan(tmp_path)).exit_code == 1
    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert table_rows(tmp_path, TABLE.quarantine).num_rows == 1


def plan_with_amount(root: Path, type_: FieldType) -> IngestPlan:
    *others, amount = orders_columns()
    return orders_plan(root, columns=(*others, replace(amount, type=type_)), rules=())


def test_a_value_that_does_not_fit_a_column_declared_fail_publishes_nothing(tmp_path: Path) -> None:
    plan = plan_with_amount(tmp_path, FieldType(TypeKind.LONG, on_loss=OnLoss.FAIL))
    deliver(tmp_path, "a.csv", [(1, "a", 5)])
    assert load_one(plan).outcome is StreamOutcome.COMMITTED
    deliver(tmp_path, "b.csv", [(2, "b", 6), (3, "c", "x")])
    report = load_one(plan)
    assert isinstance(report.error, ContractError)
    assert "b.csv, line 3: amount: 'x' is not an integer" in str(report.error)
    assert table_rows(tmp_path)["id"].to_pylist() == [1]
    assert len(list((tmp_path / "lake").rglob("*.parquet"))) == 1


def test_a_table_that_has_a_time_is_not_given_text(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "a", "07:00")])
    assert load_one(plan_with_amount(tmp_path, FieldType(TypeKind.TIME))).outcome is StreamOutcome.COMMITTED
    deliver(tmp_path, "b.csv", [(2, "b", "08:00")])
    error = load_one(plan_with_amount(tmp_path, FieldType(TypeKind.TIME, on_loss=OnLoss.STRINGIFY))).error
    assert isinstance(error, TargetError)
    assert "column 'amount' is time in the table and string in the contract" in str(error)
