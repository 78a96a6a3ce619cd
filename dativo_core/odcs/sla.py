"""Service levels of a contract: promises that are known, measurable, about something, and do not contradict each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.sla_values import (
    MEASURES,
    Measure,
    Promise,
    is_ambiguous,
    meaning_of_m,
    promise_name,
    read_promise,
    unit_of,
)
from dativo_core.odcs.standard_model import Item, Property, StandardContract
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

_LIFE = ("generalAvailability", "endOfSupport", "endOfLife")
"""In this order in time."""


@dataclass(frozen=True)
class _Placed:
    """A promise, where it is written, and what it is about: columns, and what drives it."""

    path: KeyPath
    promise: Promise
    elements: frozenset[str]
    driver: str


def check_sla(contract: StandardContract, document: Document, now: datetime) -> list[Finding]:
    """Return what is wrong with the promises of a contract; `now` tells which moments have passed."""
    known = _known_elements(contract)
    findings = [*_check_default(contract, known, document)]
    promises: list[_Placed] = []
    for index, sla in enumerate(contract.sla_properties or ()):
        path: KeyPath = ("slaProperties", index)
        findings += _unknown(sla.element, known, (*path, "element"), "sla-element-unknown", document)
        promise, problems = _read(sla.property, sla.value, sla.unit, path, document)
        findings += problems
        if promise is not None:
            elements = frozenset(_elements(sla.element))
            promises.append(_Placed(path, promise, elements, (sla.driver or "").lower()))
    return [*findings, *_conflicts(promises, document), *_order(promises, document), *_past(promises, now, document)]


def _read(
    written: str, value: Any, unit_written: str | None, path: KeyPath, document: Document
) -> tuple[Promise | None, list[Finding]]:
    """Return a promise unless its name, value or unit cannot be understood, and what is wrong with it."""
    name = promise_name(written)
    if name is None:
        message, hint = f"'{written}' is no service level of the standard", did_you_mean(written, MEASURES)
        place = (*path, "property")
        return None, [document.finding(place, "sla-property-unknown", message, hint, Severity.WARNING)]
    findings: list[Finding] = []
    unit = unit_of(name, unit_written)
    if unit is None:
        told = f"'{unit_written}' is no unit of {name}" if unit_written else f"{name} has no unit"
        hint = "Use % or leave it out." if MEASURES[name] is Measure.PERCENT else "Use s, min, h, d, w, mo or y."
        findings.append(document.finding((*path, "unit"), "sla-unit-unknown", told, hint))
    elif MEASURES[name] is Measure.DURATION and is_ambiguous(unit_written):
        meant = meaning_of_m(name)
        message = f"the unit m may be minutes or months; here it is taken as {meant}"
        hint = "Write min or mo."
        findings.append(document.finding((*path, "unit"), "sla-unit-ambiguous", message, hint, Severity.WARNING))
    promise = read_promise(name, value, unit or "")
    if promise is None:
        message, hint = f"'{value}' is no value of {name}", f"Write {MEASURES[name].value}."
        findings.append(document.finding((*path, "value"), "sla-value-unparsable", message, hint))
    return (promise if unit is not None else None), findings


def _known_elements(contract: StandardContract) -> frozenset[str]:
    """Return every path a promise can be about: `object`, `object.property`, and `property` where there is one object.

    None are known while a table has no columns, of which its own finding tells.
    """
    objects = contract.objects or ()
    if not all(each.properties for each in objects):
        return frozenset()
    known: set[str] = set()
    for each in objects:
        paths = set(_paths(each.properties or ()))
        for name in filter(None, (each.name, each.physical_name)):
            known |= {name, *(f"{name}.{path}" for path in paths)}
        if len(objects) == 1:
            known |= paths
    return frozenset(known)


def _paths(properties: Sequence[Property], prefix: str = "") -> Iterator[str]:
    for each in properties:
        path = prefix + each.name
        yield path
        item: Property | Item | None = each
        while item is not None:
            yield from _paths(item.properties or (), f"{path}.")
            item = item.items


def _check_default(contract: StandardContract, known: frozenset[str], document: Document) -> Iterator[Finding]:
    path = ("slaDefaultElement",)
    yield from _unknown(contract.sla_default_element, known, path, "sla-default-unresolved", document)


def _unknown(
    written: str | None, known: frozenset[str], path: KeyPath, code: str, document: Document
) -> Iterator[Finding]:
    """Yield one finding about all elements that name nothing; only for the first a likely name is sought."""
    unknown = [f"'{element}'" for element in _elements(written) if element not in known]
    if unknown and known:
        verb = "is no column" if len(unknown) == 1 else "are no columns"
        message = f"{', '.join(unknown)} {verb} of this contract"
        yield document.finding(path, code, message, _nearest(unknown[0].strip("'"), known))


def _nearest(element: str, known: frozenset[str]) -> str:
    hint = did_you_mean(element, known)
    return hint if hint.startswith("Did") else "Write object.property, the names of a table and its column."


def _elements(written: str | None) -> list[str]:
    return [part.strip() for part in (written or "").split(",") if part.strip()]


def _conflicts(promises: Sequence[_Placed], document: Document) -> Iterator[Finding]:
    """Yield promises of one name, about the same columns and for the same driver, that promise different things."""
    first: dict[tuple[str, frozenset[str], str], _Placed] = {}
    for each in promises:
        other = first.setdefault((each.promise.name, each.elements, each.driver), each)
        if other.promise != each.promise:
            message = f"{each.promise.name} contradicts the one on line {document.line(other.path)}"
            hint = "Remove one of them, or say which columns each is about."
            yield document.finding(each.path, "sla-conflict", message, hint, Severity.WARNING)


def _moments(promises: Sequence[_Placed]) -> dict[str, tuple[KeyPath, datetime]]:
    """Return the moments that are promised by name; of several, the last one."""
    return {
        each.promise.name: ((*each.path, "value"), each.promise.amount)
        for each in promises
        if isinstance(each.promise.amount, datetime)
    }


def _order(promises: Sequence[_Placed], document: Document) -> Iterator[Finding]:
    moments = _moments(promises)
    known = [(name, *moments[name]) for name in _LIFE if name in moments]
    for (name, _, moment), (later_name, path, later) in pairwise(known):
        if later < moment:
            message, hint = f"{later_name} is before {name}", "Correct one of them."
            yield document.finding(path, "sla-conflict", message, hint, Severity.WARNING)


def _past(promises: Sequence[_Placed], now: datetime, document: Document) -> Iterator[Finding]:
    path, moment = _moments(promises).get("endOfLife", ((), now))
    if moment < now:
        message = f"the end of life, {moment.isoformat()}, has passed"
        yield document.finding(path, "sla-past", message, "Move to the successor, or extend it.", Severity.WARNING)
