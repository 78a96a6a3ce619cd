"""Partition fields: how a table's rows are grouped into files (Iceberg specification, "Partitioning")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.validate import did_you_mean

MAX_WIDTH = 2**31 - 1
# No part gives back what it took, so that no text takes more time than its length.
_CALL = re.compile(r"(\w++)\s*+(?:\[\s*+(\d++)\s*+\])?+\s*+\(\s*+(?:(\d++)\s*+,\s*+)?+(.+)\)\Z", re.DOTALL)


class PartitionTransform(StrEnum):
    """What a partition value is made of; the words of the Iceberg specification."""

    IDENTITY = "identity"
    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    HOUR = "hour"
    BUCKET = "bucket"
    TRUNCATE = "truncate"
    VOID = "void"


_DAYS = frozenset({TypeKind.DATE, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ})
_INSTANTS = frozenset({TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ})
_TIMES = frozenset({PartitionTransform.YEAR, PartitionTransform.MONTH, PartitionTransform.DAY, PartitionTransform.HOUR})
_WIDTHS = frozenset({PartitionTransform.BUCKET, PartitionTransform.TRUNCATE})
PRIMITIVES = frozenset(
    {
        TypeKind.BOOLEAN,
        TypeKind.INT,
        TypeKind.LONG,
        TypeKind.FLOAT,
        TypeKind.DOUBLE,
        TypeKind.DECIMAL,
        TypeKind.DATE,
        TypeKind.TIME,
        TypeKind.TIMESTAMP,
        TypeKind.TIMESTAMPTZ,
        TypeKind.STRING,
        TypeKind.UUID,
        TypeKind.FIXED,
        TypeKind.BINARY,
    }
)
"""The types of a single value; the others have no order and cannot be grouped by."""
_EXACT = PRIMITIVES - {TypeKind.FLOAT, TypeKind.DOUBLE}
_SOURCES = {
    PartitionTransform.IDENTITY: _EXACT - {TypeKind.UUID},
    PartitionTransform.YEAR: _DAYS,
    PartitionTransform.MONTH: _DAYS,
    PartitionTransform.DAY: _DAYS,
    PartitionTransform.HOUR: _INSTANTS,
    PartitionTransform.BUCKET: _EXACT - {TypeKind.BOOLEAN},
    PartitionTransform.TRUNCATE: frozenset(
        {TypeKind.INT, TypeKind.LONG, TypeKind.DECIMAL, TypeKind.STRING, TypeKind.BINARY}
    ),
    PartitionTransform.VOID: PRIMITIVES,
}
"""The types each transform takes. A float has no exact value to group by, and PyIceberg 0.12 cannot write a uuid as one."""

_SUFFIXES = {
    PartitionTransform.IDENTITY: "",
    PartitionTransform.BUCKET: "_bucket_{}",
    PartitionTransform.TRUNCATE: "_trunc_{}",
    PartitionTransform.VOID: "_null",
}


@dataclass(frozen=True)
class PartitionField:
    """One field of a partition spec: a top-level column and its transform.

    `width` is the number of buckets, or what `truncate` cuts to (characters, bytes, or a step of numbers).
    """

    column: str
    transform: PartitionTransform = PartitionTransform.IDENTITY
    width: int | None = None

    @property
    def name(self) -> str:
        """The field's name in the partition spec, and so in paths: `placed_on_day`, `id_bucket_16`."""
        return self.column + _SUFFIXES.get(self.transform, f"_{self.transform.value}").format(self.width)

    @property
    def spelling(self) -> str:
        """The transform as Iceberg metadata spells it: `day`, `bucket[16]`."""
        return self.transform.value if self.width is None else f"{self.transform.value}[{self.width}]"

    def __str__(self) -> str:
        if self.transform is PartitionTransform.IDENTITY:
            return self.column
        width = "" if self.width is None else f"{self.width},"
        return f"{self.transform.value}({width}{self.column})"


@dataclass(frozen=True)
class LayoutProblem:
    """Why a partition or sort field cannot be used, and the remedy."""

    code: str
    message: str
    hint: str


def read_partition(text: str, columns: Mapping[str, FieldType]) -> PartitionField | LayoutProblem:
    """Read `col`, `day(col)`, `bucket(16,col)` or `bucket[16](col)`; a column alone means its day, or the value itself."""
    text = text.strip()
    call = None if text in columns else _CALL.match(text)
    if call is None:
        return _by_default(text, columns)
    word, before, inside, column = call.groups()
    column = column.rstrip()
    if word.lower() not in set(PartitionTransform):
        message = f"'{word}' is no partition transform"
        return LayoutProblem("partition-transform", message, did_you_mean(word.lower(), PartitionTransform))
    if before and inside:
        message = f"'{text}' gives {word} two numbers"
        return LayoutProblem("partition-transform", message, f"Write {word}({before},{column}).")
    width = before or inside
    field = PartitionField(column, PartitionTransform(word.lower()), int(width) if width else None)
    return _problem(field, columns) or field


