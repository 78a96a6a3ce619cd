"""Rows that repeat a key, against a reference that goes through the rows one by one."""

import math
import pickle
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.conform import Conformer
from dativo_core.contract.duplicate_rejects import DuplicateRejects
from dativo_core.contract.uniqueness import Key, run_keys
from dativo_core.flow import ConformedBatch
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, RuleKind
from dativo_core.run.duplicates import Duplicates, find_duplicates
from dativo_core.run.key_spill import KeySpill, LeftOutRows, SpilledKeys
from tests.unit.contract.build import PLACE, batch, column, rule

COLUMNS = (column("a", "int"), column("b"), column("c", "long"), column("bad", "int"))
UNIQUE_A = rule("a", RuleKind.UNIQUE, "a")
UNIQUE_BC = rule("b, c", RuleKind.UNIQUE, "b", "c")
RULES = (rule("bad", RuleKind.MAXIMUM, 0), UNIQUE_A, UNIQUE_BC)
SURPLUS = MetricRule("c_again", Metric.DUPLICATE_VALUES, ("c",), (), (), "rows", CheckSeverity.INFO, "", PLACE)
KEYS = run_keys(RULES, (SURPLUS,))
TINY_MB = 32

ROW = st.tuples(
    st.sampled_from([None, *range(8)]),
    st.sampled_from([None, "", "x", "é", "\x00"]),
    st.sampled_from([None, 1, 2, 3, 2**62]),
    st.sampled_from([0, 0, 0, 1]),
)
SLICES = st.lists(st.lists(st.lists(ROW, max_size=6), max_size=4), min_size=1, max_size=4)


def delivered(rows):
    texts = [[None if cell is None else str(cell) for cell in row] for row in rows]
    return batch(**{each.name: [row[index] for row in texts] for index, each in enumerate(COLUMNS)})


def spill(conformed: list[ConformedBatch], keys: tuple[Key, ...], directory: Path, part: int):
    writer = KeySpill(keys, directory, part)
    for each in conformed:
        writer.add(each)
    return writer.close()


def landed_again(batches, conformed, path):
    rejects = DuplicateRejects(COLUMNS, RULES, KEYS)
    if path is None:
        return conformed
    rows = LeftOutRows(path)
    return [
        rejects.reject(whole, each, *rows.among(each.records.num_rows))
        for whole, each in zip(batches, conformed, strict=True)
    ]


def expected(slices):
    """Return the rows that stay: in order, each that has no key of one that stays already."""
    seen, kept = set(), []
    for row in (row for one in slices for rows in one for row in rows):
        keys = [key for key in (("a", row[0]), ("bc", row[1], row[2])) if None not in key]
        if row[3] == 0 and not any(key in seen for key in keys):
            seen.update(keys)
            kept.append(row)
    return kept


def found_in(slices, directory: Path) -> tuple[list, Duplicates, int]:
    conformer = Conformer(COLUMNS, RULES)
    batches = [[delivered(rows) for rows in one] for one in slices]
    conformed = [[conformer.conform(each) for each in one] for one in batches]
    spilled = [spill(one, KEYS, directory, index) for index, one in enumerate(conformed)]
    found = find_duplicates(KEYS, spilled, directory, TINY_MB)
    again = [
        each
        for index, one in enumerate(batches)
        for each in landed_again(one, conformed[index], found.left_out.get(index))
    ]
    kept = [tuple(row.values()) for each in again for row in each.records.to_pylist()]
    return kept, found, sum(each.rejects.num_rows for each in again)


@settings(max_examples=40, deadline=None)
@given(slices=SLICES)
def test_the_first_row_of_each_key_stays_and_nothing_is_lost(slices):
    with TemporaryDirectory() as directory:
        kept, found, rejected = found_in(slices, Path(directory))
    rows = [row for one in slices for batch_rows in one for row in batch_rows]
    numbers = [row[2] for row in rows if row[2] is not None]
    assert kept == expected(slices)
    assert rejected == len(rows) - len(kept)
    assert found.surplus.get("c_again", 0) == len(numbers) - len(set(numbers))


def test_a_row_left_out_for_one_key_takes_no_value_of_another(tmp_path):
    rows = [(1, "x", 1, 0), (1, "x", 2, 0), (2, "x", 2, 0)]
    kept, _, rejected = found_in([[rows[:1]], [rows[1:]]], tmp_path)
    assert kept == [rows[0], rows[2]]
    assert rejected == 1


def test_a_reject_names_its_rule_place_and_value(tmp_path):
    rows = [[(1, "x", 1, 0), (5, "y", 1, 1), (1, "x", 1, 0)]]
    (whole,) = [delivered(each) for each in rows]
    conformed = Conformer(COLUMNS, RULES).conform(whole)
    found = find_duplicates(KEYS, [spill([conformed], KEYS, tmp_path, 0)], tmp_path)
    (again,) = landed_again([whole], [conformed], found.left_out[0])
    reject = again.rejects.to_pylist()[-1]
    assert (reject["file"], reject["line"], reject["raw"]) == ("orders.csv", 4, "raw 2")
    assert (reject["rule"], reject["column"]) == ("a__unique", "a")
    assert reject["reason"] == (
        "a: '1' is not unique: an earlier row has it; b, c: 'x, 1' is not unique: an earlier row has it"
    )
    assert again.violations == {"bad__maximum": 1, "a__unique": 1, "b, c__unique": 1}


