"""Nested columns in contracts of either dialect."""

import pytest

from dativo_core.odcs.contract import KEYS_CHECK, RuleKind
from dativo_core.odcs.types import ELEMENT
from tests.unit.odcs.test_read import STANDARD, codes, flat, read, standard, table

LINES = """{name: lines, logicalType: array, logicalTypeOptions: {minItems: 1, maxItems: 9, uniqueItems: true}, items:
        {logicalType: object, logicalTypeOptions: {required: [sku], minProperties: 1}, properties: [
          {name: sku, logicalType: string, logicalTypeOptions: {pattern: '^[A-Z]+$'}},
          {name: price, physicalName: preis, physicalType: 'decimal(10,2)', logicalType: number, required: true,
           logicalTypeOptions: {minimum: 0}, description: net},
          {name: tags, logicalType: array, items: {logicalType: string, logicalTypeOptions: {maxLength: 5}}}]}}"""


def rules(found):
    return {(rule.subject, rule.kind): rule.arguments for rule in found.rules}


def test_properties_and_items_make_a_nested_type():
    (column,) = table(LINES).columns
    assert str(column.type) == "list<struct<sku: string, price: decimal(10,2), tags: list<string>>>"
    sku, price, _ = column.type.members[0].type.members
    assert (price.required, price.delivered_name, price.doc) == (True, "preis", "net")
    assert (sku.required, sku.delivered_name, sku.doc) == (False, "sku", "")


def test_options_of_arrays_objects_and_their_parts_are_executed():
    assert rules(table(LINES)) == {
        ("lines", RuleKind.MIN_ITEMS): (1,),
        ("lines", RuleKind.MAX_ITEMS): (9,),
        ("lines", RuleKind.UNIQUE_ITEMS): (),
        ("lines[]", RuleKind.MIN_PROPERTIES): (1,),
        ("lines[].sku", RuleKind.REQUIRED): (),
        ("lines[].sku", RuleKind.PATTERN): ("^[A-Z]+$",),
        ("lines[].price", RuleKind.REQUIRED): (),
        ("lines[].price", RuleKind.MINIMUM): (0,),
        ("lines[].tags[]", RuleKind.MAX_LENGTH): (5,),
    }


def test_quality_rules_of_parts_are_executed():
    found = table("{name: a, logicalType: object, properties: [{name: b, logicalType: string,"
                  " quality: [{rule: validValues, validValues: [x]}]}]}")  # fmt: skip
    assert rules(found) == {("a.b", RuleKind.ENUM): ("x",)}
    assert (found.rules[0].column, found.rules[0].member) == ("a", ("b",))


@pytest.mark.parametrize(
    ("physical", "parts", "key", "said"),
    [
        ("ARRAY<int>", "items: {logicalType: string}", "items.logicalType", "logicalType string and physicalType ARRAY<int>,"
         " which says int here, disagree"),
        ("int[]", "items: {physicalType: bigint}", "items.physicalType", "physicalType bigint and"),
        ("STRUCT<a int>", "properties: [{name: b, logicalType: integer}]", "properties",
         "the properties (b) and physicalType STRUCT<a int> disagree"),
        ("STRUCT<a int>", "properties: [{name: a, logicalType: integer}, {name: b, logicalType: integer}]", "properties",
         "(a, b)"),
        ("STRUCT<a int>", "properties: [{name: a, logicalType: boolean}]", "properties[0].logicalType", "says int here"),
        ("ARRAY<STRUCT<a: ARRAY<date>>>", "items: {properties: [{name: a, logicalType: array, items: {physicalType: time}}]}",
         "items.properties[0].items.physicalType", "which says date here"),
        ("ARRAY<int>", "items: {properties: [{name: a, logicalType: boolean}]}", "items", "struct<a: boolean> and"),
    ],
)  # fmt: skip
def test_parts_that_contradict_a_nested_physical_type_are_told_where_they_stand(physical, parts, key, said):
    logical = "object" if physical.startswith("STRUCT") else "array"
    (found,) = standard(f"{{name: c, logicalType: {logical}, physicalType: '{physical}', {parts}}}").findings
    assert (found.code, found.key_path) == ("type-conflict", f"schema[0].properties[0].{key}")
    assert said in found.message


