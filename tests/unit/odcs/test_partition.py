"""Partition and sort fields as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.partition import LayoutProblem, PartitionField, PartitionTransform, read_partition, transform_of
from dativo_core.odcs.sort_order import SortField, read_sort
from dativo_core.odcs.types import FieldType, TypeKind

COLUMNS = {
    "id": FieldType(TypeKind.LONG),
    "at": FieldType(TypeKind.TIMESTAMP),
    "price (EUR)": FieldType(TypeKind.DECIMAL, 9, 2),
    "state desc": FieldType(TypeKind.STRING),
}


@pytest.mark.parametrize(
    ("text", "shown", "name"),
    [
        ("id", "id", "id"),
        ("identity(at)", "at", "at"),
        ("at", "day(at)", "at_day"),
        ("bucket(16,id)", "bucket(16,id)", "id_bucket_16"),
        ("bucket[16](id)", "bucket(16,id)", "id_bucket_16"),
        (" Truncate ( 10 , id ) ", "truncate(10,id)", "id_trunc_10"),
        ("void(id)", "void(id)", "id_null"),
        ("hour(at)", "hour(at)", "at_hour"),
        ("price (EUR)", "price (EUR)", "price (EUR)"),
        ("bucket(4,price (EUR))", "bucket(4,price (EUR))", "price (EUR)_bucket_4"),
    ],
)
def test_a_field_is_read_in_each_spelling(text: str, shown: str, name: str) -> None:
    field = read_partition(text, COLUMNS)
    assert isinstance(field, PartitionField), field
    assert (str(field), field.name) == (shown, name)


@given(
    transform=st.sampled_from(PartitionTransform), width=st.integers(1, 10**6), column=st.sampled_from(list(COLUMNS))
)
def test_what_a_field_prints_reads_as_the_same_field(transform: PartitionTransform, width: int, column: str) -> None:
    wide = transform in {PartitionTransform.BUCKET, PartitionTransform.TRUNCATE}
    field = PartitionField(column, transform, width if wide else None)
    read = read_partition(f"{field.spelling}({column})", COLUMNS)
    assert read == field or isinstance(read, LayoutProblem)
    if isinstance(read, PartitionField) and transform is not PartitionTransform.IDENTITY:
        assert read_partition(str(read), COLUMNS) == read


def test_a_list_in_brackets_that_was_cut_at_a_comma_is_explained() -> None:
    problem = read_partition("bucket(16", COLUMNS)
    assert isinstance(problem, LayoutProblem)
    assert "commas need the quotes" in problem.hint


@pytest.mark.parametrize(
    "text", ["bucket[8](16,id)", "day(at", "bucket()", "week(at)", "day(id)", "bucket(99999999999,id)"]
)
def test_what_is_no_partition_field_is_a_problem(text: str) -> None:
    assert isinstance(read_partition(text, COLUMNS), LayoutProblem)


@pytest.mark.parametrize("text", ["bucket[16]", "bucket(16)", "bucket( 16 )"])
def test_a_transform_of_a_known_column_takes_both_brackets(text: str) -> None:
    assert read_partition(transform_of(text, "id"), COLUMNS) == PartitionField("id", PartitionTransform.BUCKET, 16)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("id", SortField("id", is_descending=False, nulls_first=True)),
        ("id asc nulls last", SortField("id", is_descending=False, nulls_first=False)),
        ("id DESC", SortField("id", is_descending=True, nulls_first=False)),
        ("id desc  nulls first", SortField("id", is_descending=True, nulls_first=True)),
        ("state desc", SortField("state desc")),
        ("state desc desc", SortField("state desc", is_descending=True, nulls_first=False)),
    ],
)
def test_a_sort_field_has_icebergs_defaults(text: str, field: SortField) -> None:
    assert read_sort(text, COLUMNS) == field
    assert read_sort(str(field), COLUMNS) == field
