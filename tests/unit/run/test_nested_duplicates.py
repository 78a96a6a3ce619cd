"""Rows whose parts repeat a key, against a reference that goes through the rows one by one."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.conform import Conformer
from dativo_core.contract.duplicate_rejects import DuplicateRejects
from dativo_core.contract.uniqueness import run_keys
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, Rule, RuleKind
from dativo_core.odcs.types import ELEMENT
from dativo_core.run.duplicates import find_duplicates
from dativo_core.run.key_spill import KeySpill, LeftOutRows
from tests.unit.contract.build import PLACE, batch, column, rule

COLUMNS = (column("a", "int"), column("l", "list<struct<s: string, n: long>>"), column("o", "struct<k: string>"))


def unique(name: str, *parts: tuple[str, ...]) -> Rule:
    columns = tuple(each for each, *_ in parts)
    members = tuple(tuple(steps) for _, *steps in parts)
    member = members[0] if len(parts) == 1 else ()
    made = (name, RuleKind.UNIQUE, ", ".join(columns), columns, CheckSeverity.ERROR, "", PLACE)
    return Rule(*made, member=member, members=members)


ELEMENTS, TOGETHER, OF_STRUCT, WHOLE = (("l", ELEMENT, "s"),), (("a",), ("l", ELEMENT, "n")), (("o", "k"),), (("l",),)
RULES = (
    unique("elements", *ELEMENTS),
    unique("together", *TOGETHER),
    unique("of_struct", *OF_STRUCT),
    unique("whole", *WHOLE),
    rule("a", RuleKind.MAXIMUM, 3),
)
COUNTED = MetricRule(
    *("again", Metric.DUPLICATE_VALUES, ("l",), (), (), "percent", CheckSeverity.INFO, "", PLACE),
    members=((ELEMENT, "n"),),
)
KEYS = run_keys(RULES, (COUNTED,))

ELEMENT_VALUES = st.none() | st.fixed_dictionaries(
    {"s": st.none() | st.sampled_from("tuvwxyz"), "n": st.none() | st.integers(0, 9)}
)
ROW = st.fixed_dictionaries(
    {
        "a": st.none() | st.integers(0, 4),
        "l": st.none() | st.lists(ELEMENT_VALUES, max_size=3),
        "o": st.none() | st.fixed_dictionaries({"k": st.none() | st.integers(0, 9).map(str)}),
    }
)
SLICES = st.lists(st.lists(st.lists(ROW, max_size=5), max_size=3), min_size=1, max_size=3)


def keys_of(row):
    elements = [each or {"s": None, "n": None} for each in row["l"] or []]
    found = [("elements", each["s"]) for each in elements]
    found += [("together", row["a"], each["n"]) for each in elements]
    found += [("of_struct", (row["o"] or {}).get("k"))]
    found += [("whole", None if row["l"] is None else json.dumps(row["l"], sort_keys=True))]
    return [key for key in found if None not in key]


def expected(rows):
    """Return the rows that stay: each that has no key twice, and none of one that stays already."""
    seen, kept = set(), []
    for row in rows:
        keys = keys_of(row)
        is_sound = row["a"] is None or row["a"] <= 3
        if is_sound and len(set(keys)) == len(keys) and not seen.intersection(keys):
            seen.update(keys)
            kept.append(row)
    return kept


def delivered(rows):
    texts = {name: [None if row[name] is None else json.dumps(row[name]) for row in rows] for name in ("a", "l", "o")}
    return batch(**texts)


def landed(slices, directory: Path):
    conformer = Conformer(COLUMNS, RULES)
    batches = [[delivered(rows) for rows in one] for one in slices]
    conformed = [[conformer.conform(each) for each in one] for one in batches]
    spilled = []
    for index, one in enumerate(conformed):
        writer = KeySpill(KEYS, directory, index)
        for each in one:
            writer.add(each)
        spilled.append(writer.close())
    found = find_duplicates(KEYS, spilled, directory, 32)
    rejects = DuplicateRejects(COLUMNS, RULES, KEYS)
    again = []
    for index, one in enumerate(batches):
        rows = LeftOutRows(found.left_out[index]) if index in found.left_out else None
        for whole, each in zip(one, conformed[index], strict=True):
            left = None if rows is None else rows.among(each.records.num_rows)
            again.append(each if left is None else rejects.reject(whole, each, *left))
    return again, found


@settings(max_examples=40, deadline=None)
@given(slices=SLICES)
def test_a_row_stays_unless_a_value_of_its_parts_came_before_and_nothing_is_lost(slices):
    with TemporaryDirectory() as directory:
        again, found = landed(slices, Path(directory))
    rows = [row for one in slices for batch_rows in one for row in batch_rows]
    numbers = [each["n"] if each else None for row in rows for each in row["l"] or []]
    present = [number for number in numbers if number is not None]
    kept = [row for each in again for row in each.records.to_pylist()]
    assert [keys_of(row) for row in kept] == [keys_of(row) for row in expected(rows)]
    assert sum(each.rejects.num_rows for each in again) == len(rows) - len(kept)
    assert found.surplus.get("again", 0) == len(present) - len(set(present))
    assert found.values["again"] == len(numbers)


def test_a_reject_shows_all_values_of_the_part(tmp_path):
    rows = [
        {"a": 1, "l": [{"s": "x", "n": 1}], "o": {"k": "p"}},
        {"a": 2, "l": [{"s": "y", "n": 1}, None, {"s": "x", "n": 2}], "o": {"k": "p"}},
        {"a": 3, "l": [{"s": "z", "n": 5}, {"s": "w", "n": 5}], "o": None},
    ]
    again, _ = landed([[rows]], tmp_path)
    reasons = [row["reason"] for each in again for row in each.rejects.to_pylist()]
    assert reasons == [
        "l[].s: 'y, x' holds a value that is not unique: it came before; o.k: 'p' is not unique: an earlier row has it",
        "a, l: '3, 5, 3, 5' holds a value that is not unique: it came before",
    ]
