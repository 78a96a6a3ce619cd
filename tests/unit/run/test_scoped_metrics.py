"""Library rules about a run, its partitions and its table over a real lake: what they count, and what they hold back."""

import math
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.flow import CheckResult, CheckStatus, StreamOutcome, StreamReport
from dativo_core.lake.catalog import open_lake
from dativo_core.odcs.contract import CheckSeverity, Column, Metric, MetricRule, Rule, RuleKind, RuleScope
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.odcs.types import OnLoss
from dativo_core.plan.types import IngestPlan, ReplaceScope, WriteMode
from dativo_core.run.scope import Published
from dativo_core.run.scoped_metrics import TOO_LONG, compile_scoped, measure
from tests.support import PLACE, deliver, load, orders_columns, orders_plan, table_rows
from tests.unit.contract.build import column
from tests.unit.lake.other_engine import data_files, mark_deleted, opened

NEVER = (Threshold(Operator.LESS_THAN, (0,)),)


def text_date(name: str) -> Column:
    plain = column(name, "date")
    return replace(plain, type=replace(plain.type, on_loss=OnLoss.STRINGIFY))


COLUMNS = (
    column("part"),
    column("n", "long"),
    column("x", "double"),
    column("s"),
    column("t", "timestamp"),
    text_date("d"),
)
ACCEPTED = (Rule("n__minimum", RuleKind.MINIMUM, "n", (-5,), CheckSeverity.ERROR, "n is at least -5", PLACE),)


@dataclass(frozen=True)
class Measure:
    """A metric, and the plain computation of which rows break it; None where it counts no broken rows."""

    metric: Metric
    columns: tuple[str, ...] = ()
    tests: tuple[tuple[RuleKind, tuple], ...] = ()
    breaks: Any = None


MEASURES = {
    "rows": Measure(Metric.ROW_COUNT),
    "nulls": Measure(Metric.NULL_VALUES, ("s",), ((RuleKind.REQUIRED, ()),), lambda row: row["s"] is None),
    "missing": Measure(
        Metric.MISSING_VALUES,
        ("s",),
        ((RuleKind.MISSING_VALUES, ("n/a",)), (RuleKind.REQUIRED, ())),
        lambda row: row["s"] in (None, "n/a"),
    ),
    "enum": Measure(
        Metric.INVALID_VALUES,
        ("s",),
        ((RuleKind.ENUM, ("a", "ab")),),
        lambda row: row["s"] is not None and row["s"] not in ("a", "ab"),
    ),
    "pattern": Measure(
        Metric.INVALID_VALUES,
        ("s",),
        ((RuleKind.PATTERN, ("b",)),),
        lambda row: row["s"] is not None and not re.search("b", row["s"]),
    ),
    "between": Measure(
        Metric.INVALID_VALUES,
        ("n",),
        ((RuleKind.MINIMUM, (0,)), (RuleKind.MAXIMUM, (3,))),
        lambda row: row["n"] is not None and not 0 <= row["n"] <= 3,
    ),
    "floats": Measure(
        Metric.INVALID_VALUES,
        ("x",),
        ((RuleKind.MAXIMUM, (1.5,)),),
        lambda row: row["x"] is not None and not row["x"] <= 1.5,
    ),
    "days": Measure(
        Metric.INVALID_VALUES,
        ("d",),
        ((RuleKind.MINIMUM, ("2024-01-02",)),),
        lambda row: row["d"] is not None and row["d"] < "2024-01-02",
    ),
    "repeats": Measure(Metric.DUPLICATE_VALUES, ("s",)),
    "repeats_together": Measure(Metric.DUPLICATE_VALUES, ("n", "x")),
    "age": Measure(Metric.FRESHNESS, ("t",)),
    "age_of_text": Measure(Metric.FRESHNESS, ("d",)),
}


def rules_of(scope: RuleScope) -> list[MetricRule]:
    return [
        metric_rule(name, scope, unit)
        for name, each in MEASURES.items()
        for unit in (("s",) if each.metric is Metric.FRESHNESS else ("rows", "percent"))
        if (each.metric, unit) != (Metric.ROW_COUNT, "percent")
    ]


