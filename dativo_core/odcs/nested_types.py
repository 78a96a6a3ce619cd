"""Nested types as databases write them: `bigint[]`, `ARRAY<T>`, `STRUCT<a: int>`, `ROW(a int)`, `MAP<k, v>`, `vector(3)`."""

import re
from collections.abc import Callable

from dativo_core.odcs.types import NESTED, FieldType, Member, TypeKind, TypeProblem, list_of, map_of, struct_of

ReadType = Callable[[str], FieldType | TypeProblem]

MAX_DEPTH = 32
"""How deep types may be nested; Parquet and Iceberg know no limit, engines that read them do."""

_WORDS = {"array": "list", "list": "list", "map": "map", "struct": "struct", "row": "struct", "record": "struct"}
_SHAPE = re.compile(r"(?P<word>[A-Za-z]+)\s*(?:<(?P<angled>.*)>|\((?P<round>.*)\))\s*\Z", re.DOTALL)
_ELEMENTS = re.compile(r"(?P<element>.+?)\s*\[\s*\d*\s*\]\s*\Z", re.DOTALL)
_VECTOR = re.compile(r"vector\s*(?:\(\s*(?P<size>\d+)\s*\))?\s*\Z", re.IGNORECASE)
_MEMBER = re.compile(
    r"(?P<quote>[`\"]?)(?P<name>\w+)(?P=quote)\s*(?::|\s)\s*(?P<type>.+?)(?P<required>\s+not\s+null)?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_OPENING, _CLOSING = "<([", ">)]"


def nested_type(text: str, read: ReadType, depth: int = 0) -> FieldType | TypeProblem | None:
    """Return the nested type a text spells, whose innermost types `read` reads; None when it spells no nested type."""
    text = _with_single_blanks(text)
    if depth > MAX_DEPTH:
        return TypeProblem(
            "type-unresolved", f"the type is nested more than {MAX_DEPTH} deep", "Store it as JSON text."
        )
    if _VECTOR.match(text):
        return list_of(FieldType(TypeKind.FLOAT))
    elements = _ELEMENTS.match(text)
    if elements:
        return _list([elements["element"]], read, depth)
    shape = _SHAPE.match(text)
    word = _WORDS.get(shape["word"].lower()) if shape else None
    if shape is None or word is None:
        return None
    parts = _split(shape["angled"] if shape["angled"] is not None else shape["round"])
    if parts is None or not all(parts):
        return _unparsed(text)
    return {"list": _list, "map": _map, "struct": _struct}[word](parts, read, depth)


def size_options(text: str) -> dict[str, int]:
    """Return the options that say what the type `vector(3)` says beyond its elements: how many there are."""
    vector = _VECTOR.match(_with_single_blanks(text))
    size = vector["size"] if vector else None
    return {} if size is None else {"minItems": int(size), "maxItems": int(size)}


def _with_single_blanks(text: str) -> str:
    """Return what means the same; the patterns would look at every part of a run of blanks."""
    return " ".join(text.split())


def _list(parts: list[str], read: ReadType, depth: int) -> FieldType | TypeProblem:
    if len(parts) != 1:
        return _unparsed(", ".join(parts))
    element = _part(parts[0], read, depth)
    return element if isinstance(element, TypeProblem) else list_of(element)


def _map(parts: list[str], read: ReadType, depth: int) -> FieldType | TypeProblem:
    if len(parts) != 2:
        return _unparsed(", ".join(parts))
    key, value = (_part(part, read, depth) for part in parts)
    if isinstance(key, TypeProblem) or isinstance(value, TypeProblem):
        return key if isinstance(key, TypeProblem) else value
    if key.kind in NESTED:
        return TypeProblem("type-unresolved", f"keys of type {key} cannot be stored", "Use keys of a plain type.")
    return map_of(key, value)


def _struct(parts: list[str], read: ReadType, depth: int) -> FieldType | TypeProblem:
    members: list[Member] = []
    for part in parts:
        match = _MEMBER.match(part)
        if match is None:
            return _unparsed(part)
        type_ = _part(match["type"], read, depth)
        if isinstance(type_, TypeProblem):
            return type_
        members.append(Member(match["name"], type_, required=match["required"] is not None))
    names = {member.name.lower() for member in members}
    if len(names) < len(members):
        return TypeProblem("type-unresolved", "two members of a struct have one name", "Rename one of them.")
    return struct_of(*members)


def _part(text: str, read: ReadType, depth: int) -> FieldType | TypeProblem:
    nested = nested_type(text, read, depth + 1)
    return read(text) if nested is None else nested


def _split(text: str) -> list[str] | None:
    """Return the parts between commas that stand in no brackets; None when brackets do not match."""
    parts, open_brackets, start = [], "", 0
    for at, character in enumerate(text):
        if character in _OPENING:
            open_brackets += _CLOSING[_OPENING.index(character)]
        elif character in _CLOSING:
            if not open_brackets.endswith(character):
                return None
            open_brackets = open_brackets[:-1]
        elif character == "," and not open_brackets:
            parts.append(text[start:at].strip())
            start = at + 1
    return None if open_brackets else [*parts, text[start:].strip()]


def _unparsed(text: str) -> TypeProblem:
    hint = "Write array<T>, map<K, V> or struct<name: T, name: T>."
    return TypeProblem("type-unparsed", f"the nested type '{text}' is not understood", hint)
