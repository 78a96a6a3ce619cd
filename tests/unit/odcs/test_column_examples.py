import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.declared import DeclaredColumn
from dativo_core.odcs.examples import check_examples
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.workspace.document import Document
from tests.unit.odcs.contracts import codes, with_property

OPTIONS = {"minLength": 1, "pattern": "^a", "minimum": 0, "multipleOf": 3, "maxItems": 1, "minProperties": 1}


def told(column: str, *examples: object) -> list[str]:
    return codes(with_property(f"{{name: a, {column}, examples: {json.dumps(list(examples))}}}"))


@pytest.mark.parametrize(
    ("column", "sound", "broken"),
    [
        ("logicalType: boolean", [True], ["true", 1]),
        ("logicalType: integer, physicalType: int", [2**31 - 1, "-5"], [2**31, 1.5, True, "x"]),
        ("logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 3, exclusiveMaximum: true}", [1, 2], [0, 3]),
        ("logicalType: integer, logicalTypeOptions: {multipleOf: 5}", [0, -5], [3]),
        ("logicalType: number, physicalType: double", [1, 1.5, "NaN"], ["x", False, []]),
        ("logicalType: number, physicalType: 'decimal(4,2)'", [99.99, "0.10", 0], [100, "1.001", "1E+9999"]),
        (
            "logicalType: number, physicalType: 'decimal(38,0)', logicalTypeOptions: {multipleOf: 0.1}",
            [10**37],
            [str(10**38)],
        ),
        ("logicalType: string, logicalTypeOptions: {minLength: 2, maxLength: 3}", ["ab", 7], ["a", "abcd"]),
        ("logicalType: string, logicalTypeOptions: {pattern: '^[A-Z]{2}-[0-9]+$'}", ["AB-1"], ["AB-", "AB-1\n"]),
        ("logicalType: string, physicalType: uuid", ["0b1c9b52-3f0e-4a51-a3c7-1f0a5d5b7a01"], ["0b1c9b52"]),
        ("logicalType: string, required: true", ["a"], [None]),
        ("logicalType: string", [None, {"a": 1}], []),
        ("logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}", ["2024-02-29"], ["2023-02-29", 5, "29.02.24"]),
        ("logicalType: date, physicalType: time", ["09:00:01"], ["25:00"]),
        (
            "logicalType: date, physicalType: timestamp, logicalTypeOptions: {minimum: '2020-01-01T00:00:00'}",
            ["2020-01-01T00:00:00", "2019-01-01T00:00:00Z"],
            ["2019-12-31T23:59:59"],
        ),
        (
            "logicalType: array, logicalTypeOptions: {minItems: 1, uniqueItems: true}, items: {logicalType: integer}",
            [[1, 2]],
            [[], [1, 1], 1],
        ),
        (
            "logicalType: object, logicalTypeOptions: {minProperties: 1}, properties: [{name: b, logicalType: string}]",
            [{"b": "x"}],
            [{"b": None}, "b"],
        ),
    ],
)
def test_an_example_a_column_would_reject_is_told(column, sound, broken):
    assert told(column, *sound) == []
    assert told(column, *broken) == ["example-violates"] * len(broken)


def test_examples_in_another_form_than_the_one_that_is_read_are_not_judged():
    found = told("logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}", "31.01.2024")
    assert found == ["option-date-format"]


def test_an_example_of_an_element_is_checked_too():
    found = with_property("{name: a, logicalType: array, items: {logicalType: integer, examples: [1, x]}}")
    assert codes(found) == ["example-violates"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(list(TypeKind)), st.lists(ANYTHING, max_size=3))
def test_whatever_an_example_is_it_is_sound_or_told(kind, examples):
    column = DeclaredColumn((), "a", "a", FieldType(kind, 5, 2), OPTIONS, (), examples=tuple(examples))
    found = check_examples(column, Document("c.yaml", {}, {}))
    assert {finding.code for finding in found} <= {"example-violates"}
