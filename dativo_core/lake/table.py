"""Creating a stream's table, adding the columns its contract gained, keeping what it tells of itself; before any data."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import pyarrow as pa
from pyiceberg.exceptions import TableAlreadyExistsError
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.update import AssertTableUUID
from pyiceberg.types import NestedField
from sqlalchemy.exc import IntegrityError

from dativo_core.contract.ledger import arrow_type, field_type_of, iceberg_type
from dativo_core.errors import TargetError
from dativo_core.failpoints import fp
from dativo_core.lake.attempts import change_table
from dativo_core.lake.catalog import Lake
from dativo_core.lake.layout import layout_problems, partition_spec, sort_order
from dativo_core.lake.nested_schema import FIELD_ID, Gain, gains, with_field_ids
from dativo_core.lake.snapshots import TableChange, commit_time_ms
from dativo_core.lake.table_properties import property_updates, require_allowed
from dativo_core.model.names import TableName
from dativo_core.odcs.partition import PartitionField
from dativo_core.odcs.sort_order import SortField
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.plan.types import SchemaPolicy, StreamPlan

FILE_COLUMN = "_dativo_file"
INGEST_DATE_COLUMN = "ingest_date"
TABLE_PROPERTIES = {"format-version": "2"}
FILE_METRICS = {f"write.metadata.metrics.column.{FILE_COLUMN}": "full"}
"""Bounds of the column whole rather than cut to 16 characters, so that they tell which source file a data file is from."""

_OWN_PROPERTIES = frozenset({*FILE_METRICS, *(f"dativo.contract.{key}" for key in ("id", "name", "version"))})


@dataclass(frozen=True)
class TableColumn:
    """A column as it is stored."""

    name: str
    type: FieldType
    required: bool
    doc: str = ""


@dataclass(frozen=True)
class TableDefinition:
    """What a table must look like: its columns in order, its partition fields, and the order of rows in each file."""

    name: TableName
    columns: tuple[TableColumn, ...]
    partition_by: tuple[PartitionField, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()
    is_frozen: bool = False
    sort_order: tuple[SortField, ...] = ()


def stream_table(stream: StreamPlan) -> TableDefinition:
    """Return the table of a stream: the contract's columns, the source file of each row, and the ingest date if asked for."""
    columns = [TableColumn(c.name, c.type, c.required, c.description) for c in stream.columns]
    columns.append(TableColumn(FILE_COLUMN, FieldType(TypeKind.STRING), required=False, doc="source file of the row"))
    if any(field.column == INGEST_DATE_COLUMN for field in stream.partition_by):
        doc = "UTC day of the load"
        columns.append(TableColumn(INGEST_DATE_COLUMN, FieldType(TypeKind.DATE), required=True, doc=doc))
    properties = (
        *FILE_METRICS.items(),
        ("dativo.contract.id", stream.contract.id),
        ("dativo.contract.name", stream.contract.name),
        ("dativo.contract.version", stream.contract.version),
        *stream.properties,
    )
    is_frozen = stream.schema_policy is SchemaPolicy.FREEZE
    return TableDefinition(stream.table, tuple(columns), stream.partition_by, properties, is_frozen, stream.sort_order)


def ensure_table(lake: Lake, definition: TableDefinition) -> Table:
    """Return the table, created or given new optional columns and properties if need be; safe to repeat and to race.

    Raises TargetError naming every difference that is not an added optional column.
    """
    table = lake.load(definition.name) or _create(lake, definition)
    if not any(_missing(table, definition)) and not property_updates(table, dict(definition.properties)):
        return table
    fp("schema.before")
    change_table(lake, definition.name, lambda current: needed_change(current, definition))
    fp("schema.after")
    return lake.catalog.load_table(definition.name.identifier)


def _create(lake: Lake, definition: TableDefinition) -> Table:
    nested_ids = count(len(definition.columns) + 1)
    schema = Schema(
        *(
            NestedField(
                number,
                column.name,
                iceberg_type(column.type, nested_ids),
                required=column.required,
                doc=column.doc or None,
            )
            for number, column in enumerate(definition.columns, start=1)
        )
    )
    require_allowed(dict(definition.properties), _OWN_PROPERTIES)
    lake.create_namespace(definition.name)
    fp("schema.before")
    try:
        table = lake.catalog.create_table(
            definition.name.identifier,
            schema,
            partition_spec=partition_spec(definition.partition_by, schema),
            sort_order=sort_order(definition.sort_order, schema),
            properties=TABLE_PROPERTIES | dict(definition.properties),
        )
    except (TableAlreadyExistsError, IntegrityError):
        table = lake.catalog.load_table(definition.name.identifier)
    fp("schema.after")
    return table


