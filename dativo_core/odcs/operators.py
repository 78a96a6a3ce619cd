"""The operators and the unit of a quality rule, read strictly."""

import math
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.declared import DeclaredRule
from dativo_core.odcs.thresholds import PAIRS, Domain, Operator, Threshold, are_satisfiable, redundant
from dativo_core.workspace.document import Document
from dativo_core.workspace.validate import did_you_mean

ROWS, PERCENT = "rows", "percent"
VALUES = "values"
"""What is counted of elements of lists, of which a row has any number."""

_UNITS = {ROWS: ROWS, "row": ROWS, PERCENT: PERCENT, "%": PERCENT}
_TIME_UNITS = {
    "s": "s sec second seconds",
    "min": "min minute minutes",
    "h": "h hr hour hours",
    "d": "d day days",
    "w": "w week weeks",
}
TIME_UNITS = {word: unit for unit, words in _TIME_UNITS.items() for word in words.split()}
"""Units of age, by each of their spellings."""

COUNT = Domain(lowest=0, is_whole=True)
SHARE = Domain(lowest=0, highest=100)
AGE = Domain()


def read_operators(rule: DeclaredRule, document: Document) -> tuple[tuple[Threshold, ...], list[Finding]]:
    """Return the operators of a rule, joined by AND, and what is wrong with the others; an absent value is none.

    They are in one order however they were written, so that check names and descriptions do not depend on it.
    """
    thresholds: list[Threshold] = []
    findings: list[Finding] = []
    is_inclusive = str(rule.arguments.get("dativobounds", "")).lower() == "inclusive"
    order = {operator.value: at for at, operator in enumerate(Operator)}
    for key, value in sorted(rule.operators.items(), key=lambda each: order.get(each[0], -1)):
        path = (*rule.path, key)
        if key not in set(Operator):
            hint = did_you_mean(key, set(Operator)) or "Use mustBe, mustBeLessThan, mustBeBetween or their variants."
            findings.append(document.finding(path, "operator-misspelt", f"'{key}' is no operator", hint))
        elif value is not None:
            operator = Operator(key)
            bounds = _bounds(operator, value)
            if bounds is None:
                findings.append(_mistyped(rule, operator, document))
            elif operator in PAIRS and bounds[0] >= bounds[1]:
                message = f"the bounds of {key} are not in ascending order"
                findings.append(document.finding(path, "between-unordered", message, "Write the lower one first."))
            else:
                thresholds.append(Threshold(operator, bounds, is_inclusive))
    return tuple(thresholds), findings


def _bounds(operator: Operator, value: Any) -> tuple[int | float, ...] | None:
    values = tuple(value) if isinstance(value, list | tuple) else (value,)
    is_numeric = all(isinstance(each, int | float) and not isinstance(each, bool) for each in values)
    if not is_numeric or len(values) != (2 if operator in PAIRS else 1) or not all(map(math.isfinite, values)):
        return None
    return values


def _mistyped(rule: DeclaredRule, operator: Operator, document: Document) -> Finding:
    wanted = "a list of two numbers" if operator in PAIRS else "a number"
    message = f"{operator} takes {wanted}"
    return document.finding((*rule.path, operator.value), "operator-type", message, f"Write {wanted}.")


def check_operators(
    thresholds: tuple[Threshold, ...], domain: Domain, rule: DeclaredRule, document: Document
) -> list[Finding]:
    """Return whether operators contradict or repeat each other, and shares outside 0 to 100 percent."""
    if domain is SHARE and any(not 0 <= bound <= 100 for each in thresholds for bound in each.bounds):
        message, hint = "a share lies between 0 and 100 percent", "Correct the bound, or write unit: rows."
        return [document.finding(rule.path, "percent-range", message, hint)]
    if not are_satisfiable(thresholds, domain):
        written = " and ".join(map(str, thresholds))
        message, hint = f"no value satisfies {written}", "Correct one of the bounds."
        return [document.finding(rule.path, "operator-conflict", message, hint)]
    idle = redundant(thresholds, domain)
    if idle is None:
        return []
    path = (*rule.path, idle.operator.value)
    message = f"{idle} follows from the other operators"
    return [document.finding(path, "operator-redundant", message, "Remove one of them.", Severity.WARNING)]


def read_unit(rule: DeclaredRule, document: Document) -> tuple[str, list[Finding]]:
    """Return whether a rule counts rows or their share; rows where its unit is not known."""
    unit = _UNITS.get((rule.unit or ROWS).strip().lower())
    if unit is not None:
        return unit, []
    message, hint = f"the unit '{rule.unit}' is not known; rows are counted", "Use rows or percent."
    return ROWS, [document.finding((*rule.path, "unit"), "unit-unknown", message, hint, Severity.WARNING)]


def read_time_unit(rule: DeclaredRule, document: Document) -> tuple[str, list[Finding]]:
    """Return the unit of an age, and a finding when none is written that can be one."""
    unit = TIME_UNITS.get((rule.unit or "").strip().lower())
    if unit is not None:
        return unit, []
    told = f"the unit '{rule.unit}' is no unit of time" if rule.unit else "the rule has no unit of time"
    hint = "Add unit: h, or s, min, d or w."
    return "h", [document.finding((*rule.path, "unit"), "unit-unknown", told, hint)]