@pytest.mark.parametrize(
    ("physical", "parts", "type_"),
    [
        ("ARRAY<int>", "items: {logicalType: integer}", "list<long>"),
        ("ARRAY<int>", "items: {logicalType: integer, physicalType: int}", "list<int>"),
        ("array<varchar(3)>", "items: {logicalType: string, logicalTypeOptions: {maxLength: 3}}", "list<string>"),
        ("STRUCT<A int>", "properties: [{name: x, physicalName: a, logicalType: integer}]", "struct<x: long>"),
        ("array<json>", "items: {properties: [{name: b, logicalType: boolean}]}", "list<struct<b: boolean>>"),
        ("array<array<time>>", "items: {logicalType: array, items: {logicalType: date, logicalTypeOptions: {format: HH:mm}}}",
         "list<list<time>>"),
    ],
)  # fmt: skip
def test_parts_that_agree_with_a_nested_physical_type_say_the_rest(physical, parts, type_):
    logical = "object" if physical.startswith("STRUCT") else "array"
    (column,) = table(f"{{name: c, logicalType: {logical}, physicalType: '{physical}', {parts}}}").columns
    assert str(column.type) == type_


def test_the_flat_dialect_nests_too():
    found = flat(
        "{name: a, type: object, properties: [{name: b, type: array, required: true, items: {type: 'decimal(5,2)'}}]}",
        "data_quality: {expectations: [{type: between, column: 'a.b[]', min: 1, max: 2}]}\n",
    )
    one = found.contract.objects[0]
    assert str(one.columns[0].type) == "struct<b: list<decimal(5,2)>>"
    assert set(rules(one)) == {("a.b", RuleKind.REQUIRED), ("a.b[]", RuleKind.MINIMUM), ("a.b[]", RuleKind.MAXIMUM)}


def test_the_flat_dialect_knows_rules_of_our_own_engine():
    rule = "{type: custom, engine: dativo, column: a, implementation: {rule: minCheck, min: 1, mustBeLessThan: 5}}"
    found = flat("{name: a, type: integer}", f"data_quality: {{expectations: [{rule}]}}\n")
    (metric,) = found.contract.objects[0].metric_rules
    assert (metric.subjects, metric.tests[0].arguments, codes(found)) == (("a",), (1,), [])


def test_physical_types_nest():
    (column,) = table("{name: a, logicalType: array, physicalType: 'STRUCT<x: int, y: text>[]'}").columns
    assert str(column.type) == "list<struct<x: int, y: string>>"


@pytest.mark.parametrize(
    "found", [lambda: standard("{name: a, physicalType: vector(3)}"), lambda: flat("{name: a, type: vector(3)}")]
)
def test_a_vector_has_as_many_elements_as_declared(found):
    (one,) = found().contract.objects
    assert str(one.columns[0].type) == "list<float>"
    assert rules(one) == {("a", RuleKind.MIN_ITEMS): (3,), ("a", RuleKind.MAX_ITEMS): (3,)}


def test_a_json_column_with_properties_is_a_struct():
    (column,) = table(
        "{name: a, logicalType: object, physicalType: jsonb, properties: [{name: b, logicalType: string}]}"
    ).columns
    assert str(column.type) == "struct<b: string>"


@pytest.mark.parametrize(
    ("property_", "code"),
    [
        ("{name: a, logicalType: object}", "object-properties-missing"),
        ("{name: a, logicalType: object, physicalType: jsonb, properties: []}", "object-properties-missing"),
        ("{name: a, logicalType: array}", "array-items-missing"),
        ("{name: a, logicalType: array, physicalType: text}", "array-items-missing"),
    ],
)
def test_what_has_no_shape_is_json_text(property_, code):
    found = standard(property_)
    assert codes(found) == [code]
    assert str(found.contract.objects[0].columns[0].type) == "string"


