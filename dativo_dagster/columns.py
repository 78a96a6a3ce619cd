"""The columns of a stream's table as Dagster shows them: types, constraints, tags, and where their values come from."""

from collections.abc import Iterable, Iterator, Mapping

import dagster as dg

from dativo_core.model.names import slug
from dativo_core.odcs.contract import Column, Rule, RuleKind
from dativo_core.odcs.types import member_path
from dativo_core.plan.types import IngestPlan, StreamPlan
from dativo_dagster.describe import column_description
from dativo_dagster.keys import stream_keys
from dativo_dagster.tags import is_tag_value, label_tags


def column_schema(stream: StreamPlan) -> dg.TableSchema:
    """Return the columns with what the contract says of each, and the primary key."""
    keyed = [column for column in stream.columns if column.primary_key_position is not None]
    key = [column.name for column in sorted(keyed, key=lambda column: column.primary_key_position or 0)]
    return dg.TableSchema(
        columns=[_column(column, stream.rules) for column in stream.columns],
        constraints=dg.TableConstraints(other=[f"primary key ({', '.join(key)})"]) if key else None,
    )


def column_lineage(plan: IngestPlan, stream: StreamPlan) -> dg.TableColumnLineage:
    """Return the source column of every column, and those of other objects of the job that it is made from.

    What the contract names besides is unknown here, and told in the column's description.
    """
    source = stream_keys(plan, stream).source
    known = {each.object: stream_keys(plan, each).source for each in plan.streams}
    return dg.TableColumnLineage(
        {
            column.name: list(
                dict.fromkeys((dg.TableColumnDep(source, column.source_name), *_made_from(column, known)))
            )
            for column in stream.columns
        }
    )


def _made_from(column: Column, known: Mapping[str, dg.AssetKey]) -> Iterator[dg.TableColumnDep]:
    for written in column.made_from:
        name, _, part = written.rpartition(".")
        if name in known:
            yield dg.TableColumnDep(known[name], part)


def _column(column: Column, rules: Iterable[Rule]) -> dg.TableColumn:
    return dg.TableColumn(
        column.name,
        str(column.type.stored),
        description=column_description(column),
        constraints=dg.TableColumnConstraints(
            nullable=not column.required, unique=_is_unique(column, rules), other=_constraints(column, rules)
        ),
        tags=_tags(column),
    )


def _constraints(column: Column, rules: Iterable[Rule]) -> list[str]:
    stated = [
        " ".join(
            filter(
                None, (member_path("", rule.member).removeprefix("."), rule.kind, ", ".join(map(str, rule.arguments)))
            )
        )
        for rule in rules
        if rule.column == column.name
        and rule.kind is not RuleKind.UNIQUE
        and (rule.member or rule.kind is not RuleKind.REQUIRED)
    ]
    position = column.primary_key_position
    return stated if position is None else [*stated, f"primary key {position}"]


def _is_unique(column: Column, rules: Iterable[Rule]) -> bool:
    """Return whether each load is checked for a value twice; the table may hold it from an earlier load."""
    return any(rule.kind is RuleKind.UNIQUE and rule.parts == ((column.name,),) for rule in rules)


def _tags(column: Column) -> dict[str, str]:
    tags = label_tags(column.tags)
    if column.is_critical:
        tags["critical"] = ""
    classification = column.classification
    if classification and is_tag_value(classification):
        tags["classification"] = classification
    if classification and _word(classification) == "pii":
        tags["pii"] = ""
    return tags


def _word(text: str) -> str:
    try:
        return slug(text)
    except ValueError:
        return ""
