"""A contract file of either dialect: one internal contract, and every finding about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dativo_core.model.finding import Finding, Severity, errors
from dativo_core.model.names import slug
from dativo_core.model.origin import Authority, Origin
from dativo_core.odcs.about import about, about_flat
from dativo_core.odcs.as_meant import as_meant
from dativo_core.odcs.checklist import check_sections
from dativo_core.odcs.checks import (
    check_domain,
    check_identity,
    check_objects,
    check_owner,
    check_version_of_standard,
    key_positions,
)
from dativo_core.odcs.contract import Column, Contract, SchemaObject
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject
from dativo_core.odcs.examples import check_examples
from dativo_core.odcs.flat import contract_id, declared_object
from dativo_core.odcs.flat_model import FlatContract, FlatTarget
from dativo_core.odcs.governance import elements, flat_governance, standard_governance
from dativo_core.odcs.loss_policy import settled
from dativo_core.odcs.nested_columns import classification_of, columns_and_parts
from dativo_core.odcs.nested_form import flattened, is_nested
from dativo_core.odcs.newer import is_newer, older
from dativo_core.odcs.partition_keys import check_unused_keys
from dativo_core.odcs.relationships import Relationship, read_relationships
from dativo_core.odcs.rules import table_rules
from dativo_core.odcs.standard import declared_objects, owner, source_type
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.odcs.stated_version import meant_documents
from dativo_core.odcs.tags_and_links import check_tags
from dativo_core.odcs.team import check_owner_shown
from dativo_core.odcs.types import FieldType
from dativo_core.workspace.consequences import without_consequences
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.tree import rearranged
from dativo_core.workspace.validate import unread_keys, validate

_FLAT_KEYS = frozenset(
    {"source_type", "object", "target", "data_quality", "compliance", "change_management", "finops", "$schema"}
)
_ASKED_BY_POLICY = frozenset({"compliance", "change_management", "monitoring", "slaProperties"})
_NOT_ACTED_ON = ("compliance", "change_management", "servers", "support", "price", "roles", "slaProperties")

_USED_IN_PART = {"servers": "of 'servers' only the type is used, which says whose words physical types are in"}


@dataclass(frozen=True)
class ContractFile:
    """A contract unless it has errors; its own `target` settings, found at `target_path` of `document`; all findings.

    `document` is what was compiled: the file, or the rearranged data of a form that is read as another one. `tables` are
    what it describes even when it has errors; `relationships` are as written, not yet held against tables.
    """

    contract: Contract | None
    document: Document
    findings: tuple[Finding, ...]
    target: Mapping[str, Any] = field(default_factory=dict)
    target_path: KeyPath = ()
    tables: tuple[SchemaObject, ...] = ()
    relationships: tuple[Relationship, ...] = ()


def read_contract(document: Document) -> ContractFile:
    """Compile a contract document, whichever dialect and version of the standard it is written in."""
    file = _in_its_dialect(document)
    return replace(file, findings=tuple(without_consequences(file.findings)))


def _in_its_dialect(document: Document) -> ContractFile:
    if is_nested(document):
        nested = flattened(document)
        return _also(_flat(rearranged(document, nested.tree)), nested.findings)
    flat = [key for key in document.data if key in _FLAT_KEYS]
    standard = _standard_key(document)
    if flat and standard:
        message = f"'{flat[0]}' belongs to the flat dialect, {standard[1]} to the standard"
        hint = "Write the whole file in one of them; in the standard, extensions are customProperties."
        return ContractFile(None, document, (document.finding((flat[0],), "dialect-mixed", message, hint),))
    if is_flat(document):
        return _flat(document)
    meant, problems = meant_documents(document)
    best = min((_in_its_version(each) for each in meant), key=lambda file: len(errors(file.findings)))
    told = tuple(each for each in best.findings if not (problems and each.code == "api-version-upgraded"))
    return _also(replace(best, findings=told), problems)


def _in_its_version(document: Document) -> ContractFile:
    if not is_newer(document):
        return _standard(document)
    upgraded, findings = older(document)
    relationships, problems = read_relationships(document)
    return replace(_also(_standard(upgraded), (*findings, *problems)), relationships=relationships)


def is_flat(document: Document) -> bool:
    """Whether a document is written in the flat dialect."""
    has_flat_keys = any(key in _FLAT_KEYS for key in document.data)
    return has_flat_keys or (not _standard_key(document) and _has_flat_columns(document))


def _also(file: ContractFile, findings: tuple[Finding, ...]) -> ContractFile:
    contract = None if errors(findings) else file.contract
    return replace(file, contract=contract, findings=(*findings, *file.findings))


def _standard_key(document: Document) -> tuple[KeyPath, str] | None:
    """Return a key that only the standard has: tables with properties, or a team that is a list."""
    for index, item in enumerate(_items(document)):
        if "properties" in item and "type" not in item:
            return ("schema", index), "'properties' of a table"
    return (("team",), "a list 'team'") if isinstance(document.value(("team",)), list) else None


def _has_flat_columns(document: Document) -> bool:
    return any("type" in item for item in _items(document))


def _items(document: Document) -> list[dict[str, Any]]:
    schema = document.value(("schema",))
    return [item for item in schema if isinstance(item, dict)] if isinstance(schema, list) else []


def _flat(document: Document) -> ContractFile:
    validated = validate(FlatContract, document.data, document)
    contract = validated.model
    if contract is None:
        return ContractFile(None, document, validated.findings)
    declared, findings = declared_object(contract, document)
    governance, problems = flat_governance(contract, document)
    hint = "Add team.owner, such as an e-mail address."
    written_owner = contract.team.owner if contract.team else None
    findings += [
        *validated.findings,
        *check_version_of_standard(contract.api_version, document),
        *check_identity(contract.version, contract.status, document),
        *check_domain(contract.domain, document),
        *check_owner(written_owner, ("team", "owner"), "dialect-owner-missing", hint, document),
        *check_owner_shown(written_owner, ("team", "owner"), document),
        *check_tags(document),
        *problems,
        *_not_acted_on(document),
    ]
    result = Contract(
        id=contract_id(contract),
        name=contract.name,
        version=contract.version,
        status=contract.status,
        domain=contract.domain,
        tenant=contract.tenant,
        source_type=contract.source_type,
        owner=written_owner,
        description=declared.description,
        tags=contract.tags or (),
        objects=_objects([declared], document, findings),
        file=document.file,
        governance=governance,
        about=about_flat(contract),
    )
    target = contract.target.model_dump(exclude_unset=True) if contract.target else {}
    return _finished(result, document, findings, target, ("target",))


def _standard(written: Document) -> ContractFile:
    document, changes = as_meant(written)
    validated = validate(StandardContract, document.data, document)
    contract = validated.model
    told = {finding.key_path for finding in validated.findings}
    changes = [finding for finding in changes if finding.key_path not in told]
    if contract is None:
        return ContractFile(None, document, (*changes, *validated.findings))
    declared, findings = declared_objects(contract, document)
    target, target_path = _target(contract, document, findings)
    if "partitioning" in target:
        findings += [found for each in declared for found in check_unused_keys(each.columns, document)]
        declared = [replace(each, partition_by=target["partitioning"] or ()) for each in declared]
    governance, problems = standard_governance(contract, document)
    hint = "Add a team member with role: Owner."
    findings += [
        *changes,
        *validated.findings,
        *unread_keys(contract, document),
        *check_sections(contract, document),
        *check_owner_shown(owner(contract), ("team",), document),
        *check_version_of_standard(contract.api_version, document),
        *check_identity(contract.version, contract.status, document),
        *check_domain(contract.domain, document),
        *check_owner(owner(contract), ("team",), "team-owner-missing", hint, document),
        *problems,
        *_not_acted_on(document),
    ]
    result = Contract(
        id=contract.id,
        name=contract.name or (declared[0].name if declared else contract.id),
        version=contract.version,
        status=contract.status,
        domain=contract.domain,
        tenant=contract.tenant,
        source_type=source_type(contract),
        owner=owner(contract),
        description=(contract.description.purpose if contract.description else None) or "",
        tags=contract.tags or (),
        objects=_objects(declared, document, findings),
        file=document.file,
        governance=governance,
        about=about(contract),
    )
    return _finished(result, document, findings, target, target_path)


def _finished(
    contract: Contract,
    document: Document,
    findings: list[Finding],
    target: Mapping[str, Any],
    target_path: KeyPath,
) -> ContractFile:
    valid = None if errors(findings) else contract
    return ContractFile(valid, document, _said_once(findings), target, target_path, contract.objects)


def _said_once(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings without the warnings of unknown keys that are errors already."""
    wrong = {each.key_path for each in errors(findings)}
    return tuple(
        each
        for each in findings
        if each.severity is Severity.ERROR or each.code != "unknown-key" or each.key_path not in wrong
    )


