"""Of findings that one mistake leads to, the one that says what to correct."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dativo_core.model.finding import Finding, Severity

Place = tuple[str, str]
"""A file and a key path."""

_SPEAKS_FOR = re.compile(r"Did you mean '(.+)'\?|Put it in quotes: (.+?): ")
"""How the remedy of an unknown key names the key beside it that is meant."""

_ANSWERED_BESIDE = {
    "type-unresolved": {"physicalType"},
    "type-no-iceberg": {"customProperties"},
    "decimal-too-wide": {"customProperties"},
    "decimal-unscaled": {"physicalType", "logicalTypeOptions", "customProperties"},
    "date-format-missing": {"physicalType", "logicalTypeOptions"},
    "options-without-type": {"logicalType"},
    "type-conflict": {"type"},
    "array-items-missing": {"items"},
    "object-properties-missing": {"properties"},
    "pk-position-orphan": {"primaryKey"},
    "partition-position-orphan": {"partitioned"},
    "tables-missing": {"queries"},
}
_ANSWERED_BELOW = {
    "rule-arguments": {"validValues", "arguments", "customProperties"},
    "team-owner-missing": {"role", "username", "name"},
}
"""The keys beside and below the place of a finding that answer it as well as one at the place itself."""

_HIDING = frozenset({"unknown-key", "wrong-type"})
_CAUSES = _HIDING | {"null-value", "custom-property-incomplete"}
_OF_THE_TEXT = frozenset({"reference-misplaced", "reference-malformed"})
_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def without_consequences(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings without those that go away when another one is corrected; it weighs as much as they did.

    A key that is misspelt is not missing as well. Nothing is said of what stands below a key or a value that is not read,
    nor that a key has no value where an error says what it lacks.
    """
    found = list(findings)
    if not any(each.code in _CAUSES for each in found):
        return found
    by_place: dict[Place, list[Finding]] = defaultdict(list)
    for each in found:
        by_place[each.file, each.key_path].append(each)
    meant = {place: each for each in found if (place := _meant(each)) is not None}
    explained: dict[Finding, list[Finding]] = defaultdict(list)
    told: list[Finding] = []
    for each in found:
        cause = _cause(each, meant)
        if cause is not None:
            explained[cause].append(each)
        elif not (_is_hidden(each, by_place) or _says_less(each, by_place)):
            told.append(each)
    return [_weighed(each, explained.get(each, ())) for each in told]


def _meant(finding: Finding) -> Place | None:
    """Return the place of the key that an unknown one stands for."""
    match = _SPEAKS_FOR.search(finding.hint) if finding.code == "unknown-key" else None
    if match is None:
        return None
    parent, dot, _ = finding.key_path.rpartition(".")
    return finding.file, f"{parent}{dot}{match[1] or match[2]}"


def _cause(finding: Finding, meant: Mapping[Place, Finding]) -> Finding | None:
    """Return the unknown key that stands for the one a finding is about."""
    if not meant:
        return None
    causes = (meant[place] for place in (*_places(finding), *_answers(finding, meant)) if place in meant)
    return next((cause for cause in causes if cause is not finding), None)


def _answers(finding: Finding, meant: Iterable[Place]) -> list[Place]:
    """Return other places where something may be missing that a finding asks for."""
    parent, dot, _ = finding.key_path.rpartition(".")
    beside = [(finding.file, f"{parent}{dot}{key}") for key in _ANSWERED_BESIDE.get(finding.code, ())]
    keys = _ANSWERED_BELOW.get(finding.code, set())
    below = [
        (file, path)
        for file, path in meant
        if file == finding.file and path.startswith(finding.key_path) and path.rpartition(".")[2] in keys
    ]
    return beside + below


def _is_hidden(finding: Finding, by_place: Mapping[Place, Sequence[Finding]]) -> bool:
    """Whether a finding is about something below what is not read."""
    here, *above = _places(finding)
    places = [here, *above] if finding.code in _OF_THE_TEXT else above
    return any(
        each.code in _HIDING and each.severity is Severity.ERROR
        for place in places
        for each in by_place.get(place, ())
        if each is not finding
    )


def _says_less(finding: Finding, by_place: Mapping[Place, Sequence[Finding]]) -> bool:
    """Whether another finding at the same place says all that there is to correct."""
    others = [each for each in by_place[finding.file, finding.key_path] if each is not finding]
    if finding.code == "null-value":
        return any(each.severity is Severity.ERROR for each in others)
    return any(each.code == "custom-property-incomplete" for each in others)


def _weighed(finding: Finding, consequences: Sequence[Finding]) -> Finding:
    heaviest = max((each.severity for each in (finding, *consequences)), key=_WEIGHT.__getitem__)
    return finding if heaviest is finding.severity else replace(finding, severity=heaviest)


def _places(finding: Finding) -> list[Place]:
    """Return the place of a finding and those above it, from the innermost."""
    path = finding.key_path
    ends = [at for at, character in enumerate(path) if character in ".["]
    return [(finding.file, path), *((finding.file, path[:end]) for end in reversed(ends) if end)]
