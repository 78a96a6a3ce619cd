"""Contracts in ODCS v3.0.x: from the shape of the file to what it declares."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dativo_core.model.finding import Finding, Severity, errors
from dativo_core.odcs.about import owners
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject, DeclaredRule
from dativo_core.odcs.loss_policy import PROPERTY, is_misspelt_policy, stringified, with_policy
from dativo_core.odcs.nested_columns import ELEMENT_NAME, SHAPES, type_of_members
from dativo_core.odcs.nested_conflicts import conflicts
from dativo_core.odcs.options import date_format, read_options
from dativo_core.odcs.own_engine import own_rule
from dativo_core.odcs.partition_keys import partition_texts
from dativo_core.odcs.resolve_type import FAMILIES, Context, Physical, logical_type, physical_type
from dativo_core.odcs.section_models import CustomProperty
from dativo_core.odcs.standard_model import (
    Item,
    Property,
    QualityRule,
    SchemaObject,
    StandardContract,
)
from dativo_core.odcs.timezone import in_zone
from dativo_core.odcs.type_table import VOCABULARIES, Vocabulary
from dativo_core.odcs.types import ELEMENT, FieldType, OnLoss, TypeKind, TypeProblem, member_path
from dativo_core.workspace.document import Document, KeyPath

_SAID_BY_OPTIONS = frozenset({"date-format-missing", "decimal-unscaled"})
_ARGUMENTS = ("validValues", "missingValues", "properties", "pattern", "min", "max")


def custom_value(properties: Iterable[CustomProperty] | None, name: str) -> Any:
    """Return the value of a custom property; None when it is absent."""
    return next((each.value for each in properties or () if each.property == name), None)


def owner(contract: StandardContract) -> str | None:
    """Return who owns the data: a current team member of role owner, else the custom property `owner`."""
    for name in owners(contract.team or ()):
        return name
    value = custom_value(contract.custom_properties, "owner")
    return value if isinstance(value, str) else None


def declared_objects(contract: StandardContract, document: Document) -> tuple[list[DeclaredObject], list[Finding]]:
    """Return what the tables of a contract declare."""
    findings: list[Finding] = []
    words = vocabulary(contract)
    objects = [
        _object(each, words, document, ("schema", index), findings) for index, each in enumerate(contract.objects or ())
    ]
    return objects, findings


def source_type(contract: StandardContract) -> str | None:
    """Return the connector type the data comes from: the custom property that says so."""
    written = custom_value(contract.custom_properties, "dativoSourceType")
    return written if isinstance(written, str) else None


def vocabulary(contract: StandardContract) -> Vocabulary:
    """Return whose words the physical types are in: those of the servers if they agree, else of the source."""
    servers = {VOCABULARIES.get(each.type.lower()) for each in contract.servers or ()}
    (agreed,) = servers if len(servers) == 1 else (None,)
    return agreed or VOCABULARIES.get((source_type(contract) or "").lower(), Vocabulary.GENERIC)


def _object(
    each: SchemaObject, words: Vocabulary, document: Document, path: KeyPath, findings: list[Finding]
) -> DeclaredObject:
    columns: list[DeclaredColumn] = []
    rules = [_rule(rule, (*path, "quality", index), None) for index, rule in enumerate(each.quality or ())]
    for index, member in enumerate(each.properties or ()):
        place = (*path, "properties", index)
        columns.append(_column(member, words, document, place, findings))
        rules += _quality(member, place, member.name)
    source_object = custom_value(each.custom_properties, "dativoObject")
    return DeclaredObject(
        path=path,
        name=each.name,
        source_object=source_object if isinstance(source_object, str) else each.physical_name or each.name,
        description=each.description or "",
        columns=tuple(columns),
        rules=tuple(rules),
        partition_by=partition_texts(columns),
        id=_id(each),
        physical_name=each.physical_name,
    )


def _id(element: SchemaObject | Property | Item) -> str | None:
    """Return the id that newer versions of the standard give an element."""
    written = custom_value(element.custom_properties, "dativoId")
    return written if isinstance(written, str) else None


def _quality(member: Property | Item, path: KeyPath, named: str) -> list[DeclaredRule]:
    """Return the rules of a property and of its parts, each about the path of its part."""
    rules = [_rule(rule, (*path, "quality", at), named) for at, rule in enumerate(member.quality or ())]
    for index, each in enumerate(member.properties or ()):
        rules += _quality(each, (*path, "properties", index), member_path(named, (each.name,)))
    if member.items is not None:
        rules += _quality(member.items, (*path, "items"), member_path(named, (ELEMENT,)))
    return rules


def _column(
    member: Property | Item, words: Vocabulary, document: Document, path: KeyPath, findings: list[Finding]
) -> DeclaredColumn:
    options_path = (*path, "logicalTypeOptions")
    options, problems = read_options(member.logical_type, member.logical_type_options or {}, document, options_path)
    findings += problems if _has_type(member) else []
    members = _members(member, words, document, path, findings)
    on_loss = _on_loss(member, document, path, findings)
    physical = _physical(member, options, words, on_loss)
    type_options = physical.options if physical else {}
    resolved = _resolve(member, options, members, physical, on_loss)
    findings += [
        document.finding((*path, *place.path), *place.told)
        for place in resolved.problems
        # What an option would have said is not missed where the options are wrong.
        if place.told[0] not in _SAID_BY_OPTIONS or not errors(problems)
    ]
    type_ = in_zone(resolved.type, member.custom_properties, document, path, findings)
    has_position = member.primary_key_position != -1
    name = member.name if isinstance(member, Property) else ELEMENT_NAME
    transform, partition_path = _partition_transform(member, document, path, findings)
    return DeclaredColumn(
        path=path,
        name=name,
        source_name=(member.physical_name if isinstance(member, Property) else None) or name,
        type=with_policy(type_, on_loss),
        options={**type_options, **options},
        options_path=options_path,
        type_options=type_options,
        required=member.required,
        unique=member.unique,
        primary_key=member.primary_key,
        primary_key_path=(*path, "primaryKey"),
        primary_key_position=member.primary_key_position if has_position else None,
        partitioned=member.partitioned,
        partition_position=member.partition_key_position if member.partition_key_position != -1 else None,
        partition_transform=transform,
        partition_path=partition_path,
        description=member.description or "",
        classification=member.classification,
        tags=member.tags or (),
        members=members,
        examples=member.examples or (),
        id=_id(member),
        is_critical=member.critical_data_element,
        made_from=member.transform_source_objects or (),
        made_by=member.transform_description or member.transform_logic or "",
    )


def _has_type(member: Property | Item) -> bool:
    """Whether something says what type a property has; without it there is one finding, that nothing does."""
    return any(
        each is not None for each in (member.logical_type, member.physical_type, member.properties, member.items)
    )


def _members(
    member: Property | Item, words: Vocabulary, document: Document, path: KeyPath, findings: list[Finding]
) -> tuple[DeclaredColumn, ...]:
    """Return the declared parts of a nested column: properties, else the items."""
    if member.properties:
        places = [(*path, "properties", index) for index in range(len(member.properties))]
        return tuple(
            _column(each, words, document, place, findings)
            for each, place in zip(member.properties, places, strict=True)
        )
    return (_column(member.items, words, document, (*path, "items"), findings),) if member.items is not None else ()


def _partition_transform(
    member: Property | Item, document: Document, path: KeyPath, findings: list[Finding]
) -> tuple[str | None, KeyPath]:
    """Return the custom property `dativoPartitionTransform` and where it is; None and `partitioned` without it."""
    for index, each in enumerate(member.custom_properties or ()):
        if each.property != "dativoPartitionTransform":
            continue
        place = (*path, "customProperties", index, "value")
        if isinstance(each.value, str) and each.value.strip():
            return each.value, place
        hint = "Write a transform, such as day, month or bucket[16]."
        findings.append(document.finding(place, "partition-transform", "the partition transform is no text", hint))
    return None, (*path, "partitioned")


def _on_loss(member: Property | Item, document: Document, path: KeyPath, findings: list[Finding]) -> OnLoss | None:
    """Return the loss policy that is declared; None without one.

    One that is misspelt may be any, also stringify, under which no type is wrong.
    """
    for index, each in enumerate(member.custom_properties or ()):
        if each.property != PROPERTY:
            continue
        if each.value in list(OnLoss):
            return OnLoss(each.value)
        message, hint = f"'{each.value}' is no loss policy", f"Write one of: {', '.join(OnLoss)}."
        findings.append(document.finding((*path, "customProperties", index, "value"), "loss-policy", message, hint))
        return OnLoss.STRINGIFY
    names = [each.property or "" for each in member.custom_properties or ()]
    return OnLoss.STRINGIFY if any(map(is_misspelt_policy, names)) else None


def _physical(
    member: Property | Item, options: dict[str, Any], words: Vocabulary, on_loss: OnLoss | None
) -> Physical | None:
    """Return what the physical type says, if there is one."""
    if member.physical_type is None:
        return None
    found = physical_type(member.physical_type, Context(words, member.logical_type, options.get("format")))
    return Physical(stringified(found.type, on_loss), found.options)


@dataclass(frozen=True)
class _Problem:
    """A finding below a property: its key, and code, message, hint and severity."""

    path: KeyPath
    told: tuple[str, str, str, Severity]


@dataclass(frozen=True)
class _Resolved:
    type: FieldType | None
    problems: tuple[_Problem, ...] = ()


def _resolve(
    member: Property | Item,
    options: dict[str, Any],
    members: tuple[DeclaredColumn, ...],
    declared: Physical | None,
    on_loss: OnLoss | None,
) -> _Resolved:
    """Find the one type of a property: its members, else physicalType, else the format option, else logicalType."""
    if isinstance(member, Property) and member.properties is not None and member.logical_type not in {None, "object"}:
        return _Resolved(None, (_misplaced("properties", "object"),))
    if members:
        return _by_members(member, members, declared)
    if declared is None:
        return _by_logical_type(member, options)
    physical = declared.type
    if isinstance(physical, TypeProblem):
        return _unusable_physical_type(member, options, physical)
    is_only_text = on_loss is OnLoss.STRINGIFY and physical.kind is TypeKind.STRING
    if member.logical_type and physical.kind not in FAMILIES[member.logical_type] and not is_only_text:
        message = f"logicalType {member.logical_type} and physicalType {member.physical_type} disagree"
        told = "type-conflict", message, "Correct one of them.", Severity.ERROR
        return _Resolved(None, (_Problem(("physicalType",), told),))
    return _Resolved(physical, _shapeless(member) if physical.kind is TypeKind.STRING else ())


def _by_members(member: Property | Item, members: tuple[DeclaredColumn, ...], declared: Physical | None) -> _Resolved:
    """Return the struct of an object's properties, or the list of an array's items."""
    kind, key, logical = (
        (TypeKind.STRUCT, "properties", "object") if member.properties else (TypeKind.LIST, "items", "array")
    )
    if member.logical_type not in {None, logical} or (member.properties and member.items is not None):
        return _Resolved(None, (_misplaced(key, logical),))
    physical = declared.type if declared else None
    if isinstance(physical, FieldType) and physical.kind not in {kind, TypeKind.STRING}:
        message = f"'{key}' and physicalType {member.physical_type} disagree"
        told = "type-conflict", message, "Correct one of them.", Severity.ERROR
        return _Resolved(None, (_Problem(("physicalType",), told),))
    disagree = conflicts(member, members, physical) if isinstance(physical, FieldType) else []
    problems = [
        _Problem(path, ("type-conflict", said, "Correct one of them.", Severity.ERROR)) for path, said in disagree
    ]
    return _Resolved(None if problems else type_of_members(kind, members), tuple(problems))


def _misplaced(key: str, logical: str) -> _Problem:
    message = f"'{key}' belongs to logicalType {logical}"
    return _Problem((key,), ("type-conflict", message, "Correct one of them.", Severity.ERROR))


def _shapeless(member: Property | Item) -> tuple[_Problem, ...]:
    """Say that objects and arrays of which nothing more is known are stored as JSON text."""
    if member.logical_type not in SHAPES:
        return ()
    code, key, what = SHAPES[member.logical_type]
    message = f"an {member.logical_type} without {key} is stored as JSON text"
    return (_Problem(("logicalType",), (code, message, f"Add {key} with {what}.", Severity.WARNING)),)


def _unusable_physical_type(member: Property | Item, options: dict[str, Any], problem: TypeProblem) -> _Resolved:
    """Fall back to the logical type when the physical one is merely not understood."""
    falls_back = problem.code == "type-unparsed" and member.logical_type is not None
    severity = Severity.WARNING if falls_back else Severity.ERROR
    hint = f"logicalType {member.logical_type} is used. {problem.hint}" if falls_back else problem.hint
    told = _Problem(("physicalType",), (problem.code, problem.message, hint, severity))
    if not falls_back:
        return _Resolved(None, (told,))
    return _Resolved(_by_logical_type(member, options).type, (told,))


def _by_logical_type(member: Property | Item, options: dict[str, Any]) -> _Resolved:
    key: KeyPath = ("logicalType",)
    if member.logical_type is None:
        hint = "Add logicalType, such as string, integer, number, date or boolean."
        told = "type-unresolved", "the property has neither logicalType nor physicalType", hint, Severity.ERROR
        return _Resolved(None, (_Problem(key, told),))
    if member.logical_type == "date":
        described = date_format(options)
        if described is not None:
            return _Resolved(FieldType(described.kind))
        hint = "Add the option format: yyyy-MM-dd, or a physicalType."
        told = "date-format-missing", "without a format the values are instants with a zone", hint, Severity.WARNING
        return _Resolved(FieldType(TypeKind.TIMESTAMPTZ), (_Problem(key, told),))
    if member.logical_type in SHAPES:
        return _Resolved(FieldType(TypeKind.STRING), _shapeless(member))
    resolved = logical_type(member.logical_type, options.get("format"))
    if member.logical_type == "number" and "format" not in options:
        hint = "Add a physicalType such as decimal(10,2), or the option format: f64."
        told = "decimal-unscaled", "a number without precision is stored as double", hint, Severity.WARNING
        return _Resolved(resolved, (_Problem(key, told),))
    return _Resolved(resolved)


def _rule(rule: QualityRule, path: KeyPath, column: str | None) -> DeclaredRule:
    own = own_rule(rule)
    if own is not None:
        rule, path = own, (*path, "implementation")
    arguments, places = _arguments(rule, path)
    written = rule.model_dump(by_alias=True, exclude_unset=True)
    return DeclaredRule(
        path=path,
        kind=(rule.rule or "").lower() if rule.type == "library" else rule.type,
        column=column,
        arguments=arguments,
        argument_paths=places,
        asked=frozenset(name for name, place in places.items() if place[-2] == "arguments" or name == "validvalues"),
        name=rule.name,
        description=rule.description or rule.query or "",
        severity=rule.severity,
        operators={key: value for key, value in written.items() if key.startswith("must")},
        unit=rule.unit,
        method=rule.method,
        query=rule.query,
        dimension=rule.dimension,
        business_impact=rule.business_impact,
        engine=rule.engine,
        schedule=rule.schedule,
        scheduler=rule.scheduler,
    )


def _arguments(rule: QualityRule, path: KeyPath) -> tuple[dict[str, Any], dict[str, KeyPath]]:
    """Return the arguments by lower-case name: from the rule itself, else `arguments`, else its custom properties."""
    arguments: dict[str, Any] = {}
    places: dict[str, KeyPath] = {}

    def add(name: str, value: Any, place: KeyPath) -> None:
        if value is not None and name.lower() not in arguments:
            arguments[name.lower()], places[name.lower()] = value, place

    add("validValues", list(rule.valid_values) if rule.valid_values is not None else None, (*path, "validValues"))
    for name in _ARGUMENTS:
        add(name, (rule.model_extra or {}).get(name), (*path, name))
    for name, value in (rule.arguments or {}).items():
        add(name, value, (*path, "arguments", name))
    for index, each in enumerate(rule.custom_properties or ()):
        add(each.property or "", each.value, (*path, "customProperties", index, "value"))
    return arguments, places
