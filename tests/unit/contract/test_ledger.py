"""The table of types."""

from itertools import count

import pyarrow as pa
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import ListType, NestedField, UnknownType

from dativo_core.contract.ledger import arrow_schema, arrow_type, field_type_of, iceberg_type
from dativo_core.odcs.types import NESTED, FieldType, TypeKind
from tests.unit.contract.build import column, field_type

LARGE = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}


@pytest.mark.parametrize("kind", sorted(set(TypeKind) - NESTED))
def test_arrow_and_iceberg_types_are_those_pyiceberg_pairs(kind):
    sized = {TypeKind.DECIMAL: field_type("decimal(10,2)"), TypeKind.FIXED: field_type("fixed(16)")}
    type_ = sized.get(kind, FieldType(kind))
    iceberg = iceberg_type(type_)
    assert field_type_of(iceberg) == type_
    paired = schema_to_pyarrow(Schema(NestedField(1, "c", iceberg))).field("c").type
    assert LARGE.get(paired, paired) == arrow_type(type_)
    assert str(iceberg).replace(" ", "") == str(type_)


@pytest.mark.parametrize(
    "text",
    [
        "list<long>",
        "map<string, list<date>>",
        "struct<a: long, b: struct<c: decimal(10,2)>>",
        "list<struct<id: long not null, tags: map<string, boolean>>>",
    ],
)
def test_nested_types_go_both_ways_and_each_part_has_its_own_id(text):
    nested = field_type(text)
    iceberg = iceberg_type(nested, count(2))
    assert field_type_of(iceberg) == nested
    schema = Schema(NestedField(1, "c", iceberg))
    assert len(schema.field_ids) == 1 + str(nested).count(":") + str(nested).count("list") + 2 * str(nested).count(
        "map"
    )
    assert schema_to_pyarrow(schema).field("c").type.field(0).nullable == arrow_type(nested).field(0).nullable


def test_a_type_that_no_contract_can_declare_is_none():
    assert field_type_of(UnknownType()) is None
    assert field_type_of(ListType(1, UnknownType())) is None


def test_required_columns_are_not_nullable():
    schema = arrow_schema([column("a", "int", required=True), column("b", "date")])
    assert schema == pa.schema([pa.field("a", pa.int32(), nullable=False), pa.field("b", pa.date32())])
