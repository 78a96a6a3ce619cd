"""What validates compiles: each rule on a column of each type has a finding, or can be evaluated."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.conform import Conformer
from dativo_core.contract.metrics import Metrics
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.workspace.read_yaml import parse_document
from tests.unit.contract.build import batch

HEAD = """\
apiVersion: v3.0.2
kind: DataContract
id: c1
version: 1.0.0
status: active
team: [{username: a@example.com, role: Owner}]
schema: [{name: rows, properties: [%s]}]
"""


def stringified(physical: str) -> dict:
    return {
        "physicalType": physical,
        "customProperties": [{"property": "dativoOnLoss", "value": "stringify"}],
    }


ZONE = [{"property": "dativoTimezone", "value": "Europe/Berlin"}]
TYPES = {
    "string": {"logicalType": "string"},
    "uuid": {"physicalType": "uuid"},
    "boolean": {"logicalType": "boolean"},
    "int": {"physicalType": "int"},
    "long": {"logicalType": "integer"},
    "unsigned": {"physicalType": "bigint unsigned"},
    "double": {"logicalType": "number"},
    "float": {"physicalType": "real"},
    "decimal": {"physicalType": "decimal(10,2)"},
    "date": {"physicalType": "date"},
    "time": {"physicalType": "time"},
    "timestamp": {"physicalType": "timestamp"},
    "timestamptz": {"physicalType": "timestamptz"},
    "timestamptz in a zone": {"physicalType": "timestamptz", "customProperties": ZONE},
    "binary": {"physicalType": "bytea"},
    "fixed": {"physicalType": "fixed(4)"},
    "list": {"physicalType": "bigint[]"},
    "map": {"physicalType": "map<text,int>"},
    "struct": {"logicalType": "object", "properties": [{"name": "a", "logicalType": "integer"}]},
    "json": {"logicalType": "object"},
    "wide decimal as text": stringified("decimal(50,2)"),
    "interval as text": stringified("interval"),
    "int as text": stringified("int"),
    "time as text": stringified("time"),
}
VALUES = (
    "",
    "a",
    "N/A",
    "10:00",
    "10:00+01:00",
    "2026-01-01",
    "20260101",
    "2026-W01-1",
    "2026-01-01T10",
    "2026-01-01T10:00:00.1234567Z",
    "2026-01-01T10:00:00+01:00:30",
    "0001-01-01T00:00:00+10:00",
    "f47ac10b-58cc-4372-a567-0e02b2c3d479",
    "f47ac10b58cc4372a5670e02b2c3d479",
    "f47ac10b58cc-4372a5670e02b2c3d479",
    "٣",
    True,
    1,
    1.0,
    1.5,
    1.234,
    1e16,
    1e300,
    -1,
    2**31,
    2**53 + 1,
    2**63,
    10**40,
    16777217.5,
    float("nan"),
    float("inf"),
)


def read(column: dict) -> ContractFile | None:
    text = json.dumps(column, ensure_ascii=False).replace("NaN", ".nan").replace("Infinity", ".inf")
    parsed = parse_document("c.yaml", (HEAD % text).encode())
    return read_contract(parsed.document) if parsed.document is not None else None


def is_compiled(column: dict) -> bool:
    """Compile what a column's rules become; false when they have findings, a traceback when they cannot be evaluated."""
    found = read({"name": "c", **column})
    if found is None or found.contract is None:
        return False
    (table,) = found.contract.objects
    metrics = tuple(rule for rule in table.metric_rules if rule.query is None)
    Conformer(table.columns, table.rules, metrics).conform(batch(c=[None, "x"]))
    Metrics(table.columns, metrics)
    return True


def rules_of(value: object) -> list[dict]:
    return [
        {"rule": "missingValues", "arguments": {"missingValues": [value]}},
        {"rule": "validValues", "validValues": [value]},
        {"rule": "minCheck", "arguments": {"min": value}},
        {"rule": "maxCheck", "arguments": {"max": value}},
        {"rule": "between", "arguments": {"min": value, "max": value}},
    ]


RULES = [
    {"rule": "nullCheck"},
    {"rule": "pattern", "arguments": {"pattern": "^a"}},
    {"rule": "unique"},
    {"rule": "duplicateCount", "mustBeLessThan": 1},
    {"rule": "freshness", "unit": "d", "mustBeLessThan": 3},
    {"rule": "missingValues", "arguments": {"missingValues": [None]}},
    *(rule for value in VALUES for rule in rules_of(value)),
]
OPTIONS = [
    *({key: value} for key in ("minimum", "maximum", "multipleOf") for value in VALUES),
    *({"minLength": 1, "maxLength": 3, "pattern": "^a", "format": form} for form in ("uuid", "binary", "email")),
    {"minItems": 1, "maxItems": 2, "uniqueItems": True},
    {"minProperties": 1, "maxProperties": 2},
]


@pytest.mark.parametrize("scope", ["run", "table"])
@pytest.mark.parametrize("type_", TYPES)
def test_a_rule_that_validates_compiles(type_, scope):
    scoped = [{**rule, "customProperties": [{"property": "dativoScope", "value": scope}]} for rule in RULES]
    compiled = [rule for rule in scoped if is_compiled({**TYPES[type_], "quality": [rule]})]
    assert {"nullCheck", "pattern"} <= {rule["rule"] for rule in compiled}


@pytest.mark.parametrize("type_", [name for name, each in TYPES.items() if "logicalType" in each])
def test_an_option_that_validates_compiles(type_):
    for options in OPTIONS:
        is_compiled({**TYPES[type_], "logicalTypeOptions": options})


@pytest.mark.parametrize(
    ("logical", "physical"),
    [
        ("date", "date"),
        ("date", "time"),
        ("date", "timestamp"),
        ("date", "timestamptz"),
        ("integer", "int"),
        ("integer", "bigint unsigned"),
        ("number", "real"),
        ("number", "decimal(10,2)"),
        ("string", "uuid"),
    ],
)
def test_an_option_beside_a_physical_type_that_validates_compiles(logical, physical):
    for options in OPTIONS:
        is_compiled({"logicalType": logical, "physicalType": physical, "logicalTypeOptions": options})


SCALARS = (
    st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=6)
    | st.datetimes().map(str)
    | st.dates().map(str)
    | st.times().map(str)
    | st.uuids().map(str)
    | st.decimals(places=3).map(str)
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(TYPES)), SCALARS)
def test_whatever_value_a_rule_has_it_compiles_if_it_validates(type_, value):
    for rule in rules_of(value):
        is_compiled({**TYPES[type_], "quality": [rule]})
