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
from dativo_core.lake.live_rows import live_files
from dativo_core.lake.manifest_facts import newest_moments, row_count
from dativo_core.odcs.contract import CheckSeverity, Column, Metric, MetricRule, Rule, RuleKind, RuleScope
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.odcs.types import OnLoss
from dativo_core.plan.types import IngestPlan, ReplaceScope, WriteMode
from dativo_core.run.scope import Published
from dativo_core.run.scoped_metrics import TOO_LONG, compile_scoped, measure
from tests.support import PLACE, TABLE, deliver, load, orders_plan, table_rows
from tests.unit.contract.build import column
from tests.unit.lake.other_engine import add_file_without_file_column, data_files, mark_deleted

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
