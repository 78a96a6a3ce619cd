"""Types of ODCS 3.1 and 3.2 as v3.0.2 says them: points in time, maps, vectors, and bounds that exclude themselves."""

from typing import Any

from dativo_core.model.finding import Severity
from dativo_core.odcs.newer_parts import Notes
from dativo_core.odcs.resolve_type import physical_type
from dativo_core.odcs.timezone import PROPERTY
from dativo_core.odcs.types import FieldType, TypeKind, TypeProblem
from dativo_core.workspace.tree import Node, made, plain

_TIMES = {"date": "date", "time": "time", "timestamp": "timestamp"}
_PLAIN = {"string": "string", "integer": "bigint", "number": "double", "boolean": "boolean", **_TIMES}
_ELEMENTS = {"float": "real", "float32": "real", "float64": "double", "int8": "int", "uint8": "int"}
_UTC = ("Etc/UTC", "UTC", "Z")


def older_type(entries: dict[str, Node], notes: Notes) -> None:
    """Rewrite type and options of a property in place."""
    _bounds(entries)
    logical = entries.get("logicalType")
    if logical is None or not isinstance(logical.value, str):
        return
    if logical.value in _TIMES:
        _moment(entries, logical, notes)
    elif logical.value == "map":
        _map(entries, logical, notes)
    elif logical.value == "vector":
        _vector(entries, logical, notes)


def _moment(entries: dict[str, Node], logical: Node, notes: Notes) -> None:
    """Say by the physical type what only `date` has a word for in v3.0.2."""
    options = _options(entries)
    zone, default = options.pop("timezone", None), options.pop("defaultTimezone", None)
    _put_options(entries, options)
    word = "timestamptz" if logical.value == "timestamp" and zone is not None and zone.value is True else logical.value
    physical = entries.get("physicalType")
    problem = physical_type(physical.value).type if physical is not None and isinstance(physical.value, str) else None
    if isinstance(problem, TypeProblem) and physical is not None:
        hint = f"logicalType {logical.value} is used. {problem.hint}"
        notes.add(physical, problem.code, problem.message, hint)
    if physical is None or isinstance(problem, TypeProblem):
        entries["physicalType"] = Node(word, (physical or logical).path)
    entries["logicalType"] = Node("date", logical.path)
    if default is not None:
        _default_zone(entries, default, notes)


def _default_zone(entries: dict[str, Node], default: Node, notes: Notes) -> None:
    """Say in which zone values without an offset are read, if these are instants."""
    physical = entries["physicalType"].value
    type_ = physical_type(physical).type if isinstance(physical, str) else None
    if isinstance(type_, FieldType) and type_.kind is TypeKind.TIMESTAMPTZ:
        custom, told = entries.get("customProperties"), {"property": PROPERTY, "value": default}
        entries["customProperties"] = Node([*(custom.items if custom else ()), made(told, default.path)])
    elif plain(default) not in _UTC:
        notes.lossy(default, "defaultTimezone")


def _map(entries: dict[str, Node], logical: Node, notes: Notes) -> None:
    text = _type_text(Node(entries))
    if text is None:
        message, hint = "no type follows for the keys or the values", "Give each a logicalType, or a physicalType."
        notes.add(logical, "type-unresolved", message, hint, Severity.ERROR)
    for key in ("key", "value"):
        part = entries.pop(key, None)
        for name, node in (part.entries if part is not None else {}).items():
            if name not in {"logicalType", "physicalType", "items", "properties", "key", "value", "id"}:
                notes.lossy(node, name)
    entries["logicalType"] = Node("object", logical.path)
    entries["physicalType"] = Node(text or "map<string, string>", logical.path)


def _vector(entries: dict[str, Node], logical: Node, notes: Notes) -> None:
    options = _options(entries)
    said = {key: options.pop(key, entries.pop(key, None)) for key in ("dimensions", "elementType", "distanceMetric")}
    element = str(plain(said["elementType"])) if said["elementType"] is not None else "float32"
    if element not in _ELEMENTS:
        hint = f"Use one of: {', '.join(_ELEMENTS)}."
        notes.add(logical, "type-unresolved", f"vectors of {element} cannot be stored", hint, Severity.ERROR)
    if said["distanceMetric"] is not None:
        notes.lossy(said["distanceMetric"], "distanceMetric")
    if said["dimensions"] is not None:
        options["minItems"] = options["maxItems"] = said["dimensions"]
    _put_options(entries, options)
    entries["logicalType"] = Node("array", logical.path)
    entries["physicalType"] = Node(f"list<{_ELEMENTS.get(element, 'real')}>", logical.path)


def _type_text(node: Node) -> str | None:
    """Return the type of a property or of a part of one as a physical type; None when none follows."""
    logical, written = (plain(each) if (each := node.get(key)) else None for key in ("logicalType", "physicalType"))
    if logical == "map":
        parts = [_type_text(each) if (each := node.get(key)) else None for key in ("key", "value")]
        return f"map<{parts[0]}, {parts[1]}>" if all(parts) else None
    if logical == "array" and (items := node.get("items")):
        element = _type_text(items)
        return f"list<{element}>" if element else None
    if logical == "object" and (properties := node.get("properties")):
        members = {plain(each).get("name"): _type_text(each) for each in properties.items}
        is_told = all(members.values())
        return f"struct<{', '.join(f'{name}: {type_}' for name, type_ in members.items())}>" if is_told else None
    if isinstance(written, str) and not isinstance(physical_type(written), TypeProblem):
        return written
    return _PLAIN.get(str(logical))


def _bounds(entries: dict[str, Node]) -> None:
    """A bound that excludes itself becomes a bound and a flag; of two bounds the tighter one is kept."""
    options = _options(entries)
    for exclusive, inclusive, is_lower in (
        ("exclusiveMinimum", "minimum", True),
        ("exclusiveMaximum", "maximum", False),
    ):
        bound, other = options.get(exclusive), options.get(inclusive)
        if bound is None or isinstance(bound.value, bool):
            continue
        if other is None or _is_tighter(bound.value, other.value, is_lower):
            options[inclusive], options[exclusive] = bound, made(True, bound.path)
        else:
            del options[exclusive]
    _put_options(entries, options)


def _is_tighter(bound: Any, other: Any, is_lower: bool) -> bool:
    try:
        return bool(bound >= other if is_lower else bound <= other)
    except TypeError:
        return False


def _options(entries: dict[str, Node]) -> dict[str, Node]:
    options = entries.get("logicalTypeOptions")
    return options.entries if options is not None else {}


def _put_options(entries: dict[str, Node], options: dict[str, Node]) -> None:
    there = entries.get("logicalTypeOptions")
    if there is None and options:
        entries["logicalTypeOptions"] = Node(options, next(iter(options.values())).path)
    elif there is not None and isinstance(there.value, dict):
        entries["logicalTypeOptions"] = Node(options, there.path)
