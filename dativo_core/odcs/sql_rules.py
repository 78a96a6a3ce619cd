"""Rules whose metric is what a query returns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dativo_core.model.finding import Finding
from dativo_core.odcs.contract import Metric, SqlQuery
from dativo_core.odcs.declared import DeclaredObject, DeclaredRule
from dativo_core.odcs.draft_rule import DraftRule, measured
from dativo_core.odcs.nested_columns import Part, columns_and_parts
from dativo_core.odcs.operators import PERCENT, SHARE, check_operators, read_operators
from dativo_core.odcs.rule_scope import scope_of
from dativo_core.odcs.sql_query import read_query
from dativo_core.odcs.sql_tokens import quoted
from dativo_core.odcs.thresholds import Domain, Equality, Operator, Threshold
from dativo_core.odcs.types import ELEMENT
from dativo_core.workspace.document import Document
from dativo_core.workspace.validate import did_you_mean

_EQUALITIES = {operator.value: operator for operator in (Operator.MUST_BE, Operator.MUST_NOT_BE)}
_NUMBERS = Domain()

Read = tuple[list[DraftRule], list[Finding]]


@dataclass(frozen=True)
class Tables:
    """The tables a query may read: the one the rule is about, with its columns and their parts by their paths, and all
    of its contract by each of their names.
    """

    own: str
    parts: Mapping[str, Part]
    names: frozenset[str]


def tables_of(own: DeclaredObject, declared: Iterable[DeclaredObject]) -> Tables:
    """Return the tables that queries of one object may read."""
    parts = {column.name: part for part, column in columns_and_parts(own.columns)}
    return Tables(own.name, parts, frozenset(relation_names((each.name, each.source_object) for each in declared)))


def relation_names(objects: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the name of a contract's object for each name a query may call it by, in lower case.

    That is its own name, or that of its source if no other object is called so.
    """
    known = list(objects)
    return {source.lower(): name for name, source in known} | {name.lower(): name for name, _ in known}


def sql_rule(rule: DeclaredRule, tables: Tables, document: Document) -> Read:
    """Return the rule a query becomes, and what can be said of the query without running it."""
    path = (*rule.path, "query")
    if not (rule.query or "").strip():
        message, hint = "the rule has no query", "Add 'query': a SELECT statement that returns one value."
        return [], [document.finding(path, "sql-parse", message, hint)]
    if rule.column is not None and rule.column not in tables.parts:
        message = f"the rule is about '{rule.column}', which is no column"
        hint = did_you_mean(rule.column, tables.parts)
        return [], [document.finding(rule.path, "rule-arguments", message, hint)]
    thresholds, equalities, findings = _operators(rule, document)
    found = read_query(rule.query or "", _identifiers(rule, tables), tables.names)
    findings += [document.finding(path, each.code, each.message, each.hint) for each in found.problems]
    query = SqlQuery(found.text, equalities, reads=tuple(sorted(found.relations)))
    columns = (rule.column,) if rule.column else ()
    draft = measured(Metric.SQL, columns, thresholds, (rule.unit or "").strip(), rule.path, scope=scope_of(rule))
    described = f"value of a query: {' and '.join(map(str, (*thresholds, *equalities)))}"
    return [replace(draft, query=query, description=described)], findings


def _operators(
    rule: DeclaredRule, document: Document
) -> tuple[tuple[Threshold, ...], tuple[Equality, ...], list[Finding]]:
    """Return the operators about numbers, those about truth values and texts, and what is wrong with them."""
    words = {
        key: value for key, value in rule.operators.items() if key in _EQUALITIES and isinstance(value, bool | str)
    }
    numeric = {key: value for key, value in rule.operators.items() if key not in words}
    thresholds, findings = read_operators(replace(rule, operators=numeric), document)
    equalities = tuple(Equality(_EQUALITIES[key], value) for key, value in words.items())
    if not findings and not thresholds and not equalities:
        message, hint = "the rule 'sql' needs an operator", "Add mustBe, mustBeLessThan, mustBeBetween or a variant."
        findings.append(document.finding(rule.path, "operator-missing", message, hint))
    elif thresholds and equalities:
        message = f"{equalities[0]} and {thresholds[0]} compare one value as different kinds"
        hint = "Keep the operators that fit what the query returns."
        findings.append(document.finding(rule.path, "operator-conflict", message, hint))
    elif thresholds:
        is_share = (rule.unit or "").strip().lower() in (PERCENT, "%")
        findings += check_operators(thresholds, SHARE if is_share else _NUMBERS, rule, document)
    return thresholds, equalities, findings


def _identifiers(rule: DeclaredRule, tables: Tables) -> Mapping[str, str]:
    """Return what placeholders stand for; a part of an array is no identifier."""
    identifiers = dict.fromkeys(("object", "table"), quoted(tables.own))
    part = tables.parts.get(rule.column or "")
    if part is not None and ELEMENT not in part.steps:
        identifiers |= dict.fromkeys(("property", "column"), ".".join(map(quoted, (part.column, *part.steps))))
    return identifiers
