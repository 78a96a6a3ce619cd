"""What a table says of itself to other programs: properties of its contract and its job, and nothing else.

The names are fixed here; a contract or a job chooses values only, so that none can redirect where the table is written.
"""

from collections.abc import Iterable

from dativo_core.model.job import Job
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.rules.overrides import default_classification

Properties = tuple[tuple[str, str], ...]


def table_properties(contract: Contract, table: SchemaObject, job: Job) -> Properties:
    """Return the properties of a stream's table, sorted; `contract` and `table` as the job overrides them."""
    words = finops(contract, job).items()
    paid = {f"finops.{key}": value if isinstance(value, str) else _joined(value) for key, value in words}
    found = {**_asset(contract, table), **_governance(contract, job), **paid}
    default = default_classification(job) or _joined(contract.governance.classification)
    found["classification.default"] = default
    for column in table.columns:
        if column.classification != default:
            found[f"classification.fields.{column.name}"] = column.classification
    return tuple(sorted((key, str(value)) for key, value in found.items() if value not in (None, "")))


def _asset(contract: Contract, table: SchemaObject) -> dict[str, str | None]:
    return {
        "asset.name": contract.name,
        "asset.version": contract.version,
        "asset.domain": contract.domain,
        "asset.data_product": contract.governance.data_product,
        "asset.source_type": contract.source_type,
        "asset.object": table.source_object,
    }


def _governance(contract: Contract, job: Job) -> dict[str, str | int | None]:
    own = job.governance_overrides.retention_days if job.governance_overrides else None
    return {
        "governance.owner": contract.owner,
        "governance.retention_days": own if own is not None else contract.governance.retention_days,
        "governance.domain": contract.domain,
        "governance.data_product": contract.governance.data_product,
        "governance.regulations": _joined(contract.governance.regulations),
    }


def finops(contract: Contract, job: Job) -> dict[str, str | tuple[str, ...]]:
    """Return who pays, by key: the contract's words with the job's over them, key by key."""
    said = [each.model_dump(exclude_none=True) for each in (contract.governance.finops, job.finops) if each]
    return {key: value for each in said for key, value in each.items()}


def _joined(words: Iterable[str]) -> str:
    return ",".join(words)