def transform_of(text: str, column: str) -> str:
    """Return a transform written for a known column, `day` or `bucket[16]`, as text that `read_partition` takes."""
    text = text.strip()
    name, bracket, width = text.partition("(")
    return f"{name}[{width.rstrip(') ')}]({column})" if bracket else f"{text}({column})"


def list_problems(fields: Sequence[PartitionField], columns: Mapping[str, FieldType]) -> list[LayoutProblem]:
    """Return what is wrong with the fields of one spec taken together."""
    problems: list[LayoutProblem] = []
    names = {name.lower(): f"the column '{name}'" for name in columns}
    seen: dict[tuple[str, str, int | None], PartitionField] = {}
    for field in fields:
        first = seen.setdefault(_meaning(field), field)
        if first is not field:
            message = f"'{field}' partitions by the same as '{first}'"
            problems.append(LayoutProblem("partition-duplicate", message, "Keep one of them."))
            continue
        taken = names.setdefault(field.name.lower(), f"the field of '{field}'")
        if taken != f"the field of '{field}'" and field.transform is not PartitionTransform.IDENTITY:
            message = f"the partition field of '{field}' is called '{field.name}', as is {taken}"
            problems.append(LayoutProblem("partition-name", message, "Rename the column, or partition by another."))
    return problems


def _by_default(text: str, columns: Mapping[str, FieldType]) -> PartitionField | LayoutProblem:
    type_ = columns.get(text)
    if type_ is None and ("(" in text or ")" in text):
        message = f"'{text}' is no partition field"
        hint = 'Write col, day(col) or "bucket(16,col)": in a list in brackets, commas need the quotes.'
        return LayoutProblem("partition-transform", message, hint)
    by_day = type_ is not None and type_.kind in _INSTANTS
    field = PartitionField(text, PartitionTransform.DAY if by_day else PartitionTransform.IDENTITY)
    return _problem(field, columns) or field


def _problem(field: PartitionField, columns: Mapping[str, FieldType]) -> LayoutProblem | None:
    type_ = columns.get(field.column)
    if type_ is None:
        return _unknown_column(field.column, columns)
    if type_.kind not in _SOURCES[field.transform]:
        fitting = [each.value for each in PartitionTransform if type_.kind in _SOURCES[each]]
        message = f"'{field.column}' is of type {type_} and cannot be partitioned by {field.transform.value}"
        hint = f"Use one of: {', '.join(fitting)}." if fitting else "Partition by another column."
        return LayoutProblem("partition-transform", message, hint)
    return _width_problem(field, type_)


def _unknown_column(column: str, columns: Mapping[str, FieldType]) -> LayoutProblem:
    outer = column.partition(".")[0]
    if outer != column and outer in columns:
        message = f"'{column}' is a member of a column, and a table is partitioned by whole columns"
        return LayoutProblem("partition-column", message, "Make it a column of its own.")
    message = f"the contract has no column '{column}' to partition by"
    return LayoutProblem("partition-column", message, did_you_mean(column, columns))


def _width_problem(field: PartitionField, type_: FieldType) -> LayoutProblem | None:
    word, width = field.transform.value, field.width
    if field.transform not in _WIDTHS:
        message = f"{word} takes no number"
        return LayoutProblem("partition-transform", message, f"Write {word}(COLUMN).") if width is not None else None
    example = f"{word}({16 if field.transform is PartitionTransform.BUCKET else 10},{field.column})"
    if width is None or not 1 <= width <= MAX_WIDTH:
        message = f"{word} needs a number from 1 to {MAX_WIDTH}"
        return LayoutProblem("partition-transform", message, f"Write {example}.")
    if field.transform is PartitionTransform.TRUNCATE and _leaves_type(width, type_):
        message = f"values of {type_} truncated to steps of {width} need more digits than {type_} has"
        return LayoutProblem("partition-transform", message, f"Use a power of ten, such as {example}.")
    return None


def _leaves_type(width: int, type_: FieldType) -> bool:
    """Whether the least value, rounded down, does not fit the bytes a manifest keeps for a decimal."""
    if type_.kind is not TypeKind.DECIMAL:
        return False
    greatest = int(10**type_.precision) - 1
    size_bytes = (greatest.bit_length() + 1 + 7) // 8
    least_quotient = -(-greatest // width)
    return least_quotient * width > 1 << (8 * size_bytes - 1)


def _meaning(field: PartitionField) -> tuple[str, str, int | None]:
    """Return what two fields must not share; day and hour of one column are one, as Iceberg's other writers have it."""
    return field.column, "time" if field.transform in _TIMES else field.transform.value, field.width
