"""A text of any length is read in a time that grows with its length, whatever it is made of."""

import time

import pytest

from dativo_core.odcs.nested_types import nested_type, size_options
from dativo_core.odcs.partition import read_partition
from dativo_core.odcs.sort_order import read_sort
from dativo_core.odcs.types import FieldType, TypeKind

COLUMNS = {"id": FieldType(TypeKind.LONG)}
BLANKS = " " * 50_000
LIMIT_S = 0.5


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_partition, f"bucket{BLANKS}x"),
        (read_partition, f"bucket[{BLANKS}x"),
        (read_partition, f"bucket(16{BLANKS},{BLANKS}x"),
        (read_partition, f"day(x{BLANKS}x"),
        (read_partition, "x" * 50_000),
        (read_sort, f"x{BLANKS}y"),
        (read_sort, f"x{BLANKS}desc{BLANKS}nulls{BLANKS}y"),
        (nested_type, f"vector{BLANKS}x"),
        (nested_type, f"x{BLANKS}y"),
        (nested_type, f"struct<a{BLANKS}b{BLANKS}c"),
    ],
)
def test_runs_of_blanks_take_no_time(read, text):
    began = time.process_time()
    read(text, {"read_partition": COLUMNS, "read_sort": COLUMNS}.get(read.__name__, lambda part: COLUMNS["id"]))
    size_options(text)
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("bucket [ 16 ] ( id )", "bucket(16,id)"),
        ("bucket( 16 , id )", "bucket(16,id)"),
        ("id", "id"),
    ],
)
def test_blanks_around_the_parts_of_a_partition_field_mean_nothing(text, means):
    assert read_partition(text, COLUMNS) == read_partition(means, COLUMNS)


@pytest.mark.parametrize("text", ["id  DESC  nulls\tlast", "id desc nulls last"])
def test_blanks_between_the_words_of_a_sort_field_mean_nothing(text):
    assert read_sort(text, COLUMNS) == read_sort("id desc nulls last", COLUMNS)


@pytest.mark.parametrize("text", ["", "   "])
def test_a_sort_field_of_nothing_is_a_column_that_is_not_there(text):
    assert read_sort(text, COLUMNS).code == "sort-column"
