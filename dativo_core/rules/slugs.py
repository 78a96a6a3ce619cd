"""Names in contracts and sources that differ as written and are one once they are slugs."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from dativo_core.model.finding import Finding, Severity
from dativo_core.rules.names import NamedJob, NamedTable, slug_or_nothing


@dataclass(frozen=True)
class _Subject:
    """One kind of name: which of them would meet, the name as it is written, and what to say of it."""

    word: str
    meets: Callable[[str, NamedTable], Hashable]
    written: Callable[[NamedTable], str]
    code: str
    severity: Severity


_SUBJECTS = (
    _Subject(
        "domain",
        lambda tenant, table: table.name.namespace,
        lambda table: table.domain,
        "domain-name-duplicate",
        Severity.ERROR,
    ),
    _Subject(
        "object",
        lambda tenant, table: table.name,
        lambda table: table.object,
        "table-name-duplicate",
        Severity.ERROR,
    ),
    _Subject(
        "source object",
        lambda tenant, table: (tenant, table.source_type, slug_or_nothing(table.source_object)),
        lambda table: table.source_object,
        "source-name-duplicate",
        Severity.WARNING,
    ),
)
"""Namespaces, tables, and the source objects that Dagster shows; the last only look alike, so they are no error."""


def check_slugs(jobs: Sequence[NamedJob]) -> list[Finding]:
    """Return the jobs whose domain, object or source object has the same slug as another's; each names both files."""
    return [found for subject in _SUBJECTS for found in _check(subject, jobs)]


def _check(subject: _Subject, jobs: Sequence[NamedJob]) -> Iterator[Finding]:
    groups: dict[Hashable, dict[str, tuple[NamedJob, NamedTable]]] = {}
    named = [(job, table) for job in jobs for table in job.tables]
    for job, table in named:
        if slug_or_nothing(subject.written(table)):
            group = groups.setdefault(subject.meets(job.tenant, table), {})
            group.setdefault(subject.written(table), (job, table))
    for job, table in named:
        own = subject.written(table)
        for name, (other, others) in groups.get(subject.meets(job.tenant, table), {}).items():
            if name != own and other is not job:
                yield _finding(subject, job, table, name, f"{others.contract_file} ({other.document.file})")
                break


def _finding(subject: _Subject, job: NamedJob, table: NamedTable, name: str, place: str) -> Finding:
    own, file = subject.written(table), table.contract_file
    message = f"the {subject.word} '{own}' of {file} has the same name as '{name}' of {place}"
    hint = "Write the name in one way, or rename one: case and punctuation are not kept."
    return job.document.finding(("asset_path",), subject.code, message, hint, subject.severity)
