"""A table's partition spec and sort order: from the plan into Iceberg's terms, and held against a table that exists."""

from collections.abc import Sequence

from pyiceberg.partitioning import PartitionField as SpecField
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.sorting import NullOrder, SortDirection, SortOrder
from pyiceberg.table.sorting import SortField as OrderField
from pyiceberg.transforms import IdentityTransform, parse_transform

from dativo_core.odcs.partition import PartitionField
from dativo_core.odcs.sort_order import SortField

FIRST_FIELD_ID = 1000


def partition_spec(fields: Sequence[PartitionField], schema: Schema) -> PartitionSpec:
    """Return the partition spec of a new table with `schema`."""
    return PartitionSpec(
        *(
            SpecField(schema.find_field(each.column).field_id, number, parse_transform(each.spelling), each.name)
            for number, each in enumerate(fields, start=FIRST_FIELD_ID)
        )
    )


def sort_order(fields: Sequence[SortField], schema: Schema) -> SortOrder:
    """Return the sort order of a new table with `schema`; without fields, the unsorted order."""
    if not fields:
        return SortOrder(order_id=0)
    return SortOrder(
        *(
            OrderField(
                source_id=schema.find_field(field.column).field_id,
                transform=IdentityTransform(),
                direction=SortDirection.DESC if field.is_descending else SortDirection.ASC,
                null_order=NullOrder.NULLS_FIRST if field.nulls_first else NullOrder.NULLS_LAST,
            )
            for field in fields
        )
    )


def layout_problems(table: Table, partition_by: Sequence[PartitionField], order: Sequence[SortField]) -> list[str]:
    """Return how partitioning and sort order of a table differ from the plan's; empty when they are the same."""
    problems = []
    stored, wanted = _stored_partition(table), [_applied(field.spelling, field.column) for field in partition_by]
    if stored != wanted:
        problems.append(f"the table is partitioned by {_list(stored)}, the plan says {_list(wanted)}")
    stored, wanted = _stored_order(table), [str(field) for field in order]
    if stored != wanted:
        problems.append(f"the table is sorted by {_list(stored)}, the plan says {_list(wanted)}")
    return problems


def _stored_partition(table: Table) -> list[str]:
    schema = table.schema()
    return [_applied(str(field.transform), schema.find_column_name(field.source_id)) for field in table.spec().fields]


def _stored_order(table: Table) -> list[str]:
    return [_spelling(field, table.schema()) for field in table.sort_order().fields]


def _spelling(field: OrderField, schema: Schema) -> str:
    name = _applied(str(field.transform), schema.find_column_name(field.source_id))
    nulls = "first" if field.null_order is NullOrder.NULLS_FIRST else "last"
    return f"{name} {field.direction.value} nulls {nulls}"


def _applied(transform: str, column: str | None) -> str:
    name = column or "a dropped column"
    return name if transform == str(IdentityTransform()) else f"{transform}({name})"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
