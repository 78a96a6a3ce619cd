import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from dativo_core.model.finding import errors
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.odcs.standard_form import same_meaning
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.odcs.upgrade import upgraded
from dativo_core.workspace.read_yaml import parse_document
from tests.unit.odcs.flat_contracts import texts

ROOT = Path(__file__).parents[3]
COMMENT = re.compile(r"# comment \d+")


def read(text: str) -> ContractFile:
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def upgrade(text: str) -> str:
    result = upgraded("c.yaml", text.encode())
    assert result.content is not None, result.findings
    return result.content.decode()


def leaves(value: object, key: str = "") -> set[str]:
    """Return every value but null as text, and every key of an open mapping; less the words that are said otherwise."""
    if isinstance(value, dict):
        return {leaf for name, each in value.items() for leaf in leaves(each, name)}
    if isinstance(value, list) and key != "partitioning":
        return {leaf for each in value for leaf in leaves(each, key)}
    said_otherwise = {"type", "rule", "property", "expectation", "partitioning", "$schema", "apiVersion"}
    return set() if value is None or key in said_otherwise else {str(value)}


@settings(max_examples=60, deadline=None)
@given(texts())
def test_an_upgraded_contract_means_the_same_and_keeps_every_comment(text):
    before = read(text)
    assert before.contract is not None, errors(before.findings)
    new = upgrade(text)
    after = read(new)
    assert after.contract is not None, errors(after.findings)
    assert same_meaning(before.contract, after.contract)
    assert Counter(COMMENT.findall(new)) == Counter(COMMENT.findall(text))
    kept = {key: value for key, value in before.target.items() if key != "partitioning"}
    assert {key: value for key, value in after.target.items() if key != "partitioning"} == kept
    assert leaves(yaml.safe_load(text)) <= leaves(yaml.safe_load(new))
    assert upgrade(new) == new
    StandardContract.model_validate(yaml.safe_load(new))


FLAT = """\
# Orders of the shop.

$schema: schemas/flat.json  # the schema
name: orders  # the name
version: 1.10
tags: sales
# where it comes from
source_type: csv
object: raw_orders
description:
  purpose: |
    All orders.
    Since 2020.
  usage: null
# the columns
schema:
  # the key
  - {name: id, type: integer, required: true, primary_key: true}  # a number
  - {name: line, type: long, primary_key: true, required: true}
  - name: placed_at  # when
    type: timestamp
    # - {name: gone}
  - {name: amount, type: "decimal(10,2)"}
target:
  partitioning: [day(placed_at), "bucket(16,id)"]  # the parts
  mode: merge
data_quality:
  # what must hold
  expectations:
    - {type: between, column: amount, min: 0, severity: warning, max: 9.50}
    - row_count: {min: 1}
team:
  owner: shop@example.com
  roles: [{name: Jo, email: jo@example.com, responsibility: steward}]
compliance:
  classification: [internal]
  retention_days: 90  # by law
# the end
"""
STANDARD = """\
# Orders of the shop.
apiVersion: v3.0.2
kind: DataContract
id: "3280a7f9-cf07-5157-9176-5dfe4e92610b"
# the schema
name: orders  # the name
version: "1.10"
status: active
description:
  purpose: |
    All orders.
    Since 2020.
tags: [sales]
# the columns
schema:
  - name: orders
    physicalName: raw_orders
    logicalType: object
    description: |
      All orders.
      Since 2020.
    properties:
      # the key
      - name: id  # a number
        logicalType: integer
        required: true
        primaryKey: true
        primaryKeyPosition: 1
        partitioned: true  # the parts
        partitionKeyPosition: 2
        customProperties:
          - {property: dativoPartitionTransform, value: "bucket[16]"}
      - {name: line, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 2}
      - name: placed_at  # when
        logicalType: date
        physicalType: timestamp
        partitioned: true
        partitionKeyPosition: 1
      # - {name: gone}
      - name: amount
        logicalType: number
        physicalType: "decimal(10,2)"
        quality:
          # what must hold
          - rule: between
            severity: warning
            customProperties:
              - {property: min, value: 0}
              - {property: max, value: 9.50}
    quality:
      - rule: rowCount
        mustBeGreaterOrEqualTo: 1
team:
  - {username: shop@example.com, role: Owner}
  - {name: Jo, username: jo@example.com, role: steward}
slaProperties:
  - {property: retention, value: 90, unit: d}  # by law
customProperties:
  # where it comes from
  - {property: dativoSourceType, value: csv}
  - property: dativoCompliance
    value:
      classification: [internal]
  - property: dativoTarget
    value:
      mode: merge
# the end
"""