def metric_rule(name: str, scope: RuleScope, unit: str = "rows", *thresholds: Threshold, **changes: Any) -> MetricRule:
    each = MEASURES[name]
    tests = tuple(Rule("t", kind, each.columns[0], said, CheckSeverity.ERROR, "", PLACE) for kind, said in each.tests)
    made = MetricRule(
        *(f"{name}_{scope}_{unit}", each.metric, each.columns, tests, thresholds or NEVER, unit),
        *(CheckSeverity.INFO, "", PLACE, None, scope),
    )
    return replace(made, **changes)


def expected(rule: MetricRule, rows: Sequence[dict]) -> Fraction | datetime | None:
    each = MEASURES[rule.id.removesuffix(f"_{rule.scope}_{rule.unit}")]
    if each.metric is Metric.ROW_COUNT:
        return Fraction(len(rows))
    if each.metric is Metric.FRESHNESS:
        moments = [row[each.columns[0]] for row in rows if row[each.columns[0]] is not None]
        moments = [datetime.fromisoformat(each) if isinstance(each, str) else each for each in moments]
        return max(moments, default=None)
    if each.metric is Metric.DUPLICATE_VALUES:
        keys = [tuple(map(exact, (row[name] for name in each.columns))) for row in rows]
        keys = [key for key in keys if None not in key]
        broken = len(keys) - len(set(keys))
    else:
        broken = sum(1 for row in rows if each.breaks(row))
    if rule.unit == "percent":
        return Fraction(100 * broken, len(rows)) if rows else Fraction(0)
    return Fraction(broken)


def exact(value: object) -> object:
    return repr(value) if isinstance(value, float) else value


def found_of(report: StreamReport, name: str) -> CheckResult:
    (result,) = (check for check in report.checks if check.id == name)
    return result


def load_one(plan: IngestPlan) -> StreamReport:
    (report,) = load(plan).streams
    return report


def ruled(plan: IngestPlan, *rules: MetricRule) -> IngestPlan:
    return replace(plan, streams=(replace(plan.streams[0], metric_rules=rules),))


CELLS = {
    "part": st.sampled_from(["p", "q", "r"]),
    "n": st.none() | st.integers(-7, 5),
    "x": st.none() | st.sampled_from([0.0, -0.0, 1.5, 2.0, math.nan, math.inf, -math.inf]),
    "s": st.none() | st.sampled_from(["a", "ab", "b", "n/a", "A"]),
    "t": st.none() | st.datetimes(datetime.fromisoformat("2023-01-01"), datetime.fromisoformat("2024-01-01")),
    "d": st.none() | st.dates(date(2024, 1, 1), date(2024, 1, 4)).map(str),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=8)


def write(root: Path, name: str, rows: Sequence[dict]) -> None:
    (root / "in").mkdir(exist_ok=True)
    lines = [",".join("" if cell is None else str(cell) for cell in (row[name] for name in CELLS)) for row in rows]
    (root / "in" / name).write_text("\n".join([",".join(CELLS), *lines]) + "\n")


def plan_of(root: Path, mode: str) -> IngestPlan:
    replaces = {"by file": ReplaceScope.FILE, "by partition": ReplaceScope.PARTITION}.get(mode)
    write_mode = WriteMode.DELETE_INSERT if replaces else WriteMode(mode)
    layout = {"columns": COLUMNS, "rules": ACCEPTED, "partition_by": ("part",)}
    return orders_plan(root, write_mode=write_mode, replace=replaces, **layout)


def agrees(rule: MetricRule, rows: Sequence[dict], found: CheckResult, now: datetime) -> bool:
    wanted = expected(rule, rows)
    if found.rows_evaluated != len(rows) or ("scope_empty" in found.note) is (
        bool(rows) or rule.metric is Metric.ROW_COUNT
    ):
        return False
    if isinstance(wanted, datetime):
        return found.value is not None and abs((now - wanted).total_seconds() - found.value) < 120
    return found.value == (None if wanted is None else pytest.approx(float(wanted)))


