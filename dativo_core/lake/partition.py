"""Rows split by partition with Arrow kernels: PyIceberg's own transforms, one pass per batch, no per-row Python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.schema import Schema
from pyiceberg.transforms import VoidTransform, parse_transform

from dativo_core.lake.partition_paths import path_segment
from dativo_core.odcs.partition import PartitionField, PartitionTransform

PartitionValues = tuple[object, ...]
"""One value per partition field, None or in the form manifests keep it."""


@dataclass(frozen=True)
class PartitionPart:
    """A partition field as the writer sees it: name, column, transform as Iceberg spells it.

    `is_fixed`: every row has the same `value`, which is known before the first row and in the form manifests keep it.
    """

    name: str
    column: str
    transform: str = "identity"
    is_fixed: bool = False
    value: object = None


Partition = tuple[PartitionPart, ...]
"""The fields of a table's partition spec, in its order."""


def fixed_part(column: str, value: object) -> PartitionPart:
    """Return an identity field whose column holds one value in all rows."""
    return PartitionPart(column, column, is_fixed=True, value=value)


def partition_of(fields: Sequence[PartitionField], constants: Mapping[str, object]) -> Partition:
    """Return the writer's partition; identity fields of the columns in `constants` need no look at the rows."""
    return tuple(
        fixed_part(each.column, constants[each.column])
        if each.column in constants and each.transform is PartitionTransform.IDENTITY
        else PartitionPart(each.name, each.column, each.spelling)
        for each in fields
    )


class PartitionSplitter:
    """Splits batches of one table; keeps nothing between them."""

    def __init__(self, parts: Partition, schema: Schema) -> None:
        self._parts = parts
        self._types = [schema.find_field(part.column).field_type for part in parts]
        self._transforms = [parse_transform(part.transform) for part in parts]
        self._derived = [
            (part.column, transform.pyarrow_transform(type_))
            for part, transform, type_ in zip(parts, self._transforms, self._types, strict=True)
            if not part.is_fixed and not isinstance(transform, VoidTransform)
        ]

    @property
    def constant(self) -> PartitionValues | None:
        """The one partition all rows are in, whatever they hold; None when it depends on them."""
        return None if self._derived else self._values(())

    def folder(self, values: PartitionValues) -> str:
        """Return the path of a partition below the table's data directory; empty for an unpartitioned table."""
        parts = zip(self._parts, values, self._transforms, self._types, strict=True)
        return "/".join(path_segment(part.name, value, transform, type_) for part, value, transform, type_ in parts)

    def split(self, batch: pa.RecordBatch) -> list[tuple[PartitionValues, pa.RecordBatch]]:
        """Return the rows of each partition in the batch, in their order, partitions by first appearance."""
        if not self._derived:
            return [(self._values(()), batch)]
        groups = _group([_encoded(derive(batch.column(column))) for column, derive in self._derived])
        keys = [self._values(values) for values in zip(*(each.to_pylist() for each in groups.values), strict=True)]
        if len(keys) == 1:
            return [(keys[0], batch)]
        rows = batch.take(pc.sort_indices(groups.codes))
        sizes = pc.value_counts(groups.codes).field("counts").to_pylist()
        split, start = [], 0
        for key, size in zip(keys, sizes, strict=True):
            split.append((key, rows.slice(start, size)))
            start += size
        return split

    def _values(self, derived: Sequence[object]) -> PartitionValues:
        """Put the values that were derived from rows between those that are fixed."""
        rest = iter(derived)
        return tuple(
            part.value if part.is_fixed else None if isinstance(transform, VoidTransform) else next(rest)
            for part, transform in zip(self._parts, self._transforms, strict=True)
        )


@dataclass(frozen=True)
class _Groups:
    """For each row the number of its group, from 0 by first appearance; for each field the value of every group."""

    codes: pa.Array
    values: tuple[pa.Array, ...]


def _group(fields: Sequence[pa.DictionaryArray]) -> _Groups:
    """Number the distinct combinations of the fields' values, two fields at a time so that numbers stay small."""
    codes, values = fields[0].indices.cast(pa.int64()), (fields[0].dictionary,)
    for field in fields[1:]:
        size = len(field.dictionary)
        both = pc.add(pc.multiply(codes, size), field.indices.cast(pa.int64())).dictionary_encode()
        left = pc.divide(both.dictionary, size)
        right = pc.subtract(both.dictionary, pc.multiply(left, size))
        codes = both.indices.cast(pa.int64())
        values = (*(each.take(left) for each in values), field.dictionary.take(right))
    return _Groups(codes, values)


def _encoded(values: pa.Array) -> pa.DictionaryArray:
    """Return values in the form manifests keep them, each distinct one once; null is a value."""
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    elif pa.types.is_time64(values.type) or pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    return pc.dictionary_encode(values, null_encoding="encode")
