"""Partitioning and sort order of a table: what is written, read against the contract's columns."""

from collections.abc import Mapping, Sequence

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Target
from dativo_core.odcs.contract import SchemaObject
from dativo_core.odcs.partition import LayoutProblem, PartitionField, list_problems, read_partition
from dativo_core.odcs.sort_order import SortField, read_sort, repeated_columns
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.document import KeyPath
from dativo_core.workspace.merge import Merged

SYNTHETIC_PARTITION = "ingest_date"
"""A partition column that Dativo adds: the date of the load."""


def check_layout(target: Target, settings: Merged, table: SchemaObject) -> list[Finding]:
    """Return what of partitioning and sort order does not fit the contract's columns."""
    fields, findings = _read_all(target.partitioning, ("partitioning",), settings, table)
    order, problems = _sort_fields(target, table)
    together = list_problems(fields, _types(table))
    return [
        *findings,
        *(_finding(settings, ("partitioning",), problem) for problem in together),
        *(_finding(settings, ("sort_order",), problem) for problem in (*problems, *repeated_columns(order))),
        *_check_synthetic(fields, table),
    ]


def partition_fields(target: Target, table: SchemaObject) -> tuple[PartitionField, ...]:
    """Return the partition fields of a target that passed `check_layout`."""
    columns = _with_synthetic(table)
    read = (read_partition(text, columns) for text in target.partitioning or ())
    return tuple(field for field in read if isinstance(field, PartitionField))


def sort_fields(target: Target, table: SchemaObject) -> tuple[SortField, ...]:
    """Return the sort fields of a target that passed `check_layout`."""
    return tuple(_sort_fields(target, table)[0])


def _read_all(
    texts: Sequence[str] | None, path: KeyPath, settings: Merged, table: SchemaObject
) -> tuple[list[PartitionField], list[Finding]]:
    columns = _with_synthetic(table)
    fields: list[PartitionField] = []
    findings: list[Finding] = []
    for text in texts or ():
        read = read_partition(text, columns)
        if isinstance(read, LayoutProblem):
            findings.append(_finding(settings, path, read))
        else:
            fields.append(read)
    return fields, findings


def _sort_fields(target: Target, table: SchemaObject) -> tuple[list[SortField], list[LayoutProblem]]:
    columns = _types(table)
    read = [read_sort(text, columns) for text in target.sort_order or ()]
    problems = [each for each in read if isinstance(each, LayoutProblem)]
    return [each for each in read if isinstance(each, SortField)], problems


def _check_synthetic(fields: Sequence[PartitionField], table: SchemaObject) -> list[Finding]:
    """Return whether the contract's own columns leave the added partition column its name."""
    if all(field.column != SYNTHETIC_PARTITION for field in fields):
        return []
    message = f"the column '{SYNTHETIC_PARTITION}' is added by Dativo, since the table is partitioned by it"
    hint = "Rename the column, or set partitioning: []."
    return [
        Finding(column.origin.file, column.origin.line, "", "name-reserved", Severity.ERROR, message, hint)
        for column in table.columns
        if column.name.lower() == SYNTHETIC_PARTITION
    ]


def _types(table: SchemaObject) -> dict[str, FieldType]:
    return {column.name: column.type.stored for column in table.columns}


def _with_synthetic(table: SchemaObject) -> Mapping[str, FieldType]:
    return {**_types(table), SYNTHETIC_PARTITION: FieldType(TypeKind.DATE)}


def _finding(settings: Merged, path: KeyPath, problem: LayoutProblem) -> Finding:
    return settings.finding(path, problem.code, problem.message, problem.hint)