@settings(max_examples=25, deadline=None)
@given(
    earlier=ROWS,
    later=ROWS,
    same_file=st.booleans(),
    mode=st.sampled_from(["append", "overwrite", "by file", "by partition"]),
)
def test_each_metric_in_each_scope_is_what_a_plain_computation_over_its_rows_says(earlier, later, same_file, mode):
    rules = [rule for scope in RuleScope for rule in rules_of(scope)]
    same_file = same_file and mode != "append"
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write(root, "a.csv", earlier)
        load_one(plan_of(root, mode))
        write(root, "a.csv" if same_file else "b.csv", later)
        report = load_one(ruled(plan_of(root, mode), *rules))
        table = table_rows(root).select(list(CELLS)).to_pylist()
    if report.outcome is StreamOutcome.NOTHING_NEW:
        return
    assert report.outcome is StreamOutcome.COMMITTED, report.error
    read = [*earlier, *later] if mode == "overwrite" and not same_file else later
    written = {row["part"] for row in read if row["n"] is None or row["n"] >= -5}
    rows = {
        RuleScope.RUN: read,
        RuleScope.PARTITION: [row for row in table if row["part"] in written],
        RuleScope.TABLE: table,
    }
    now = datetime.now(UTC).replace(tzinfo=None)
    wrong = [rule for rule in rules if not agrees(rule, rows[rule.scope], found_of(report, rule.id), now)]
    assert [(each.id, expected(each, rows[each.scope]), found_of(report, each.id)) for each in wrong] == []


def at_most(bound: int) -> Threshold:
    return Threshold(Operator.LESS_OR_EQUAL_TO, (bound,))


def orders_rule(
    metric: Metric, columns: tuple[str, ...] = (), tests: tuple[Rule, ...] = (), **changes: Any
) -> MetricRule:
    made = MetricRule(
        *("asked", metric, columns, tests, (at_most(0),), "rows", CheckSeverity.ERROR, "asked", PLACE, None),
        scope=RuleScope.TABLE,
    )
    return replace(made, **changes)


REPEATED = orders_rule(Metric.DUPLICATE_VALUES, ("id",))
IS_NULL = Rule("t", RuleKind.REQUIRED, "name", (), CheckSeverity.ERROR, "", PLACE)
NULLS = orders_rule(Metric.NULL_VALUES, ("name",), (IS_NULL,))
COUNTED = orders_rule(Metric.ROW_COUNT)


def measured(root: Path, *rules: MetricRule, **limits: float) -> dict[str, Any]:
    """Measure rules over the table as it is, as a run would that adds nothing."""
    stream = ruled(orders_plan(root), *rules).streams[0]
    with open_lake(root / "lake") as lake:
        return measure(compile_scoped(stream), Published(stream, lake, (), None), datetime.now(UTC), **limits)