def test_an_upgraded_contract_reads_like_one_that_a_person_wrote():
    new = upgrade(FLAT)
    assert new == STANDARD


NESTED = """\
asset:  # orders
  name: orders
  source_type: csv
  object: orders
  version: 1.0.0
  schema: [{name: id, type: integer}]
  # who answers
  governance:
    owner: shop@example.com  # the shop
    retention_days: 30
compliance: {regulations: [GDPR]}
"""


def test_a_nested_contract_is_upgraded_with_its_comments():
    new = upgrade(NESTED)
    found = read(new)
    assert found.contract is not None
    assert found.contract.owner == "shop@example.com"
    assert "dialect-nested" not in {each.code for each in found.findings}
    assert "# orders\n" in new
    assert "# who answers\n  - {username: shop@example.com, role: Owner}  # the shop\n" in new
    assert "{property: retention, value: 30, unit: d}" in new


@pytest.mark.parametrize("kind", ["standard_contract", "standard_3_1", "standard_3_2"])
def test_a_contract_in_the_standard_stays_as_it_is(kind):
    content = (ROOT / f"tests/examples/valid/{kind}/assets/csv/v1.0/orders.yaml").read_bytes()
    assert upgraded("c.yaml", b"\xef\xbb\xbf# odd   layout\r\n" + content).content is not None
    assert upgraded("c.yaml", content).content == content


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "assets/csv/v1.0").glob("*.yaml")))
def test_the_contracts_of_the_demo_are_upgraded(file):
    text = (ROOT / "assets/csv/v1.0" / file).read_text()
    before, after = read(text).contract, read(upgrade(text)).contract
    assert before is not None
    assert after is not None
    assert same_meaning(before, after)


BARE = "name: o\nversion: 1.0.0\nsource_type: csv\nobject: o\nteam: {owner: a@example.com}\n"


@pytest.mark.parametrize(
    ("rest", "line", "key", "word"),
    [
        (
            "schema: [{name: a}]\n"
            "data_quality: {expectations: [{type: accepted_values, column: a, values: [x], validValues: [y]}]}",
            7,
            "data_quality.expectations[0].validValues",
            "the rule says 'validValues' and 'values', which means the same, with another value. Remove 'validValues'",
        ),
        (
            "schema: [{name: a}]\n"
            "data_quality:\n  expectations:\n  - type: matches\n    column: a\n    regex: x\n"
            "    arguments:\n      pattern: y",
            13,
            "data_quality.expectations[0].arguments.pattern",
            "Remove 'pattern' here, or the other one. Then upgrade again; nothing was written.",
        ),
        (
            "schema: [{name: a}, {name: b}, {name: c}]\n"
            "data_quality: {expectations: [{type: unique, properties: [a, b], columns: [a, c]}]}",
            7,
            "data_quality.expectations[0].columns",
            "the rule says 'columns' and 'properties', which means the same, with another value",
        ),
        (
            "schema: [{name: amount}]\ndata_quality: {expectations: [{type: text, column: amuont}]}",
            7,
            "data_quality.expectations[0].column",
            "there is no column 'amuont' that the rule could be about. Did you mean 'amount'?",
        ),
    ],
)
def test_what_cannot_be_said_in_the_standard_is_named(rest, line, key, word):
    result = upgraded("c.yaml", (BARE + rest + "\n").encode())
    assert result.content is None
    (finding,) = result.findings
    assert (finding.code, finding.line, finding.key_path) == ("upgrade-impossible", line, key)
    assert word in f"{finding.message}. {finding.hint}"


@pytest.mark.parametrize(
    ("expectation", "key", "word"),
    [
        ("{type: not_null, column: a, dimension: speed}", "dimension", "Use one of: "),
        ("{type: custom, engine: x, implementation: 3}", "implementation", "Change the value of 'implementation'."),
        ("{type: not_null, column: a, arguments: x}", "arguments", "expected a mapping, found text"),
        ("{type: not_null, column: a, customProperties: [x]}", "customProperties[0]", "expected a mapping"),
    ],
)
def test_what_is_no_value_in_the_standard_is_named_where_it_was_written(expectation, key, word):
    text = f"{BARE}schema: [{{name: a}}]\ndata_quality:\n  expectations:\n  - {expectation}\n"
    result = upgraded("c.yaml", text.encode())
    assert result.content is None
    (finding,) = result.findings
    assert (finding.line, finding.key_path) == (9, f"data_quality.expectations[0].{key}")
    assert word in f"{finding.message}. {finding.hint}"


