"""Partitioning as the standard writes it: `partitioned` and `partitionKeyPosition` on each column, checked and put in order."""

from collections.abc import Sequence

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.declared import DeclaredColumn
from dativo_core.odcs.loss_policy import settled
from dativo_core.odcs.partition import LayoutProblem, PartitionField, list_problems, read_partition, transform_of
from dativo_core.workspace.document import Document, KeyPath


def partition_texts(columns: Sequence[DeclaredColumn]) -> tuple[str, ...]:
    """Return the partition fields of a table as `target.partitioning` would say them; positions first, then file order."""
    keys = [column for column in columns if column.partitioned]
    return tuple(map(_text, sorted(keys, key=lambda column: column.partition_position or len(columns) + 1)))


def check_partition_keys(columns: Sequence[DeclaredColumn], document: Document) -> list[Finding]:
    """Return what is wrong with the columns a table is partitioned by, at their own lines."""
    findings = [
        document.finding(
            (*column.path, "partitionKeyPosition"),
            "partition-position-orphan",
            f"'{column.name}' has a partition position but is not partitioned",
            "Add partitioned: true.",
        )
        for column in columns
        if column.partition_position is not None and not column.partitioned
    ]
    keys = [column for column in columns if column.partitioned]
    positions = [column.partition_position for column in keys]
    if any(positions) and sorted(position or 0 for position in positions) != list(range(1, len(keys) + 1)):
        message = "the partition positions are not 1, 2, 3 and so on"
        path: KeyPath = (*keys[0].path, "partitionKeyPosition")
        hint = "Number the partition columns from 1."
        findings.append(document.finding(path, "partition-position-gap", message, hint))
    return findings + _check_fields(keys, columns, document)


def check_unused_keys(columns: Sequence[DeclaredColumn], document: Document) -> list[Finding]:
    """Return the columns that say something about partitioning where the settings of the target say all of it."""
    return [
        document.finding(
            column.partition_path,
            "unused-key",
            "it changes nothing: 'partitioning' of dativoTarget says how the table is partitioned",
            "Remove one of them.",
            Severity.WARNING,
        )
        for column in columns
        if column.partitioned
    ]


def _check_fields(
    keys: Sequence[DeclaredColumn], columns: Sequence[DeclaredColumn], document: Document
) -> list[Finding]:
    types = {column.name: settled(column.type).stored for column in columns if column.type is not None}
    findings: list[Finding] = []
    fields: list[PartitionField] = []
    for column in keys:
        read = read_partition(_text(column), types) if column.type is not None else None
        if isinstance(read, LayoutProblem):
            findings.append(document.finding(column.partition_path, read.code, read.message, read.hint))
        elif read is not None:
            fields.append(read)
    together = list_problems(fields, types)
    return findings + [
        document.finding(keys[0].partition_path, each.code, each.message, each.hint) for each in together
    ]


def _text(column: DeclaredColumn) -> str:
    transform = column.partition_transform
    return column.name if transform is None else transform_of(transform, column.name)
