"""A planned stream as Dagster shows it: key, group, owners, tags, column schema and where it is written."""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg

from dativo_core.model.names import TableName, group_name
from dativo_core.odcs.contract import Column, Rule, RuleKind
from dativo_core.odcs.types import member_path
from dativo_core.plan.types import CatalogPlan, IngestPlan, StreamPlan
from dativo_dagster.keys import stream_keys
from dativo_dagster.tags import is_tag_value, label_tags, owners


class DativoTranslator:
    """The one place where a stream becomes asset specs; subclass it and override a method to change what Dagster shows."""

    def get_asset_spec(self, plan: IngestPlan, stream: StreamPlan) -> dg.AssetSpec:
        """Return the spec of the stream's table."""
        keys = stream_keys(plan, stream)
        return dg.AssetSpec(
            keys.table,
            deps=[keys.source],
            description=_description(plan, stream),
            metadata={**_table_metadata(plan, stream), **_contract_metadata(plan, stream)},
            skippable=True,
            group_name=group_name(plan.tenant, plan.source.type),
            code_version=plan.digest,
            owners=owners(stream.contract.owner),
            tags=_tags(plan, stream),
            kinds={plan.target.type, plan.source.type},
        )

    def get_quarantine_spec(self, plan: IngestPlan, stream: StreamPlan) -> dg.AssetSpec:
        """Return the spec of the table that keeps the stream's rejected rows; it is written only when there are some."""
        keys = stream_keys(plan, stream)
        return dg.AssetSpec(
            keys.quarantine,
            deps=[keys.table],
            description=f"Rows of `{stream.table}` that broke the contract, each with its file, line and reason.",
            metadata=_storage(plan, stream.table.quarantine),
            skippable=True,
            group_name=group_name(plan.tenant, plan.source.type),
            code_version=plan.digest,
            owners=owners(stream.contract.owner),
            tags={"tenant": plan.tenant},
            kinds={plan.target.type, "quarantine"},
        )

    def get_source_spec(self, plan: IngestPlan, stream: StreamPlan) -> dg.AssetSpec:
        """Return the spec of the source object, which Dagster shows as upstream but never runs."""
        return dg.AssetSpec(
            stream_keys(plan, stream).source,
            description=f"Source object `{stream.object}`, read with the connector type `{plan.source.type}`.",
            group_name=group_name(plan.tenant, plan.source.type),
            tags={"tenant": plan.tenant},
            kinds={plan.source.type},
        )


def _description(plan: IngestPlan, stream: StreamPlan) -> str:
    """Start with one plain sentence, since the catalog list shows the first line as it is."""
    purpose = stream.description or stream.contract.description
    first, _, rest = purpose.strip().partition("\n")
    opening = first.lstrip("# ").strip() or f"Rows of `{stream.object}`, read from {plan.source.type}."
    contract = stream.contract
    facts = (
        f"Lands in `{stream.table}` ({stream.write_mode}), as contract **{contract.name}** {contract.version} "
        f"({contract.status}) says: `{contract.file}`. Job: `{plan.file}`."
    )
    return "\n\n".join(part for part in (opening, rest.strip(), facts) if part)


def _tags(plan: IngestPlan, stream: StreamPlan) -> dict[str, str]:
    contract = stream.contract
    tags = label_tags(contract.tags)
    if contract.domain and is_tag_value(contract.domain):
        tags["domain"] = contract.domain
    if contract.status == "deprecated":
        tags["deprecated"] = ""
    return {**tags, "tenant": plan.tenant}


def _contract_metadata(plan: IngestPlan, stream: StreamPlan) -> dict[str, Any]:
    contract = stream.contract
    metadata: dict[str, Any] = {
        "contract/id": contract.id,
        "contract/version": contract.version,
        "contract/status": contract.status,
        "contract/unchecked_rules": len(stream.unexecuted_rules),
        "dativo/plan_digest": plan.digest,
        "dativo/write_mode": stream.write_mode.value,
    }
    if contract.owner:
        metadata["contract/owner"] = contract.owner
    if contract.domain:
        metadata["contract/domain"] = contract.domain
    if contract.tags:
        metadata["contract/tags"] = list(contract.tags)
    if plan.environment:
        metadata["dativo/environment"] = plan.environment
    return metadata


def _table_metadata(plan: IngestPlan, stream: StreamPlan) -> dict[str, Any]:
    return {
        **_storage(plan, stream.table),
        "dagster/column_schema": _column_schema(stream),
        "dagster/column_lineage": _column_lineage(plan, stream),
        "dagster/code_references": _code_references(plan, stream),
    }


def _storage(plan: IngestPlan, table: TableName) -> dict[str, Any]:
    metadata = {"dagster/table_name": str(table), "dagster/storage_kind": plan.target.type}
    uri = _location(plan.target.catalog, Path(plan.root).absolute(), table)
    return {**metadata, "dagster/uri": uri} if uri else metadata


def _location(catalog: CatalogPlan | None, root: Path, table: TableName) -> str | None:
    """Return where a catalog puts a table; None when that depends on references, whose values stay out of here."""
    if catalog is None or "$" in catalog.directory:
        return None
    return (root / catalog.directory / "warehouse").joinpath(*table.identifier).as_uri()


def _column_schema(stream: StreamPlan) -> dg.TableSchema:
    keyed = [column for column in stream.columns if column.primary_key_position is not None]
    key = [column.name for column in sorted(keyed, key=lambda column: column.primary_key_position or 0)]
    return dg.TableSchema(
        columns=[_column(column, stream.rules) for column in stream.columns],
        constraints=dg.TableConstraints(other=[f"primary key ({', '.join(key)})"]) if key else None,
    )


def _column(column: Column, rules: Iterable[Rule]) -> dg.TableColumn:
    constraints = [
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
    if column.primary_key_position is not None:
        constraints.append(f"primary key {column.primary_key_position}")
    tags = label_tags(column.tags)
    if column.classification and is_tag_value(column.classification):
        tags["classification"] = column.classification
    return dg.TableColumn(
        column.name,
        str(column.type),
        description=column.description or None,
        constraints=dg.TableColumnConstraints(
            nullable=not column.required, unique=_is_unique(column, rules), other=constraints
        ),
        tags=tags,
    )


def _is_unique(column: Column, rules: Iterable[Rule]) -> bool:
    """Return whether each load is checked for a value twice; the table may hold it from an earlier load."""
    return any(rule.kind is RuleKind.UNIQUE and rule.arguments == (column.name,) for rule in rules)


def _column_lineage(plan: IngestPlan, stream: StreamPlan) -> dg.TableColumnLineage:
    source = stream_keys(plan, stream).source
    return dg.TableColumnLineage(
        {column.name: [dg.TableColumnDep(source, column.source_name)] for column in stream.columns}
    )


def _code_references(plan: IngestPlan, stream: StreamPlan) -> dg.CodeReferencesMetadataValue:
    root = Path(plan.root).absolute()
    with warnings.catch_warnings():
        # Code references are the one beta feature in use: without them nobody gets from an asset to its YAML line.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.CodeReferencesMetadataValue(
            code_references=[
                dg.LocalFileCodeReference(file_path=str(root / file), line_number=line, label=file)
                for file, line in ((plan.file, plan.line), (stream.contract.file, 1))
            ]
        )
