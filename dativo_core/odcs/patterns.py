"""Regular expressions of contracts: what RE2 can run in linear time, in RE2's spelling.

The standard writes ECMA-262; rows are matched with RE2 (https://github.com/google/re2/wiki/Syntax). What needs
backtracking is refused, and the few spellings that differ are rewritten.
"""

import re
from functools import lru_cache

MAX_REPEAT = 1000

_SLOW = (
    (re.compile(r"\(\?<?[=!]"), "lookaround"),
    (re.compile(r"\\[1-9]|\\k<|\(\?P="), "a back-reference"),
    (re.compile(r"\(\?>"), "an atomic group"),
    (re.compile(r"\(\?\("), "a conditional"),
)
_REFUSED = (
    (re.compile(r"\(\?#"), "a comment"),
    (re.compile(r"\(\?[A-Za-z-]*[aLux]"), "a flag RE2 does not know"),
    (re.compile(r"\\c[A-Za-z]"), r"a control escape \c"),
    (re.compile(r"\\Z"), r"\Z"),
    (re.compile(r"\\N"), r"\N"),
)
_POSSESSIVE = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\+")
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_PART = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|x\{[0-9a-fA-F]+\}|[pP](?:\{\^?(?:[CLMNPSZ][a-z]?|[A-Z][A-Za-z_]{2,})\}|[CLMNPSZ])|.)|\(\?<(?![=!])|\[:|\[\^?|--|.",
    re.DOTALL,
)
_LITERAL = re.compile(r"\\[^0-9A-Za-z]", re.DOTALL)
_OPENING = ("[", "[^", "[:")
_AMBIGUOUS = re.compile(r"--|\[:|\\[bB1-9]\Z")
_PYTHON_LITERALS = {"[": r"\[", "[^": r"\[^", "&": r"\&", "~": r"\~", "|": r"\|"}
MAX_SEARCHED = 100
"""Longer texts and patterns are not searched."""

_MAX_VARIABLE = 3
_VARIABLE = re.compile(r"[*+?]|\{\d+,\d*\}")
_NOT_PLAIN = re.compile(r"\)[*+?{]|\(\?|\\[^dDwWsS.\-+*?()\[\]{}|/^$@_]|\[\^?[^\]]*(?:\[|&&|~~|\|\|)")
"""Repeated groups, flags, escapes and classes that engines read in different ways."""


class NeedsBacktracking(ValueError):
    """The pattern cannot be run in linear time."""


@lru_cache(maxsize=4096)
def to_re2(pattern: str) -> str:
    """Return the pattern as RE2 takes it. Raises NeedsBacktracking or another ValueError, saying what is wrong with it."""
    parts = _parts(pattern)
    _refuse("".join("_" if inside or _LITERAL.match(part) else part for part, inside in parts))
    try:
        re.compile("".join(_python(part, inside) for part, inside in parts))
    except (re.error, OverflowError, RecursionError) as error:
        message = f"it does not compile: {error}"
        raise ValueError(message) from None
    return "".join(_re2(part, inside) for part, inside in parts)


def searches(pattern: str, text: str) -> bool | None:
    """Return whether an accepted pattern is found in `text`; None where finding out could take long or differ from RE2.

    Rows are matched with RE2. Here a pattern runs only when it is so plain that any engine finds the same quickly.
    """
    try:
        outside = "".join("_" if inside or _LITERAL.match(part) else part for part, inside in _parts(pattern))
    except ValueError:
        return None
    if max(len(text), len(pattern)) > MAX_SEARCHED or len(_VARIABLE.findall(outside)) > _MAX_VARIABLE:
        return None
    if _NOT_PLAIN.search(pattern) or ("|" in outside and outside.count("(") > 1):
        return None
    return re.search(re.sub(r"(?<!\\)\$(?=\)|\||\Z)", r"\\Z", pattern), text, re.ASCII) is not None


def _parts(pattern: str) -> list[tuple[str, bool]]:
    """Split a pattern into escapes, brackets and characters, each with whether it stands inside a character class."""
    parts: list[tuple[str, bool]] = []
    inside = False
    for match in _PART.finditer(pattern):
        part = match[0]
        if not inside and part in {"[", "[^"} and pattern.startswith("]", match.end()):
            message = f"{part}] is unknown to RE2"
            raise ValueError(message)
        if inside and _AMBIGUOUS.match(part):
            message = f"{part} in a character class means different things to different engines"
            raise ValueError(message)
        parts.append((part, inside))
        inside = part != "]" if inside else part in _OPENING
    return parts


def _refuse(outside: str) -> None:
    """Raise ValueError when the pattern, less classes and escaped characters, holds what RE2 does not run."""
    for slow, name in _SLOW:
        if slow.search(outside):
            message = f"{name} needs backtracking"
            raise NeedsBacktracking(message)
    if _POSSESSIVE.search(re.sub(r"\\.", "_", outside)):
        message = "a possessive quantifier needs backtracking"
        raise NeedsBacktracking(message)
    for refused, name in _REFUSED:
        if refused.search(outside):
            message = f"{name} is unknown to RE2"
            raise ValueError(message)
    if any(int(low) > MAX_REPEAT or int(high or 0) > MAX_REPEAT for low, high in _REPEAT.findall(outside)):
        message = f"a repeat above {MAX_REPEAT} is too large for RE2"
        raise ValueError(message)


def _re2(part: str, inside: bool) -> str:
    if part == "(?<" and not inside:
        return "(?P<"
    return f"\\x{{{part[2:]}}}" if part.startswith(r"\u") else part


def _python(part: str, inside: bool) -> str:
    """Return what stands for a part where Python, which finds unbalanced and unknown syntax, spells it differently."""
    if inside and part in _PYTHON_LITERALS:
        return _PYTHON_LITERALS[part]
    if part == "(?<" and not inside:
        return "(?P<"
    if len(part) > 2 and part.startswith((r"\x{", r"\p", r"\P")):
        return r"\w"
    return r"\Z" if part == r"\z" else part
