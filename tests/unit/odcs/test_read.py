from textwrap import dedent

import pytest

from dativo_core.model.finding import Severity, errors
from dativo_core.odcs.contract import Contract, RuleScope, SchemaObject
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.workspace.read_yaml import parse_document

STANDARD = """\
apiVersion: v3.0.2
kind: DataContract
id: c1
version: 1.0.0
status: active
team: [{username: a@example.com, role: Owner}]
schema:
  - name: orders
    physicalName: raw_orders
    properties:
"""
FLAT = """\
name: orders
version: 1.0.0
source_type: csv
object: raw_orders
team: {owner: a@example.com}
schema:
"""


def read(text: str) -> ContractFile:
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def contract(text: str) -> Contract:
    found = read(text)
    assert found.contract is not None, found.findings
    return found.contract


def standard(*properties: str) -> ContractFile:
    return read(STANDARD + "".join(f"      - {each}\n" for each in properties))


def table(*properties: str) -> SchemaObject:
    found = standard(*properties)
    assert found.contract is not None, found.findings
    return found.contract.objects[0]


def codes(found: ContractFile) -> list[str]:
    return [finding.code for finding in found.findings]


def flat(columns: str, rest: str = "") -> ContractFile:
    return read(FLAT + f"  - {columns}\n" + rest)


def rules(found: ContractFile) -> dict[str, tuple]:
    assert found.contract is not None, found.findings
    return {rule.id: (rule.kind.value, rule.arguments) for rule in found.contract.objects[0].rules}


def scopes(found: ContractFile) -> dict[str, RuleScope]:
    assert found.contract is not None, found.findings
    return {rule.id: rule.scope for rule in found.contract.objects[0].metric_rules}


def test_both_dialects_compile_to_the_same_table():
    one = contract(FLAT + "  - {name: id, type: integer, required: true}\n  - {name: day, type: date}\n").objects[0]
    two = table(
        "{name: id, logicalType: integer, required: true}",
        "{name: day, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}}",
    )
    assert (one.name, one.source_object) == (two.name, two.source_object) == ("orders", "raw_orders")
    assert [(c.name, c.type, c.required) for c in one.columns] == [(c.name, c.type, c.required) for c in two.columns]
    assert [(r.id, r.kind) for r in one.rules] == [(r.id, r.kind) for r in two.rules]


def test_a_flat_contract_without_an_id_has_always_the_same():
    text = FLAT + "  - {name: id}\n"
    assert contract(text).id == contract(text).id
    assert contract(text).id != contract(text.replace("1.0.0", "1.0.1")).id


def test_options_become_rules_with_stable_names():
    found = standard(
        "{name: code, logicalType: string, required: true, logicalTypeOptions: {minLength: 1, maxLength: 3, pattern: '^a'}}",
        "{name: size, logicalType: integer, logicalTypeOptions: {minimum: 0, maximum: 9, exclusiveMaximum: true}}",
        "{name: day, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd, minimum: '2020-01-01'}}",
    )
    assert rules(found) == {
        "code__required": ("required", ()),
        "code__min_length": ("min_length", (1,)),
        "code__max_length": ("max_length", (3,)),
        "code__pattern": ("pattern", ("^a",)),
        "size__minimum": ("minimum", (0,)),
        "size__exclusive_maximum": ("exclusive_maximum", (9,)),
        "day__minimum": ("minimum", ("2020-01-01",)),
    }


def test_quality_rules_of_single_rows_are_executed():
    found = standard(
        "{name: state, logicalType: string, quality: [{rule: validValues, validValues: [open, 1, null], name: Known state}]}",
        "{name: size, logicalType: integer, quality: [{rule: nullCheck, mustBe: 0, severity: warning},"
        " {rule: between, arguments: {min: 1, max: 5}}]}",
        "{name: code, logicalType: string, quality:"
        " [{rule: pattern, customProperties: [{property: pattern, value: '^a'}]}]}",
    )
    assert rules(found) == {
        "known_state": ("enum", ("open", "1")),
        "size__required": ("required", ()),
        "size__minimum": ("minimum", (1,)),
        "size__maximum": ("maximum", (5,)),
        "code__pattern": ("pattern", ("^a",)),
    }
    assert found.contract is not None
    assert [rule.severity.value for rule in found.contract.objects[0].rules[:2]] == ["error", "warning"]


