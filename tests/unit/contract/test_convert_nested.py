"""Nested values: from nested Arrow, from JSON, into rules and back to JSON."""

import json
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.contract.canonical_text import canonical_text
from dativo_core.contract.conform import Conformer
from dativo_core.contract.convert import convert, convert_cells
from dativo_core.contract.ledger import arrow_type
from dativo_core.contract.read_json import read_whole
from dativo_core.contract.read_json_rows import read_rows
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, RuleKind
from dativo_core.odcs.types import FieldType, Member, TypeKind, list_of, map_of, member_path, struct_of
from tests.unit.contract.build import PLACE, batch, column, field_type, rule

ORDER = "struct<id: long, day: date, lines: list<struct<price: decimal(10,2), tags: list<string>>>>"
LEAVES = {
    "long": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "string": st.text(st.characters(codec="utf-8")),
    "decimal(20,5)": st.integers(-(10**15), 10**15).map(lambda n: Decimal(n).scaleb(-5)),
    "date": st.dates(),
}


def typed_values(depth=2):
    """Draw a type with a strategy of its values in Python."""
    leaf = st.sampled_from(sorted(LEAVES)).map(lambda name: (field_type(name), st.none() | LEAVES[name]))
    if depth == 0:
        return leaf
    inner = typed_values(depth - 1)
    lists = inner.map(lambda of: (list_of(of[0]), st.none() | st.lists(of[1], max_size=3)))
    maps = inner.map(lambda of: (map_of(FieldType(TypeKind.STRING), of[0]), st.none() | maps_of(of[1])))
    structs = st.lists(inner, min_size=1, max_size=3).map(struct_with_values)
    return leaf | lists | maps | structs


def maps_of(values):
    return st.dictionaries(st.text("abc", max_size=2), values, max_size=3).map(lambda each: list(each.items()))


def struct_with_values(members):
    named = {f"m{at}": each for at, each in enumerate(members)}
    type_ = struct_of(*(Member(name, type_) for name, (type_, _) in named.items()))
    return type_, st.none() | st.fixed_dictionaries({name: values for name, (_, values) in named.items()})


def nested_arrays():
    nested = typed_values().filter(lambda of: of[0].is_nested)
    return nested.flatmap(
        lambda of: st.lists(of[1], max_size=5).map(lambda rows: (of[0], pa.array(rows, arrow_type(of[0]))))
    )


def misfits(array, type_text):
    """Return path, shown value and complaint of what does not fit, per row."""
    values, found = convert_cells(array, field_type(type_text))
    values.validate(full=True)
    rows = [[] for _ in range(len(array))]
    for misfit in found:
        for at, is_bad in enumerate(misfit.mask.to_pylist()):
            if is_bad:
                complaint = misfit.complaint if isinstance(misfit.complaint, str) else misfit.complaint[at].as_py()
                shown = misfit.text[at].as_py() if misfit.text is not None else None
                rows[at].append((member_path("c", misfit.steps), shown, complaint))
    assert [values.is_null()[at].as_py() for at, row in enumerate(rows) if row] == [True] * sum(map(bool, rows))
    return rows


def from_json(type_text, *cells):
    values, bad = convert(pa.array(cells, pa.string()), field_type(type_text))
    return values.to_pylist(), bad.to_pylist()


@given(nested_arrays())
def test_a_nested_value_and_its_json_are_the_same_value(typed):
    type_, array = typed
    again, bad = convert(canonical_text(array), type_)
    assert bad.true_count == 0
    assert again.equals(array)
    same, bad = convert(array, type_)
    assert bad.true_count == 0
    assert same.equals(array)


@given(nested_arrays())
def test_both_ways_of_reading_json_agree(typed):
    type_, array = typed
    text = canonical_text(array)
    fast, (slow, none) = read_whole(text, type_), read_rows(text, type_)
    assert none == []
    assert fast is None or convert(fast, type_)[0].equals(convert(slow, type_)[0])


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "day", "lines", "price", "tags", "x"]), inner, max_size=3)
            ),
        )
    )
)
def test_no_json_is_lost_without_a_word(documents):
    text = pa.array([json.dumps(each) for each in documents], pa.string())
    values, bad = convert(text, field_type(ORDER))
    for document, value, is_bad in zip(documents, values.to_pylist(), bad.to_pylist(), strict=True):
        assert (value is None) == (is_bad or document is None)
        assert value is None or {key for key, inner in document.items() if inner is not None} <= set(value)


