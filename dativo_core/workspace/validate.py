"""A model and a (part of a) document: the typed value, or findings with the line of every wrong key."""

import copy
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from dativo_core.model.finding import Finding, Severity
from dativo_core.workspace.document import KeyPath, Locator, dotted
from dativo_core.workspace.nearest_word import nearest_word
from dativo_core.workspace.secret_places import may_hold_secret
from dativo_core.workspace.torn_text import torn_texts

M = TypeVar("M", bound=BaseModel)

_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "text", dict: "a mapping", list: "a list"}
_EXPECTED = {
    "string_type": ("text", "Put quotes around it."),
    "int_type": ("a whole number", "Write digits without quotes."),
    "float_type": ("a number", "Write digits without quotes."),
    "bool_type": ("true or false", "Write true or false."),
    "bool_parsing": ("true or false", "Write true or false."),
    "tuple_type": ("a list", "Write one item per line, each after '- '."),
    "list_type": ("a list", "Write one item per line, each after '- '."),
    "dict_type": ("a mapping", "Write 'key: value' lines below it."),
    "model_type": ("a mapping", "Write 'key: value' lines below it."),
    "model_attributes_type": ("a mapping", "Write 'key: value' lines below it."),
}
_SINGLE = frozenset({"string_type", "int_type", "float_type", "bool_type", "bool_parsing"})


@dataclass(frozen=True)
class Validated(Generic[M]):
    """A typed value unless it cannot be read, and every problem."""

    model: M | None
    findings: tuple[Finding, ...]