def test_flat_expectations_are_executed_in_each_form():
    found = flat(
        "{name: a}\n  - {name: b, type: integer}",
        dedent("""\
        data_quality:
          expectations:
            - {type: not_null, columns: [a, b]}
            - accepted_values: {column: a, values: [x, y]}
            - {rule: between, column: b, min: 1, max: 9}
            - {expectation: matches, column: a, pattern: "^[xy]$"}
            - not_null: b
        """),
    )
    assert set(rules(found)) == {"a__required", "b__required", "a__enum", "b__minimum", "b__maximum", "a__pattern"}


@pytest.mark.parametrize(
    ("rule", "id_", "code", "severity"),
    [
        ("{type: text, description: be nice}", "a__text", "text-not-executable", Severity.INFO),
        ("{type: text, description: x, name: Be nice}", "be_nice", "text-not-executable", Severity.INFO),
        ("{type: custom, engine: soda, implementation: x}", "a__custom", "custom-engine-unknown", Severity.WARNING),
    ],
)
def test_a_rule_that_is_not_executed_is_shown_and_told(rule, id_, code, severity):
    found = standard(f"{{name: a, logicalType: string, quality: [{rule}]}}")
    assert found.contract is not None, found.findings
    assert [each.id for each in found.contract.objects[0].unexecuted_rules] == [id_]
    assert found.contract.objects[0].rules == ()
    assert [(f.code, f.severity) for f in found.findings] == [(code, severity)]


@pytest.mark.parametrize("word", ["проверка", "数", "--", " "])
def test_a_word_that_no_name_can_be_made_of_is_an_unknown_rule(word):
    in_standard = standard(f"{{name: a, logicalType: string, quality: [{{rule: '{word}'}}]}}")
    in_flat = flat("{name: a}", f"data_quality: {{expectations: [{{rule: '{word}', column: a}}]}}\n")
    for found in (in_standard, in_flat):
        assert found.contract is not None, found.findings
        assert [each.id for each in found.contract.objects[0].unexecuted_rules] == ["a__rule"]
        assert codes(found) == ["rule-unknown"]


@pytest.mark.parametrize("column", ["проверка", "数", " "])
def test_an_unknown_rule_about_a_column_that_no_name_can_be_made_of_is_told(column):
    found = flat("{name: a}", f"data_quality: {{expectations: [{{rule: soundness, column: '{column}'}}]}}\n")
    assert codes(found) == ["rule-unknown"]


def test_unique_columns_and_the_key_are_rules():
    found = standard(
        "{name: a, logicalType: string, unique: true, required: true, primaryKey: true, primaryKeyPosition: 2}",
        "{name: b, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}",
        "{name: c, logicalType: string, quality: [{rule: unique, CUSTOM}, {rule: duplicateValues, mustBe: 0, CUSTOM}]}".replace(
            "CUSTOM", "customProperties: [{property: dativoScope, value: run}]"
        ),
    )
    assert {id_: rule for id_, rule in rules(found).items() if rule[0] == "unique"} == {
        "a__unique": ("unique", ("a",)),
        "c__unique": ("unique", ("c",)),
        "primary_key__unique": ("unique", ("b", "a")),
    }
    assert found.findings == ()


