"""The contract's rules as asset checks. Their results come with each load; none can be evaluated without one."""

from collections.abc import Iterator

import dagster as dg

from dativo_core.odcs.contract import CheckSeverity, Rule, UnexecutedRule
from dativo_core.plan.types import StreamPlan

TYPES_CHECK = "contract__types"
ROW_ACCOUNTING_CHECK = "contract__row_accounting"


def check_specs(stream: StreamPlan, table: dg.AssetKey) -> tuple[dg.AssetCheckSpec, ...]:
    """Return one check per rule, executed or not, and the two that hold for every table: types and row accounting."""
    return tuple(_specs(stream, table))


def _specs(stream: StreamPlan, table: dg.AssetKey) -> Iterator[dg.AssetCheckSpec]:
    yield dg.AssetCheckSpec(
        TYPES_CHECK,
        asset=table,
        description="Every value can be read as the type its column has in the contract.",
        blocking=True,
    )
    yield from (_rule_spec(rule, table) for rule in stream.rules)
    yield from (_unexecuted_spec(rule, table) for rule in stream.unexecuted_rules)
    yield dg.AssetCheckSpec(
        ROW_ACCOUNTING_CHECK,
        asset=table,
        description="Every row read was written, quarantined or skipped for a named reason.",
        blocking=True,
    )


def _rule_spec(rule: Rule, table: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        rule.id,
        asset=table,
        description=rule.description,
        blocking=rule.severity is CheckSeverity.ERROR,
        metadata={
            "contract/column": rule.column,
            "contract/rule": rule.kind.value,
            "contract/severity": rule.severity.value,
            "contract/path": f"{rule.origin.file}:{rule.origin.line}",
        },
    )


def _unexecuted_spec(rule: UnexecutedRule, table: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        rule.id,
        asset=table,
        description=f"Not executed: {rule.description}",
        metadata={"contract/path": f"{rule.origin.file}:{rule.origin.line}"},
    )
