"""What changed in the service levels of a contract: a promise that is taken back or loosened breaks its readers.

Retention is a promise to readers too: rows that are kept for a shorter time are loosened.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction
from typing import Any

from dativo_core.odcs.change import Changes
from dativo_core.odcs.diff_sections import compliance
from dativo_core.odcs.read import ContractFile
from dativo_core.odcs.retention import days_kept
from dativo_core.odcs.sections import entries
from dativo_core.odcs.sla_values import promise_name, read_promise, unit_of
from dativo_core.odcs.versions import Level
from dativo_core.workspace.document import KeyPath

_RETENTION = "retention"
_MORE_IS_BETTER = frozenset({_RETENTION, "availability", "throughput", "endOfSupport", "endOfLife"})
_DAY_S = 86_400
_MONTH_S = Fraction(365 * _DAY_S, 12)
_Amount = Fraction | datetime | time
_Key = tuple[str, frozenset[str], str]


@dataclass(frozen=True)
class _Promise:
    """A promise, where it is written, what it says, and its amount as it compares; None when it cannot be understood."""

    path: KeyPath
    said: str
    amount: _Amount | None


def compare_promises(old: ContractFile, new: ContractFile, changes: Changes) -> None:
    """Add what changed in service levels; one is known by its name, what it is about, and what drives it."""
    before, after = dict(_promises(old)), dict(_promises(new))
    for key in dict.fromkeys([*before, *after]):
        was, is_now = before.get(key), after.get(key)
        if is_now is None and was is not None:
            changes.add(Level.MAJOR, ("slaProperties",), f"the service level {key[0]} was removed: {was.said}")
        elif was is None and is_now is not None:
            changes.add(Level.MINOR, is_now.path, f"the service level {key[0]} was added: {is_now.said}")
        elif was is not None and is_now is not None:
            _compare(key[0], was, is_now, changes)


def _compare(name: str, old: _Promise, new: _Promise, changes: Changes) -> None:
    if old.amount is None or new.amount is None:
        level, told = Level.MAJOR, "changed"
        is_same = old.said == new.said
    else:
        is_same = old.amount == new.amount
        is_tighter = _is_more(new.amount, old.amount) is (name in _MORE_IS_BETTER)
        level, told = (Level.MINOR, "was tightened") if is_tighter else (Level.MAJOR, "was loosened")
    if not is_same:
        changes.add(level, new.path, f"the service level {name} {told}: from {old.said} to {new.said}")


def _is_more(one: _Amount, other: _Amount) -> bool:
    """Whether an amount is above another one of the same promise, and so of the same kind."""
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one > other
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one > other
    return isinstance(one, time) and isinstance(other, time) and one > other


def _promises(file: ContractFile) -> Iterator[tuple[_Key, _Promise]]:
    """Yield every promise; that of the flat dialect, and of `dativoCompliance`, is the retention of the whole contract."""
    data = file.document.data
    for path, entry in entries(data, "slaProperties", ()):
        name = promise_name(str(entry.get("property", ""))) or str(entry.get("property", ""))
        about = str(entry.get("element") or data.get("slaDefaultElement") or "")
        elements = frozenset(part.strip() for part in about.split(",") if part.strip())
        driver = str(entry.get("driver") or "").lower()
        yield (name, elements, driver), _promise(name, entry.get("value"), entry.get("unit"), (*path, "value"))
    path, section = compliance(file)
    if section.get("retention_days") is not None:
        place = (*path, "retention_days")
        yield (_RETENTION, frozenset(), ""), _promise(_RETENTION, section["retention_days"], "d", place)


def _promise(name: str, value: Any, unit: Any, path: KeyPath) -> _Promise:
    return _Promise(path, f"{value} {unit or ''}".strip(), _amount(name, value, str(unit) if unit else None))


def _amount(name: str, value: Any, unit: str | None) -> _Amount | None:
    if name == _RETENTION:
        days = days_kept(value, unit)
        return Fraction(days) if days is not None else None
    known = unit_of(name, unit) if promise_name(name) else None
    promise = read_promise(name, value, known) if known is not None else None
    if promise is None or not isinstance(promise.amount, Fraction):
        return promise.amount if promise is not None else None
    return promise.amount * _MONTH_S if promise.base == "mo" else promise.amount