def _missing(table: Table, definition: TableDefinition) -> tuple[list[TableColumn], list[Gain]]:
    """Return the definition's columns and members of nested columns that the table lacks.

    Raises TargetError on what cannot be added to existing rows.
    """
    schema = table.schema()
    stored = {field.name: field for field in schema.fields}
    problems: list[str] = []
    missing: list[TableColumn] = []
    gained: list[Gain] = []
    for column in definition.columns:
        field = stored.get(column.name)
        if field is None:
            missing.append(column)
            problems += _unaddable(f"column {column.name!r}", column.required, definition)
            continue
        found = _gained(column, field)
        if found is None:
            problems.append(
                f"column {column.name!r} is {_spelling(field)} in the table and {column.type.stored} in the contract"
            )
        elif column.required and not field.required:
            problems.append(f"column {column.name!r} is optional in the table and required in the contract")
        for gain in found or ():
            gained.append(gain)
            problems += _unaddable(f"member {'.'.join(gain.path)!r}", gain.member.required, definition)
    wanted = {column.name for column in definition.columns}
    problems += [
        f"column {name!r} is required in the table and missing in the plan"
        for name in stored
        if name not in wanted and stored[name].required
    ]
    problems += layout_problems(table, definition.partition_by, definition.sort_order)
    if problems:
        message = f"table {definition.name} does not fit the contract: {'; '.join(problems)}"
        raise TargetError(message, hint="Undo the change in contract or job, or load into a new contract object")
    return missing, gained


def _gained(column: TableColumn, field: NestedField) -> list[Gain] | None:
    stored = field_type_of(field.field_type)
    return None if stored is None else gains(stored, column.type.stored, (column.name,))


def _spelling(field: NestedField) -> str:
    return str(field_type_of(field.field_type) or field.field_type)


def _unaddable(what: str, required: bool, definition: TableDefinition) -> list[str]:
    if definition.is_frozen:
        return [f"{what} is new, and target.mode: strict freezes the table's columns"]
    return [f"{what} is new and required, but the table already has rows without it"] if required else []


def needed_change(table: Table, definition: TableDefinition) -> TableChange | None:
    """Return what a table must gain to look as defined, None when it does.

    Raises TargetError naming every difference that is not an added optional column.
    """
    missing, gained = _missing(table, definition)
    told = property_updates(table, dict(definition.properties))
    if not missing and not gained and not told:
        return None
    commit_time_ms(table.metadata, time.time_ns() // 1_000_000)  # refuses a clock that would set the table's time back
    update = table.transaction().update_schema()
    for column in missing:
        update.add_column(column.name, iceberg_type(column.type), doc=column.doc or None)
    for gain in gained:
        update.add_column(gain.path, iceberg_type(gain.member.type), doc=gain.member.doc or None)
    updates, requirements = update._commit() if missing or gained else ((), ())
    return TableChange((*updates, *told), (*requirements, AssertTableUUID(uuid=table.metadata.table_uuid)))


def with_constants(records: pa.RecordBatch, schema: pa.Schema, constants: Mapping[str, object]) -> pa.RecordBatch:
    """Return the records in `schema`, whose other columns each hold one value of `constants` in every row."""
    names = set(records.schema.names)
    arrays = [
        records.column(field.name)
        if field.name in names
        else pa.repeat(pa.scalar(constants[field.name], field.type), records.num_rows)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def arrow_schema(schema: Schema, definition: TableDefinition) -> pa.Schema:
    """Return the Arrow schema data files of the table are written with: table order, field ids, nullability."""
    types: Mapping[str, FieldType] = {column.name: column.type for column in definition.columns}
    return pa.schema(
        [
            pa.field(
                field.name,
                with_field_ids(arrow_type(types[field.name].stored), field.field_type),
                nullable=not field.required,
                metadata={FIELD_ID: str(field.field_id)},
            )
            for field in schema.fields
            if field.name in types
        ]
    )