def test_flat_objects_and_arrays_without_a_shape_are_json_text():
    assert codes(flat("{name: a, type: object}")) == ["object-properties-missing"]
    found = flat("{name: a, type: array}")
    assert codes(found) == ["array-items-missing"]
    assert str(found.contract.objects[0].columns[0].type) == "string"


def test_options_of_json_text_are_rules_of_its_content():
    found = table("{name: a, logicalType: array, logicalTypeOptions: {minItems: 1, uniqueItems: true}}",
                  "{name: b, logicalType: object, logicalTypeOptions: {required: [x], maxProperties: 2}}")  # fmt: skip
    assert found.unexecuted_rules == ()
    assert [each.id for each in found.rules] == [
        "a__min_items",
        "a__unique_items",
        "b__max_properties",
        "b__required_x",
    ]


@pytest.mark.parametrize(
    ("property_", "code"),
    [
        ("{name: a, logicalType: string, properties: [{name: b, logicalType: string}]}", "type-conflict"),
        ("{name: a, logicalType: object, items: {logicalType: string}}", "type-conflict"),
        ("{name: a, properties: [{name: b, logicalType: string}], items: {logicalType: string}}", "type-conflict"),
        ("{name: a, physicalType: bigint, logicalType: object, properties: [{name: b, logicalType: string}]}", "type-conflict"),
        ("{name: a, logicalType: string, physicalType: 'int[]'}", "type-conflict"),
        ("{name: a, logicalType: array, physicalType: 'map<int, int>'}", "type-conflict"),
        ("{name: a, logicalType: object, properties: [{name: b, physicalType: interval}]}", "type-no-iceberg"),
        ("{name: a, logicalType: object, properties: [{name: b, logicalType: string, x: 1}]}", "unknown-key"),
        ("{name: a, logicalType: object, properties: [{logicalType: string}]}", "missing-key"),
        ("{name: a, logicalType: object, properties: [{name: b, logicalType: string}, {name: B, logicalType: string}]}",
         "name-duplicate"),
        ("{name: a, logicalType: object, properties: [{name: b.c, logicalType: string}]}", "name-illegal"),
        ("{name: a, logicalType: object, properties: [{name: b, logicalType: string, primaryKey: true}]}", "pk-type"),
        ("{name: a, logicalType: object, properties: [{name: b, logicalType: string, partitioned: true}]}",
         "partition-transform"),
        ("{name: a, logicalType: array, required: true, primaryKey: true, items: {logicalType: string}}", "pk-type"),
        ("{name: a, logicalType: array, partitioned: true, items: {logicalType: string}}", "partition-transform"),
        ("{name: a, logicalType: array, logicalTypeOptions: {minItems: 3, maxItems: 2}, items: {logicalType: string}}",
         "option-range"),
        ("{name: a, logicalType: array, logicalTypeOptions: {minLength: 3}, items: {logicalType: string}}", "unknown-key"),
        ("{name: a, logicalType: object, logicalTypeOptions: {required: [c]}, properties: [{name: b, logicalType: string}]}",
         "object-required-unknown"),
        ("{name: a, logicalType: array, items: {logicalType: integer, logicalTypeOptions: {minimum: 2, maximum: 1}}}",
         "option-range"),
    ],
)  # fmt: skip
def test_what_a_nested_property_may_not_say_is_an_error(property_, code):
    found = standard(property_)
    assert found.contract is None
    assert code in codes(found)


def test_parts_of_one_path_are_told_apart():
    found = standard(
        "{name: a.b, logicalType: string}",
        "{name: a, logicalType: object, properties: [{name: b, logicalType: string}]}",
    )
    assert codes(found) == ["name-duplicate"]


@pytest.mark.parametrize(
    "column",
    [
        "{name: a, type: string, properties: [{name: b}]}",
        "{name: a, type: object, items: {type: string}}",
        "{name: a, type: array, items: {type: string}, properties: [{name: b}]}",
    ],
)
def test_flat_shapes_belong_to_their_types(column):
    assert "type-conflict" in codes(flat(column))


def test_a_classified_part_classifies_the_column():
    found = table("{name: a, logicalType: object, properties: [{name: b, logicalType: string, classification: pii}]}")
    assert found.columns[0].classification == "pii"