@pytest.mark.parametrize(
    ("property_", "rule"),
    [
        ("{name: a, logicalType: integer, logicalTypeOptions: {multipleOf: 5}}", ("multiple_of", (5,))),
        ("{name: a, logicalType: string, logicalTypeOptions: {format: email}}", ("format", ("email",))),
        ("{name: a, logicalType: integer, logicalTypeOptions: {format: u8}}", ("format", ("u8",))),
        ("{name: a, logicalType: integer, physicalType: bigint, logicalTypeOptions: {format: i32}}", ("format", ("i32",))),
        ("{name: a, logicalType: integer, logicalTypeOptions: {format: u128}}", ("format", ("u128",))),
        ("{name: a, logicalType: number, physicalType: double, logicalTypeOptions: {format: f32}}", ("format", ("f32",))),
    ],
)  # fmt: skip
def test_formats_and_multiples_are_rules(property_, rule):
    assert list(rules(standard(property_)).values()) == [rule]


@pytest.mark.parametrize(
    "property_",
    [
        "{name: a, logicalType: string, logicalTypeOptions: {format: uuid}}",
        "{name: a, logicalType: string, logicalTypeOptions: {format: password}}",
        "{name: a, logicalType: integer, logicalTypeOptions: {format: i64}}",
        "{name: a, logicalType: integer, logicalTypeOptions: {format: i128}}",
        "{name: a, logicalType: number, logicalTypeOptions: {format: f32}}",
    ],
)
def test_a_format_that_the_type_enforces_is_no_rule(property_):
    found = standard(property_)
    assert rules(found) == {}
    assert found.findings == ()


@pytest.mark.parametrize(
    ("word", "severity"),
    [("Fatal", "error"), ("HIGH", "error"), ("minor", "warning"), ("low", "info"), ("warn", "warning")],
)
def test_words_for_severity_are_those_of_the_ladder(word, severity):
    (rule,) = table(f"{{name: a, logicalType: string, quality: [{{rule: nullCheck, severity: {word}}}]}}").rules
    assert rule.severity.value == severity


def metric(found: ContractFile) -> str:
    assert found.contract is not None, found.findings
    (rule,) = found.contract.objects[0].metric_rules
    return f"{rule.id}: {' and '.join(map(str, rule.thresholds))} {rule.unit}"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{rule: nullCheck, mustBeLessThan: 5, unit: percent}", "a__null_values: mustBeLessThan 5 percent"),
        ("{rule: between, arguments: {min: 1, max: 5}, mustBe: 3}", "a__invalid_values: mustBe 3 rows"),
        (
            "{rule: duplicateValues, mustBeBetween: [1, 5],"
            " customProperties: [{property: dativoBounds, value: inclusive}]}",
            "a__duplicate_values: mustBeBetween [1, 5] (inclusive) rows",
        ),
        ("{rule: unique, severity: warning}", "a__duplicate_values: mustBe 0 rows"),
    ],
)
def test_a_rule_with_tolerance_is_about_a_metric(rule, expected):
    assert metric(standard(f"{{name: a, logicalType: integer, quality: [{rule}]}}")) == expected


@pytest.mark.parametrize(
    ("expectation", "expected"),
    [
        (
            "{row_count: {min: 1, max: 9}}",
            "table__row_count: mustBeGreaterOrEqualTo 1 and mustBeLessOrEqualTo 9 rows",
        ),
        ("{type: row_count, method: reconciliation}", "table__row_count:  rows"),
        ("{type: freshness, column: b, max: 2, unit: days}", "b__freshness: mustBeLessOrEqualTo 2 d"),
        ("{type: not_null, column: a, mustBeLessThan: 3}", "a__null_values: mustBeLessThan 3 rows"),
        ("{type: unique, columns: [a, b], mustBeLessThan: 3}", "a_b__duplicate_values: mustBeLessThan 3 rows"),
    ],
)
def test_flat_expectations_reach_the_same_metrics(expectation, expected):
    found = flat("{name: a}\n  - {name: b, type: date}", f"data_quality: {{expectations: [{expectation}]}}\n")
    assert metric(found) == expected