def _target(contract: StandardContract, document: Document, findings: list[Finding]) -> tuple[dict[str, Any], KeyPath]:
    """Return the custom property `dativoTarget`, written as the flat dialect writes `target`."""
    for index, each in enumerate(contract.custom_properties or ()):
        if each.property == "dativoTarget":
            path: KeyPath = ("customProperties", index, "value")
            validated = validate(FlatTarget, each.value, document, path)
            findings += validated.findings
            return (validated.model.model_dump(exclude_unset=True) if validated.model else {}), path
    return {}, ()


def _not_acted_on(document: Document) -> list[Finding]:
    """Return a note for every section that is read and kept but changes nothing in this version."""
    written: list[KeyPath] = [(key,) for key in _NOT_ACTED_ON if document.value((key,))]
    quality = ("data_quality", "monitoring"), ("data_quality", "alerts")
    written += [path for path in quality if document.value(path)]
    return [
        document.finding(
            path,
            "element-unexecuted",
            _USED_IN_PART.get(str(path[-1]), f"'{path[-1]}' changes no load in this version"),
            "A policy may ask for it." if path[-1] in _ASKED_BY_POLICY else "It is kept in the contract.",
            Severity.INFO,
        )
        for path in written
    ]


def _objects(declared: list[DeclaredObject], document: Document, findings: list[Finding]) -> tuple[SchemaObject, ...]:
    problems = check_objects(declared, document)
    findings += problems
    if errors(problems):
        return ()
    typed = list(map(_typed, declared))
    tables = (_object(each, document, typed, findings) for each in typed)
    return tuple(replace(table, elements=elements(whole)) for table, whole in zip(tables, declared, strict=True))


