"""Builders for tests of contracts over Arrow."""

from collections.abc import Sequence

import pyarrow as pa

from dativo_core.flow import REJECT_SCHEMA, Batch
from dativo_core.model.names import slug
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.contract import CheckSeverity, Column, Rule, RuleKind, Scalar
from dativo_core.odcs.nested_types import nested_type
from dativo_core.odcs.types import FieldType, TypeKind, member_path

PLACE = Origin("assets/orders.yaml", 12, Authority.TENANT)


def field_type(text: str) -> FieldType:
    """Return the type an Iceberg spelling such as `decimal(10,2)` or `struct<a: list<long>, b: int not null>` means."""
    nested = nested_type(text, field_type)
    if nested is not None:
        assert isinstance(nested, FieldType)
        return nested
    if text.startswith("fixed("):
        return FieldType(TypeKind.FIXED, length=int(text[6:-1]))
    name, _, arguments = text.rstrip(")").partition("(")
    return FieldType(TypeKind(name), *(int(argument) for argument in arguments.split(",") if argument))


def column(name: str, type_text: str = "string", *, required: bool = False, **changes: object) -> Column:
    settings: dict[str, object] = {
        "source_name": name,
        "primary_key_position": None,
        "description": "",
        "classification": None,
        "tags": (),
    }
    return Column(name=name, type=field_type(type_text), required=required, origin=PLACE, **{**settings, **changes})


def rule(
    column_name: str,
    kind: RuleKind,
    *arguments: Scalar,
    severity: CheckSeverity = CheckSeverity.ERROR,
    member: tuple[str, ...] = (),
) -> Rule:
    rule_id = f"{slug(member_path(column_name, member))}__{kind.value}" if member else f"{column_name}__{kind.value}"
    return Rule(rule_id, kind, column_name, arguments, severity, "said so", PLACE, member=member)


class Lines:
    """Row n stands in line n + 2 of `orders.csv`."""

    file = "orders.csv"

    def locate(self, rows: Sequence[int]) -> tuple[list[int], list[str]]:
        return [row + 2 for row in rows], [f"raw {row}" for row in rows]


def batch(rejects: Sequence[dict[str, object]] = (), **columns: pa.Array | Sequence[str | None]) -> Batch:
    """Return a batch of the columns; lists are text, arrays whatever type they have."""
    arrays = {
        name: values if isinstance(values, pa.Array) else pa.array(values, pa.string())
        for name, values in columns.items()
    }
    return Batch(
        pa.RecordBatch.from_pydict(arrays), pa.RecordBatch.from_pylist(list(rejects), REJECT_SCHEMA), Lines(), 0
    )
