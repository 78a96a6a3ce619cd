"""Batches held against a contract."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.conform import Conformer
from dativo_core.contract.ledger import arrow_schema
from dativo_core.errors import ContractError
from dativo_core.flow import REJECT_SCHEMA
from dativo_core.odcs.contract import CheckSeverity, RuleKind
from tests.unit.contract.build import batch, column, rule


def conform(columns, rules=(), **cells):
    return Conformer(tuple(columns), tuple(rules)).conform(batch(**cells))


def reasons(conformed):
    return conformed.rejects["reason"].to_pylist()


def test_good_rows_come_out_typed_and_in_contract_order():
    columns = (column("n", "long", required=True), column("when", "date", source_name="day"), column("name"))
    conformed = conform(columns, day=["2024-02-29", None], name=["a", "b"], n=["1", "2.0"])
    assert conformed.records.schema == arrow_schema(columns)
    assert [str(row) for row in conformed.records.column(1)] == ["2024-02-29", "None"]
    assert conformed.records.column(0).to_pylist() == [1, 2]
    assert conformed.rejects.num_rows == 0
    assert conformed.violations == {}


def test_a_row_with_a_cell_of_another_type_is_rejected_with_its_place():
    conformed = conform([column("dep_time", "long")], dep_time=["1", "abc", "3"])
    assert conformed.records.to_pydict() == {"dep_time": [1, 3]}
    assert conformed.rejects.to_pylist() == [
        {
            "file": "orders.csv",
            "line": 3,
            "column": "dep_time",
            "rule": "contract__types",
            "reason": "dep_time: 'abc' is not an integer (long)",
            "raw": "raw 1",
        }
    ]
    assert conformed.violations == {"contract__types": 1}
    assert conformed.rejects.schema == REJECT_SCHEMA


def test_every_reason_is_given_and_the_first_one_names_column_and_rule():
    columns = (column("n", "int"), column("code"), column("m", "int"))
    rules = (rule("code", RuleKind.PATTERN, "^[A-Z]{2}$"), rule("n", RuleKind.REQUIRED))
    conformed = conform(columns, rules, n=[None, "1"], code=["XYZ", "AB"], m=["x", "y"])
    assert reasons(conformed) == [
        "m: 'x' is not an integer (int); n: value is required; code: 'XYZ' does not match ^[A-Z]{2}$",
        "m: 'y' is not an integer (int)",
    ]
    assert conformed.rejects["column"].to_pylist() == ["m", "m"]
    assert conformed.violations == {"contract__types": 2, "n__required": 1, "code__pattern": 1}


def test_a_row_with_two_cells_of_another_type_counts_once():
    assert conform([column("a", "int"), column("b", "int")], a=["x"], b=["y"]).violations == {"contract__types": 1}


@pytest.mark.parametrize("severity", [CheckSeverity.WARNING, CheckSeverity.INFO])
def test_a_rule_that_does_not_block_only_counts(severity):
    warned = rule("n", RuleKind.MINIMUM, 5, severity=severity)
    conformed = conform([column("n", "int")], [warned], n=["1", "9"])
    assert conformed.records.num_rows == 2
    assert conformed.rejects.num_rows == 0
    assert conformed.violations == {"n__minimum": 1}


@pytest.mark.parametrize(
    ("type_text", "kind", "arguments", "good", "bad", "complaint"),
    [
        ("string", RuleKind.PATTERN, ("b+",), "abbc", "ac", "does not match b+"),
        ("string", RuleKind.MIN_LENGTH, (2,), "éé", "é", "is shorter than 2 characters"),
        ("string", RuleKind.MAX_LENGTH, (2,), "éé", "ééé", "is longer than 2 characters"),
        ("int", RuleKind.MINIMUM, (5,), "5", "4", "is less than 5"),
        ("long", RuleKind.EXCLUSIVE_MAXIMUM, (5,), "4", "5", "is not less than 5"),
        ("decimal(4,2)", RuleKind.MAXIMUM, (0.1,), "0.10", "0.11", "is greater than 0.1"),
        (
            "date",
            RuleKind.EXCLUSIVE_MINIMUM,
            ("2024-01-01",),
            "2024-01-02",
            "2024-01-01",
            "is not greater than 2024-01-01",
        ),
        ("string", RuleKind.ENUM, ("N", True), "true", "n", "is not one of N, true"),
        ("int", RuleKind.ENUM, (1, 2), "2.0", "3", "is not one of 1, 2"),
        ("decimal(4,2)", RuleKind.ENUM, (1.5,), "1.50", "1.51", "is not one of 1.5"),
        ("uuid", RuleKind.ENUM, ("0" * 32,), "0" * 32, "1" * 32, f"is not one of {'0' * 32}"),
    ],
)
def test_a_rule_lets_good_values_and_nulls_pass(type_text, kind, arguments, good, bad, complaint):
    conformed = conform([column("c", type_text)], [rule("c", kind, *arguments)], c=[good, None, bad])
    assert conformed.records.num_rows == 2
    assert reasons(conformed) == [f"c: '{bad}' {complaint}"]


def test_an_unreadable_cell_is_not_reported_as_missing():
    conformed = conform([column("n", "int", required=True)], n=["x", None])
    assert conformed.violations == {"contract__types": 1, "n__required": 1}


def test_a_required_column_is_enforced_without_a_rule():
    warned = rule("n", RuleKind.REQUIRED, severity=CheckSeverity.WARNING)
    conformed = conform([column("n", "int", required=True)], [warned], n=["1", None])
    assert conformed.records.column(0).to_pylist() == [1]
    assert reasons(conformed) == ["n: value is required"]


def test_a_column_the_source_does_not_hold_is_null():
    conformed = conform([column("a"), column("b", required=True)], a=["x"])
    assert reasons(conformed) == ["b: value is required"]


def test_values_of_classified_columns_are_not_shown():
    conformed = conform([column("ssn", "int", classification="PII")], ssn=["secret"])
    assert reasons(conformed) == ["ssn: *** is not an integer (int)"]


def test_shown_values_are_cut_and_their_control_characters_escaped():
    conformed = conform([column("n", "int")], n=["é" * 65, "é" * 64, "a\x1b[2J\n\u202eb"])
    assert reasons(conformed) == [
        f"n: '{'é' * 64}…' is not an integer (int)",
        f"n: '{'é' * 64}' is not an integer (int)",
        r"n: 'a\u001b[2J\n\u202eb' is not an integer (int)",
    ]


def test_a_long_list_of_alternatives_is_cut():
    enum = rule("n", RuleKind.ENUM, *range(20))
    assert reasons(conform([column("n", "int")], [enum], n=["99"])) == [
        "n: '99' is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …"
    ]


@pytest.mark.parametrize(
    ("type_text", "kind", "argument", "message"),
    [
        ("string", RuleKind.PATTERN, "(?=x)", "is not a regular expression of RE2"),
        ("date", RuleKind.MINIMUM, "yesterday", "'yesterday' is not a value of type date"),
        ("int", RuleKind.MAXIMUM, "many", "'many' is not a number"),
        ("string", RuleKind.MAXIMUM, 5, "values of type string have no maximum"),
        ("int", RuleKind.ENUM, "x", "'x': no value of type int"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_names_its_place(type_text, kind, argument, message):
    with pytest.raises(ContractError) as caught:
        Conformer((column("c", type_text),), (rule("c", kind, argument),))
    assert f"assets/orders.yaml:12: c__{kind.value}: " in str(caught.value)
    assert message in str(caught.value)


CELLS = st.lists(st.sampled_from(["1", "7", "x", "", None, "-3", "1e5"]), min_size=3, max_size=3)


@settings(max_examples=100, deadline=None)
@given(table=st.lists(CELLS))
def test_rows_are_conserved_and_each_reject_was_earned(table):
    cells = {name: [row[index] for row in table] for index, name in enumerate("abc")}
    columns = (column("a", "int", required=True), column("b", "double"), column("c"))
    rules = (rule("b", RuleKind.MAXIMUM, 6), rule("c", RuleKind.ENUM, "1", "x", "7"))
    conformed = conform(columns, rules, **cells)
    good = [
        row
        for row in table
        if row[0] in {"1", "7", "-3"} and row[1] in {"1", "-3", None} and row[2] in {"1", "x", "7", None}
    ]
    assert conformed.records.column(2).to_pylist() == [row[2] for row in good]
    assert conformed.rejects.num_rows == len(table) - len(good)
    assert all(reasons(conformed))


def test_typed_columns_are_held_against_the_same_rules():
    columns = (column("n", "long"), column("price", "decimal(10,2)"), column("code"))
    rules = (rule("n", RuleKind.MAXIMUM, 5), rule("code", RuleKind.PATTERN, "^[0-9]{2}$"))
    code = pa.array([10, 11, 7], pa.uint8())
    conformed = conform(columns, rules, n=pa.array([1.0, 6.0, 1.5]), price=pa.array([1, 2, 3]), code=code)
    assert reasons(conformed) == [
        "n: '6' is greater than 5",
        "n: '1.5' (double) is not an integer (long); code: '7' does not match ^[0-9]{2}$",
    ]
    assert [str(value) for value in conformed.records.to_pylist()[0].values()] == ["1", "1.00", "10"]


def test_a_float_for_a_decimal_column_is_refused_with_what_to_deliver_instead():
    conformed = conform([column("price", "decimal(10,2)")], price=pa.array([1.25, None]))
    complaint = "price: '1.25' is a float, which is not exactly a decimal(10,2): deliver text, integers or decimals"
    assert reasons(conformed) == [complaint]


def test_required_looks_at_nulls_however_they_are_held():
    codes = pa.DictionaryArray.from_arrays(pa.array([0, 1, None]), pa.array(["a", None]))
    conformed = conform([column("code", required=True)], code=codes)
    assert reasons(conformed) == ["code: value is required"] * 2