@pytest.mark.parametrize(
    ("flat", "standard"),
    [
        ("target: {partitioning: [ingest_date]}", {"partitioning": ["ingest_date"]}),
        (
            "target: {partitioning: [a, ingest_date], mode: merge}",
            {"partitioning": ["a", "ingest_date"], "mode": "merge"},
        ),
        ("target: {partitioning: [a, 'bucket(2,a)']}", {"partitioning": ["a", "bucket(2,a)"]}),
        ("target: {partitioning: []}", {"partitioning": []}),
    ],
)
def test_partitioning_that_no_column_can_say_stays_among_the_settings_of_the_target(flat, standard):
    new = upgrade(f"{BARE}schema: [{{name: a}}]\n{flat}\n")
    assert {key: list(value) if key == "partitioning" else value for key, value in read(new).target.items()} == standard
    assert "partitioned" not in new


def test_the_settings_of_the_target_say_how_a_table_is_partitioned_over_its_columns():
    new = upgrade(f"{BARE}schema: [{{name: a}}, {{name: b}}]\ntarget: {{partitioning: [a]}}\n")
    custom = "customProperties:\n"
    told = new.replace(custom, f"{custom}  - {{property: dativoTarget, value: {{partitioning: [b]}}}}\n")
    found = read(told)
    assert found.contract is not None
    assert found.contract.objects[0].partition_by == ("b",)
    place = next(number for number, line in enumerate(told.splitlines(), 1) if "partitioned: true" in line)
    assert [each.line for each in found.findings if each.code == "unused-key"] == [place]


@pytest.mark.parametrize(
    ("source", "column", "physical"),
    [
        ("csv", "{type: decimal, on_loss: stringify}", "decimal"),
        ("csv", "{type: 'decimal(50,2)', on_loss: stringify}", "decimal(50,2)"),
        ("mysql", "{type: numeric, on_loss: stringify}", "number"),
        ("snowflake", "{type: number(50), on_loss: stringify}", "number(50)"),
        ("snowflake", "{type: decimal, on_loss: stringify}", "dec"),
        ("csv", "{type: array<decimal>, on_loss: stringify}", "array<decimal>"),
        ("csv", "{type: timestamp}", "timestamp"),
        ("mysql", "{type: timestamp}", "datetime"),
        ("bigquery", "{type: timestamp}", "datetime"),
        ("sqlserver", "{type: timestamp}", "datetime"),
        ("databricks", "{type: 'timestamp[]'}", "array<datetime>"),
        ("oracle", "{type: date}", "date32"),
        ("oracle", "{type: 'array<long>'}", "array<bigint>"),
        ("snowflake", "{type: 'array<int>'}", "array<int64>"),
    ],
)
def test_a_type_is_said_in_the_words_of_its_source(source, column, physical):
    text = (
        BARE.replace("source_type: csv", f"source_type: {source}") + f"schema: [{column.replace('{', '{name: a, ')}]\n"
    )
    new = upgrade(text)
    (written,) = yaml.safe_load(new)["schema"][0]["properties"]
    assert written["physicalType"] == physical
    before, after = read(text).contract, read(new).contract
    assert before is not None
    assert after is not None
    assert before.objects[0].columns[0].type == after.objects[0].columns[0].type


def test_a_format_that_means_nothing_for_its_type_is_kept():
    new = upgrade(f"{BARE}schema: [{{name: a, format: uuid}}, {{name: b, type: date, format: what}}]\n")
    assert new.count("{property: format, value: ") == 2
    assert "logicalTypeOptions" not in new


def test_values_that_differ_in_a_nested_contract_are_not_dropped():
    result = upgraded("c.yaml", NESTED.replace("regulations: [GDPR]", "retention_days: 9").encode())
    assert result.content is None
    assert [(each.code, each.line) for each in result.findings] == [("dialect-nested-differs", 10)]


@pytest.mark.parametrize("text", ["name: [", "a: 1\na: 2\n", "schema: []\nobject: x\n", "tenant_id: acme\n"])
def test_a_file_with_errors_is_not_upgraded(text):
    result = upgraded("c.yaml", text.encode())
    assert result.content is None
    assert errors(result.findings)


@pytest.mark.parametrize("listed", ["properties: [id]", "arguments: {properties: [id]}"])
def test_a_rule_that_is_stated_twice_says_what_it_said_first(listed):
    expectations = (
        f"[{{type: unique, column: id, description: first}}, {{type: unique, {listed}, description: second}}]"
    )
    text = f"{BARE}schema: [{{name: id, type: integer}}]\ndata_quality: {{expectations: {expectations}}}\n"
    (rule,) = read(upgrade(text)).contract.objects[0].metric_rules
    assert rule.description == "first"
