"""What a contract says about the care of its data: retention, classification, who is called, how it may change.

The standard has no place for most of it; there it stands in the custom properties `dativoCompliance`, `dativoDataQuality`,
`dativoChangeManagement` and `dativoFinops`, spelt as in the flat dialect.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from dativo_core.model.finding import Finding
from dativo_core.model.finops import FinOps
from dativo_core.odcs.contract import Element, Governance
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject
from dativo_core.odcs.flat_model import FlatChangeManagement, FlatCompliance, FlatContract, FlatDataQuality
from dativo_core.odcs.loss_policy import settled
from dativo_core.odcs.retention import days_kept, is_retention
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.odcs.types import ELEMENT, TypeKind, member_path
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import validate

M = TypeVar("M", bound=BaseModel)


def flat_governance(contract: FlatContract, document: Document) -> tuple[Governance, list[Finding]]:
    """Return what a contract in the flat dialect says."""
    findings = check_oncall(contract.data_quality, document, ("data_quality",))
    kept = contract.compliance.retention_days if contract.compliance else None
    said = _Said(contract.compliance, contract.data_quality, contract.change_management, contract.finops)
    return _governance(said, contract.data_product, kept, ("compliance", "retention_days")), findings


def standard_governance(contract: StandardContract, document: Document) -> tuple[Governance, list[Finding]]:
    """Return what a contract in the standard says; the longest of several promises of retention counts."""
    findings: list[Finding] = []
    compliance, compliance_path = _custom(contract, "dativoCompliance", FlatCompliance, document, findings)
    quality, quality_path = _custom(contract, "dativoDataQuality", FlatDataQuality, document, findings)
    change, _ = _custom(contract, "dativoChangeManagement", FlatChangeManagement, document, findings)
    finops, _ = _custom(contract, "dativoFinops", FinOps, document, findings)
    findings += check_oncall(quality, document, quality_path)
    promises = list(_promised(contract))
    if compliance is not None and compliance.retention_days is not None:
        promises.append((compliance.retention_days, (*compliance_path, "retention_days")))
    kept, path = max(promises, key=lambda each: each[0], default=(None, ()))
    return _governance(_Said(compliance, quality, change, finops), contract.data_product, kept, path), findings


def check_oncall(quality: FlatDataQuality | None, document: Document, path: KeyPath) -> list[Finding]:
    """Return whether monitoring that is switched on calls somebody."""
    monitoring = quality.monitoring if quality else None
    if monitoring is None or not monitoring.enabled or (monitoring.oncall_rotation or "").strip():
        return []
    place = (*path, "monitoring", "oncall_rotation")
    hint = "Name who is called, or write enabled: false."
    return [document.finding(place, "dialect-oncall-missing", "monitoring is enabled but calls nobody", hint)]


def elements(declared: DeclaredObject) -> tuple[Element, ...]:
    """Return every column and every declared part of one; a part is classified as what holds it unless it says otherwise."""
    return tuple(each for column in declared.columns for each in _elements(column, _Place((column.name,)), None))


@dataclass(frozen=True)
class _Place:
    """A column with the steps from there, and the ids of both, where None is that of one without."""

    part: tuple[str, ...]
    ids: tuple[str | None, ...] = ()

    def below(self, declared: DeclaredColumn) -> "_Place":
        """Return the place, now that it is known what stands there; elements of a list are not addressed by ids."""
        return self if self.part[-1] == ELEMENT else _Place(self.part, (*self.ids, declared.id))


def _elements(declared: DeclaredColumn, place: _Place, inherited: str | None) -> Iterator[Element]:
    classification = (declared.classification or "").strip() or inherited
    part, place = place.part, place.below(declared)
    names = frozenset() if part[1:] and part[-1] == ELEMENT else frozenset({declared.name, declared.source_name})
    known = tuple(each for each in place.ids if each is not None)
    yield Element(
        names=names,
        subject=member_path(part[0], part[1:]),
        classification=classification,
        path=declared.path,
        part=part,
        ids=known if len(known) == len(place.ids) else (),
        type=settled(declared.type) if declared.type is not None else None,
    )
    is_list = declared.type is not None and declared.type.kind is TypeKind.LIST
    for member in declared.members:
        step = ELEMENT if is_list else member.name
        yield from _elements(member, _Place((*part, step), place.ids), classification)


@dataclass(frozen=True)
class _Said:
    """The sections of the flat dialect, wherever they were written."""

    compliance: FlatCompliance | None
    quality: FlatDataQuality | None
    change: FlatChangeManagement | None
    finops: FinOps | None


def _governance(said: _Said, data_product: str | None, retention_days: int | None, path: KeyPath) -> Governance:
    compliance, monitoring = said.compliance, said.quality.monitoring if said.quality else None
    oncall = (monitoring.oncall_rotation or "").strip() if monitoring and monitoring.enabled else ""
    return Governance(
        retention_days=retention_days,
        retention_path=path,
        has_compliance=retention_days is not None or bool(compliance and compliance.model_dump(exclude_none=True)),
        oncall=oncall or None,
        change_policy=said.change.policy if said.change else None,
        needs_approval=bool(said.change and said.change.approval_required),
        approved_versions=frozenset(_approved(said.change)),
        classification=(compliance.classification if compliance else None) or (),
        regulations=(compliance.regulations if compliance else None) or (),
        data_product=data_product,
        finops=said.finops if said.finops and said.finops.model_fields_set else None,
        alert_channels=(said.quality.alerts.channels if said.quality and said.quality.alerts else None) or (),
    )


def _approved(change: FlatChangeManagement | None) -> Iterator[str]:
    """Yield the versions of the history that somebody agreed to: entries with `version` and `approved_by`."""
    history = change.version_history if change else None
    for entry in history if isinstance(history, list | tuple) else ():
        if isinstance(entry, dict) and str(entry.get("approved_by") or "").strip():
            yield str(entry.get("version"))


def _custom(
    contract: StandardContract, name: str, model: type[M], document: Document, findings: list[Finding]
) -> tuple[M | None, KeyPath]:
    """Return a custom property of the contract, read as the flat dialect reads the section, and where it is."""
    for index, each in enumerate(contract.custom_properties or ()):
        if each.property == name:
            path: KeyPath = ("customProperties", index, "value")
            validated = validate(model, each.value, document, path)
            findings += validated.findings
            return validated.model, path
    return None, ()


def _promised(contract: StandardContract) -> Iterator[tuple[int, KeyPath]]:
    """Yield the days of every promise of retention and where it was written."""
    for index, each in enumerate(contract.sla_properties or ()):
        days = days_kept(each.value, each.unit) if is_retention(each.property) else None
        if days is not None:
            yield days, ("slaProperties", index, "value")
