"""What a contract says beside the columns, as tags where Dagster takes them and always as metadata `contract/…`."""

from collections.abc import Mapping
from typing import Any

from dativo_core.plan.types import ContractReference, IngestPlan, StreamPlan
from dativo_dagster.tags import is_tag_value, label_tags


def contract_tags(plan: IngestPlan, stream: StreamPlan) -> dict[str, str]:
    """Return labels, domain, data product, classification and who pays, as far as each can be a tag as it is written."""
    contract = stream.contract
    paid = dict(contract.finops)
    labels = paid.pop("business_tags", ())
    named = {
        "domain": contract.domain,
        "data_product": contract.data_product,
        "classification": contract.confidentiality[0] if len(contract.confidentiality) == 1 else None,
        **{f"finops/{key}": value for key, value in paid.items()},
    }
    tags = label_tags((*contract.tags, *([labels] if isinstance(labels, str) else labels)))
    tags |= {key: value for key, value in named.items() if isinstance(value, str) and value and is_tag_value(value)}
    if contract.status == "deprecated":
        tags["deprecated"] = ""
    return {**tags, "tenant": plan.tenant}


def contract_metadata(plan: IngestPlan, stream: StreamPlan) -> dict[str, Any]:
    """Return the whole of what the contract tells people; what it leaves open is left out."""
    metadata: dict[str, Any] = {
        "contract/id": stream.contract.id,
        "contract/version": stream.contract.version,
        "contract/status": stream.contract.status,
        "contract/unchecked_rules": len(stream.unexecuted_rules),
        **{f"contract/{key}": value for key, value in _told(stream.contract).items() if value},
        "dativo/plan_digest": plan.digest,
        "dativo/write_mode": stream.write_mode.value,
    }
    if plan.environment:
        metadata["dativo/environment"] = plan.environment
    return metadata


def _told(contract: ContractReference) -> Mapping[str, Any]:
    about = contract.about
    return {
        "owner": contract.owner,
        "owners": list(contract.owners) if len(contract.owners) > 1 else None,
        "domain": contract.domain,
        "data_product": contract.data_product,
        "tags": list(contract.tags),
        "classification": list(contract.confidentiality),
        "finops": {key: value if isinstance(value, str) else list(value) for key, value in contract.finops},
        "service_levels": [_level(each.name, each.text, each.elements) for each in about.service_levels],
        "price": about.price,
        "roles": list(about.roles),
        "support": list(about.support),
        "usage": about.usage,
        "limitations": about.limitations,
    }


def _level(name: str, text: str, elements: tuple[str, ...]) -> str:
    return f"{name}: {text}" + (f" ({', '.join(elements)})" if elements else "")
