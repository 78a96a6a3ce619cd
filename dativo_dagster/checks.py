"""The contract's rules as asset checks. Their results come with each load; none can be evaluated without one."""

from collections.abc import Iterator, Mapping

import dagster as dg

from dativo_core.odcs.contract import (
    CONSTRAINTS_CHECK,
    KEYS_CHECK,
    REQUIRED_CHECK,
    CheckSeverity,
    MetricRule,
    Rule,
    RuleKind,
    UnexecutedRule,
)
from dativo_core.plan.types import StreamPlan

TYPES_CHECK = "contract__types"
ROW_ACCOUNTING_CHECK = "contract__row_accounting"
GROUPED_CHECKS = {
    REQUIRED_CHECK: "No required value is missing.",
    CONSTRAINTS_CHECK: "Every value satisfies the patterns, formats, lengths, bounds and allowed values of its column.",
    KEYS_CHECK: "No two rows of a load have the same value of a unique column, or the same key.",
}


def check_specs(stream: StreamPlan, table: dg.AssetKey) -> tuple[dg.AssetCheckSpec, ...]:
    """Return the checks of a table: types, required values, constraints, keys, each quality rule, and row accounting.

    What columns state of themselves is one check per kind, because every check costs every run several database writes.
    """
    return tuple(_specs(stream, table))


def _specs(stream: StreamPlan, table: dg.AssetKey) -> Iterator[dg.AssetCheckSpec]:
    yield dg.AssetCheckSpec(
        TYPES_CHECK,
        asset=table,
        description="Every value can be read as the type its column has in the contract.",
        blocking=True,
    )
    for name, text in GROUPED_CHECKS.items():
        if rules := [rule for rule in stream.rules if rule.check == name]:
            yield _grouped_spec(name, text, rules, table)
    yield from (_spec(rule, table, _rule_told(rule)) for rule in stream.rules if rule.check == rule.id)
    yield from (_spec(rule, table, {**_metric_told(rule), **_query_told(rule)}) for rule in stream.metric_rules)
    yield from (_unexecuted_spec(rule, table) for rule in stream.unexecuted_rules if not rule.is_text)
    yield dg.AssetCheckSpec(
        ROW_ACCOUNTING_CHECK,
        asset=table,
        description="Every row read was written, quarantined or skipped for a named reason.",
        blocking=True,
    )


def _grouped_spec(name: str, text: str, rules: list[Rule], table: dg.AssetKey) -> dg.AssetCheckSpec:
    records = [
        dg.TableRecord({"rule": rule.description, "contract": f"{rule.origin.file}:{rule.origin.line}"})
        for rule in rules
    ]
    return dg.AssetCheckSpec(
        name, asset=table, description=text, blocking=True, metadata={"contract/rules": dg.MetadataValue.table(records)}
    )


def rule_facts(stream: StreamPlan) -> dict[str, dict[str, str]]:
    """Return what the contract says of each rule with a check of its own, by the check's name."""
    rules = [(rule, _rule_told(rule)) for rule in stream.rules if rule.check == rule.id]
    metric_rules = [(rule, _metric_told(rule)) for rule in stream.metric_rules]
    return {
        **{rule.id: _facts(rule, told) for rule, told in rules},
        **{rule.id: _facts(rule, told) for rule, told in metric_rules},
        **{rule.id: _why(rule) for rule in stream.unexecuted_rules},
    }


def _rule_told(rule: Rule) -> dict[str, str]:
    told = {"contract/column": rule.subject, "contract/rule": rule.kind.value}
    if rule.arguments and rule.kind is not RuleKind.UNIQUE:
        told["contract/threshold"] = ", ".join(map(str, rule.arguments))
    return told


def _metric_told(rule: MetricRule) -> dict[str, str]:
    return {
        "contract/column": ", ".join(rule.subjects),
        "contract/metric": rule.metric.value,
        "contract/operator": rule.operators,
        "contract/threshold": ", ".join(str(bound) for each in rule.thresholds for bound in each.bounds),
        "contract/unit": rule.unit,
        "contract/scope": rule.scope.value,
    }


def _query_told(rule: MetricRule) -> dict[str, str]:
    return {"contract/query": rule.query.text} if rule.query is not None else {}


def _spec(rule: Rule | MetricRule, table: dg.AssetKey, told: Mapping[str, str]) -> dg.AssetCheckSpec:
    """Return the check of one rule; `told` is what its kind of rule says of itself."""
    return dg.AssetCheckSpec(
        rule.id,
        asset=table,
        description=rule.description,
        blocking=rule.severity is CheckSeverity.ERROR,
        metadata=_facts(rule, told),
    )


def _facts(rule: Rule | MetricRule, told: Mapping[str, str]) -> dict[str, str]:
    known = {key: value for key, value in told.items() if value}
    return {**known, "contract/severity": rule.severity.value, **_why(rule)}


def _why(rule: Rule | MetricRule | UnexecutedRule) -> dict[str, str]:
    """Return why a rule is there, as far as its contract says, and where it is written."""
    purpose = rule.purpose
    told = {
        "contract/dimension": purpose.dimension,
        "contract/business_impact": purpose.business_impact,
        "contract/method": purpose.method,
        "contract/path": f"{rule.origin.file}:{rule.origin.line}",
    }
    return {key: value for key, value in told.items() if value}


def _unexecuted_spec(rule: UnexecutedRule, table: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        rule.id,
        asset=table,
        description=f"Not executed: {rule.description}",
        metadata=_why(rule),
    )
