"""One line of JSON, exactly: numbers as they are written, no key twice, nothing that is not JSON."""

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, NoReturn

MAX_DEPTH = 200
"""Levels of objects and lists in a row; deeper ones are refused, since readers recurse."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}
_WORDS = {list: "a list", str: "a string", bool: "a boolean", type(None): "null"}


class NotARow(ValueError):
    """Why a line is no row: completes a sentence that begins with the line."""


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


def parse_line(text: str) -> dict[str, Any]:
    """Return the members of the object a line holds; numbers are `Number`. Raises NotARow."""
    _require_shallow(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"is not JSON: {error.msg.removesuffix(' at')} at position {error.pos + 1} of the row"
        raise NotARow(message) from error
    if not isinstance(value, dict):
        message = f"is {_WORDS.get(type(value), 'a number')}, not an object"
        raise NotARow(message)
    if _SUSPECT_ESCAPE.search(text):
        _require_characters(value)
    return value


def cell_text(value: Any) -> str | None:
    """Return a value as the text of a cell: a string as it is, a number as it is written, what has parts as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json_text(value)


def json_text(value: Any) -> str:
    """Return a value as JSON without blanks: members in the order they stand, numbers as they are written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        members = [f"{json.dumps(key, ensure_ascii=False)}:{json_text(each)}" for key, each in value.items()]
        return f"{{{','.join(members)}}}"
    if isinstance(value, list):
        return f"[{','.join([json_text(each) for each in value])}]"
    return json.dumps(value, ensure_ascii=False)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        message = f"has the key {twice!r} twice in one object"
        raise NotARow(message)
    return members


def _refuse_constant(word: str) -> NoReturn:
    message = f"is not JSON: {word} is no number of it"
    raise NotARow(message)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_refuse_constant
)


def _require_shallow(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    steps = (_BRACKETS.get(character, 0) for character in _STRING.sub("", text))
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        message = f"is nested deeper than {MAX_DEPTH} levels"
        raise NotARow(message)


def _require_characters(value: Any) -> None:
    for text in _strings(value):
        if "\0" in text:
            message = "holds a NUL character"
            raise NotARow(message)
        try:
            text.encode()
        except UnicodeEncodeError as error:
            message = "holds half of a surrogate pair, which is no character"
            raise NotARow(message) from error


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each, *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            yield each
