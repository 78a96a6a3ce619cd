"""What a query returned, compared with the operators of its rule; whatever cannot be compared is an error, never a pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from uuid import UUID

from dativo_core.flow import CheckResult, CheckStatus
from dativo_core.odcs.contract import MetricRule
from dativo_core.telemetry.escape import escape_line

Cell = bool | str | Fraction
MAX_SHOWN = 200
"""Characters that are shown of a text; all of it is compared."""

MOMENTS = ("DATE", "TIMESTAMP")
"""How the names of DuckDB's types of dates and timestamps begin."""


@dataclass(frozen=True)
class Answer:
    """The one value of a query over `rows` rows; None with the reason when there is no value to compare.

    `quotes`: the reason repeats what the query met in the rows. `remark`: why the value may not be what it should be.
    `is_asked`: whether the query was run at all.
    """

    value: Cell | None
    rows: int
    problem: str = ""
    quotes: bool = False
    remark: str = ""
    is_asked: bool = True


def read_answer(columns: int, fetched: Sequence[Sequence[object]], rows: int) -> Answer:
    """Return the value of a result whose first two rows are given."""
    if columns != 1 or len(fetched) > 1:
        return Answer(None, rows, "the query returned more than one value")
    if not fetched:
        return Answer(None, rows, "the query returned no row")
    found = fetched[0][0]
    if found is None:
        return Answer(None, rows, "the query returned null")
    value = _cell(found)
    problem = "" if value is not None else f"the query returned {found!r:.80}, which cannot be compared"
    return Answer(value, rows, problem, quotes=bool(problem))


def read_moment(fetched: Sequence[tuple[object, object]], rows: int) -> Answer:
    """Return the value of a result that is a date or a timestamp; each comes with whether it is finite.

    DuckDB gives an infinite one as the first or last that Python knows, and one beyond those as text.
    """
    answer = read_answer(1, [(value,) for value, _ in fetched], rows)
    if answer.value is None:
        return answer
    ((found, is_finite),) = fetched
    if not is_finite:
        return Answer(None, rows, "the query returned an infinite date or time, which cannot be compared")
    if isinstance(found, str):
        problem = f"the query returned {found[:80]}, beyond the years 1 to 9999, which cannot be compared"
        return Answer(None, rows, problem)
    return answer


def sql_result(rule: MetricRule, answer: Answer) -> CheckResult:
    """Compare what a query returned with the operators of its rule."""
    status, note = _compared(rule, answer)
    remark = answer.remark if status is not CheckStatus.PASSED else ""
    return CheckResult(
        rule.id,
        status,
        rule.severity,
        answer.rows,
        0,
        description=rule.description,
        value=_shown(answer.value),
        operator=rule.operators,
        unit=rule.unit,
        note="; ".join(filter(None, (note, remark))),
    )


def _compared(rule: MetricRule, answer: Answer) -> tuple[CheckStatus, str]:
    value = answer.value
    if not answer.is_asked:
        return CheckStatus.UNEXECUTED, answer.problem
    if value is None:
        return CheckStatus.ERROR, answer.problem
    if rule.query is not None and rule.query.equalities:
        wanted = {type(each.value) for each in rule.query.equalities}
        if isinstance(value, Fraction) or wanted != {type(value)}:
            return CheckStatus.ERROR, _mismatch(value)
        return _status(all(each.holds(value) for each in rule.query.equalities)), ""
    if not isinstance(value, Fraction):
        return CheckStatus.ERROR, _mismatch(value)
    edge = next((each for each in rule.thresholds if each.is_edge(value)), None)
    return _status(all(each.holds(value) for each in rule.thresholds)), "" if edge is None else edge.edge_note


def _status(holds: bool) -> CheckStatus:
    return CheckStatus.PASSED if holds else CheckStatus.FAILED


def _mismatch(value: Cell) -> str:
    kind = "a number" if isinstance(value, Fraction) else "a truth value" if isinstance(value, bool) else "text"
    return f"the query returned {kind}, which the operator is not compared with"


def _cell(found: object) -> Cell | None:
    """Return a value in one of the forms that are compared; moments are text in ISO 8601 form."""
    if isinstance(found, bool | str):
        return found
    if isinstance(found, datetime | date | time):
        return found.isoformat()
    if isinstance(found, UUID):
        return str(found)
    if isinstance(found, int):
        return Fraction(found)
    if isinstance(found, float) and isfinite(found):
        return Fraction(str(found))
    return Fraction(found) if isinstance(found, Decimal) and found.is_finite() else None


def _shown(value: Cell | None) -> int | float | str | None:
    if isinstance(value, str):
        return escape_line(value[:MAX_SHOWN])
    if not isinstance(value, Fraction):
        return value
    return int(value) if value.denominator == 1 else float(value)
