"""The table of types."""

import pyarrow as pa
import pytest
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.types import NestedField

from dativo_core.contract.ledger import arrow_schema, arrow_type, iceberg_type
from dativo_core.odcs.types import FieldType, TypeKind
from tests.unit.contract.build import column

LARGE = {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}


@pytest.mark.parametrize("kind", TypeKind)
def test_arrow_and_iceberg_types_are_those_pyiceberg_pairs(kind):
    field_type = FieldType(kind, 10, 2) if kind is TypeKind.DECIMAL else FieldType(kind)
    iceberg = iceberg_type(field_type)
    paired = schema_to_pyarrow(Schema(NestedField(1, "c", iceberg))).field("c").type
    assert LARGE.get(paired, paired) == arrow_type(field_type)
    assert str(iceberg).replace(" ", "") == str(field_type)


def test_required_columns_are_not_nullable():
    schema = arrow_schema([column("a", "int", required=True), column("b", "date")])
    assert schema == pa.schema([pa.field("a", pa.int32(), nullable=False), pa.field("b", pa.date32())])
