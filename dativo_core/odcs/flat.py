"""Contracts in the flat dialect: from the shape of the file to what it declares."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.date_format import read_date_format
from dativo_core.odcs.declared import DeclaredColumn, DeclaredObject, DeclaredRule
from dativo_core.odcs.flat_model import FlatColumn, FlatContract, FlatItem
from dativo_core.odcs.library import DUPLICATES
from dativo_core.odcs.loss_policy import stringified, with_policy
from dativo_core.odcs.nested_columns import ELEMENT_NAME, SHAPES, type_of_members
from dativo_core.odcs.nested_types import size_options
from dativo_core.odcs.own_engine import own_words
from dativo_core.odcs.resolve_type import flat_type
from dativo_core.odcs.thresholds import Operator
from dativo_core.odcs.types import FieldType, TypeKind, TypeProblem
from dativo_core.workspace.document import Document, KeyPath

EXPECTATIONS = {
    "not_null": "nullcheck",
    "unique": "unique",
    "accepted_values": "validvalues",
    "between": "between",
    "matches": "pattern",
    "row_count": "rowcount",
    "freshness": "freshness",
}
"""The short forms and the library rules they stand for."""

NAMES = ("rule", "type", "expectation")
"""The keys that may name the rule, the first that is written counts."""

_TEXTS = ("name", "description", "severity", "unit", "method", "query")
ARGUMENTS = {
    "values": "validvalues",
    "accepted_values": "validvalues",
    "validvalues": "validvalues",
    "missing_values": "missingvalues",
    "regex": "pattern",
}
"""The arguments that have other names here, in lower case."""

RANGES = {"min": Operator.GREATER_OR_EQUAL_TO, "max": Operator.LESS_OR_EQUAL_TO}
"""Bounds of a row count or an age, in the words of the short forms."""

_RULE_KEYS = frozenset(
    {
        *NAMES,
        *_TEXTS,
        *("column", "columns", "arguments", "customproperties", "tags", "authoritativedefinitions"),
        *("dimension", "businessimpact", "engine", "implementation", "schedule", "scheduler"),
    }
)
"""The keys of an expectation that are no arguments, in lower case."""

MEASURED = frozenset({"rowcount", "freshness"})
_DATES = frozenset({TypeKind.DATE, TypeKind.TIME, TypeKind.TIMESTAMP, TypeKind.TIMESTAMPTZ})


def contract_id(contract: FlatContract) -> str:
    """Return the identity of a contract; where none is written it follows from domain, name and version."""
    name = "\0".join((contract.domain or "", contract.name, contract.version))
    return contract.id or str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:dativo:contract:{name}"))


def declared_object(contract: FlatContract, document: Document) -> tuple[DeclaredObject, list[Finding]]:
    """Return what the one table of a contract declares."""
    findings: list[Finding] = []
    columns = [_column(each, document, ("schema", index), findings) for index, each in enumerate(contract.columns)]
    written = (contract.data_quality.expectations if contract.data_quality else None) or ()
    rules = [
        rule
        for index, each in enumerate(written)
        for rule in _rules(each, document, ("data_quality", "expectations", index), findings)
    ]
    declared = DeclaredObject(
        path=("schema",),
        name=contract.name,
        source_object=contract.object,
        description=(contract.description.purpose if contract.description else None) or "",
        columns=tuple(columns),
        rules=tuple(rules),
        partition_by=(contract.target.partitioning if contract.target else None) or (),
        physical_name=contract.object,
    )
    return declared, findings


def _column(column: FlatItem, document: Document, path: KeyPath, findings: list[Finding]) -> DeclaredColumn:
    name = column.name if isinstance(column, FlatColumn) else ELEMENT_NAME
    members = _members(column, document, path, findings)
    return DeclaredColumn(
        path=path,
        name=name,
        source_name=name,
        type=with_policy(_type(column, members, document, path, findings), column.on_loss),
        options=size_options(column.type),
        options_path=path,
        type_options=size_options(column.type),
        required=column.required,
        unique=column.unique,
        primary_key=column.primary_key,
        primary_key_path=(*path, "primary_key"),
        description=column.description or "",
        classification=column.classification,
        tags=column.tags or (),
        members=members,
    )


def _members(
    column: FlatItem, document: Document, path: KeyPath, findings: list[Finding]
) -> tuple[DeclaredColumn, ...]:
    if column.properties:
        return tuple(
            _column(each, document, (*path, "properties", index), findings)
            for index, each in enumerate(column.properties)
        )
    return (_column(column.items, document, (*path, "items"), findings),) if column.items is not None else ()


def _type(
    column: FlatItem, members: tuple[DeclaredColumn, ...], document: Document, path: KeyPath, findings: list[Finding]
) -> FieldType | None:
    word = column.type.strip().lower()
    if members:
        kind, key, wanted = (
            (TypeKind.STRUCT, "properties", "object") if column.properties else (TypeKind.LIST, "items", "array")
        )
        if word == wanted and not (column.properties and column.items is not None):
            return type_of_members(kind, members)
        message, hint = f"'{key}' belongs to the type {wanted}", f"Write type: {wanted}, or remove '{key}'."
        findings.append(document.finding((*path, key), "type-conflict", message, hint))
        return None
    if word in SHAPES:
        code, key, what = SHAPES[word]
        message, hint = f"an {word} without {key} is stored as JSON text", f"Add {key} with {what}."
        findings.append(document.finding((*path, "type"), code, message, hint, Severity.WARNING))
    return _plain_type(column, document, path, findings)


def _plain_type(column: FlatItem, document: Document, path: KeyPath, findings: list[Finding]) -> FieldType | None:
    type_ = stringified(flat_type(column.type), column.on_loss)
    if isinstance(type_, TypeProblem):
        findings.append(document.finding((*path, "type"), type_.code, type_.message, type_.hint))
        return None
    if column.format is not None and not _is_iso(column.format, type_):
        message = f"the format '{column.format}' is not applied to {type_} values; they are read in ISO 8601 form"
        hint = "Remove it, and expect rows written otherwise to be rejected."
        findings.append(document.finding((*path, "format"), "option-date-format", message, hint, Severity.WARNING))
    return type_


def _is_iso(form: str, type_: FieldType) -> bool:
    try:
        return type_.kind in _DATES and read_date_format(form).is_iso
    except ValueError:
        return False


def _rules(each: Mapping[str, Any], document: Document, path: KeyPath, findings: list[Finding]) -> list[DeclaredRule]:
    """Return one rule per column of an expectation: `{type: not_null, column: id}` or `not_null: id`."""
    written, places = _of_own_engine(*_spread(each, path))
    name_key = next((key for key in NAMES if isinstance(written.get(key), str)), None)
    if name_key is None:
        hint = f"Write {{type: NAME, column: COLUMN}} with one of: {', '.join(EXPECTATIONS)}."
        findings.append(document.finding(path, "rule-unknown", "the expectation names no rule", hint))
        return []
    findings += _check_texts(written, places, document)
    word = written[name_key].lower()
    kind = EXPECTATIONS.get(word, word)
    columns = written.get("columns", written.get("column"))
    arguments, argument_paths = _arguments(written, places)
    rule = DeclaredRule(
        path=path,
        kind=kind,
        column=None,
        arguments=arguments,
        argument_paths=argument_paths,
        asked=frozenset(name for name, place in argument_paths.items() if _is_argument(name, place, kind)),
        name=_text(written.get("name")),
        description=_text(written.get("description")) or _text(written.get("query")) or "",
        severity=_text(written.get("severity")),
        operators=_operators(kind, written),
        unit=_text(written.get("unit")),
        method=_text(written.get("method")),
        query=_text(written.get("query")),
        dimension=_text(written.get("dimension")),
        business_impact=_text(written.get("businessImpact")),
        engine=_text(written.get("engine")),
        schedule=_text(written.get("schedule")),
        scheduler=_text(written.get("scheduler")),
    )
    names = columns if isinstance(columns, list) else [columns]
    if rule.kind in DUPLICATES and len(names) > 1:
        return [replace(rule, arguments={**arguments, "properties": names})]
    return [_for_column(rule, _text(name)) for name in names]


def _check_texts(written: Mapping[str, Any], places: Mapping[str, KeyPath], document: Document) -> list[Finding]:
    """Return what is said about a rule in anything but text."""
    return [
        document.finding(places[key], "wrong-type", "expected text", "Put quotes around it, or write text.")
        for key in _TEXTS
        if written.get(key) is not None and not isinstance(written[key], str)
    ]


def _arguments(written: Mapping[str, Any], places: Mapping[str, KeyPath]) -> tuple[dict[str, Any], dict[str, KeyPath]]:
    """Return the arguments by lower-case name: of the rule itself, else of `arguments`, else of its custom properties."""
    given = [(key, value, places[key]) for key, value in written.items()]
    inner, custom = written.get("arguments"), written.get("customProperties")
    for key, value in inner.items() if isinstance(inner, Mapping) else ():
        given.append((key, value, (*places["arguments"], key)))
    for at, each in enumerate(custom if isinstance(custom, list) else ()):
        if isinstance(each, Mapping) and isinstance(each.get("property"), str):
            given.append((each["property"], each.get("value"), (*places["customProperties"], at, "value")))
    arguments: dict[str, Any] = {}
    argument_paths: dict[str, KeyPath] = {}
    for key, value, path in given:
        name = ARGUMENTS.get(key.lower(), key.lower())
        if value is not None and name not in arguments:
            arguments[name], argument_paths[name] = value, path
    return arguments, argument_paths


def _is_argument(name: str, place: KeyPath, kind: str) -> bool:
    """Whether something written in a rule is an argument of it, and says nothing else."""
    if "customProperties" in place:
        return False
    is_own = place[-2] != "arguments"
    return not is_own or not (name in _RULE_KEYS or name.startswith("must") or (kind in MEASURED and name in RANGES))


def _operators(kind: str, written: Mapping[str, Any]) -> dict[str, Any]:
    operators = {key: value for key, value in written.items() if key.startswith("must")}
    if kind in MEASURED:
        operators |= {operator.value: written[key] for key, operator in RANGES.items() if key in written}
    return operators


def _spread(each: Mapping[str, Any], path: KeyPath) -> tuple[dict[str, Any], dict[str, KeyPath]]:
    """Return `not_null: id` and `between: {column: x, min: 0}` as `{type: …, column: …}`, and where each key stands."""
    places: dict[str, KeyPath] = {key: (*path, key) for key in each}
    short = next((key for key in each if key in EXPECTATIONS), None)
    if short is None or any(key in each for key in NAMES):
        return dict(each), places
    inner = each[short]
    rest = {key: value for key, value in each.items() if key != short}
    places |= {"type": (*path, short), "column": (*path, short)}
    if isinstance(inner, Mapping):
        places |= {key: (*path, short, key) for key in inner}
        return {"type": short, **rest, **inner}, places
    return {"type": short, "column": inner, **rest}, places


def _of_own_engine(written: dict[str, Any], places: dict[str, KeyPath]) -> tuple[dict[str, Any], dict[str, KeyPath]]:
    """Return what a custom rule of our own engine stands for, and where each key stands; any other as it is."""
    own = own_words(written)
    if own is None:
        return written, places
    return own, {key: places.get(key, (*places["implementation"], key)) for key in own}


def _for_column(rule: DeclaredRule, column: str | None) -> DeclaredRule:
    name = f"{rule.name} {column}" if rule.name and column and "columns" in rule.arguments else rule.name
    return replace(rule, column=column, name=name)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
