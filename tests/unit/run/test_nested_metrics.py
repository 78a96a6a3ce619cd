"""Duplicates and ages of parts of nested columns, in every scope, against a plain computation over the rows."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.metrics import Measured
from dativo_core.flow import CheckResult, CheckStatus, StreamOutcome
from dativo_core.lake.catalog import open_lake
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, Rule, RuleScope
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.odcs.types import ELEMENT, KEY, MANY, VALUE, OnLoss
from dativo_core.plan.types import IngestPlan
from dativo_core.run.scope import Published
from dativo_core.run.scoped_metrics import compile_scoped, measure
from tests.support import PLACE, load, orders_plan, table_rows
from tests.unit.contract.build import column
from tests.unit.lake.other_engine import data_files, mark_deleted

NEVER = (Threshold(Operator.LESS_THAN, (0,)),)

ITEMS = column("items", "list<struct<sku: string, n: long, on: date, tags: list<string>>>")
COLUMNS = (
    column("part"),
    column("n", "long"),
    column("o", "struct<k: string, at: timestamp, u: struct<x: double>>"),
    ITEMS,
    column("w", "list<list<long>>"),
    column("m", "map<string, long>"),
)
Part = tuple[str, ...]

REPEATED: dict[str, tuple[Part, ...]] = {
    "of_a_struct": (("o", "k"),),
    "of_a_struct_of_a_struct": (("o", "u", "x"),),
    "of_elements": (("items", ELEMENT, "sku"),),
    "of_elements_of_elements": (("w", ELEMENT, ELEMENT),),
    "of_lists_in_elements": (("items", ELEMENT, "tags", ELEMENT),),
    "of_members_of_one_element": (("items", ELEMENT, "sku"), ("items", ELEMENT, "n")),
    "of_an_element_and_its_elements": (("items", ELEMENT, "tags", ELEMENT), ("items", ELEMENT, "n")),
    "of_a_column_and_elements": (("n",), ("items", ELEMENT, "sku")),
    "of_keys": (("m", KEY),),
    "of_entries": (("m", KEY), ("m", VALUE)),
    "of_whole_elements": (("w", ELEMENT),),
    "of_whole_lists": (("w",),),
    "of_whole_structs": (("o",),),
    "of_whole_maps": (("m",),),
}
AGES: dict[str, Part] = {"of_a_struct": ("o", "at"), "of_elements": ("items", ELEMENT, "on")}


def rules_of(scope: RuleScope) -> Iterator[MetricRule]:
    for name, parts in REPEATED.items():
        for unit in ("values", "percent"):
            yield metric_rule(f"repeats_{name}_{scope}_{unit}", Metric.DUPLICATE_VALUES, parts, unit, scope)
    for name, part in AGES.items():
        yield metric_rule(f"age_{name}_{scope}", Metric.FRESHNESS, (part,), "s", scope)


def metric_rule(name: str, metric: Metric, parts: Sequence[Part], unit: str, scope: RuleScope) -> MetricRule:
    return MetricRule(
        *(name, metric, tuple(column for column, *_ in parts), (), NEVER, unit, CheckSeverity.INFO, "", PLACE),
        scope=scope,
        members=tuple(tuple(steps) for _, *steps in parts),
    )


def values_of(row: dict[str, Any], parts: Sequence[Part]) -> list[tuple[Any, ...]]:
    """Return the values that parts of a row have together: each part of what holds it, one element after the other."""
    beside: list[dict[Part, Any]] = [{(name,): row[name] for name, *_ in parts}]
    for length in range(2, max(map(len, parts)) + 1):
        paths = {part[:length] for part in parts if len(part) >= length}
        into = {path[:-1] for path in paths if path[-1] in MANY}
        beside = [more for each in beside for more in entered(each, paths, into)]
    return [tuple(each[part] for part in parts) for each in beside]


def entered(known: dict[Part, Any], paths: set[Part], into: set[Part]) -> Iterator[dict[Part, Any]]:
    members = {path: (known[path[:-1]] or {}).get(path[-1]) for path in paths if path[-1] not in MANY}
    if not into:
        yield known | members
        return
    (outer,) = into
    held = known[outer] or []
    for each in held.items() if isinstance(held, dict) else held:
        steps = {ELEMENT: each} if not isinstance(held, dict) else {KEY: each[0], VALUE: each[1]}
        yield known | members | {path: steps[path[-1]] for path in paths if path[:-1] == outer}


def exact(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((name, exact(each)) for name, each in value.items()))
    if isinstance(value, list):
        return tuple(map(exact, value))
    return repr(value)


def expected(rule: MetricRule, rows: Sequence[dict[str, Any]]) -> Fraction | datetime | None:
    values = [value for row in rows for value in values_of(row, rule.parts)]
    if rule.metric is Metric.FRESHNESS:
        moments = [datetime.fromisoformat(str(moment)) for (moment,) in values if moment is not None]
        return max(moments, default=None)
    keys = [tuple(map(exact, value)) for value in values if None not in value]
    broken = len(keys) - len(set(keys))
    if rule.unit == "percent":
        return Fraction(100 * broken, len(values)) if values else Fraction(0)
    return Fraction(broken)


TEXTS = st.none() | st.sampled_from(["a", "b", "null", "", '"'])
NUMBERS = st.none() | st.integers(-1, 1)
TIMES = st.datetimes(datetime.fromisoformat("2023-01-01"), datetime.fromisoformat("2024-01-01"))
CELLS = {
    "part": st.sampled_from(["p", "q"]),
    "n": NUMBERS,
    "o": st.none()
    | st.fixed_dictionaries(
        {
            "k": TEXTS,
            "at": st.none() | TIMES,
            "u": st.none() | st.fixed_dictionaries({"x": st.none() | st.sampled_from([0.0, -0.0, 1.5])}),
        }
    ),
    "items": st.none()
    | st.lists(
        st.none()
        | st.fixed_dictionaries(
            {
                "sku": TEXTS,
                "n": NUMBERS,
                "on": st.none() | st.dates(date(2024, 1, 1), date(2024, 1, 4)),
                "tags": st.none() | st.lists(TEXTS, max_size=2),
            }
        ),
        max_size=3,
    ),
    "w": st.none() | st.lists(st.none() | st.lists(NUMBERS, max_size=2), max_size=2),
    "m": st.none() | st.dictionaries(st.sampled_from(["a", "b", "c"]), NUMBERS, max_size=2),
}
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=6)


def write(root: Path, name: str, rows: Sequence[dict[str, Any]]) -> None:
    (root / "in").mkdir(exist_ok=True)
    lines = [",".join(quoted(row[name]) for name in CELLS) for row in rows]
    (root / "in" / name).write_text("\n".join([",".join(CELLS), *lines]) + "\n")


def quoted(cell: Any) -> str:
    if cell is None:
        return ""
    text = json.dumps(cell, default=lambda each: each.isoformat()) if isinstance(cell, dict | list) else str(cell)
    return '"' + text.replace('"', '""') + '"'


def plan_of(root: Path, *metrics: MetricRule, rules: tuple[Rule, ...] = ()) -> IngestPlan:
    plan = orders_plan(root, columns=COLUMNS, rules=rules, partition_by=("part",))
    return replace(plan, streams=(replace(plan.streams[0], metric_rules=metrics),))


def stored(root: Path) -> list[dict[str, Any]]:
    rows = table_rows(root).select(list(CELLS)).to_pylist()
    return [{**row, "m": None if row["m"] is None else dict(row["m"])} for row in rows]


def agrees(rule: MetricRule, rows: Sequence[dict[str, Any]], found: CheckResult, now: datetime) -> bool:
    wanted = expected(rule, rows)
    if isinstance(wanted, datetime):
        return found.value is not None and abs((now - wanted).total_seconds() - found.value) < 120
    return found.value == (None if wanted is None else pytest.approx(float(wanted)))


@settings(max_examples=8, deadline=None)
@given(earlier=ROWS, later=ROWS)
def test_parts_repeat_and_age_in_each_scope_as_a_plain_computation_over_its_rows_says(earlier, later):
    rules = [rule for scope in RuleScope for rule in rules_of(scope)]
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write(root, "a.csv", earlier)
        (first,) = load(plan_of(root)).streams
        assert first.outcome is StreamOutcome.COMMITTED, first.error
        write(root, "b.csv", later)
        (report,) = load(plan_of(root, *rules)).streams
        table = stored(root)
    if report.outcome is StreamOutcome.NOTHING_NEW:
        return
    assert (report.outcome, report.counts.quarantined) == (StreamOutcome.COMMITTED, 0), report.error
    written = {row["part"] for row in later}
    rows = {
        RuleScope.RUN: later,
        RuleScope.PARTITION: [row for row in table if row["part"] in written],
        RuleScope.TABLE: table,
    }
    found = {check.id: check for check in report.checks}
    now = datetime.now(UTC).replace(tzinfo=None)
    wrong = [rule for rule in rules if not agrees(rule, rows[rule.scope], found[rule.id], now)]
    assert [(each.id, expected(each, rows[each.scope]), found[each.id]) for each in wrong] == []


ROW = {"part": "p", "n": 1, "o": None, "items": None, "w": None, "m": None}
OF_ELEMENTS = metric_rule("repeated", Metric.DUPLICATE_VALUES, [("items", ELEMENT, "sku")], "percent", RuleScope.TABLE)
AGE_OF_STRUCT = metric_rule("age", Metric.FRESHNESS, [("o", "at")], "s", RuleScope.TABLE)
AGE_OF_ELEMENTS = metric_rule("age_of_elements", Metric.FRESHNESS, [("items", ELEMENT, "on")], "s", RuleScope.TABLE)


def measured(root: Path, *rules: MetricRule) -> dict[str, Measured]:
    """Measure rules over the table as it is, as a run would that adds nothing."""
    stream = plan_of(root, *rules).streams[0]
    with open_lake(root / "lake") as lake:
        return measure(compile_scoped(stream), Published(stream, lake, (), None), datetime.now(UTC))


def items(*skus: str) -> dict[str, Any]:
    return {**ROW, "items": [{"sku": sku, "on": date(2024, 1, 1)} for sku in skus]}


def test_elements_of_rows_that_other_engines_marked_as_deleted_are_in_no_count(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", [items("a", "b"), items("a"), items("b", "c", "c")])
    load(plan_of(tmp_path))
    mark_deleted(tmp_path, 0)
    found = measured(tmp_path, OF_ELEMENTS)["repeated"]
    assert (found.violations, found.values) == ({"repeated": 1}, {"repeated": 4})


def test_a_damaged_file_is_named_by_rules_about_parts_unless_its_manifest_says_that_no_member_has_a_value(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.csv", [items("a"), items("b")])
    load(plan_of(tmp_path))
    (path,) = data_files(tmp_path)
    Path(path.removeprefix("file://")).write_bytes(b"not Parquet at all")
    found = measured(tmp_path, AGE_OF_STRUCT, AGE_OF_ELEMENTS, OF_ELEMENTS)
    assert (found["age"].newest, found["age"].problem) == ({}, "")
    assert path in found["age_of_elements"].problem
    assert path in found["repeated"].problem


def test_a_share_of_no_element_is_nothing_and_no_error(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", [ROW, {**ROW, "items": []}])
    at_most = replace(OF_ELEMENTS, thresholds=(Threshold(Operator.LESS_OR_EQUAL_TO, (0,)),))
    (report,) = load(plan_of(tmp_path, at_most)).streams
    (found,) = (check for check in report.checks if check.id == "repeated")
    assert (found.status, found.value, found.rows_evaluated) == (CheckStatus.PASSED, 0, 2)


def test_parts_that_are_stored_as_text_are_compared_and_dated_as_what_they_are(tmp_path: Path) -> None:
    kept = replace(column("o", "struct<on: date>"), name="o")
    text = replace(kept.type.members[0], type=replace(kept.type.members[0].type, on_loss=OnLoss.STRINGIFY))
    columns = (column("part"), replace(kept, type=replace(kept.type, members=(text,))))
    rules = (
        metric_rule("repeated", Metric.DUPLICATE_VALUES, [("o", "on")], "rows", RuleScope.TABLE),
        metric_rule("age", Metric.FRESHNESS, [("o", "on")], "d", RuleScope.TABLE),
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text('part,o\np,"{""on"":""2024-01-01""}"\nq,"{""on"":""2024-01-01""}"\n')
    plan = orders_plan(tmp_path, columns=columns, rules=())
    (report,) = load(replace(plan, streams=(replace(plan.streams[0], metric_rules=rules),))).streams
    found = {check.id: check.value for check in report.checks}
    assert found["repeated"] == 1
    assert found["age"] == pytest.approx(
        (datetime.now(UTC) - datetime(2024, 1, 1, tzinfo=UTC)).total_seconds() / 86_400
    )