def test_a_flat_expectation_about_several_columns_together_is_one_rule():
    found = flat("{name: a}\n  - {name: b}", "data_quality: {expectations: [{unique: [a, b]}, {unique: a}]}\n")
    assert scopes(found) == {"a_b__duplicate_values": RuleScope.TABLE, "a__duplicate_values": RuleScope.TABLE}


def test_two_rules_of_one_kind_on_a_column_have_names_that_survive_reordering():
    one, two = "{rule: validValues, validValues: [x]}", "{rule: validValues, validValues: [x, y]}"
    found = [
        standard(f"{{name: a, logicalType: string, quality: [{each}]}}") for each in (f"{one}, {two}", f"{two}, {one}")
    ]
    assert set(rules(found[0])) == set(rules(found[1]))
    assert len(rules(found[0])) == 2


def test_a_key_column_is_required_and_its_place_is_known():
    found = table(
        "{name: b, logicalType: string, primaryKey: true, primaryKeyPosition: 2}",
        "{name: a, logicalType: string, primaryKey: true, primaryKeyPosition: 1}",
    )
    assert [(c.name, c.required, c.primary_key_position) for c in found.columns] == [("b", True, 2), ("a", True, 1)]


@pytest.mark.parametrize(
    ("property_", "code"),
    [
        ("{name: a}", "type-unresolved"),
        ("{name: a, logicalType: object, properties: [{name: b}]}", "type-unresolved"),
        ("{name: a, logicalType: array, items: {}}", "type-unresolved"),
        ("{name: a, physicalType: wibble}", "type-unparsed"),
        ("{name: a, logicalType: string, physicalType: int}", "type-conflict"),
        ("{name: a, physicalType: text, logicalTypeOptions: {minLength: 1}}", "options-without-type"),
        ("{name: a, logicalType: string, logicalTypeOptions: {minimum: 1}}", "unknown-key"),
        ("{name: a, logicalType: string, logicalTypeOptions: {minLength: 3, maxLength: 2}}", "option-range"),
        ("{name: a, logicalType: string, logicalTypeOptions: {pattern: '(?=x)'}}", "option-pattern-slow"),
        ("{name: a, logicalType: integer, logicalTypeOptions: {minimum: 3, maximum: 2}}", "option-range"),
        ("{name: a, logicalType: integer, logicalTypeOptions: {format: i32, maximum: 3000000000}}", "option-int-range"),
        ("{name: a, logicalType: integer, logicalTypeOptions: {exclusiveMinimum: 5}}", "wrong-type"),
        ("{name: a, logicalType: date, physicalType: date, logicalTypeOptions: {minimum: '2020'}}", "option-bound-unparsable"),
        ("{name: a, logicalType: date, logicalTypeOptions: {format: ww}}", "option-date-format"),
        ("{name: '../a', logicalType: string}", "name-illegal"),
        ("{name: '§', logicalType: string}", "name-illegal"),
        ("{name: _dativo_file, logicalType: string}", "name-reserved"),
        ("{name: a, logicalType: string, primaryKeyPosition: 1}", "pk-position-orphan"),
        ("{name: a, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 2}", "pk-position-gap"),
        ("{name: a, logicalType: number, required: true, primaryKey: true}", "pk-type"),
        ("{name: a, logicalType: string, quality: [{rule: validValues}]}", "rule-arguments"),
        ("{name: a, logicalType: integer, quality: [{rule: validValues, validValues: [x]}]}", "rule-arguments"),
        ("{name: a, logicalType: string, quality: [{rule: nullCheck, mustBee: 0}]}", "operator-misspelt"),
        ("{name: a, logicalType: integer, logicalTypeOptions: {multipleOf: 0}}", "option-range"),
        ("{name: a, logicalType: integer, logicalTypeOptions: {format: u8, maximum: 256}}", "option-int-range"),
        ("{name: a, logicalType: string, physicalType: uuid, logicalTypeOptions: {format: email}}", "type-conflict"),
        ("{name: a, logicalType: date, physicalType: date, quality: [{rule: freshness, mustBeLessThan: 1}]}", "unit-unknown"),
    ],
)  # fmt: skip
def test_what_a_property_may_not_say_is_an_error(property_, code):
    found = standard(property_)
    assert found.contract is None
    assert code in {finding.code for finding in errors(found.findings)}
    assert {finding.line for finding in found.findings if finding.code == code} == {11}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("{rule: duplicateCount}", "operator-missing"),
        ("{rule: nullCheck, mustBe: many}", "operator-type"),
        ("{rule: nullCheck, mustBe: true}", "operator-type"),
        ("{rule: nullCheck, mustBeBetween: 3}", "operator-type"),
        ("{type: sql, query: select 1, mustBeLessThan: x}", "operator-type"),
        ("{rule: nullCheck, mustBeBetween: [5, 5]}", "between-unordered"),
        ("{rule: nullCheck, mustBeGreaterThan: 5, mustBeLessThan: 3}", "operator-conflict"),
        ("{rule: nullCheck, mustBeBetween: [1, 2]}", "operator-conflict"),
        ("{rule: nullCheck, unit: percent, mustBeLessThan: 101}", "percent-range"),
        ("{rule: rowCount, mustBe: 1}", "rule-level"),
        ("{rule: freshness, unit: h, mustBeLessThan: 1}", "rule-arguments"),
        ("{rule: missingValues}", "rule-arguments"),
        ("{rule: nullCheck, customProperties: [{property: dativoBounds, value: x}]}", "rule-arguments"),
    ],
)  # fmt: skip
def test_what_a_quality_rule_may_not_say_is_an_error(rule, code):
    found = standard(f"{{name: a, logicalType: string, quality: [{rule}]}}")
    assert found.contract is None
    assert [finding.code for finding in errors(found.findings)] == [code]


