"""What becomes of values that do not fit: the run stops, the row is rejected, or the column is text."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.contract.conform import Conformer
from dativo_core.contract.convert import convert
from dativo_core.contract.convert_nested import as_stored
from dativo_core.errors import ContractError
from dativo_core.odcs.contract import RuleKind
from dativo_core.odcs.types import OnLoss
from tests.unit.contract.build import batch, field_type, rule
from tests.unit.lake.layouts import TYPES, VALUES, array_of
from tests.unit.odcs.test_read import codes, flat, standard, table


def stated(physical: str, policy: str = "", logical: str = "") -> str:
    declared = f", customProperties: [{{property: dativoOnLoss, value: {policy}}}]" if policy else ""
    meant = f", logicalType: {logical}" if logical else ""
    return f'{{name: c, physicalType: "{physical}"{meant}{declared}}}'


def conformed(physical: str, policy: str, *texts: str | None, rules=()):
    (column,) = table(stated(physical, policy)).columns
    return Conformer((column,), tuple(rules)).conform(batch(c=list(texts)))


def stored(physical: str, policy: str, *texts: str | None) -> list[object]:
    found = conformed(physical, policy, *texts)
    assert found.rejects["reason"].to_pylist() == []
    return found.records.column(0).to_pylist()


@pytest.mark.parametrize("policy", ["", "stringify"])
def test_a_time_is_validated_as_one_and_stored_as_its_canonical_text(policy):
    found = conformed("time", policy, "7:00", "07:00", "23:59:59.500", "24:00", None, "00:00:00.0000001")
    assert found.records.column(0).to_pylist() == ["07:00:00", "23:59:59.5", None]
    assert found.rejects["column"].to_pylist() == ["c"] * 3


@pytest.mark.parametrize("policy", ["fail", "quarantine"])
def test_a_time_with_another_policy_stays_a_time(policy):
    assert stored("time", policy, "07:00") == [time(7)]


def test_a_bound_of_a_time_compares_times():
    minimum = rule("c", RuleKind.MINIMUM, "08:00")
    found = conformed("time", "", "08:00", "07:59:59.999999", rules=[minimum])
    assert found.records.column(0).to_pylist() == ["08:00:00"]


def test_fail_stops_at_the_first_values_that_do_not_fit_and_shows_them():
    with pytest.raises(ContractError, match=r"values of c do not fit(.|\n)*line 3: c: 'x' is not an integer"):
        conformed("int", "fail", "1", "x")
    assert stored("int", "fail", "1", None) == [1, None]


def held(column_text: str, *cells: str | None):
    """Return a batch of one column held against all rules of its table."""
    found = table(column_text)
    return Conformer(found.columns, found.rules).conform(batch(c=list(cells)))


@pytest.mark.parametrize(
    ("physical", "good", "bad", "complaint"),
    [
        ("varchar(3)", "abc", "abcd", "c: 'abcd' is longer than 3 characters"),
        ("smallint", "-32768", "32768", "c: '32768' is greater than 32767"),
        ("tinyint unsigned", "0", "-1", "c: '-1' is less than 0"),
        ("bit(2)", "01", "012", "c: '012' does not match"),
        ("vector(2)", "[1,2]", "[1]", "has fewer than 2 elements"),
    ],
)
def test_fail_stops_at_what_the_physical_type_does_not_hold(physical, good, bad, complaint):
    assert held(stated(physical, "fail"), good, None).rejects.num_rows == 0
    assert held(stated(physical, "quarantine"), good, bad).rejects.num_rows == 1
    with pytest.raises(ContractError, match="line 3") as error:
        held(stated(physical, "fail"), good, bad)
    assert complaint in str(error.value.hint)


def test_fail_stops_at_the_length_of_the_type_and_rejects_at_a_stated_one():
    both = "{name: c, logicalType: string, physicalType: varchar(3), logicalTypeOptions: {maxLength: 2}, "
    found = held(both + f"customProperties: {FAIL}}}", "ab", "abc")
    assert found.rejects["rule"].to_pylist() == ["c__max_length"]
    with pytest.raises(ContractError, match="'abcd' is longer than 3"):
        held(both + f"customProperties: {FAIL}}}", "abcd")


@pytest.mark.parametrize("options", ["minimum: 0", "minimum: 0, exclusiveMinimum: true", "exclusiveMinimum: true"])
def test_a_stated_bound_does_not_stop_where_the_type_has_another(options):
    physical = 'physicalType: "tinyint unsigned"' if "minimum: 0" not in options else "physicalType: smallint"
    found = held(
        f"{{name: c, logicalType: integer, {physical}, logicalTypeOptions: {{{options}, maximum: 9}}, "
        f"customProperties: {FAIL}}}",
        "1",
        "10",
        "-1" if "minimum: 0" in options else "0",
    )
    assert found.records.num_rows == 1
    assert found.rejects.num_rows == 2


def test_a_stated_length_does_not_widen_that_of_the_type():
    found = held(
        "{name: c, logicalType: string, physicalType: varchar(3), logicalTypeOptions: {maxLength: 9}}", "abc", "abcd"
    )
    assert found.rejects["rule"].to_pylist() == ["c__max_length_of_type"]


def test_parts_follow_the_policy_of_their_column_at_limits_too():
    items = "items: {physicalType: varchar(3)}"
    column = f"{{name: c, logicalType: array, {items}, customProperties: {FAIL}}}"
    with pytest.raises(ContractError, match=r"c\[\]: 'abcd' is longer"):
        held(column, '["abc", "abcd"]')


def test_fail_does_not_show_a_classified_value():
    (column,) = table("{name: c, physicalType: int, classification: pii, customProperties: " + FAIL + "}").columns
    with pytest.raises(ContractError, match=r"c: \*\*\* is not") as error:
        Conformer((column,), ()).conform(batch(c=["secret"]))
    assert "secret" not in str(error.value)


FAIL = "[{property: dativoOnLoss, value: fail}]"


def test_other_rules_of_a_column_that_fails_reject_only_their_rows():
    found = conformed("int", "fail", "1", "9", rules=[rule("c", RuleKind.MAXIMUM, 5)])
    assert found.rejects["rule"].to_pylist() == ["c__maximum"]


@pytest.mark.parametrize(
    ("physical", "written", "kept"),
    [
        ("numeric", "+1.500E3", "1500"), ("numeric", "-000.010", "-0.01"), ("numeric", "1e-30", "0." + "0" * 29 + "1"),
        ("numeric", "9" * 300, "9" * 300), ("decimal(65,30)", "1.5", "1.5" + "0" * 29), ("decimal(100,2)", "1.50", "1.5"),
        ("interval", "P1DT2H", "P1DT2H"), ("timetz", "07:00:00+02", "07:00:00+02"),
        ("geometry(Point,4326)", "POINT(1 2)", "POINT(1 2)"),
        ("timestamptz", "2024-01-01 01:00+01", "2024-01-01T00:00:00Z"), ("float", "1e2", "100"), ("boolean", "yes", "true"),
        ("decimal(5,2)", "1.5", "1.50"), ("uuid", "0" * 32, "00000000-0000-0000-0000-000000000000"), ("bytea", "0x0A", "0a"),
        ("int[]", "[1, null]", "[1,null]"), ("row(a int, b date)", '{"b":"2024-01-01"}', '{"a":null,"b":"2024-01-01"}'),
    ],
)  # fmt: skip
def test_a_stringified_column_has_one_text_for_each_value(physical, written, kept):
    assert stored(physical, "stringify", written, None) == [kept, None]


@pytest.mark.parametrize(
    ("physical", "text"),
    [
        ("numeric", "NaN"), ("numeric", "1,5"), ("decimal(65,30)", "9" * 36), ("decimal(100,2)", "0.001"),
        ("decimal(100,2)", "9" * 99),
        ("timestamp", "infinity"), ("int", "1.5"), ("int[]", "[1.5]"),
    ],
)  # fmt: skip
def test_what_is_no_value_of_the_type_is_rejected_although_the_column_is_text(physical, text):
    assert conformed(physical, "stringify", text).rejects.num_rows == 1


def test_numbers_without_a_limit_are_exact_from_arrow_too():
    (column,) = table(stated("numeric", "stringify")).columns
    for array, kept in (
        (pa.array([2**64 - 1], pa.uint64()), str(2**64 - 1)),
        (pa.array([Decimal("-1.500")]), "-1.5"),
        (pa.array([None], pa.null()), None),
    ):
        values, bad = convert(array, column.type)
        assert (values.to_pylist(), bad.true_count) == ([kept], 0)
    assert convert(pa.array([0.5]), column.type)[1].true_count == 1


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_of_any_size_is_the_same_number_as_text(number):
    (column,) = table(stated("numeric", "stringify")).columns
    values, bad = convert(pa.array([str(number)]), column.type)
    if abs(number.as_tuple().exponent) < 1000:
        assert not bad.true_count
        assert Decimal(values[0].as_py()) == number
        assert "e" not in values[0].as_py().lower()


def test_times_inside_nested_values_are_text_unless_the_column_says_otherwise():
    kind = "row(at time, more array<time>)"
    (record,) = stored(kind, "", '{"at":"07:00","more":["08:00",null]}')
    assert record == {"at": "07:00:00", "more": ["08:00:00", None]}
    (record,) = stored(kind, "quarantine", '{"at":"07:00","more":[]}')
    assert record == {"at": time(7), "more": []}
    (pairs,) = stored("map<text, time>", "", '{"a":"07:00"}')
    assert pairs == [("a", "07:00:00")]


def test_parts_follow_the_policy_of_their_column():
    with pytest.raises(ContractError, match=r"c\.a"):
        conformed("row(a int)", "fail", '{"a":"x"}')


def test_a_nested_array_is_stored_whichever_part_is_empty():
    times = field_type("list<time>")
    (column,) = table(stated("time[]")).columns
    for text in ("[]", None, "[null]"):
        values, _ = convert(pa.array([text], pa.string()), times)
        assert as_stored(values, column.type).type == pa.list_(pa.field("element", pa.string()))


@pytest.mark.parametrize("physical", ["interval", "decimal(39,0)", "numeric", "interval[]"])
def test_a_type_without_a_home_is_an_error_until_the_column_is_declared_to_be_text(physical):
    assert codes(standard(stated(physical))) == codes(standard(stated(physical, "fail"))) != []
    assert codes(standard(stated(physical, "stringify"))) == []


def test_a_logical_type_may_say_what_the_text_means():
    assert codes(standard(stated("interval", "stringify", "date"))) == []
    assert codes(standard(stated("numeric", "stringify", "number"))) == []


def test_a_word_that_is_no_policy_is_told():
    assert codes(standard(stated("int", "ignore"))) == ["loss-policy"]
    assert codes(flat("{name: c, type: integer, on_loss: ignore}")) == ["not-allowed"]


def test_the_flat_dialect_declares_it_on_the_column():
    for written, kept in (("", "string"), (", on_loss: quarantine", "time")):
        found = flat(f"{{name: c, type: time{written}}}")
        assert found.contract is not None
        assert str(found.contract.objects[0].columns[0].type.stored) == kept
    found = flat("{name: c, type: decimal, on_loss: stringify}")
    assert found.contract is not None
    assert str(found.contract.objects[0].columns[0].type) == "decimal"


@pytest.mark.parametrize("physical", ["numeric", "decimal(60,3)", "decimal(100,3)"])
@pytest.mark.parametrize(
    ("kind", "argument", "kept"),
    [
        (RuleKind.MINIMUM, 1.5, ["1.5", "1" + "0" * 40]),
        (RuleKind.EXCLUSIVE_MINIMUM, 1.5, ["1" + "0" * 40]),
        (RuleKind.MAXIMUM, 1.5, ["1.5", "-3"]),
        (RuleKind.EXCLUSIVE_MAXIMUM, 1.5, ["-3"]),
        (RuleKind.MULTIPLE_OF, 3, ["-3"]),
        (RuleKind.ENUM, "1.50", ["1.5"]),
        (RuleKind.FORMAT, "u128", ["1.5"]),
    ],
)
def test_rules_about_numbers_of_any_size_compare_them_exactly(physical, kind, argument, kept):
    found = conformed(physical, "stringify", "1.5", "1" + "0" * 40, "-3", rules=[rule("c", kind, argument)])
    assert [Decimal(each) for each in found.records.column(0).to_pylist()] == [Decimal(each) for each in kept]


def test_a_format_of_integers_is_enforced_on_numbers_of_any_size():
    declared = "customProperties: [{property: dativoOnLoss, value: stringify}]"
    made = table(
        "{name: c, logicalType: integer, logicalTypeOptions: {format: u8}, physicalType: numeric, " + declared + "}"
    )
    assert [each.kind for each in made.rules] == [RuleKind.FORMAT]


def test_an_unsigned_number_is_not_below_zero():
    made = table('{name: c, physicalType: "decimal(10,2) unsigned"}', '{name: d, physicalType: "double unsigned"}')
    assert [(each.column, each.kind, each.arguments) for each in made.rules] == [
        ("c", RuleKind.MINIMUM, (0,)),
        ("d", RuleKind.MINIMUM, (0,)),
    ]
    assert codes(standard('{name: c, physicalType: "varchar(3) unsigned"}')) == ["type-unparsed"]


@pytest.mark.parametrize("kind", TYPES)
@given(data=st.data())
def test_the_text_of_a_stringified_value_reads_back_as_the_same_value(kind, data):
    array = array_of(kind, data.draw(st.lists(st.none() | VALUES[kind], max_size=6)))
    as_text = replace(TYPES[kind], on_loss=OnLoss.STRINGIFY)
    texts = as_stored(convert(array, as_text)[0], as_text)
    assert texts.type == pa.string()
    again, bad = convert(texts, TYPES[kind])
    assert not bad.true_count
    assert [str(each) for each in again.to_pylist()] == [str(each) for each in array.to_pylist()]
    assert as_stored(again, as_text) == texts
