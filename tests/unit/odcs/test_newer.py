import pytest

from dativo_core.odcs.contract import SchemaObject
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.workspace.read_yaml import parse_document

HEAD = """\
apiVersion: {version}
kind: DataContract
id: c1
version: 1.0.0
status: active
team: {team}
schema:
  - name: orders
    properties:
"""
LIST, OBJECT = (
    "[{username: a@example.com, role: Owner}]",
    "{id: t, members: [{id: a, username: a@example.com, role: Owner}]}",
)


def read(text: str) -> ContractFile:
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def newer(*properties: str, version: str = "v3.1.0", team: str = OBJECT, rest: str = "") -> ContractFile:
    lines = "".join(f"      - {each}\n" for each in properties)
    return read(HEAD.replace("{version}", version).replace("{team}", team) + lines + rest)


def table(found: ContractFile) -> SchemaObject:
    assert found.contract is not None, found.findings
    return found.contract.objects[0]


def types(found: ContractFile) -> dict[str, str]:
    return {column.name: str(column.type) for column in table(found).columns}


def rules(found: ContractFile) -> list[tuple]:
    return [(rule.kind.value, rule.arguments) for rule in table(found).rules]


def codes(found: ContractFile) -> set[str]:
    return {each.code for each in found.findings}


@pytest.mark.parametrize("version", ["v3.1.0", "v3.2.0"])
@pytest.mark.parametrize("team", [LIST, OBJECT])
def test_a_newer_contract_is_read_with_a_note_and_no_more(version, team):
    found = newer("{name: id, logicalType: integer}", version=version, team=team)
    assert found.contract is not None
    assert found.contract.owner == "a@example.com"
    assert [(each.code, each.severity.value, each.line) for each in found.findings] == [
        ("api-version-upgraded", "info", 1)
    ]


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("logicalType: timestamp", "timestamp"),
        ("logicalType: timestamp, logicalTypeOptions: {timezone: true, defaultTimezone: Etc/UTC}", "timestamptz"),
        ("logicalType: timestamp, physicalType: TIMESTAMPTZ", "timestamptz"),
        ("logicalType: time", "time"),
        ("logicalType: date", "date"),
        ("logicalType: map, key: {logicalType: string}, value: {logicalType: integer}", "map<string, long>"),
        (
            "logicalType: map, key: {logicalType: string}, value: {logicalType: array, items: {physicalType: int}}",
            "map<string, list<int>>",
        ),
        ("logicalType: vector, logicalTypeOptions: {dimensions: 2}", "list<float>"),
        ("logicalType: array, items: {logicalType: timestamp}", "list<timestamp>"),
        ("logicalType: object, properties: [{name: at, logicalType: time}]", "struct<at: time>"),
    ],
)
def test_newer_types_have_a_home(written, stored):
    found = newer("{name: x, " + written + "}", version="v3.2.0")
    assert types(found) == {"x": stored}
    assert codes(found) == {"api-version-upgraded"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("exclusiveMinimum: 3", [("exclusive_minimum", (3,))]),
        ("minimum: 5, exclusiveMinimum: 3", [("minimum", (5,))]),
        ("minimum: 3, exclusiveMinimum: 3", [("exclusive_minimum", (3,))]),
        ("maximum: 9, exclusiveMaximum: 7", [("exclusive_maximum", (7,))]),
        ("maximum: 5, exclusiveMaximum: 7", [("maximum", (5,))]),
    ],
)
def test_a_bound_that_excludes_itself_is_kept_when_it_is_the_tighter_one(options, expected):
    assert rules(newer("{name: x, logicalType: integer, logicalTypeOptions: {" + options + "}}")) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("metric: nullValues, mustBe: 0", [("required", ())]),
        ("metric: invalidValues, arguments: {validValues: [a, b]}, mustBe: 0", [("enum", ("a", "b"))]),
        ("metric: invalidValues, arguments: {pattern: '^a'}, mustBe: 0", [("pattern", ("^a",))]),
        (
            "metric: invalidValues, arguments: {validValues: [a], pattern: '^a'}, mustBe: 0",
            [("enum", ("a",)), ("pattern", ("^a",))],
        ),
        ("metric: missingValues, arguments: {missingValues: ['n/a']}, mustBe: 0", [("missing_values", ("n/a",))]),
        (
            "metric: duplicateValues, mustBe: 0, customProperties: [{property: dativoScope, value: run}]",
            [("unique", ("x",))],
        ),
    ],
)
def test_metrics_are_library_rules(rule, expected):
    found = newer("{name: x, logicalType: string, quality: [{id: r, " + rule + "}]}")
    assert rules(found) == expected
    assert codes(found) == {"api-version-upgraded"}


