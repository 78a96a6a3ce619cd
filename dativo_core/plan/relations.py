"""Relations of a contract as rules: the query that counts orphans, over the tables that the tenant's jobs load."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.names import TableName
from dativo_core.odcs.contract import Metric, MetricRule, Relation, RuleScope, SqlQuery, UnexecutedRule
from dativo_core.odcs.sql_tokens import quoted
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.plan.types import CatalogPlan
from dativo_core.workspace.document import dotted

_NO_ORPHAN = (Threshold(Operator.MUST_BE, (0,)),)
_FROM, _TO = quoted("from/"), quoted("to/")
"""What the two tables are called in a query: no table or column of a contract has a name with a slash."""


@dataclass(frozen=True)
class Loader:
    """A job and the table it loads: an object of the contract in `file`."""

    tenant: str
    job: str
    file: str
    object: str
    table: TableName
    catalog: CatalogPlan | None


@dataclass(frozen=True)
class Relations:
    """The relations of one stream: those that are executed, with the tables their queries read, and those that are not."""

    rules: tuple[MetricRule, ...] = ()
    tables: tuple[tuple[str, TableName], ...] = ()
    unexecuted: tuple[UnexecutedRule, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def pointed_tables(self) -> frozenset[TableName]:
        """The tables that rows of the stream must point to."""
        names = dict(self.tables)
        queries = [rule.query for rule in self.rules if rule.query is not None]
        return frozenset(names[name] for query in queries for name, _ in query.published)


def planned_relations(relations: Iterable[Relation], own: Loader, others: Sequence[Loader]) -> Relations:
    """Return what becomes of the relations of the table that `own` loads; `others` are the jobs there are, in any order."""
    found = Relations()
    for relation in relations:
        target = _target(relation, own, others)
        found = (
            _executed(found, relation, own, target) if isinstance(target, Loader) else _left(found, relation, target)
        )
    return found


def _target(relation: Relation, own: Loader, others: Sequence[Loader]) -> Loader | str:
    """Return the job that loads the table a relation points to, or why the relation is not executed."""
    if relation.obstacle:
        return relation.obstacle
    wanted = (relation.target_file, relation.target)
    if (own.file, own.object) == wanted:
        return own
    loading = [each for each in others if each.tenant == own.tenant and (each.file, each.object) == wanted]
    near = sorted(
        (each for each in loading if each.catalog == own.catalog), key=lambda each: (each.job != own.job, each.job)
    )
    if near:
        return near[0]
    subject = f"'{relation.target}' of {relation.target_file}"
    if loading:
        return f"{subject} is loaded into another catalog"
    return f"no valid job of {own.tenant} loads {subject}"


def _executed(found: Relations, relation: Relation, own: Loader, target: Loader) -> Relations:
    source, published = own.object.lower(), "/".join(target.table.identifier)
    query = SqlQuery(_query(relation, source, published), published=((published, target.job),))
    rule = MetricRule(
        id=relation.id,
        metric=Metric.SQL,
        columns=tuple(dict.fromkeys(part[0] for part in relation.columns)),
        tests=(),
        thresholds=_NO_ORPHAN,
        unit="rows",
        severity=relation.severity,
        description=relation.description,
        origin=relation.origin,
        query=query,
        scope=RuleScope.RUN,
    )
    tables = {*found.tables, (source, own.table), (published, target.table)}
    return replace(found, rules=(*found.rules, rule), tables=tuple(sorted(tables)))


def _left(found: Relations, relation: Relation, why: str) -> Relations:
    rule = UnexecutedRule(relation.id, f"{relation.description} ({why})", relation.origin)
    finding = Finding(
        relation.origin.file,
        relation.origin.line,
        dotted(relation.path),
        "relationship-unexecuted",
        Severity.WARNING,
        f"the relationship '{relation.id}' is not executed: {why}",
        "It is shown as not executed, never as passed.",
    )
    return replace(found, unexecuted=(*found.unexecuted, rule), findings=(*found.findings, finding))


def _query(relation: Relation, source: str, target: str) -> str:
    """Return the query that counts the rows without null in their key that have no match in the target."""
    pairs = list(zip(relation.columns, relation.target_columns, strict=True))
    matches = " AND ".join(f"{_column(_TO, there)} = {_column(_FROM, here)}" for here, there in pairs)
    complete = " AND ".join(f"{_column(_FROM, here)} IS NOT NULL" for here, _ in pairs)
    tables = f"{quoted(source)} AS {_FROM} ANTI JOIN {quoted(target)} AS {_TO}"
    return " ".join(("SELECT count(*) FROM", tables, "ON", matches, "WHERE", complete))


def _column(table: str, part: Sequence[str]) -> str:
    return ".".join((table, *map(quoted, part)))