@pytest.mark.parametrize(
    ("property_", "code"),
    [
        ("{name: a, logicalType: string, physicalType: wibble}", "type-unparsed"),
        ("{name: a, logicalType: number}", "decimal-unscaled"),
        ("{name: a, logicalType: date}", "date-format-missing"),
        ("{name: a, logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}}", "option-date-format"),
        ("{name: a, logicalType: string, primaryKey: true}", "pk-nullable"),
        ("{name: a, logicalType: string, quality: [{rule: nulCheck}]}", "rule-unknown"),
        ("{name: a, logicalType: string, quality: [{rule: nullCheck, severity: grave}]}", "severity-unknown"),
        (
            "{name: a, logicalType: string, quality: [{rule: nullCheck, unit: meters, mustBeLessThan: 5}]}",
            "unit-unknown",
        ),
        (
            "{name: a, logicalType: string, quality: [{rule: nullCheck, mustBeLessThan: 5, mustBe: 3}]}",
            "operator-redundant",
        ),
        ("{name: a, logicalType: string, quality: [{rule: nullCheck, colour: red}]}", "unknown-key"),
    ],
)
def test_what_is_merely_doubtful_is_a_warning(property_, code):
    found = standard(property_)
    assert found.contract is not None
    assert code in {finding.code for finding in found.findings if finding.severity is Severity.WARNING}


def test_a_composite_key_without_positions_is_doubtful_only_where_positions_can_be_written():
    one, two = ("{name: a, logicalType: string, required: true, primaryKey: true}" for _ in "ab")
    assert "pk-position-missing" in codes(standard(one, two.replace("name: a", "name: b")))
    columns = "{name: a, primary_key: true, required: true}\n  - {name: b, primary_key: true, required: true}"
    assert codes(flat(columns)) == []


def test_names_that_are_equal_but_for_case_clash():
    found = standard("{name: First Name, logicalType: string}", "{name: first_name, logicalType: string}")
    assert codes(found) == ["name-duplicate"]
    assert found.findings[0].line == 12