def test_json_becomes_a_nested_value_exactly():
    cell = '{"id": 1, "day": "2024-02-29", "lines": [{"price": 12345678.90, "tags": ["a", null]}, null, {}]}'
    line = {"price": Decimal("12345678.90"), "tags": ["a", None]}
    expected = {"id": 1, "day": date(2024, 2, 29), "lines": [line, None, {"price": None, "tags": None}]}
    assert from_json(ORDER, cell, None, "null") == ([expected, None, None], [False] * 3)


@pytest.mark.parametrize(
    ("cell", "path", "shown", "complaint"),
    [
        ('{"lines":[{"price":1.5},{"price":1.255}]}', "c.lines[].price", "1.255", "is not a decimal(10,2)"),
        ('{"day":"2024-02-30"}', "c.day", "2024-02-30", "is not a date (YYYY-MM-DD)"),
        ('{"day":20240229}', "c.day", "20240229", "is no JSON value for a date"),
        ('{"id":true}', "c.id", "true", "is not an integer (long)"),
        ('{"id":1e999}', "c.id", "1e999", "is not an integer (long)"),
        ('{"id":9223372036854775808}', "c.id", "9223372036854775808", "is not an integer (long)"),
        ('{"id":[1]}', "c.id", "[1]", "is no JSON value for a long"),
        ('{"lines":{}}', "c.lines", "{}", "is not an array"),
        ('{"lines":[1.50]}', "c.lines[]", "1.50", "is not an object"),
        ("[]", "c", "[]", "is not an object"),
        ('{"id":1,"zip":0}', "c", None, "has the unknown member 'zip'"),
        ('{"id":1,"id":2}', "c", '{"id":1,"id":2}', "has a member twice in one object"),
        ('{"id":1', "c", '{"id":1', "is not JSON: Expecting ',' delimiter at character 8"),
        ("", "c", "", "is not JSON: Expecting value at character 1"),
        ('{"id":NaN}', "c", '{"id":NaN}', "is not JSON: it holds NaN"),
        ('{"lines":[{"tags":["\\ud800"]}]}', "c", None, "is not JSON: it holds half of a surrogate pair"),
        ('{"id":1}}\n{"v":{"id":2}', "c", None, "is not JSON: Extra data at character 9"),
        ("[" * 100_000, "c", None, "is not JSON that can be read: it is nested too deep"),
    ],
)  # fmt: skip
def test_json_that_does_not_fit_says_where_and_why(cell, path, shown, complaint):
    good = '{"id":7}'
    found = misfits(pa.array([good, cell, None, good]), ORDER)
    assert [bool(row) for row in found] == [False, True, False, False]
    assert found[1][0][0] == path
    assert found[1][0][2] == complaint
    assert shown in (None, found[1][0][1])


def test_many_cells_tell_the_same_of_bad_ones_as_few():
    cells = ['{"id":1}', '{"id":"x"}', '{"zip":1}', "[]", None, '{"id":1.5}', '{"lines":[{"price":1.255}]}', "{"] * 500
    few, many = misfits(pa.array(cells[:8]), ORDER), misfits(pa.array(['{"id":7}'] * 2000 + cells), ORDER)
    assert many == [[]] * 2000 + few * 500
    assert len(convert_cells(pa.array(cells), field_type(ORDER))[1]) < 10


def test_an_unknown_member_that_is_null_is_no_member():
    assert from_json("struct<a: long>", '{"a":1,"b":null}') == ([{"a": 1}], [False])


def test_numbers_too_large_for_a_float_do_not_fit():
    assert from_json("list<float>", "[1e39]", "[0.5]", "[1e-60]") == ([None, [0.5], [0.0]], [True, False, False])


@pytest.mark.parametrize(("kind", "last"), [("double", 2**53), ("float", 2**24)])
def test_whole_numbers_of_json_that_a_float_rounds_do_not_fit(kind, last):
    texts = [f'{{"a":[{number}]}}' for number in (last, last + 1, f"-{last + 1}.0", last + 2, 1e30, 0.1)]
    kept = [[float(last)], None, None, [float(last + 2)]]
    values, bad = from_json(f"struct<a: list<{kind}>>", *texts)
    assert [each and each["a"] for each in values][:4] == kept
    assert bad == [False, True, True, False, False, False]
    (found,) = misfits(pa.array([texts[1]]), f"struct<a: list<{kind}>>")[0]
    assert found == (
        "c.a[]",
        str(last + 1),
        f"has digits before the point that a {kind} does not keep: declare a decimal",
    )