def test_shares_are_counted_over_rows_with_a_broken_part():
    found = table(
        "{name: a, logicalType: array, items: {logicalType: integer, quality: [{rule: minCheck,"
        " customProperties: [{property: min, value: 1}], mustBeLessThan: 5, unit: percent}]}}"
    )
    (metric,) = found.metric_rules
    assert (metric.columns, metric.tests[0].member, metric.tests[0].arguments) == (("a",), ("[]",), (1,))


def test_a_member_that_only_the_physical_type_declares_can_be_required():
    found = table("{name: c, logicalType: object, physicalType: 'STRUCT<a: int>', logicalTypeOptions: {required: [a]}}")
    assert rules(found) == {("c", RuleKind.HAS_MEMBER): ("a",)}


@pytest.mark.parametrize(
    ("property_", "parts"),
    [
        ("{name: a, logicalType: array, unique: true, items: {logicalType: string}}", (("a",),)),
        ("{name: a, logicalType: array, items: {logicalType: string, unique: true}}", (("a", ELEMENT),)),
        ("{name: o, logicalType: object, properties: [{name: k, logicalType: string, unique: true}]}", (("o", "k"),)),
    ],
)
def test_nested_values_and_their_parts_can_be_unique(property_, parts):
    (rule,) = (each for each in table(property_).rules if each.kind is RuleKind.UNIQUE)
    assert (rule.parts, rule.check) == (parts, KEYS_CHECK)


@pytest.mark.parametrize(
    ("property_", "parts", "unit"),
    [
        ("{name: a, logicalType: array, items: {logicalType: string, quality: [{rule: unique}]}}", ("a[]",), "values"),
        ("{name: a, logicalType: array, quality: [{rule: duplicateCount, mustBe: 0}], items: {logicalType: string}}",
         ("a",), "rows"),
        ("{name: a, logicalType: array, items: {physicalType: date, quality:"
         " [{rule: freshness, mustBeLessThan: 1, unit: d}]}}", ("a[]",), "d"),
        ("{name: o, logicalType: object, properties: [{name: k, logicalType: string, quality:"
         " [{rule: duplicateCount, mustBeLessThan: 5, unit: percent}]}]}", ("o.k",), "percent"),
        ("{name: a, physicalType: 'map<string, int>', logicalType: object, quality: [{rule: unique}]}", ("a",), "rows"),
    ],
)  # fmt: skip
def test_what_compares_rows_is_measured_for_nested_values(property_, parts, unit):
    (metric,) = table(property_).metric_rules
    assert (metric.subjects, metric.unit, table(property_).unexecuted_rules) == (parts, unit, ())


BESIDE = (
    "{name: id, logicalType: integer}",
    "{name: lines, logicalType: array, items: {logicalType: object, properties: [{name: sku, logicalType: string},"
    " {name: lots, logicalType: array, items: {logicalType: string}}]}}",
    "{name: tags, logicalType: array, items: {logicalType: string}}",
)


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ("id, 'lines[].sku'", None),
        ("'lines[].sku', 'lines[].lots[]'", None),
        ("'lines[].sku', 'tags[]'", "rule-arguments"),
        ("tags, 'lines[].sku'", None),
        ("id, 'lines[].kind'", "rule-arguments"),
    ],
)
def test_a_key_has_parts_of_one_list_and_of_what_holds_it(listed, code):
    rule = f"{{rule: duplicateValues, mustBe: 0, arguments: {{properties: [{listed}]}}}}"
    found = read(f"{STANDARD}{''.join(f'      - {each}{chr(10)}' for each in BESIDE)}    quality: [{rule}]\n")
    assert codes(found) == ([] if code is None else [code])


def test_a_list_has_no_age_but_its_elements_may():
    rule = "quality: [{rule: freshness, mustBeLessThan: 1, unit: d}]"
    assert codes(standard(f"{{name: a, logicalType: array, {rule}, items: {{physicalType: date}}}}")) == [
        "rule-arguments"
    ]