def test_two_rules_of_one_name_are_an_error():
    quality = "quality: [{rule: nullCheck, name: n}, {rule: validValues, validValues: [x], name: N}]"
    assert codes(standard(f"{{name: a, logicalType: string, {quality}}}")) == ["rule-name-duplicate"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("v3.0.2", "v2.2.1", "api-version-legacy"),
        ("v3.0.2", "v9", "api-version-unknown"),
        ("DataContract", "Contract", "not-allowed"),
        ("role: Owner", "role: Owner, dateOut: '2020-01-01'", "team-owner-missing"),
        ("id: c1\n", "", "missing-key"),
        ("id: c1\n", "id: c1\ncolour: red\n", "unknown-key"),
        ("id: c1\n", "id: c1\nfinops: {}\n", "dialect-mixed"),
    ],
)
def test_what_a_contract_may_not_say_is_an_error(old, new, code):
    found = read(STANDARD.replace(old, new) + "      - {name: a, logicalType: string}\n")
    assert found.contract is None
    assert code in {finding.code for finding in errors(found.findings)}


def test_a_contract_without_tables_is_an_error():
    text = STANDARD[: STANDARD.index("schema:")]
    assert codes(read(text)) == ["schema-missing"]


@pytest.mark.parametrize("owner", ["", "team: {owner: '  '}\n", "team: {}\n"])
def test_a_flat_contract_needs_an_owner(owner):
    text = FLAT.replace("team: {owner: a@example.com}\n", owner) + "  - {name: a}\n"
    assert codes(read(text)) == ["dialect-owner-missing"]


def test_monitoring_that_calls_nobody_is_an_error():
    found = flat("{name: a}", "data_quality: {monitoring: {enabled: true}}\n")
    assert "dialect-oncall-missing" in codes(found)


def test_a_section_without_effect_is_noted():
    found = flat("{name: a}", "compliance: {retention_days: 30}\nfinops: {cost_center: x}\n")
    assert {(f.code, f.key_path, f.severity) for f in found.findings} == {
        ("element-unexecuted", "compliance", Severity.INFO),
    }


def test_extensions_of_a_standard_contract_are_custom_properties():
    text = (
        STANDARD
        + "      - {name: a, logicalType: string}\n"
        + dedent("""\
        customProperties:
          - {property: dativoSourceType, value: csv}
          - {property: dativoTarget, value: {mode: relaxed, partitioning: []}}
        """)
    )
    found = read(text)
    assert found.contract is not None
    assert found.contract.source_type == "csv"
    assert found.target == {"mode": "relaxed", "partitioning": ()}


@pytest.mark.parametrize(
    ("expectation", "expected"),
    [
        ("not_null: a", {"a__required": ("required", ())}),
        ("accepted_values: {column: a, values: [1.10, 2]}", {"a__enum": ("enum", ("1.10", "2"))}),
        ("type: accepted_values, column: a, arguments: {validValues: [x]}", {"a__enum": ("enum", ("x",))}),
        ("matches: {column: a, pattern: '^x'}", {"a__pattern": ("pattern", ("^x",))}),
        (
            "between: {column: n, min: 1, max: 2}",
            {"n__minimum": ("minimum", (1,)), "n__maximum": ("maximum", (2,))},
        ),
        (
            "rule: minCheck, column: n, customProperties: [{property: min, value: 3}]",
            {"n__minimum": ("minimum", (3,))},
        ),
    ],
)
def test_every_short_form_is_the_rule_it_stands_for(expectation, expected):
    quality = f"  - {{name: n, type: integer}}\ndata_quality: {{expectations: [{{{expectation}}}]}}\n"
    assert rules(flat("{name: a}", quality)) == expected