def test_large_floats_of_json_are_read_as_a_whole_while_nothing_has_many_digits():
    floats = field_type("list<double>")
    assert read_whole(pa.array(["[1e300]", "[0.1]"]), floats) is not None
    assert read_whole(pa.array(["[9007199254740992]"]), floats) is None


def test_decimals_of_json_never_overflow_into_another_value():
    assert from_json("list<decimal(38,38)>", "[99]", "[0.99]", "[1e8]") == (
        [None, [Decimal("0.99")], None],
        [True, False, True],
    )


def test_whatever_stands_where_a_string_is_wanted_is_its_json_text():
    assert from_json("list<string>", '["a", 1.50, true, {"b": [1e2]}, null]') == (
        [["a", "1.50", "true", '{"b":[1e2]}', None]],
        [False],
    )


def test_json_objects_become_maps_whose_keys_fit():
    assert from_json("map<long, double>", '{"1": 0.5, "2": null}') == ([[(1, 0.5), (2, None)]], [False])
    assert misfits(pa.array(['{"x": 1}', '{"1": 1, "01": 2}']), "map<long, double>") == [
        [("c{key}", "x", "is not an integer (long)")],
        [("c", None, "has a key twice")],
    ]


def test_nested_arrow_converts_part_by_part():
    source = pa.array(
        [{"lines": [{"price": 1}, {"price": 2}], "id": 1.0}, {"lines": [], "id": 1.5}, {"lines": None, "id": None}],
        pa.struct([("lines", pa.large_list(pa.struct([("price", pa.int8())]))), ("id", pa.float64())]),
    )
    found = misfits(source, ORDER)
    assert found == [[], [("c.id", "1.5", "(double) is not an integer (long)")], []]
    values = convert(source, field_type(ORDER))[0].to_pylist()
    assert [line["price"] for line in values[0]["lines"]] == [Decimal("1.00"), Decimal("2.00")]


LAYOUTS = [pa.list_, pa.large_list, pa.list_view, pa.large_list_view, lambda of: pa.list_(of, 2)]


@pytest.mark.parametrize("layout", [of(pa.int8()) for of in LAYOUTS])
def test_lists_convert_however_they_are_laid_out(layout):
    array = pa.array([[1, 2], None, [3, None], [4, 5]], layout).slice(1)
    values, bad = convert(array, field_type("list<long>"))
    assert values.to_pylist() == [None, [3, None], [4, 5]]
    assert bad.true_count == 0


def test_what_a_null_list_hides_is_never_looked_at():
    hidden = pa.ListArray.from_buffers(
        pa.list_(pa.string()), 3, [pa.py_buffer(b"\x05"), pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]],
        children=[pa.array(["1", "x", "y"])],
    )  # fmt: skip
    assert misfits(hidden, "list<long>") == [[], [], [("c[]", "y", "is not an integer (long)")]]


def test_a_member_the_type_does_not_have_must_be_null_in_arrow_too():
    array = pa.array([{"a": 1, "b": None}, {"a": 1, "b": 2}])
    assert misfits(array, "struct<a: long>") == [[], [("c", None, "has the unknown member 'b'")]]


def test_values_of_another_shape_do_not_fit():
    array = pa.array([[1], None])
    assert misfits(array, "struct<a: long>")[0][0][2] == "(list<item: int64>) is not a struct<a: long>"
    assert misfits(pa.array([7, None]), "list<long>")[0][0][1:] == ("7", "(int64) is not a list<long>")


def test_members_are_found_by_the_name_the_source_gives_them():
    renamed = struct_of(Member("street", field_type("string"), source_name="strasse"))
    assert convert(pa.array([{"strasse": "a"}]), renamed)[0].to_pylist() == [{"street": "a"}]
    assert convert(pa.array(['{"strasse":"a"}']), renamed)[0].to_pylist() == [{"street": "a"}]


def test_nested_values_of_a_column_without_a_shape_are_json():
    array = pa.array([{"a": 1.5, "b": ['x\n"', None]}, {"a": None, "b": []}, None])
    values, bad = convert(array, field_type("string"))
    assert values.to_pylist() == ['{"a":1.5,"b":["x\\n\\"",null]}', '{"a":null,"b":[]}', None]
    assert bad.true_count == 0


def conform(columns, rules=(), **cells):
    return Conformer(tuple(columns), tuple(rules)).conform(batch(**cells))


