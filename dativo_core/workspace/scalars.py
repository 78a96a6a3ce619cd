"""Unquoted YAML scalars: the YAML 1.2 core schema, narrowed so that codes, times and dates stay text.

Only `true` and `false` are booleans and only decimal numbers without leading zeros are numbers: `NO`, `yes`, `010`, `0x1f`,
`10:30`, `1_000` and `2024-01-31` are text.
"""

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DIGIT = re.compile("[0-9]")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]*)?(\.[0-9]+|(?<=[0-9])\.)?([eE][-+]?[0-9]+)?\Z")
MAX_DIGITS = 38
"""The widest number any column type holds: decimal(38, 0)."""


def resolve(text: str) -> Scalar:
    """Return the value of an unquoted scalar. Raises ValueError for a number no column type can hold."""
    if text in _WORDS:
        return _WORDS[text]
    if not _DIGIT.search(text):
        return text
    if _INTEGER.match(text):
        if len(text.lstrip("+-")) > MAX_DIGITS:
            message = f"a number of more than {MAX_DIGITS} digits"
            raise ValueError(message)
        return int(text)
    if text[0] not in "eE" and _FLOAT.match(text):
        number = float(text)
        if math.isinf(number):
            message = "a number beyond the range of a double"
            raise ValueError(message)
        return number
    return text
