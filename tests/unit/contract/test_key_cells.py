"""Values of keys: what parts of nested columns stand beside each other, and which of them are equal."""

import math

import pyarrow as pa
import pytest

from dativo_core.contract.key_cells import key_cells
from dativo_core.contract.uniqueness import Key
from dativo_core.odcs.types import ELEMENT, KEY, VALUE

ITEM = pa.struct([("sku", pa.string()), ("tags", pa.list_(pa.string()))])


def cells(records: pa.RecordBatch, *parts: tuple[str, ...]):
    return key_cells(records, Key(parts, False, ()))


def are_equal(values: list, data_type: pa.DataType) -> bool:
    (found,) = cells(pa.record_batch({"c": pa.array(values, data_type)}), ("c",)).values.columns
    return found[0].equals(found[1])


def test_each_element_is_a_value_of_its_row_and_no_list_has_none():
    records = pa.record_batch({"l": pa.array([["a", None], None, [], ["b"]], pa.list_(pa.string()))})
    found = cells(records, ("l", ELEMENT))
    assert found.values.column(0).to_pylist() == [b"a", None, b"b"]
    assert found.rows.to_pylist() == [0, 0, 3]
    assert found.complete().rows.to_pylist() == [0, 3]


def test_what_holds_a_list_stands_beside_each_of_its_elements():
    items = pa.array([[{"sku": "x", "tags": ["1", "2"]}, {"sku": "y", "tags": None}, None], []], pa.list_(ITEM))
    records = pa.record_batch({"id": pa.array([7, 8]), "items": items})
    found = cells(records, ("id",), ("items", ELEMENT, "sku"))
    assert [column.to_pylist() for column in found.values.columns] == [[7, 7, 7], [b"x", b"y", None]]
    deep = cells(records, ("items", ELEMENT, "sku"), ("items", ELEMENT, "tags", ELEMENT), ("id",))
    assert [column.to_pylist() for column in deep.values.columns] == [[b"x", b"x"], [b"1", b"2"], [7, 7]]


def test_a_member_of_a_null_struct_is_null_whatever_lies_below():
    hidden = pa.StructArray.from_arrays([pa.array([1, 2])], names=["a"], mask=pa.array([True, False]))
    found = cells(pa.record_batch({"s": hidden}), ("s", "a"))
    assert (found.values.column(0).to_pylist(), found.rows) == ([None, 2], None)


def test_a_slice_of_a_batch_has_its_own_values():
    lists = pa.array([["a"], ["b", "c"], ["d"]], pa.list_(pa.string()))
    entries = pa.array([[("a", 1)], [("b", 2), ("c", 3)], [("d", 4)]], pa.map_(pa.string(), pa.int64()))
    records = pa.record_batch({"l": lists, "m": entries}).slice(1)
    assert cells(records, ("l", ELEMENT)).values.column(0).to_pylist() == [b"b", b"c", b"d"]
    found = cells(records, ("m", KEY), ("m", VALUE))
    assert [column.to_pylist() for column in found.values.columns] == [[b"b", b"c", b"d"], [2, 3, 4]]
    assert found.rows.to_pylist() == [0, 0, 1]


MAP = pa.map_(pa.string(), pa.list_(pa.int64()))


@pytest.mark.parametrize(
    ("values", "data_type", "equal"),
    [
        ([[1, None], [1, None]], pa.list_(pa.int64()), True),
        ([[1, None], [1]], pa.list_(pa.int64()), False),
        ([[], [None]], pa.list_(pa.int64()), False),
        ([[math.nan], [math.nan]], pa.list_(pa.float64()), True),
        ([[0.0], [-0.0]], pa.list_(pa.float64()), False),
        ([["null"], [None]], pa.list_(pa.string()), False),
        ([['a","b'], ["a", "b"]], pa.list_(pa.string()), False),
        ([{"sku": "x", "tags": []}, {"sku": "x", "tags": []}], ITEM, True),
        ([{"sku": "x", "tags": []}, {"sku": "x", "tags": None}], ITEM, False),
        ([[("a", [1]), ("b", None)], [("b", None), ("a", [1])]], MAP, True),
        ([[("a", [1])], [("a", [2])]], MAP, False),
        ([[[("a", [1]), ("b", [])]], [[("b", []), ("a", [1])]]], pa.list_(MAP), True),
        ([{"m": [("b", [1]), ("a", [])]}, {"m": [("a", []), ("b", [1])]}], pa.struct([("m", MAP)]), True),
        ([[("k", [("a", 1), ("b", 2)])], [("k", [("b", 2), ("a", 1)])]],
         pa.map_(pa.string(), pa.map_(pa.string(), pa.int64())), True),
        ([["a"], ["a"]], pa.large_list(pa.large_string()), True),
    ],
)  # fmt: skip
def test_whole_nested_values_are_equal_when_all_their_parts_are(values, data_type, equal):
    assert are_equal(values, data_type) is equal


def test_a_null_one_is_no_value():
    found = cells(pa.record_batch({"c": pa.array([None, [("a", [1])]], MAP)}), ("c",))
    assert found.values.column(0).is_null().to_pylist() == [True, False]


def test_values_that_are_extensions_are_found_in_lists_and_structs():
    ids = pa.array([b"0" * 16, b"1" * 16], pa.uuid())
    lists = pa.ListArray.from_arrays(pa.array([0, 2], pa.int32()), ids)
    held = pa.StructArray.from_arrays([ids.take(pa.array([0]))], names=["id"])
    records = pa.record_batch({"l": lists, "s": held})
    found = cells(records, ("l", ELEMENT), ("s", "id"))
    assert [column.to_pylist() for column in found.values.columns] == [[b"0" * 16, b"1" * 16], [b"0" * 16] * 2]