def reasons(conformed):
    return conformed.rejects["reason"].to_pylist()


@pytest.mark.parametrize(
    ("type_text", "kind", "argument", "good", "bad", "complaint"),
    [
        ("list<long>", RuleKind.MIN_ITEMS, (1,), "[1]", "[]", "'[]' has fewer than 1 elements"),
        ("list<long>", RuleKind.MAX_ITEMS, (1,), "[null]", "[1,2]", "'[1,2]' has more than 1 elements"),
        ("list<long>", RuleKind.UNIQUE_ITEMS, (), "[1,2,null]", "[1,2,1]", "'[1,2,1]' has an element twice"),
        ("list<double>", RuleKind.UNIQUE_ITEMS, (), "[]", "[1,1.0]", "'[1,1.0]' has an element twice"),
        ("list<list<long>>", RuleKind.UNIQUE_ITEMS, (), "[[1],[2]]", "[[1],[1]]", "'[[1],[1]]' has an element twice"),
        ("struct<a: long, b: long>", RuleKind.MIN_PROPERTIES, (1,), '{"a":1}', "{}", "'{}' has fewer than 1 members"),
        ("map<string, long>", RuleKind.MAX_PROPERTIES, (0,), "{}", '{"a":1}', "'{\"a\":1}' has more than 0 members"),
    ],
)  # fmt: skip
def test_sizes_and_elements_are_row_rules(type_text, kind, argument, good, bad, complaint):
    conformed = conform([column("c", type_text)], [rule("c", kind, *argument)], c=[good, bad, None])
    assert reasons(conformed) == [f"c: {complaint}"]
    assert conformed.records.num_rows == 2
    assert conformed.violations == {f"c__{kind}": 1}


def test_rules_of_parts_reject_the_row_and_name_the_first_part():
    prices = rule("c", RuleKind.MINIMUM, 0, member=("lines", "[]", "price"))
    codes = rule("c", RuleKind.PATTERN, "^[a-z]$", member=("lines", "[]", "tags", "[]"))
    cells = [
        '{"lines":[{"price":1},{"price":-2,"tags":["a"]},{"price":-3}]}',
        '{"lines":[{"tags":["a","B"]},null]}',
        '{"lines":null}',
        None,
    ]
    conformed = conform([column("c", ORDER)], [prices, codes], c=cells)
    assert reasons(conformed) == [
        "c.lines[].price: '-2.00' is less than 0",
        "c.lines[].tags[]: 'B' does not match ^[a-z]$",
    ]
    assert conformed.rejects["column"].to_pylist() == ["c.lines[].price", "c.lines[].tags[]"]
    assert conformed.records.num_rows == 2


def test_required_parts_are_asked_only_where_there_is_a_value_to_have_them():
    columns = [column("c", "list<struct<a: long not null, b: string>>"), column("s", "struct<x: long not null>")]
    conformed = conform(
        columns, c=['[{"a":1},null]', '[{"b":"x"}]', None, "[]"], s=[None, None, '{"x":null}', '{"x":1}']
    )
    assert reasons(conformed) == ["c[].a: value is required", "s.x: value is required"]
    conformed.records.validate(full=True)
    assert conformed.records.to_pylist() == [{"c": [{"a": 1, "b": None}, None], "s": None}, {"c": [], "s": {"x": 1}}]


def test_values_of_maps_have_rules_too():
    limited = rule("c", RuleKind.MAXIMUM, 5, member=("{value}",))
    conformed = conform([column("c", "map<string, long>")], [limited], c=['{"a":1,"b":6}', '{"a":5}'])
    assert reasons(conformed) == ["c{value}: '6' is greater than 5"]


def test_a_classified_column_shows_no_part():
    conformed = conform([column("c", "struct<a: long>", classification="secret")], c=['{"a":"x"}'])
    assert reasons(conformed) == ["c.a: *** is not an integer (long)"]


def test_metrics_count_rows_with_a_broken_part_once():
    test = rule("c", RuleKind.MINIMUM, 0, member=("[]",))
    metric = MetricRule("m", Metric.INVALID_VALUES, ("c",), (test,), (), "rows", CheckSeverity.INFO, "", PLACE)
    conformer = Conformer((column("c", "list<long>"),), (), (metric,))
    conformed = conformer.conform(batch(c=["[-1,-2]", "[1]", None, "[2,-3]"]))
    assert (conformed.violations, conformed.records.num_rows) == ({"m": 2}, 4)