def _typed(declared: DeclaredObject) -> DeclaredObject:
    """Return a table without the columns whose type is wrong, and the rules about them: of these enough is said."""
    columns = tuple(column for column in declared.columns if column.type is not None)
    left = {column.name for column in declared.columns} - {column.name for column in columns}
    rules = tuple(rule for rule in declared.rules if rule.column not in left)
    return replace(declared, columns=columns, rules=rules)


def _object(
    declared: DeclaredObject, document: Document, contract: list[DeclaredObject], findings: list[Finding]
) -> SchemaObject:
    rules = table_rules(declared, document, contract, f"{slug(declared.name)}__" if len(contract) > 1 else "")
    findings += rules.findings
    for part, column in columns_and_parts(declared.columns):
        findings += check_examples(column, part, document)
    positions = key_positions(declared.columns)
    return SchemaObject(
        name=declared.name,
        source_object=declared.source_object,
        description=declared.description,
        columns=tuple(
            _column(each, each.type, positions, document) for each in declared.columns if each.type is not None
        ),
        rules=rules.executed,
        unexecuted_rules=rules.unexecuted,
        metric_rules=rules.metrics,
        partition_by=declared.partition_by,
        id=declared.id,
        physical_name=declared.physical_name,
        origin=_origin(document, declared.path),
    )


def _column(column: DeclaredColumn, type_: FieldType, positions: Mapping[str, int], document: Document) -> Column:
    return Column(
        name=column.name,
        source_name=column.source_name,
        type=settled(type_),
        required=column.required or column.primary_key,
        primary_key_position=positions.get(column.name),
        description=column.description,
        classification=classification_of(column),
        tags=column.tags,
        origin=_origin(document, column.path),
        is_critical=column.is_critical,
        made_from=column.made_from,
        made_by=column.made_by,
    )


def _origin(document: Document, path: KeyPath) -> Origin:
    return Origin(document.file, document.line(path), Authority.TENANT)