def test_a_row_that_repeats_one_of_an_earlier_load_stops_the_run_and_leaves_no_file(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", 1.0)])
    assert load_one(ruled(orders_plan(tmp_path), REPEATED)).outcome is StreamOutcome.COMMITTED
    before = data_files(tmp_path)
    deliver(tmp_path, "b.csv", [(3, "n", 1.0), (2, "again", 1.0)])
    report = load_one(ruled(orders_plan(tmp_path), REPEATED))
    assert (report.outcome, found_of(report, "asked").value) == (StreamOutcome.FAILED, 1)
    assert "asked: 1 row, not mustBeLessOrEqualTo 0" in str(report.error)
    assert {path.name for path in (tmp_path / "lake").rglob("*.parquet")} == {Path(each).name for each in before}


def test_a_rejected_row_is_read_but_never_in_the_table(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", -1.0)])
    of_table = replace(COUNTED, severity=CheckSeverity.INFO)
    of_run = replace(of_table, id="read", scope=RuleScope.RUN)
    report = load_one(ruled(orders_plan(tmp_path), of_table, of_run))
    assert (found_of(report, "asked").value, found_of(report, "read").value) == (1, 2)


def test_an_empty_scope_is_no_pass_and_holds_nothing_back(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", -1.0)])
    report = load_one(ruled(orders_plan(tmp_path), NULLS))
    found = found_of(report, "asked")
    assert (found.status, found.value, found.note) == (CheckStatus.ERROR, 0, "scope_empty: no row is in the table")
    assert report.outcome is StreamOutcome.COMMITTED


def test_rows_other_engines_marked_as_deleted_are_in_no_count(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "", 1.0), (2, "n", 1.0), (2, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    mark_deleted(tmp_path, 0)
    rules = [replace(each, id=each.metric) for each in (COUNTED, NULLS, REPEATED)]
    found = measured(tmp_path, *rules)
    assert {each.rows for each in found.values()} == {2}
    assert found["duplicate_values"].violations == {"duplicate_values": 1}


def test_a_column_that_earlier_files_lack_is_null_there(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    (tmp_path / "in" / "b.csv").write_text("id,name,amount,paid,at\n2,n,1,true,2024-01-01\n")
    plan = orders_plan(tmp_path, columns=(*orders_columns(), column("paid", "boolean"), column("at", "date")))
    missing = orders_rule(
        Metric.NULL_VALUES, ("paid",), (replace(IS_NULL, column="paid"),), severity=CheckSeverity.INFO
    )
    age = orders_rule(Metric.FRESHNESS, ("at",), unit="d", id="age", severity=CheckSeverity.INFO)
    report = load_one(ruled(plan, missing, age))
    assert found_of(report, "asked").value == 1
    days = (datetime.now(UTC) - datetime(2024, 1, 1, tzinfo=UTC)).total_seconds() / 86_400
    assert found_of(report, "age").value == pytest.approx(days, abs=0.1)


def test_what_manifests_tell_needs_no_file_and_a_damaged_one_is_named_by_the_rules_that_need_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("id,name,amount,at\n1,n,1,2024-01-01T10:00:00\n2,n,1,\n")
    plan = orders_plan(tmp_path, columns=(*orders_columns(), column("at", "timestamp")))
    load_one(plan)
    (path,) = data_files(tmp_path)
    Path(path.removeprefix("file://")).write_bytes(b"not Parquet at all")
    age = orders_rule(Metric.FRESHNESS, ("at",), unit="h")
    rules = [replace(each, id=each.metric) for each in (COUNTED, age, NULLS, REPEATED)]
    found = measured(tmp_path, *rules)
    assert {each.rows for each in found.values()} == {2}
    assert found["freshness"].newest == {"freshness": 1_704_103_200_000_000}
    assert (found["row_count"].problem, found["freshness"].problem) == ("", "")
    assert path in found["null_values"].problem
    assert path in found["duplicate_values"].problem


def test_a_rule_that_takes_too_long_has_no_value(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    rules = [replace(each, id=each.metric) for each in (COUNTED, NULLS, REPEATED)]
    found = measured(tmp_path, *rules, time_limit_s=-1)
    assert {name: each.problem for name, each in found.items()} == {
        "row_count": "",
        "null_values": TOO_LONG,
        "duplicate_values": TOO_LONG,
    }


def test_a_partition_of_another_spec_is_an_error_of_the_check(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(orders_plan(tmp_path))
    with opened(tmp_path) as table, table.update_spec() as change:
        change.add_identity("name")
    (found,) = measured(tmp_path, replace(NULLS, scope=RuleScope.PARTITION)).values()
    assert "is of another partitioning" in found.problem


def test_parts_of_nested_columns_are_held_against_rules_in_every_scope(tmp_path: Path) -> None:
    tags = replace(column("tags", "list<string>"), source_name="labels")
    lines = replace(column("lines", "list<struct<sku: string, price: decimal(10,2)>>"), source_name="lines")
    (tmp_path / "in").mkdir()
    cells = [
        '1,"[""a"",""bb""]","[{""sku"":""x"",""price"":""1.50""}]"',
        '2,"[""c""]","[{""sku"":""y"",""price"":""9""}]"',
    ]
    (tmp_path / "in" / "a.csv").write_text("\n".join(["id,labels,lines", *cells]) + "\n")
    plan = orders_plan(tmp_path, columns=(orders_columns()[0], tags, lines), rules=())
    short = Rule("t", RuleKind.PATTERN, "tags", ("^.$",), CheckSeverity.ERROR, "", PLACE, member=("[]",))
    cheap = Rule("t", RuleKind.MAXIMUM, "lines", (5,), CheckSeverity.ERROR, "", PLACE, member=("[]", "price"))
    for scope in RuleScope:
        settings_ = {"scope": scope, "severity": CheckSeverity.INFO}
        rules = (
            orders_rule(Metric.INVALID_VALUES, ("tags",), (short,), **settings_),
            orders_rule(Metric.INVALID_VALUES, ("lines",), (cheap,), id="price", **settings_),
        )
        report = load_one(ruled(plan, *rules))
        assert [found_of(report, name).value for name in ("asked", "price")] == [1, 1], report.error
        (tmp_path / "lake").rename(tmp_path / f"lake-{scope}")
