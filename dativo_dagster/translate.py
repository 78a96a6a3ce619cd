"""A planned stream as Dagster shows it: key, group, owners, tags, column schema and where it is written."""

import warnings
from pathlib import Path
from typing import Any

import dagster as dg

from dativo_core.model.names import TableName, group_name
from dativo_core.plan.types import CatalogPlan, IngestPlan, StreamPlan
from dativo_dagster.columns import column_lineage, column_schema
from dativo_dagster.contract_metadata import contract_metadata, contract_tags
from dativo_dagster.describe import table_description
from dativo_dagster.freshness import freshness_policy
from dativo_dagster.keys import stream_keys
from dativo_dagster.tags import owners


class DativoTranslator:
    """The one place where a stream becomes asset specs; subclass it and override a method to change what Dagster shows."""

    def get_asset_spec(self, plan: IngestPlan, stream: StreamPlan) -> dg.AssetSpec:
        """Return the spec of the stream's table."""
        keys = stream_keys(plan, stream)
        return dg.AssetSpec(
            keys.table,
            deps=[keys.source],
            description=table_description(plan, stream),
            metadata={**_table_metadata(plan, stream), **contract_metadata(plan, stream)},
            skippable=True,
            group_name=group_name(plan.tenant, plan.source.type),
            code_version=plan.digest,
            owners=owners(stream.contract.owners),
            tags=contract_tags(plan, stream),
            kinds={plan.target.type, plan.source.type},
            freshness_policy=freshness_policy(plan, stream),
        )

    def get_quarantine_spec(self, plan: IngestPlan, stream: StreamPlan) -> dg.AssetSpec:
        """Return the spec of the table that keeps the stream's rejected rows; it is written only when there are some."""
        keys = stream_keys(plan, stream)
        return dg.AssetSpec(
            keys.quarantine,
            # Dagster looks for the partition of what an asset is made of, and a run for what is new has none.
            deps=[keys.table if plan.source.partitions is None else keys.source],
            description=f"Rows of {stream.table} that broke the contract, each with its file, line and reason.",
            metadata=_storage(plan, stream.table.quarantine),
            skippable=True,
            group_name=group_name(plan.tenant, plan.source.type),
            code_version=plan.digest,
            owners=owners(stream.contract.owners),
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


def _table_metadata(plan: IngestPlan, stream: StreamPlan) -> dict[str, Any]:
    return {
        **_storage(plan, stream.table),
        "dagster/column_schema": column_schema(stream),
        "dagster/column_lineage": column_lineage(plan, stream),
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


def _code_references(plan: IngestPlan, stream: StreamPlan) -> dg.CodeReferencesMetadataValue:
    root = Path(plan.root).absolute()
    with warnings.catch_warnings():
        # Code references are the one beta feature in use: without them nobody gets from an asset to its YAML line.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.CodeReferencesMetadataValue(
            code_references=[
                dg.LocalFileCodeReference(file_path=str(root / file), line_number=line, label=file)
                for file, line in _places(plan, stream)
            ]
        )


def _places(plan: IngestPlan, stream: StreamPlan) -> tuple[tuple[str, int], ...]:
    """Return where the job names the object, which is all of it when there is one, and where its table is described."""
    described = stream.origin.line if stream.origin is not None else 1
    return (plan.file, stream.line or plan.line), (stream.contract.file, described)
