"""JSON text to nested arrays one cell at a time: the exact way, for batches that hold something unusual."""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from dativo_core.contract.misfits import Misfit
from dativo_core.odcs.types import ELEMENT, KEY, VALUE, FieldType, TypeKind

_TAKES_NUMBERS = frozenset({TypeKind.INT, TypeKind.LONG, TypeKind.FLOAT, TypeKind.DOUBLE, TypeKind.DECIMAL})
_TAKES_NUMBERS |= {TypeKind.BOOLEAN, TypeKind.STRING}
_SHOWN_PROBLEM = 80


class Number(str):
    """A number as it is written."""

    __slots__ = ()


def read_rows(text: pa.StringArray, field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    """Return the values in the shape of a nested type, their innermost parts as text, and what does not fit."""
    values: list[Any] = []
    problems: list[str | None] = []
    for cell in text.to_pylist():
        value, problem = parse_cell(cell)
        values.append(value)
        problems.append(problem)
    array, misfits = _build(values, field_type)
    complaints = pa.array(problems, pa.string())
    if complaints.null_count < len(complaints):
        misfits = [Misfit(complaints.is_valid(), complaints, text), *misfits]
    return array, misfits


def parse_cell(cell: str | None) -> tuple[Any, str | None]:
    """Return the value of one cell, numbers as written, or why there is none."""
    if cell is None:
        return None, None
    try:
        value = json.loads(
            cell,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_constant,
            object_pairs_hook=_members,
        )
        _dump(value).encode()
    except UnicodeEncodeError:
        return None, "is not JSON: it holds half of a surrogate pair"
    except RecursionError:
        return None, "is not JSON that can be read: it is nested too deep"
    except json.JSONDecodeError as error:
        return None, f"is not JSON: {error.msg} at character {error.pos + 1}"
    except ValueError as error:
        return None, str(error)[:_SHOWN_PROBLEM]
    return value, None


def _no_constant(word: str) -> Any:
    message = f"is not JSON: it holds {word}"
    raise ValueError(message)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        message = "has a member twice in one object"
        raise ValueError(message)
    return members


def _build(values: Sequence[Any], field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    if field_type.kind is TypeKind.STRUCT:
        return _structs(values, field_type)
    if field_type.kind is TypeKind.LIST:
        return _lists(values, field_type)
    if field_type.kind is TypeKind.MAP:
        return _maps(values, field_type)
    return _texts(values, field_type)


def _structs(values: Sequence[Any], field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    objects, misfits = _of_kind(values, dict, "an object")
    known = [member.delivered_name for member in field_type.members]
    children: list[pa.Array] = []
    for name, member in zip(known, field_type.members, strict=True):
        child, problems = _build([each.get(name) if each is not None else None for each in objects], member.type)
        children.append(child)
        misfits += [problem.below(member.name) for problem in problems]
    unknown = [
        next((name for name, value in (each or {}).items() if value is not None and name not in known), None)
        for each in objects
    ]
    complaints = [f"has the unknown member {name!r}" if name is not None else None for name in unknown]
    if any(complaints):
        told = pa.array(complaints, pa.string())
        misfits.append(Misfit(told.is_valid(), told))
    is_null = pa.array([each is None for each in objects], pa.bool_())
    fields = [pa.field(name, child.type) for name, child in zip(known, children, strict=True)]
    return pa.StructArray.from_arrays(children, fields=fields, mask=is_null), misfits


def _lists(values: Sequence[Any], field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    lists, misfits = _of_kind(values, list, "an array")
    elements, problems = _build([item for each in lists for item in each or ()], field_type.members[0].type)
    offsets, parents, is_null = _layout(lists)
    misfits += [problem.folded(ELEMENT, parents, len(lists)) for problem in problems]
    return pa.ListArray.from_arrays(offsets, elements, mask=is_null), misfits


def _maps(values: Sequence[Any], field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    objects, misfits = _of_kind(values, dict, "an object")
    key, value = field_type.members
    keys, key_problems = _build([name for each in objects for name in each or ()], key.type)
    items, item_problems = _build([item for each in objects for item in (each or {}).values()], value.type)
    offsets, parents, is_null = _layout(objects)
    for step, problems in ((KEY, key_problems), (VALUE, item_problems)):
        misfits += [problem.folded(step, parents, len(objects)) for problem in problems]
    return pa.MapArray.from_arrays(offsets, keys, items, mask=is_null), misfits


def _texts(values: Sequence[Any], field_type: FieldType) -> tuple[pa.Array, list[Misfit]]:
    """Return the innermost parts as text; one that is of another kind of JSON than the type allows does not fit."""
    fits = [
        value is None
        or field_type.kind is TypeKind.STRING
        or (not isinstance(value, dict | list) and (_is_text(value) or field_type.kind in _TAKES_NUMBERS))
        for value in values
    ]
    texts = pa.array([None if value is None else _plain(value) for value in values], pa.string())
    if all(fits):
        return texts, []
    mask = pa.array([not each for each in fits], pa.bool_())
    kept = pa.array([text if fit else None for text, fit in zip(texts.to_pylist(), fits, strict=True)], pa.string())
    return kept, [Misfit(mask, f"is no JSON value for a {field_type}", texts)]


def _of_kind(values: Sequence[Any], kind: type, named: str) -> tuple[list[Any], list[Misfit]]:
    """Return the values that are of a kind of JSON, None for the others, and a misfit for these."""
    kept = [value if isinstance(value, kind) else None for value in values]
    mask = pa.array([value is not None and not isinstance(value, kind) for value in values], pa.bool_())
    if not mask.true_count:
        return kept, []
    texts = pa.array([None if value is None else _dump(value) for value in values], pa.string())
    return kept, [Misfit(mask, f"is not {named}", texts)]


def _layout(groups: Sequence[Any]) -> tuple[pa.Int32Array, pa.Int64Array, pa.BooleanArray]:
    """Return offsets of the groups' elements, the number of each element's group, and which groups are null."""
    lengths = [0 if each is None else len(each) for each in groups]
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    parents = [number for number, length in enumerate(lengths) for _ in range(length)]
    is_null = pa.array([each is None for each in groups], pa.bool_())
    return pa.array(offsets, pa.int32()), pa.array(parents, pa.int64()), is_null


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, str) else _dump(value)


def _dump(value: Any) -> str:
    """Return a value as JSON without blanks, numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_dump(name)}:{_dump(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
