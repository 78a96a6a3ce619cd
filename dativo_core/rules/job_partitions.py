"""The partitions a job is loaded by: which there are, and where source paths name them."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job, Partitions
from dativo_core.model.job_partitions import (
    DIRECTIVES,
    KEY_FORMATS,
    PLACE,
    JobPartitions,
    PartitionKind,
    require_plain_key,
)
from dativo_core.rules.schedule import check_timezone
from dativo_core.workspace.document import Document, KeyPath

_Add = Callable[[str, str, str], None]
_PATH: KeyPath = ("partitions",)
_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_DAY_LENGTH = 10
_NEEDED = {
    PartitionKind.HOURLY: "YmdH",
    PartitionKind.DAILY: "Ymd",
    PartitionKind.WEEKLY: "Ymd",
    PartitionKind.MONTHLY: "Ym",
}
_EXAMPLES = {
    PartitionKind.HOURLY: "2026-01-01-00:00",
    PartitionKind.DAILY: "the day 2026-01-01",
    PartitionKind.WEEKLY: "2026-01-05, which is a Monday",
    PartitionKind.MONTHLY: "2026-01-01, the first of a month",
}


def check_partitions(job: Job, document: Document) -> list[Finding]:
    """Return what is wrong with a job's partitions, and with the paths that name them or should."""
    partitions = job.partitions
    if partitions is None:
        return check_places(document)
    findings = check_timezone(partitions.timezone, document, _PATH)
    findings += [*_check_words(partitions, document), *check_places(document)]
    if findings:
        return findings
    return _check_times(partitions, document)


def check_places(document: Document) -> list[Finding]:
    """Return the source paths of a job that do not say where the partition is, or do although there is none.

    Whatever else is wrong with the job.
    """
    if document.value(_PATH) is None:
        return [_undeclared(path, document) for path, text in _paths(document) if PLACE in text]
    return [_misplaced(path, text, document) for path, text in _paths(document) if text.count(PLACE) != 1]


def job_partitions(written: Partitions) -> JobPartitions:
    """Return the partitions of a job, as they were written and passed the rules."""
    kind = PartitionKind(written.type)
    per_run = written.partitions_per_run
    if not kind.is_time:
        return JobPartitions(kind, keys=written.keys or (), per_run=per_run)
    return JobPartitions(
        kind,
        timezone=written.timezone,
        start=_key(written.start or "", kind),
        end=None if written.end is None else _key(written.end, kind),
        has_current=written.include_current,
        path_format=written.format or KEY_FORMATS[kind],
        per_run=per_run,
    )


def _key(text: str, kind: PartitionKind) -> str:
    """A day stands for its first hour."""
    return f"{text}-00:00" if kind is PartitionKind.HOURLY and len(text) == _DAY_LENGTH else text


def _paths(document: Document) -> Iterator[tuple[KeyPath, str]]:
    written = document.value(("source", "files"))
    for index, item in enumerate(written if isinstance(written, list) else ()):
        for key in ("path", "file_path", "file"):
            text = item.get(key) if isinstance(item, dict) else None
            if isinstance(text, str):
                yield ("source", "files", index, key), text


def _undeclared(path: KeyPath, document: Document) -> Finding:
    message = f"the path holds {PLACE}, and the job has no partitions"
    hint = "Add partitions: {type: daily, start: 2026-01-01}, or write a wildcard."
    return document.finding(path, "partition-place", message, hint)


def _misplaced(path: KeyPath, text: str, document: Document) -> Finding:
    count = text.count(PLACE)
    message = f"the path holds {PLACE} {count} times" if count else f"the path does not say where {PLACE} is"
    hint = f"Write it once, such as data/{PLACE}/*.csv; use wildcards elsewhere."
    return document.finding(path, "partition-place", message, hint)


def _check_words(partitions: Partitions, document: Document) -> list[Finding]:
    """Return keys that the type of partition needs or has no use for, and those with a wrong value."""
    kind = PartitionKind(partitions.type)
    findings: list[Finding] = []

    def add(key: str, message: str, hint: str) -> None:
        findings.append(document.finding((*_PATH, key), "partition-invalid", message, hint))

    for key in ("start", "end", "format", "include_current"):
        if not kind.is_time and (*_PATH, key) in document.places:
            add(key, f"{kind} partitions have no {key}", "Remove the key.")
    if partitions.keys is not None and kind is not PartitionKind.STATIC:
        add("keys", f"{kind} partitions have no list of keys", "Remove the key, or write type: static.")
    if kind is PartitionKind.STATIC:
        _check_keys(partitions, add)
    if kind.is_time:
        if partitions.start is None:
            add("start", f"{kind} partitions need the first one", f"Add start, such as {_EXAMPLES[kind]}.")
        if partitions.format is not None:
            _check_format(partitions.format, kind, add)
        if kind is PartitionKind.HOURLY and _shifts(partitions.timezone):
            message = f"clocks are set back in {partitions.timezone}, so that one hour of the year comes twice"
            add("timezone", message, "Use UTC, or daily partitions.")
    return findings


def _check_keys(partitions: Partitions, add: _Add) -> None:
    if not partitions.keys:
        add("keys", "static partitions need their keys", "Add keys: [eu, us].")
    for key in partitions.keys or ():
        try:
            require_plain_key(key)
        except ValueError as error:
            add("keys", str(error), "Rename it.")
    doubled = sorted({key for key in partitions.keys or () if (partitions.keys or ()).count(key) > 1})
    if doubled:
        add("keys", f"{', '.join(doubled)} is written twice", "Remove one of them.")


def _check_format(text: str, kind: PartitionKind, add: _Add) -> None:
    found = _DIRECTIVE.findall(text)
    unknown = [each for each in found if each not in DIRECTIVES]
    if unknown:
        known = ", ".join(f"%{each}" for each in DIRECTIVES)
        add("format", f"the format may not hold %{unknown[0]}", f"Use {known}.")
        return
    missing = [each for each in _NEEDED[kind] if each not in found]
    if missing:
        message = (
            f"the format does not tell {kind} partitions apart: it lacks {', '.join(f'%{each}' for each in missing)}"
        )
        add("format", message, "Add what is missing.")
    elif len(found) != len(set(found)) or any(letter in text for letter in "*?[]{}"):
        add("format", "the format holds a directive twice, or a wildcard", "Write each once.")


def _shifts(timezone: str) -> bool:
    """Whether the clock of a zone is ever set, looked up over three years."""
    try:
        zone = ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):
        return False
    day = datetime(2024, 1, 1, tzinfo=zone)
    return len({(day + timedelta(days=number)).utcoffset() for number in range(3 * 366)}) > 1


def _check_times(partitions: Partitions, document: Document) -> list[Finding]:
    plan = job_partitions(partitions)
    if not plan.kind.is_time:
        return []
    findings: list[Finding] = []
    for key, text in (("start", plan.start), ("end", plan.end)):
        if text is None:
            continue
        try:
            plan.moment(text)
        except ValueError:
            message = f"no {plan.kind} partition begins at '{text}'"
            hint = f"Write the first moment of one, such as {_EXAMPLES[plan.kind]}."
            findings.append(document.finding((*_PATH, key), "partition-invalid", message, hint))
    if not findings and plan.end is not None and plan.moment(plan.end) <= plan.first:
        message, hint = "the partitions end before they begin", "Write an end after the start."
        findings.append(document.finding((*_PATH, "end"), "partition-invalid", message, hint))
    return findings
