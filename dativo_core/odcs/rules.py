"""All rules of a table, each under a check name of its own."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dativo_core.model.finding import Finding
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.column_rules import key_rules
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, Rule, RuleKind, UnexecutedRule
from dativo_core.odcs.declared import DeclaredObject
from dativo_core.odcs.draft_rule import FOR_PEOPLE, TOLD, DraftRule
from dativo_core.odcs.nested_columns import Part, columns_and_parts
from dativo_core.odcs.nested_rules import constraints, is_comparable
from dativo_core.odcs.quality_rules import quality_rules
from dativo_core.odcs.sql_rules import tables_of
from dativo_core.workspace.document import Document, KeyPath


@dataclass(frozen=True)
class TableRules:
    """The rules of one table and what is wrong with them."""

    executed: tuple[Rule, ...]
    metrics: tuple[MetricRule, ...]
    unexecuted: tuple[UnexecutedRule, ...]
    findings: tuple[Finding, ...]


def table_rules(
    declared: DeclaredObject, document: Document, contract: Sequence[DeclaredObject], prefix: str = ""
) -> TableRules:
    """Return the rules of a table, which may query all of its `contract`; `prefix` keeps check names of tables apart."""
    findings: list[Finding] = []
    named = [(column.name, part, column) for part, column in columns_and_parts(declared.columns)]
    parts = {name: part for name, part, _ in named}
    columns = {name: column for name, _, column in named}
    stated = [rule for name, column in columns.items() for rule in constraints(parts[name], column)]
    drafts = [replace(rule, is_constraint=True) for rule in stated + key_rules(declared)]
    comparable = {name: column for name, column in columns.items() if is_comparable(parts[name], column)}
    tables = tables_of(declared, contract)
    for rule in declared.rules:
        more, problems = quality_rules(rule, columns, comparable, tables, document)
        drafts += more
        findings += problems
    findings += _name_clashes(drafts, document)
    drafts = _distinct(drafts)
    if prefix:
        drafts = [replace(draft, id=f"{prefix}{draft.id}") for draft in drafts]
    findings += [
        _not_executed(draft, document) for draft in drafts if draft.kind is None and draft.left_out is not TOLD
    ]
    return TableRules(
        executed=tuple(
            _rule(draft, draft.kind, parts, document) for draft in drafts if isinstance(draft.kind, RuleKind)
        ),
        metrics=tuple(
            _metric_rule(draft, draft.kind, parts, document) for draft in drafts if isinstance(draft.kind, Metric)
        ),
        unexecuted=tuple(
            UnexecutedRule(d.id, d.description, _origin(document, d.path), d.left_out is FOR_PEOPLE, d.purpose)
            for d in drafts
            if d.kind is None
        ),
        findings=tuple(findings),
    )


def _rule(draft: DraftRule, kind: RuleKind, parts: Mapping[str, Part], document: Document) -> Rule:
    # A rule about several columns together names them all, and is about none of their parts.
    part = parts.get(draft.column, Part(draft.column))
    return Rule(
        id=draft.id,
        kind=kind,
        column=part.column,
        member=part.steps,
        arguments=draft.arguments,
        severity=draft.severity,
        description=draft.description,
        origin=_origin(document, draft.path),
        is_constraint=draft.is_constraint,
        purpose=draft.purpose,
        is_of_type=draft.is_of_type,
        quarantines=draft.quarantines,
    )


def _metric_rule(draft: DraftRule, metric: Metric, parts: Mapping[str, Part], document: Document) -> MetricRule:
    origin = _origin(document, draft.path)
    tested = replace(draft, is_constraint=False)
    tests = tuple(replace(_rule(tested, test.kind, parts, document), arguments=test.arguments) for test in draft.tests)
    return MetricRule(
        id=draft.id,
        metric=metric,
        columns=tuple(parts[name].column for name in draft.columns),
        tests=tests,
        thresholds=draft.thresholds,
        unit=draft.unit,
        severity=draft.severity,
        description=draft.description,
        origin=origin,
        query=draft.query,
        scope=draft.scope,
        purpose=draft.purpose,
    )


def _name_clashes(drafts: list[DraftRule], document: Document) -> list[Finding]:
    first: dict[str, DraftRule] = {}
    findings: list[Finding] = []
    for draft in (each for each in drafts if each.is_named):
        other = first.setdefault(draft.id, draft)
        if other is not draft:
            message = f"the name '{draft.id}' is already that of the rule on line {document.line(other.path)}"
            path = (*draft.path, "name")
            findings.append(document.finding(path, "rule-name-duplicate", message, "Give one of them another name."))
    return findings


def _distinct(drafts: list[DraftRule]) -> list[DraftRule]:
    """Drop a rule that says what an earlier one says; tell apart others of one name by what they say, then by severity."""
    said: dict[tuple[str, str, CheckSeverity], DraftRule] = {}
    for draft in drafts:
        said.setdefault((draft.id, _saying(draft), draft.severity), draft)
    uses = Counter(name for name, _, _ in said)
    alike = Counter((name, saying) for name, saying, _ in said)
    return [
        draft
        if uses[name] == 1 or draft.is_named
        else replace(draft, id=f"{name}_{_mark(saying, severity if alike[name, saying] > 1 else CheckSeverity.ERROR)}")
        for (name, saying, severity), draft in said.items()
    ]


def _saying(draft: DraftRule) -> str:
    told = "" if draft.kind is not None else draft.description
    measured = [*map(str, draft.thresholds), *map(str, draft.tests), draft.unit, draft.scope]
    if draft.query is not None:
        measured.append(str(draft.query))
    if draft.quarantines:
        measured.append("quarantine")
    return json.dumps([draft.kind, draft.column, draft.arguments, told, measured], default=str)


def _mark(saying: str, severity: CheckSeverity) -> str:
    """Return what tells a rule from others of its name; a severity that does not block is a part of it where it must be."""
    told = saying if severity is CheckSeverity.ERROR else f"{saying} {severity}"
    return hashlib.sha256(told.encode()).hexdigest()[:6]


def _not_executed(draft: DraftRule, document: Document) -> Finding:
    message = f"the rule '{draft.id}' {draft.left_out.why}"
    return document.finding(draft.path, draft.left_out.code, message, draft.left_out.hint, draft.left_out.severity)


def _origin(document: Document, path: KeyPath) -> Origin:
    return Origin(document.file, document.line(path), Authority.TENANT)
