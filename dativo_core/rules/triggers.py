"""What starts a job besides its schedule, and the partitions it asks for: whether there are such files and partitions."""

from collections.abc import Sequence
from datetime import datetime

from dativo_core.model.finding import Finding
from dativo_core.model.job import AskedBackfill, Job
from dativo_core.model.job_partitions import LONGEST, JobPartitions
from dativo_core.rules.job_partitions import job_partitions
from dativo_core.workspace.document import Document, KeyPath


def check_triggers(job: Job, document: Document, problems: Sequence[Finding]) -> list[Finding]:
    """Return what is wrong with the triggers and backfills of a job; `problems` are those of its partitions."""
    findings: list[Finding] = []
    if job.triggers is not None and job.triggers.config_change == "backfill" and job.partitions is None:
        message, hint = "a backfill loads partitions again, and the job has none", "Write run, or add partitions."
        findings.append(document.finding(("triggers", "config_change"), "trigger-invalid", message, hint))
    if not job.backfills:
        return findings
    if job.partitions is None:
        message = "the job has no partitions to load again"
        hint = "Add partitions, such as {type: daily, start: 2026-01-01}, or remove the key."
        return [*findings, document.finding(("backfills",), "backfill-invalid", message, hint)]
    if problems:
        return findings
    partitions = job_partitions(job.partitions)
    for index, asked in enumerate(job.backfills):
        findings += _Entry(asked, partitions, document, ("backfills", index)).check()
    return [*findings, *_doubled(job.backfills, document)]


class _Entry:
    """One entry of the list, and the findings about it."""

    def __init__(self, asked: AskedBackfill, partitions: JobPartitions, document: Document, path: KeyPath) -> None:
        self._asked, self._partitions, self._document, self._path = asked, partitions, document, path
        self._findings: list[Finding] = []

    def check(self) -> list[Finding]:
        """Return what is wrong with the entry."""
        asked = self._asked
        if not (asked.reason or "").strip():
            self._add("reason", "the backfill has no reason", "Add reason: and say why; it is shown in Dagster.")
        has_range = asked.since is not None or asked.until is not None
        if has_range == (asked.partitions is not None):
            message = "the backfill says both a range and keys" if has_range else "the backfill says no partitions"
            self._add("partitions", message, "Write either from and to, or partitions: and their keys.")
        elif has_range:
            self._check_range()
        else:
            self._check_keys()
        return self._findings

    def _add(self, key: str, message: str, hint: str) -> None:
        self._findings.append(self._document.finding((*self._path, key), "backfill-invalid", message, hint))

    def _check_keys(self) -> None:
        if not self._asked.partitions:
            self._add("partitions", "the list of partitions is empty", "Name one, or remove the entry.")
        for key in self._asked.partitions or ():
            try:
                self._partitions.require(key)
            except ValueError as error:
                self._add("partitions", str(error), "Name partitions of the job.")

    def _check_range(self) -> None:
        partitions = self._partitions
        if not partitions.kind.is_time:
            self._add("from", f"{partitions.kind} partitions have no times", "Name them: partitions: [...].")
            return
        moments = [self._moment(key, text) for key, text in (("from", self._asked.since), ("to", self._asked.until))]
        if moments[0] is None or moments[1] is None:
            return
        if moments[0] >= moments[1]:
            self._add("to", "the range ends before it begins", "Write a later to; it is no part of the range.")
        elif not partitions.between(moments[0], moments[1], moments[1] + LONGEST):
            last = f" and end before {partitions.end}" if partitions.end else ""
            message = f"no {partitions.kind} partition begins in the range: they begin with {partitions.start}{last}"
            self._add("from", message, "Write a range with partitions of the job.")

    def _moment(self, key: str, text: str | None) -> datetime | None:
        try:
            return self._partitions.local(datetime.fromisoformat(text or ""))
        except ValueError:
            message = f"'{text}' is no time" if text else f"the range has no {key}"
            self._add(key, message, "Write it like 2026-01-31.")
            return None


def _doubled(asked: Sequence[AskedBackfill], document: Document) -> list[Finding]:
    """Return a finding for each entry that was there before it: it would never be asked for."""
    return [
        document.finding(
            ("backfills", index),
            "backfill-invalid",
            "the same partitions are asked for twice for the same reason",
            "Remove one, or give another reason.",
        )
        for index, each in enumerate(asked)
        if each in asked[:index]
    ]
