"""Whether a row rule asks for more than another one of its kind, for less, or for something else."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction

from dativo_core.odcs.contract import Rule, RuleKind, Scalar


class Shift(Enum):
    """What became of a rule, in words; `changed` where neither asks for all that the other one asks for."""

    TIGHTENED = "tightened"
    LOOSENED = "loosened"
    CHANGED = "changed"


_LOWER = frozenset(
    {
        RuleKind.MIN_LENGTH,
        RuleKind.MIN_ITEMS,
        RuleKind.MIN_PROPERTIES,
        RuleKind.MINIMUM,
        RuleKind.EXCLUSIVE_MINIMUM,
    }
)
_UPPER = frozenset(
    {
        RuleKind.MAX_LENGTH,
        RuleKind.MAX_ITEMS,
        RuleKind.MAX_PROPERTIES,
        RuleKind.MAXIMUM,
        RuleKind.EXCLUSIVE_MAXIMUM,
    }
)
_EXCLUSIVE = {RuleKind.EXCLUSIVE_MINIMUM: RuleKind.MINIMUM, RuleKind.EXCLUSIVE_MAXIMUM: RuleKind.MAXIMUM}


def family(kind: RuleKind) -> RuleKind:
    """Return the kind that stands for all that compare with `kind`: a bound, whether it counts or not."""
    return _EXCLUSIVE.get(kind, kind)


def shift(old: Rule, new: Rule) -> Shift | None:
    """Return what became of a rule that is about the same column; None when it asks for the same."""
    if (old.kind, old.arguments) == (new.kind, new.arguments):
        return None
    if new.kind in _LOWER | _UPPER:
        return _bound(old, new)
    return _SETS.get(new.kind, _other)(old.arguments, new.arguments)


def _bound(old: Rule, new: Rule) -> Shift | None:
    before, after = _number(old.arguments[0]), _number(new.arguments[0])
    if before is None or after is None:
        return Shift.CHANGED
    if before == after:
        was, is_now = old.kind in _EXCLUSIVE, new.kind in _EXCLUSIVE
        return None if was is is_now else Shift.TIGHTENED if is_now else Shift.LOOSENED
    return Shift.TIGHTENED if (after > before) is (new.kind in _LOWER) else Shift.LOOSENED


def _number(value: Scalar) -> Fraction | None:
    """Return a bound as something that compares; a moment as seconds, one without a zone as if in UTC."""
    text = str(value)
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return Fraction((aware - datetime(1, 1, 1, tzinfo=UTC)).total_seconds())


def _allowed(old: tuple[Scalar, ...], new: tuple[Scalar, ...]) -> Shift | None:
    before, after = distinct(old), distinct(new)
    if before == after:
        return None
    return Shift.TIGHTENED if after < before else Shift.LOOSENED if after > before else Shift.CHANGED


def _forbidden(old: tuple[Scalar, ...], new: tuple[Scalar, ...]) -> Shift | None:
    return _allowed(new, old)


def _step(old: tuple[Scalar, ...], new: tuple[Scalar, ...]) -> Shift | None:
    """A multiple of 10 is a multiple of 5, but not the other way round."""
    before, after = _number(old[0]), _number(new[0])
    if not before or not after or before == after:
        return None if before == after and before else Shift.CHANGED
    if (after / before).denominator == 1:
        return Shift.TIGHTENED
    return Shift.LOOSENED if (before / after).denominator == 1 else Shift.CHANGED


def _other(old: tuple[Scalar, ...], new: tuple[Scalar, ...]) -> Shift:
    return Shift.CHANGED


def distinct(values: tuple[Scalar, ...]) -> frozenset[tuple[bool, Scalar]]:
    """Return values of a list as a set in which `true` is not 1."""
    return frozenset((isinstance(value, bool), value) for value in values)


_SETS: Mapping[RuleKind, Callable[[tuple[Scalar, ...], tuple[Scalar, ...]], Shift | None]] = {
    RuleKind.ENUM: _allowed,
    RuleKind.MISSING_VALUES: _forbidden,
    RuleKind.MULTIPLE_OF: _step,
}
