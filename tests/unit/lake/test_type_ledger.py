"""The ledger of types: values at the edges of every type, from text and from Arrow, through a table and back."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.conform import Conformer
from dativo_core.contract.convert import convert
from dativo_core.contract.ledger import field_type_of
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.table import TableColumn, TableDefinition
from dativo_core.model.names import TableName
from dativo_core.odcs.contract import Column, SchemaObject
from dativo_core.odcs.read import read_contract
from dativo_core.odcs.resolve_type import physical_type
from dativo_core.odcs.type_table import Vocabulary
from dativo_core.odcs.types import TypeKind
from dativo_core.workspace.read_yaml import parse_document
from tests.unit.contract.build import batch
from tests.unit.lake.boundaries import Boundaries, boundaries
from tests.unit.lake.layouts import write
from tests.unit.odcs.type_spellings import Example, examples

BEYOND_38 = ("decimal(39,2)", "numeric(65,30)", "decimal(76,76)", "numeric(100,2)", "vector(3)", "vector")


@dataclass(frozen=True)
class Subject:
    """A contract with a column for each spelling of a vocabulary, and the edges of each column."""

    table: SchemaObject
    edges: dict[str, Boundaries]

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.table.columns

    @property
    def conformer(self) -> Conformer:
        return Conformer(self.table.columns, self.table.rules)


@cache
def subject(vocabulary: Vocabulary) -> Subject:
    """Compile each distinct type of a vocabulary once, as a contract states it."""
    spelt: dict[str, dict[str, Any]] = {}
    for example in examples():
        if example.context.vocabulary is vocabulary and example.row.as_text:
            spelt.setdefault(str(physical_type(example.text, example.context)), stated(example))
    more = [{"physicalType": text, "customProperties": [STRINGIFY]} for text in BEYOND_38[:4]]
    more += [{"physicalType": text} for text in BEYOND_38[4:]]
    properties = [{"name": f"c{number}", **each} for number, each in enumerate([*spelt.values(), *more])]
    document = {
        "apiVersion": "v3.0.2", "kind": "DataContract", "id": "c", "version": "1.0.0", "status": "active",
        "team": [{"username": "a@example.com", "role": "Owner"}],
        "customProperties": [{"property": "dativoSourceType", "value": vocabulary.value}],
        "schema": [{"name": "t", "properties": properties}],
    }  # fmt: skip
    parsed = parse_document("c.yaml", json.dumps(document).encode())
    assert parsed.document is not None
    found = read_contract(parsed.document)
    assert found.contract is not None, found.findings
    (table,) = found.contract.objects
    return Subject(table, {column.name: edges_of(column, table) for column in table.columns})


STRINGIFY = {"property": "dativoOnLoss", "value": "stringify"}


def stated(example: Example) -> dict[str, Any]:
    """Return the property that states a type; what has no home is declared to be text."""
    written: dict[str, Any] = {"physicalType": example.text}
    if example.context.form:
        return {**written, "logicalType": "string", "logicalTypeOptions": {"format": example.context.form}}
    if example.context.logical:
        return {**written, "logicalType": example.context.logical}
    is_wide = example.row.type == "decimal(76,38)"
    return {**written, "customProperties": [STRINGIFY]} if example.row.code or is_wide else written


NAMES = {"max_length": "maxLength", "min_items": "minItems"}


def edges_of(column: Column, table: SchemaObject) -> Boundaries:
    options = {NAMES.get(rule.kind, rule.kind): rule.arguments[0] for rule in table.rules if rule.column == column.name}
    return boundaries(column.type, options)


def landed(root: Path, about: Subject, records: pa.RecordBatch) -> pa.Table:
    """Return conformed rows as a new table has them."""
    stored = tuple(TableColumn(column.name, column.type, column.required) for column in about.columns)
    wanted = TableDefinition(TableName(("n",), "t"), stored)
    with open_lake(root / "lake") as lake:
        write(lake, wanted, [records])
        table = lake.catalog.load_table(wanted.name.identifier)
        for column in about.columns:
            assert field_type_of(table.schema().find_field(column.name).field_type) == column.type.stored
        return table.scan().to_arrow()


def padded(values: list[str], rows: int) -> list[str | None]:
    return [*values, *[None] * (rows - len(values))]


def kept_rows(about: Subject) -> int:
    return 1 + max(len(edges.kept) for edges in about.edges.values())


@pytest.mark.parametrize("vocabulary", Vocabulary)
def test_values_at_the_edges_of_every_type_come_back_as_they_went(vocabulary, tmp_path):
    about, rows = subject(vocabulary), kept_rows(subject(vocabulary))
    texts = {name: padded(list(edges.kept), rows) for name, edges in about.edges.items()}
    conformed = about.conformer.conform(batch(**texts))
    assert conformed.rejects["reason"].to_pylist() == []
    found = landed(tmp_path, about, conformed.records)
    for name, edges in about.edges.items():
        read = canonical_text(found.column(name).combine_chunks()).to_pylist()
        assert read == padded(list(edges.kept.values()), rows), (name, about.table)


@pytest.mark.parametrize("vocabulary", Vocabulary)
def test_the_same_values_delivered_as_arrow_become_the_same_rows(vocabulary):
    about, rows = subject(vocabulary), kept_rows(subject(vocabulary))
    arrays = {}
    for column in about.columns:
        values, bad = convert(pa.array(padded(list(about.edges[column.name].kept), rows)), column.type)
        assert not bad.true_count
        arrays[column.name] = values
    conformed = about.conformer.conform(batch(**arrays))
    assert conformed.rejects["reason"].to_pylist() == []
    for name, edges in about.edges.items():
        assert canonical_text(conformed.records[name]).to_pylist() == padded(list(edges.kept.values()), rows)


@pytest.mark.parametrize("vocabulary", Vocabulary)
def test_values_just_outside_every_type_are_rejected(vocabulary):
    about = subject(vocabulary)
    outside = [(name, text) for name, edges in about.edges.items() for text in edges.refused]
    texts = {column.name: [text if name == column.name else None for name, text in outside] for column in about.columns}
    conformed = about.conformer.conform(batch(**texts))
    assert conformed.records.num_rows == 0, conformed.records.to_pylist()
    rejected = [place.removesuffix("[]") for place in conformed.rejects["column"].to_pylist()]
    assert rejected == [name for name, _ in outside]


OUTSIDE = {
    TypeKind.BOOLEAN: [pa.array([2], pa.int8()), pa.array([0.5])],
    TypeKind.INT: [pa.array([2**31]), pa.array([2**31], pa.uint32()), pa.array([1.5]), pa.array([float("nan")])],
    TypeKind.LONG: [
        pa.array([2**63], pa.uint64()),
        pa.array([2.0**63]),
        pa.array(["9" * 19]).cast(pa.decimal128(38, 0)),
    ],
    TypeKind.FLOAT: [pa.array([1e39]), pa.array([0.1]), pa.array([2**24 + 1])],
    TypeKind.DOUBLE: [pa.array([2**53 + 1])],
    TypeKind.DECIMAL: [pa.array([0.5]), pa.array([float("nan")])],
    TypeKind.DATE: [pa.array([2_932_897, -719_163], pa.int32()).cast(pa.date32()), pa.array([1], pa.timestamp("s"))],
    TypeKind.TIME: [pa.array([86_400_000_000], pa.time64("us")), pa.array([1], pa.time64("ns"))],
    TypeKind.TIMESTAMP: [pa.array([1], pa.timestamp("ns")), pa.array([2**40], pa.timestamp("s"))],
    TypeKind.TIMESTAMPTZ: [pa.array([1], pa.timestamp("ns", "UTC")), pa.array([1], pa.timestamp("us"))],
    TypeKind.UUID: [pa.array([b"x" * 15])],
    TypeKind.FIXED: [pa.array([b""]), pa.array([b"x" * 99]), pa.array([1])],
    TypeKind.BINARY: [pa.array([1])],
    TypeKind.LIST: [pa.array([[1e39]])],
}


@pytest.mark.parametrize("vocabulary", Vocabulary)
def test_arrow_values_just_outside_every_type_are_no_value_of_it(vocabulary):
    for column in subject(vocabulary).columns:
        for array in OUTSIDE.get(column.type.kind, []):
            values, bad = convert(array, column.type)
            assert bad.true_count == len(array), (str(column.type), array)
            assert values.null_count == len(array)


def test_every_kind_of_type_is_among_them():
    kinds = {column.type.kind for each in Vocabulary for column in subject(each).columns}
    assert kinds == set(TypeKind) - {TypeKind.STRUCT, TypeKind.MAP}