def counted(values: list[pa.Array], directory: Path, memory_limit_mb: int = TINY_MB) -> int:
    """Return how many values of all batches repeat an earlier one."""
    key = Key(("v",), filters=False, rules=("again",))
    records = [pa.record_batch({"v": each}) for each in values]
    conformed = [ConformedBatch(each, each, {}, each) for each in records]
    spilled = [spill(conformed, (key,), directory, 0)]
    return find_duplicates((key,), spilled, directory, memory_limit_mb).surplus.get("again", 0)


NEGATIVE_NAN = pa.array([-1], pa.int64()).view(pa.float64())[0].as_py()
UUIDS = pa.array([b"\x01" * 16, b"\x00" * 16, b"\x01" * 16], pa.uuid())


@pytest.mark.parametrize(
    ("values", "repeats"),
    [
        (pa.array([0.0, -0.0]), 0),
        (pa.array([math.nan, 1.0, NEGATIVE_NAN]), 1),
        (pa.array([1.0, 0.5, None, None, 1.0]), 1),
        (pa.array([0.1, 0.3, 0.1], pa.float32()), 1),
        (pa.array([Decimal("1.50"), Decimal("-1.50"), Decimal("1.50")], pa.decimal128(38, 2)), 1),
        (pa.array([1, 0, 1], pa.timestamp("us", "UTC")), 1),
        (pa.array([1, 0, 1], pa.timestamp("us")), 1),
        (pa.array([1, 0, 1], pa.time64("us")), 1),
        (pa.array([1, 0, 1], pa.date32()), 1),
        (pa.array([True, False, True]), 1),
        (pa.array(["é", "e\u0301", "E", "é "]), 0),
        (pa.array([b"\xff", b"\xff\x00", b"\xff"]), 1),
        (UUIDS, 1),
    ],
)
def test_values_are_equal_exactly_when_the_table_holds_the_same(values, repeats, tmp_path):
    assert counted([values], tmp_path) == repeats


def test_more_keys_than_memory_holds_are_compared_on_disk(tmp_path, monkeypatch):
    starts = range(10**9, 10**9 - 2 * 10**6, -100_000)
    batches = [pa.arange(start, start - 100_000, -1).cast(pa.string()) for start in starts]
    assert counted([*batches, batches[3].slice(7, 1)], tmp_path, TINY_MB) == 1
    connect = duckdb.connect
    no_disk = {"temp_directory": ""}
    monkeypatch.setattr(duckdb, "connect", lambda name, config: connect(name, config={**config, **no_disk}))
    with pytest.raises(duckdb.OutOfMemoryException):
        counted(batches, tmp_path, TINY_MB)


SETTINGS = """
import sys
from pathlib import Path
from dativo_core.run.locked_duckdb import open_session

asked = "SELECT current_setting('enable_progress_bar'), current_setting('enable_external_access')"
with open_session(Path(sys.argv[1]), 64) as session:
    print(session.sql(asked).fetchall())
"""


def test_a_comparison_draws_no_bar_and_reads_no_files_even_where_python_looks_interactive(tmp_path):
    command = [sys.executable, "-c", SETTINGS, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[(False, False)]\n"


def test_keys_that_come_ascending_need_no_comparison(tmp_path, monkeypatch):
    monkeypatch.delattr(duckdb, "connect")
    assert counted([pa.array([1, 2, None]), pa.array([None, 3]), pa.array([4])], tmp_path) == 0


def test_the_order_of_slices_counts_and_not_only_that_within_each(tmp_path):
    key = Key(("v",), filters=False, rules=("again",))
    records = [pa.record_batch({"v": pa.array(each)}) for each in ([1, 2], [2, 3])]
    spilled = [
        spill([ConformedBatch(each, each, {}, each)], (key,), tmp_path, index) for index, each in enumerate(records)
    ]
    assert find_duplicates((key,), spilled, tmp_path).surplus == {"again": 1}


def test_what_a_slice_spilled_can_be_handed_to_another_process(tmp_path):
    conformed = Conformer(COLUMNS, RULES).conform(delivered([(2, "x", 1, 0), (1, "y", 1, 0)]))
    spilled = spill([conformed], KEYS, tmp_path, 0)
    assert pickle.loads(pickle.dumps(spilled)) == spilled


def test_a_slice_without_rows_has_no_file(tmp_path):
    assert spill([], KEYS, tmp_path, 0) == (SpilledKeys(None, spill([], KEYS, tmp_path, 1)[0].order),) * len(KEYS)
