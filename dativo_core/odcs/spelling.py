"""How a type is spelt: its word, its arguments and what stands behind them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from dativo_core.odcs.type_table import PHRASES

_WRITTEN = re.compile(
    r"(?:[\w\"`\[\]]+\.)*[\"`\[]?(?P<name>\w+)[\"`\]]?\s*(?:\((?P<arguments>.*?)\))?\s*"
    r"(?P<unsigned>unsigned|zerofill|unsigned zerofill)?\s*(?P<zone>(?:with|without)(?: local)? time zone)?\Z",
)
_PHRASE = re.compile(rf"\b(?:{'|'.join(PHRASES)})\b")
_INTERVAL = re.compile(r"interval\b(?! *\().*")
_ARGUMENT = re.compile(r"(-?\d+)(?: (?:char|byte))?\Z")
_SPELLING = re.compile(
    r"(?P<name>\w+)(?P<optional>\[)?(?:\((?P<arguments>[^)]*)\))?\]?(?P<suffix> unsigned| with time zone)?\Z"
)
_RANGE = re.compile(r"(\d+)\.\.(\d+)\Z")


@dataclass(frozen=True)
class Written:
    """A type as a contract writes it. `arguments` is None without brackets; `suffix` is unsigned or with time zone."""

    name: str
    arguments: tuple[str, ...] | None = None
    suffix: str = ""


@dataclass(frozen=True)
class _Spelling:
    name: str
    form: str | None
    is_optional: bool
    suffix: str


def read_written(text: str) -> Written | None:
    """Return a type taken apart, schema prefix and letter case aside; None when it has not the shape of one."""
    plain = _PHRASE.sub(lambda phrase: PHRASES[phrase[0]], " ".join(text.lower().split()))
    match = _WRITTEN.match(_INTERVAL.sub("interval", plain))
    if match is None:
        return None
    written = match["arguments"]
    arguments = None if written is None else tuple(each.strip() for each in written.split(","))
    suffix = "unsigned" if match["unsigned"] else "with time zone" if (match["zone"] or "").startswith("with ") else ""
    return Written(match["name"], arguments, suffix)


def name_of(spelling: str) -> str:
    """Return the word of a spelling of the table."""
    return _spelling(spelling).name


def arguments_of(spelling: str, written: Written) -> Mapping[str, int] | None:
    """Return the arguments `p`, `s` and `n` of a type that a spelling of the table describes; None if it does not."""
    known = _spelling(spelling)
    if (known.name, known.suffix) != (written.name, written.suffix):
        return None
    if written.arguments is None:
        return {} if known.form is None or known.is_optional else None
    return None if known.form is None else _arguments(known.form, written.arguments)


@cache
def _spelling(text: str) -> _Spelling:
    match = _SPELLING.match(text)
    if match is None:
        message = f"{text!r} is no spelling of a type"
        raise ValueError(message)
    return _Spelling(match["name"], match["arguments"], bool(match["optional"]), (match["suffix"] or "").strip())


def _arguments(form: str, written: tuple[str, ...]) -> Mapping[str, int] | None:
    if form == "...":
        return {}
    if form == "max":
        return {} if written == ("max",) else None
    matches = [_ARGUMENT.match(each) for each in written]
    numbers = [int(each[1]) for each in matches if each is not None]
    if len(numbers) < len(written):
        return None
    if form == "p,s":
        return dict(zip("ps", [*numbers, 0], strict=False)) if len(numbers) <= 2 else None
    if len(numbers) != 1:
        return None
    within = _RANGE.match(form)
    lowest, highest = (int(within[1]), int(within[2])) if within else (0, 2**31)
    fits = lowest <= numbers[0] <= highest if form == "n" or within else numbers[0] == int(form)
    return {"n": numbers[0]} if fits else None
