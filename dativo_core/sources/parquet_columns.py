"""The schema in a Parquet file's footer, held against the columns that are wanted, before any row is read."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from dativo_core.contract.list_layout import has_parts, is_list
from dativo_core.errors import SourceError
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.sources.base import WantedColumn
from dativo_core.sources.column_names import with_nearest
from dativo_core.sources.parquet_file import OpenParquet

INT96 = "INT96"


@dataclass(frozen=True)
class Leaf:
    """An innermost column of a Parquet file: its number, its path, and the top-level column it belongs to."""

    number: int
    path: str
    column: str
    physical_type: str
    fixed_bytes: int

    @property
    def is_nested(self) -> bool:
        """Whether it is part of a column with parts."""
        return self.path != self.column


@dataclass(frozen=True)
class Selection:
    """What is read of a file: the wanted columns in order, and their leaves; `unknown` is what nobody wants."""

    columns: tuple[str, ...]
    leaves: tuple[Leaf, ...]
    unknown: tuple[str, ...]


@dataclass
class _Match:
    """What a column's type has of a wanted one; `keeps` has an entry for each of its leaves."""

    keeps: list[bool] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, other: "_Match") -> None:
        """Add what another part of the same type has."""
        self.keeps += other.keeps
        self.unknown += other.unknown
        self.problems += other.problems


def select(opened: OpenParquet, columns: Sequence[WantedColumn]) -> Selection:
    """Return what to read of a file. Raises SourceError naming everything it lacks, or has in another shape.

    Columns and members the contract can do without must be there too: a misspelt one would load nothing but nulls.
    """
    wanted = {column.name: column.type for column in columns}
    names = opened.schema.names
    match = _Match(problems=_doubled(names, wanted))
    match.problems += [with_nearest(name, names) for name in wanted if name not in names]
    for column in opened.schema:
        is_wanted = column.name in wanted
        match.add(_match(column.type, wanted[column.name], column.name) if is_wanted else _unread(column, column.name))
    leaves = tuple(leaf for leaf, keep in zip(_leaves(opened), match.keeps, strict=True) if keep)
    problems = [*match.problems, *_inexact(leaves)]
    if problems:
        message = f"file {opened.path} has not the columns of the contract: {'; '.join(problems)}"
        hint = (
            "Every column and member of the contract must be in the file: deliver it with them, or correct the contract"
        )
        raise SourceError(message, hint=hint)
    return Selection(tuple(wanted), leaves, tuple(match.unknown))


def _match(kind: pa.DataType, wanted: FieldType, place: str) -> _Match:
    if wanted.kind is TypeKind.STRUCT and pa.types.is_struct(kind):
        return _match_struct(kind, wanted, place)
    if wanted.kind is TypeKind.LIST and is_list(kind):
        return _match(kind.value_type, wanted.members[0].type, f"{place}[]")
    if wanted.kind is TypeKind.MAP and pa.types.is_map(kind):
        match = _match(kind.key_type, wanted.members[0].type, f"{place}{{key}}")
        match.add(_match(kind.item_type, wanted.members[1].type, f"{place}{{value}}"))
        return match
    match = _Match([True] * _leaf_count(kind))
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)
    # Text is read as JSON where parts are wanted, and parts become JSON where text is.
    if (wanted.is_nested and not is_text) or (has_parts(kind) and wanted.kind is not TypeKind.STRING):
        match.problems.append(f"{place!r} is {kind}, not {wanted}")
    return match


def _match_struct(kind: pa.StructType, wanted: FieldType, place: str) -> _Match:
    members = {member.delivered_name: member.type for member in wanted.members}
    names = [member.name for member in kind]
    lacking = [f"{place!r} lacks {with_nearest(name, names)}" for name in members if name not in names]
    match = _Match(problems=[f"{place}: {each}" for each in _doubled(names, members)] + lacking)
    for member in kind:
        inner = f"{place}.{member.name}"
        is_wanted = member.name in members
        match.add(_match(member.type, members[member.name], inner) if is_wanted else _unread(member, inner))
    return match


def _unread(column: pa.Field, place: str) -> _Match:
    return _Match([False] * _leaf_count(column.type), [place])


def _doubled(names: Sequence[str], wanted: Iterable[str]) -> list[str]:
    return [
        f"{name!r} is there {count} times" for name, count in Counter(names).items() if count > 1 and name in wanted
    ]


def _leaf_count(kind: pa.DataType) -> int:
    if isinstance(kind, pa.BaseExtensionType):
        return _leaf_count(kind.storage_type)
    if pa.types.is_struct(kind):
        return sum(_leaf_count(member.type) for member in kind)
    if pa.types.is_map(kind):
        return _leaf_count(kind.key_type) + _leaf_count(kind.item_type)
    return _leaf_count(kind.value_type) if is_list(kind) else 1


def _leaves(opened: OpenParquet) -> Iterator[Leaf]:
    """Yield the leaves of a file, in the order in which its Arrow types have them."""
    columns = [column.name for column in opened.schema for _ in range(_leaf_count(column.type))]
    for number, column in enumerate(columns):
        described = opened.footer.schema.column(number)
        yield Leaf(number, described.path, column, described.physical_type, described.length)


def _inexact(leaves: Iterable[Leaf]) -> list[str]:
    """Return the leaves that Arrow reads wrongly outside the years 1677 to 2262, and that are too deep to be corrected."""
    return [
        f"{leaf.path!r} is an INT96 inside a column with parts, which is not read exactly: write it as TIMESTAMP"
        for leaf in leaves
        if leaf.physical_type == INT96 and leaf.is_nested
    ]
