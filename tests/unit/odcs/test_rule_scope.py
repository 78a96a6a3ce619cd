"""Which rows a quality rule is about, by default and as it is written."""

import pytest

from dativo_core.model.finding import errors
from dativo_core.odcs.contract import RuleScope
from tests.unit.odcs.test_read import standard

MOMENT = "{name: a, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}, quality: [RULE]}"
TEXT = "{name: a, logicalType: string, quality: [RULE]}"


def scoped(rule: str, *custom: str) -> str:
    written = ", ".join(f"{{property: {name}, value: {value}}}" for name, value in (each.split("=") for each in custom))
    return f"{{{rule}{f', customProperties: [{written}]' if written else ''}}}"


def found_rules(rule: str, column: str = TEXT):
    found = standard(column.replace("RULE", rule))
    assert found.contract is not None, found.findings
    (table,) = found.contract.objects
    assert table.unexecuted_rules == ()
    return table


@pytest.mark.parametrize(
    "rule", ["rule: duplicateCount, mustBe: 0", "rule: duplicateValues, mustBeLessThan: 5", "rule: unique"]
)
def test_rules_about_duplicates_are_about_the_table(rule):
    table = found_rules(scoped(rule))
    assert table.rules == ()
    assert [each.scope for each in table.metric_rules] == [RuleScope.TABLE]


def test_freshness_is_about_the_table_and_says_so():
    (rule,) = found_rules(scoped("rule: freshness, mustBeLessThan: 2, unit: d"), MOMENT).metric_rules
    assert (rule.scope, rule.description) == (
        RuleScope.TABLE,
        "age of the newest a in the table: mustBeLessThan 2 d",
    )


@pytest.mark.parametrize(
    "rule",
    [
        "rule: nullCheck",
        "rule: pattern, arguments: {pattern: x}",
        "rule: validValues, validValues: [x]",
        "rule: unique",
    ],
)
def test_a_rule_about_the_run_without_tolerance_holds_rows_back(rule):
    table = found_rules(scoped(rule, "dativoScope=run"))
    assert (len(table.rules), table.metric_rules) == (1, ())


@pytest.mark.parametrize("scope", [RuleScope.PARTITION, RuleScope.TABLE])
@pytest.mark.parametrize(
    ("rule", "metric"),
    [
        ("rule: nullCheck", "null_values"),
        ("rule: nullCheck, mustBe: 0", "null_values"),
        ("rule: missingValues, arguments: {missingValues: [n/a]}", "missing_values"),
        ("rule: pattern, arguments: {pattern: x}", "invalid_values"),
        ("rule: validValues, validValues: [x], mustBeLessThan: 5, unit: percent", "invalid_values"),
        ("rule: unique", "duplicate_values"),
    ],
)
def test_a_rule_about_partitions_or_the_table_is_counted(rule, metric, scope):
    table = found_rules(scoped(rule, f"dativoScope={scope}"))
    (found,) = table.metric_rules
    assert (table.rules, found.metric.value, found.scope) == ((), metric, scope)
    assert found.thresholds


def test_a_rule_that_quarantines_is_about_the_run():
    assert [rule.kind.value for rule in found_rules(scoped("rule: unique", "dativoDisposition=quarantine")).rules] == [
        "unique"
    ]


@pytest.mark.parametrize("severity", ["error", "warning", "info"])
@pytest.mark.parametrize("rule", ["rule: unique", "rule: nullCheck, mustBe: 0", "rule: validValues, validValues: [x]"])
def test_a_rule_that_quarantines_holds_rows_back_whatever_its_severity(rule, severity):
    (found,) = found_rules(scoped(f"{rule}, severity: {severity}", "dativoDisposition=quarantine")).rules
    assert (found.severity.value, found.holds_back) == (severity, True)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("rule: unique, mustBeLessThan: 2", "a rule with a tolerance holds no row back"),
        ("rule: nullCheck, mustBe: 1", "a rule with a tolerance holds no row back"),
        (
            'rule: validValues, validValues: [x], mustBeLessThan: 5, unit: "%"',
            "a rule with a tolerance holds no row back",
        ),
        ("type: sql, query: select 1, mustBe: 1", "a rule 'sql' is about all rows together, and holds no row back"),
    ],
)
def test_a_rule_that_cannot_hold_a_row_back_is_told(rule, why):
    found = standard(TEXT.replace("RULE", scoped(rule, "dativoDisposition=quarantine")))
    assert [(each.code, each.message) for each in errors(found.findings)] == [("rule-arguments", why)]


@pytest.mark.parametrize("rule", ["rule: rowCount, mustBe: 5", "rule: countCheck, method: reconciliation"])
def test_a_count_of_rows_holds_none_back(rule):
    (told,) = errors(of_table(scoped(rule, "dativoDisposition=quarantine")).findings)
    assert told.code == "rule-arguments"
    assert "holds no row back" in told.message


@pytest.mark.parametrize(
    "rule",
    [
        scoped("rule: unique", "dativoScope=table", "dativoDisposition=quarantine"),
        scoped("rule: nullCheck", "dativoScope=partition", "dativoDisposition=quarantine"),
        scoped("rule: unique", "dativoScope=everything"),
    ],
)
def test_a_scope_in_which_a_rule_has_no_meaning_is_told(rule):
    assert [each.code for each in errors(standard(TEXT.replace("RULE", rule)).findings)] == ["rule-arguments"]


def of_table(rule: str):
    return standard("{name: a, logicalType: string}\n    quality: [RULE]".replace("RULE", rule))


@pytest.mark.parametrize(
    ("rule", "scope", "said"),
    [
        (scoped("rule: rowCount, mustBe: 5"), RuleScope.TABLE, "rows in the table: mustBe 5 rows"),
        (scoped("rule: rowCount, mustBe: 5", "dativoScope=run"), RuleScope.RUN, "rows read: mustBe 5 rows"),
        (
            scoped("rule: rowCount, mustBe: 5", "dativoScope=partition"),
            RuleScope.PARTITION,
            "rows in the partitions written to: mustBe 5 rows",
        ),
        (scoped("rule: rowCount, method: reconciliation"), RuleScope.RUN, "rows read: all accounted for"),
        (
            scoped("rule: rowCount, method: reconciliation, mustBe: 5"),
            RuleScope.TABLE,
            "rows in the table: mustBe 5 rows",
        ),
    ],
)
def test_a_count_of_rows_is_about_the_table_unless_it_reconciles(rule, scope, said):
    found = of_table(rule)
    assert found.contract is not None, found.findings
    (count,) = found.contract.objects[0].metric_rules
    assert (count.scope, count.description) == (scope, said)


def test_a_reconciliation_has_no_other_scope():
    (finding,) = errors(of_table(scoped("rule: rowCount, method: reconciliation", "dativoScope=table")).findings)
    assert finding.code == "rule-arguments"


def test_rules_that_differ_in_scope_alone_have_names_of_their_own():
    rules = ", ".join(scoped("rule: nullCheck, mustBeLessThan: 5", f"dativoScope={scope}") for scope in RuleScope)
    table = found_rules(rules)
    assert len({rule.id for rule in table.metric_rules}) == len({rule.scope for rule in table.metric_rules}) == 3