@pytest.mark.parametrize(
    ("expectation", "metric"),
    [("row_count: {min: 1, max: 9}", "row_count"), ("freshness: {column: d, max: 2, unit: d}", "freshness")],
)
def test_short_forms_about_the_run_are_measured(expectation, metric):
    quality = f"data_quality: {{expectations: [{{{expectation}}}]}}\n"
    found = flat("{name: d, type: date}", quality)
    assert found.contract is not None, found.findings
    assert [rule.metric.value for rule in found.contract.objects[0].metric_rules] == [metric]


def test_an_argument_of_a_short_form_is_wrong_at_its_own_line():
    quality = "data_quality:\n  expectations:\n  - matches:\n      column: a\n      pattern: '(?=x)'\n"
    found = flat("{name: a}", quality)
    assert [(each.line, each.key_path) for each in found.findings if each.code == "option-pattern-slow"] == [
        (12, "data_quality.expectations[0].matches.pattern")
    ]


def test_the_order_of_operators_changes_nothing():
    one, two = (
        flat("{name: a}", f"data_quality: {{expectations: [{{type: row_count, {operators}}}]}}\n").contract
        for operators in ("mustBeLessThan: 9, mustBeGreaterThan: 1", "mustBeGreaterThan: 1, mustBeLessThan: 9")
    )
    assert one is not None
    assert one == two


def test_monitoring_that_calls_nobody_is_wrong_in_the_standard_too():
    text = STANDARD + "      - {name: a, logicalType: string}\n" + "customProperties:\n"
    found = read(text + "  - {property: dativoDataQuality, value: {monitoring: {enabled: true}}}\n")
    told = [(each.key_path, each.line) for each in found.findings if each.code == "dialect-oncall-missing"]
    assert told == [("customProperties[0].value.monitoring.oncall_rotation", 13)]


@pytest.mark.parametrize(
    ("section", "key", "meant"),
    [
        ("servers: [{servr: a, type: custom}]\n", "servers[0].servr", "server"),
        ("slaProperties: [{propety: latency, value: 4, unit: h}]\n", "slaProperties[0].propety", "property"),
        ("support: [{chanel: shop, url: 'https://example.com/shop'}]\n", "support[0].chanel", "channel"),
    ],
)
def test_a_misspelt_key_of_an_open_section_is_told_instead_of_the_missing_one(section, key, meant):
    found = errors(
        read(STANDARD.replace("schema:", f"{section}schema:") + "      - {name: a, logicalType: date}\n").findings
    )
    assert [(each.code, each.key_path, each.hint) for each in found] == [
        ("unknown-key", key, f"Did you mean '{meant}'?")
    ]


def test_a_misspelt_key_of_a_rule_is_told_instead_of_the_missing_one():
    (found,) = errors(standard("{name: a, logicalType: string, quality: [{rul: nullCheck}]}").findings)
    assert (found.code, found.message, found.hint) == ("unknown-key", "unknown key 'rul'", "Did you mean 'rule'?")


def test_rules_that_differ_only_in_severity_are_two():
    rules = "{rule: nullCheck, severity: error}, {rule: nullCheck, severity: warning}, {rule: nullCheck}"
    found = table(f"{{name: a, logicalType: string, quality: [{rules}]}}")
    assert len(found.rules) == 2
    assert {rule.severity.value for rule in found.rules} == {"error", "warning"}
    assert len({rule.id for rule in found.rules}) == 2


def test_metrics_that_differ_only_in_severity_are_two():
    rules = "{rule: rowCount, mustBeGreaterThan: 5, severity: info}, {rule: rowCount, mustBeGreaterThan: 5}"
    found = read(STANDARD + f"      - {{name: a, logicalType: string}}\n    quality: [{rules}]\n")
    assert found.contract is not None, found.findings
    metrics = found.contract.objects[0].metric_rules
    assert [rule.severity.value for rule in metrics] == ["info", "error"]
    assert len({rule.id for rule in metrics}) == 2