def test_rows_that_break_either_of_two_conditions_are_counted_together():
    rule = "metric: invalidValues, arguments: {validValues: [a], pattern: '^a'}, mustBeLessThan: 5"
    found = newer("{name: x, logicalType: string, quality: [{" + rule + "}]}")
    (rule,) = table(found).metric_rules
    assert [(test.kind, test.arguments) for test in rule.tests] == [("enum", ("a",)), ("pattern", ("^a",))]
    assert codes(found) == {"api-version-upgraded"}


@pytest.mark.parametrize("word", ["rule", "metric"])
def test_a_library_rule_that_has_no_word_in_a_newer_version_is_one_of_our_own_engine(word):
    said = f"{word}: minCheck, arguments: {{min: 3}}, mustBeLessThan: 5, unit: percent"
    rule = f"type: custom, engine: Dativo, name: enough, severity: warning, implementation: {{{said}}}"
    found = newer("{name: x, logicalType: integer, quality: [{" + rule + "}]}")
    (rule,) = table(found).metric_rules
    assert (rule.id, rule.severity, rule.unit, rule.tests[0].arguments) == ("enough", "warning", "percent", (3,))
    assert codes(found) == {"api-version-upgraded"}


def test_a_metric_with_a_threshold_is_measured():
    rest = "    quality: [{metric: rowCount, mustBeGreaterThan: 0}]\n"
    (rule,) = table(newer("{name: x, logicalType: string}", rest=rest)).metric_rules
    assert (rule.metric.value, str(rule.thresholds[0])) == ("row_count", "mustBeGreaterThan 0")


def test_an_enum_is_its_allowed_values():
    found = newer("{name: x, logicalType: string, enum: [{value: a, label: first}, {value: b}]}", version="v3.2.0")
    assert rules(found) == [("enum", ("a", "b"))]


def test_a_measure_is_no_column_and_lines_after_it_stay_true():
    found = newer(
        "{name: total, logicalType: number, semanticType: measure}",
        "{name: x, logicalType: string, required: 'yes'}",
        version="v3.2.0",
    )
    assert [(each.line, each.key_path) for each in found.findings if each.code == "wrong-type"] == [
        (11, "schema[0].properties[1].required")
    ]


def test_what_has_no_place_is_named_and_never_dropped_silently():
    found = newer(
        "{name: x, logicalType: string, deprecated: true}",
        version="v3.2.0",
        team="{description: us, members: [{username: a@example.com, role: Owner, tags: [t]}]}",
        rest="slaProperties: [{property: latency, value: 1, unit: d, schedule: '* * * * *'}]\n",
    )
    told = {(each.code, each.line, each.key_path) for each in found.findings}
    assert told >= {
        ("downgrade-lossy", 6, "team.description"),
        ("downgrade-lossy", 6, "team.members[0].tags"),
        ("element-deprecated", 10, "schema[0].properties[0].deprecated"),
        ("downgrade-lossy", 11, "slaProperties[0].schedule"),
    }


def test_an_old_version_is_still_refused():
    found = newer("{name: id, logicalType: integer}", version="v2.2.2", team=LIST)
    assert found.contract is None
    assert "api-version-legacy" in codes(found)


@pytest.mark.parametrize("kind", ["[iceberg]", "{a: iceberg}", "7"])
def test_a_server_type_that_is_no_word_is_a_finding(kind):
    found = newer("{name: id, logicalType: integer}", rest=f"servers: [{{server: a, type: {kind}}}]\n")
    assert found.contract is None
    assert {each.key_path for each in found.findings if each.severity.value == "error"} == {"servers[0].type"}


def test_a_metric_that_no_name_can_be_made_of_is_an_unknown_rule():
    found = newer("{name: id, logicalType: integer, quality: [{metric: ' '}]}")
    assert [each.id for each in table(found).unexecuted_rules] == ["id__rule"]
    assert "rule-unknown" in codes(found)


def test_of_values_and_a_pattern_each_rule_reads_its_own():
    arguments = "arguments: {validValues: [a, b], pattern: '^[ab]$'}"
    found = newer(f"{{name: state, logicalType: string, quality: [{{metric: invalidValues, {arguments}}}]}}")
    assert rules(found) == [("enum", ("a", "b")), ("pattern", ("^[ab]$",))]
    assert codes(found) == {"api-version-upgraded"}