def validate(model: type[M], data: Any, at: Locator, prefix: KeyPath = ()) -> Validated[M]:
    """Read `data`, found at `prefix` of `at`, as `model`; every problem is a finding.

    A number where text is expected is taken as it was spelt: an unquoted `version: 1.10` is the text "1.10". When unknown
    keys are the only problem the model is returned as well, without them, so that what follows can be checked too.
    """
    read, details = _read(model, data)
    if read is not None:
        return Validated(read, ())
    spelt = _misread_texts(details, data, at, prefix)
    if spelt:
        data = copy.deepcopy(data)
        for path in spelt:
            _put(data, path, at.spelling((*prefix, *path)))
        _, details = _read(model, data)
    told = [each for each in details if not _is_misspelt(each, details) and not _is_rest(each, data)]
    findings = tuple(_finding(model, data, detail, at, prefix) for detail in told)
    unknown = [_written(data, detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"]
    if len(unknown) < len(details):
        return Validated(None, findings)
    return Validated(model.model_validate(_without(data, unknown)), findings)


def misread_texts(model: type[BaseModel], data: Any, at: Locator) -> list[KeyPath]:
    """Return the key paths of the unquoted numbers that stand where `model` wants text."""
    _, details = _read(model, data)
    return _misread_texts(details, data, at, ())


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the remedy for a misspelt word: the nearest known one, or all of them."""
    candidates = sorted(known)
    near = nearest_word(word, candidates)
    if near is not None:
        return f"Did you mean '{near}'?"
    return f"Use one of: {', '.join(candidates)}." if candidates else "Remove it."


def unread_keys(value: Any, at: Locator, prefix: KeyPath = ()) -> list[Finding]:
    """Return a warning for every unknown key in the open sections of a validated model."""
    if isinstance(value, tuple):
        return [found for index, item in enumerate(value) for found in unread_keys(item, at, (*prefix, index))]
    if not isinstance(value, BaseModel):
        return []
    known = _known_keys(type(value))
    findings: list[Finding] = []
    if value.model_extra:
        written = [alias for alias, name in known.items() if name in value.model_fields_set]
        findings += [
            at.finding(
                (*prefix, key), "unknown-key", f"unknown key '{key}'", _remedy(key, known, written), Severity.WARNING
            )
            for key in value.model_extra
        ]
    for alias, name in known.items():
        inner = getattr(value, name)
        if isinstance(inner, tuple | BaseModel):
            findings += unread_keys(inner, at, (*prefix, alias))
    return findings


@cache
def _known_keys(model: type[BaseModel]) -> dict[str, str]:
    """Return the name of each field of a model by the key it is read from."""
    return {field.alias or name: name for name, field in model.model_fields.items()}


def _read(model: type[M], data: Any) -> tuple[M | None, list[ErrorDetails]]:
    """Return the model, or what keeps the data from being one."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True, include_input=True)
        # A list whose items are all wrong counts as empty; the items' own problems say it better.
        return None, [detail for detail in found if detail["type"] != "too_short" or not detail["input"]]


def _is_misspelt(missing: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a missing key is there in another spelling, of which an unknown key beside it tells already."""
    if missing["type"] != "missing":
        return False
    *owner, key = missing["loc"]
    beside = [
        str(each["loc"][-1]) for each in details if each["type"] == "extra_forbidden" and [*each["loc"][:-1]] == owner
    ]
    return nearest_word(str(key), beside) is not None


def _is_rest(unknown: ErrorDetails, data: Any) -> bool:
    """Whether an unknown key is the second or a later piece of a torn text, of which the first one tells."""
    if unknown["type"] != "extra_forbidden":
        return False
    *owner, key = _written(data, unknown["loc"])
    return any(key in torn.rest[1:] for torn in torn_texts(_at(data, owner)))


def _at(data: Any, path: Iterable[int | str]) -> Any:
    for part in path:
        data = data[part]
    return data


def _misread_texts(details: list[ErrorDetails], data: Any, at: Locator, prefix: KeyPath) -> list[KeyPath]:
    paths = [_written(data, detail["loc"]) for detail in details if detail["type"] == "string_type"]
    return [path for path in paths if at.spelling((*prefix, *path)) is not None]


def _written(data: Any, loc: tuple[int | str, ...]) -> KeyPath:
    """Return the part of a pydantic location that names keys of the file; it also names branches of unions."""
    path: list[str | int] = []
    for part in loc:
        if isinstance(data, Mapping) and part in data:
            data = data[str(part)]
        elif isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            continue
        path.append(part)
    return tuple(path)


def _put(data: Any, path: KeyPath, value: Any) -> None:
    _at(data, path[:-1])[path[-1]] = value


def _without(data: Any, paths: list[KeyPath]) -> Any:
    if not paths:
        return data
    data = copy.deepcopy(data)
    for path in paths:
        del _at(data, path[:-1])[path[-1]]
    return data


def _finding(model: type[BaseModel], data: Any, detail: ErrorDetails, at: Locator, prefix: KeyPath) -> Finding:
    kind, loc = detail["type"], detail["loc"]
    path = _written(data, loc)
    if kind == "missing":
        owner = _model_at(model, path)
        key = str(loc[-1])
        spelt = _misspelt(key, owner, _at(data, path))
        if spelt is not None:
            return at.finding(
                (*prefix, *path, spelt), "unknown-key", f"unknown key '{spelt}'", f"Did you mean '{key}'?"
            )
        message = f"required key '{key}' is missing"
        return at.finding((*prefix, *path, key), "missing-key", message, _addition(owner, key))
    if kind == "extra_forbidden":
        code, message, hint = _unknown(_model_at(model, path[:-1]), str(path[-1]), _at(data, path[:-1]))
        return at.finding((*prefix, *path), code, message, hint)
    owner = _model_at(model, path[:-1])
    idle = getattr(owner, "idle_values", {}).get(path[-1], frozenset()) if path else frozenset()
    code, message, hint = _wrong_value(detail, (*prefix, *path), idle)
    return at.finding((*prefix, *path), code, message, hint)


def _misspelt(missing: str, owner: type[BaseModel] | None, section: Any) -> str | None:
    """Return the unknown key of an open section that a missing key is written as; None when there is none near it."""
    if owner is None or owner.model_config.get("extra") != "allow" or not isinstance(section, Mapping):
        return None
    known = {info.alias or name for name, info in owner.model_fields.items()}
    unknown = [str(key) for key in section if key not in known]
    return nearest_word(missing, unknown)


def _addition(owner: type[BaseModel] | None, key: str) -> str:
    """Return the remedy for a missing key: what it means, where its model says it."""
    for name, info in (owner.model_fields if owner else {}).items():
        if key in (name, info.alias) and info.description:
            return f"Add it: {info.description}."
    return f"Add '{key}'."


def _unknown(owner: type[BaseModel] | None, key: str, section: Any) -> tuple[str, str, str]:
    torn = next((each for each in torn_texts(section) if key in each.rest), None)
    if torn is not None:
        hint = f'Put it in quotes: {torn.key}: "{torn.text}".'
        return "unknown-key", f"'{key}' is cut off from the value of '{torn.key}'", hint
    if key in getattr(owner, "not_implemented", ()):
        return "not-implemented", f"'{key}' is not implemented in this version", "Remove the key."
    newer = getattr(owner, "newer", {})
    if key in newer:
        hint = f"Write apiVersion: {newer[key]}, or remove the key."
        return "unknown-key", f"'{key}' needs apiVersion {newer[key]}", hint
    superseded = getattr(owner, "superseded", {})
    if key in superseded:
        message = f"'{key}' is no longer read"
        return "superseded-key", message, f"Move what is below it to '{superseded[key]}'."
    known = [info.alias or name for name, info in (owner.model_fields if owner else {}).items()]
    return "unknown-key", f"unknown key '{key}'", _remedy(key, known, section)


def _remedy(key: str, known: Iterable[str], written: Container[str]) -> str:
    """Return the remedy for an unknown key; one that is written already is not what it stands for."""
    candidates = sorted(known)
    near = nearest_word(key, candidates)
    return (
        f"Remove it; '{near}' is there too." if near is not None and near in written else did_you_mean(key, candidates)
    )


def _wrong_value(detail: ErrorDetails, path: KeyPath, idle: Container[str]) -> tuple[str, str, str]:
    """Return code, message and hint of a value; no hint names one of the `idle`, which are known and not implemented."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _EXPECTED:
        expected, hint = _EXPECTED[kind]
        found = _KINDS.get(type(detail["input"]), "nothing")
        if found == "nothing":
            hint = "Fill it in."
        elif kind in _SINGLE and isinstance(detail["input"], list | dict):
            hint = f"Write one value, not {found}."
        return "wrong-type", f"expected {expected}, found {found}", hint
    shown = _shown(detail["input"], path)
    if kind in {"literal_error", "enum"}:
        allowed = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        useful = [word for word in allowed if word not in idle]
        if not isinstance(detail["input"], str | int | float):
            found = _KINDS.get(type(detail["input"]), "an empty value")
            return "not-allowed", f"{found} is not allowed here", did_you_mean("", useful)
        return "not-allowed", f"{shown} is not allowed here", did_you_mean(str(detail["input"]), useful)
    if kind == "greater_than_equal":
        return "out-of-range", f"{shown} is too small", f"Use {context['ge']} or more."
    if kind == "greater_than":
        return "out-of-range", f"{shown} is too small", f"Use more than {context['gt']:g}."
    if kind == "less_than_equal":
        return "out-of-range", f"{shown} is too large", f"Use {context['le']} or less."
    if kind in {"string_too_short", "too_short"}:
        return "empty-value", "the value is empty", "Fill it in, or remove the key."
    message = detail["msg"].removeprefix("Value error, ")
    return "wrong-value", message, f"Change the value of '{dotted(_key_and_index(path))}'."


def _key_and_index(path: KeyPath) -> KeyPath:
    """Return the last key of a path, with the places in the list that it holds."""
    last = max((at for at, part in enumerate(path) if isinstance(part, str)), default=0)
    return path[last:]


def _shown(value: Any, path: KeyPath) -> str:
    """Return a value as a message may show it; places that can hold secrets show none."""
    if may_hold_secret(path):
        return "the value"
    text = str(value)
    return f"'{text if len(text) <= 60 else text[:57] + '...'}'"


def _model_at(model: type[BaseModel], path: KeyPath) -> type[BaseModel] | None:
    """Return the model that the mapping at `path` is read as; None where the format is open."""
    annotation: Any = model
    for part in path:
        inner = _model_in(annotation)
        if isinstance(part, int):
            annotation = next((arg for arg in _flat(annotation) if arg is not Ellipsis), None)
        elif inner is not None:
            fields = {info.alias or name: info.annotation for name, info in inner.model_fields.items()}
            annotation = fields.get(part)
        else:
            annotation = next(reversed(_flat(annotation)), None)
    return _model_in(annotation)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    options = _options(annotation)
    return next((each for each in options if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _options(annotation: Any) -> tuple[Any, ...]:
    """Return the alternatives of an optional or annotated type."""
    if hasattr(annotation, "__metadata__"):
        return _options(annotation.__origin__)
    if get_origin(annotation) in (Union, UnionType):
        return tuple(option for arg in get_args(annotation) for option in _options(arg))
    return (annotation,)


def _flat(annotation: Any) -> list[Any]:
    """Return the type arguments of the container among the alternatives."""
    return [arg for option in _options(annotation) for arg in get_args(option)]
