"""Names of jobs and objects: usable, and shared by no two jobs."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dativo_core.model.finding import Finding
from dativo_core.model.names import TableName, slug
from dativo_core.rules.source_objects import ReadObject
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.tenants import JOBS

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True)
class NamedTable:
    """What a job loads from one object: the table, the exact names its name is made of, and what it is read from."""

    name: TableName
    domain: str
    object: str
    source_type: str
    source_object: str
    contract_file: str


@dataclass(frozen=True)
class NamedJob:
    """A job under the names others must not have; without `tables` when something about it has errors."""

    tenant: str
    name: str
    document: Document
    tables: tuple[NamedTable, ...]
    is_shared: bool


def slug_or_nothing(name: str) -> str:
    """Return the slug of a name, or an empty text when none can be made of it, which is a finding of its own."""
    try:
        return slug(name)
    except ValueError:
        return ""


def check_job_name(name: str, document: Document) -> list[Finding]:
    """Return whether a name can be made of the job's."""
    if slug_or_nothing(name):
        return []
    message = f"{name!r} has no letter or digit to make a name of"
    return [document.finding(("name",), "job-name", message, "Add name: with letters.")]


def check_object_names(read: Sequence[ReadObject], contract: Document, job: Document) -> list[Finding]:
    """Return the objects no name can be made of, and those of one job whose names are the same once they are slugs.

    The name is the job's, or else the contract's.
    """
    findings: list[Finding] = []
    first: dict[str, ReadObject] = {}
    for each in read:
        at, path = (job, each.place) if each.is_named else (contract, ("schema",))
        name = slug_or_nothing(each.name)
        if not name:
            message = f"the object {each.name!r} has no letter or digit to make a name of"
            findings.append(at.finding(path, "object-name", message, "Name the object with letters."))
        elif first.setdefault(name, each) is not each:
            message = f"the object '{each.name}' has the same name as '{first[name].name}': both are {name}"
            hint = "Rename one: case and punctuation are not kept."
            findings.append(at.finding(path, "object-name-duplicate", message, hint))
    return findings


def check_job_names(jobs: Sequence[NamedJob]) -> list[Finding]:
    """Return the jobs of a tenant whose names are the same once they are slugs; each finding names the other file."""
    findings: list[Finding] = []
    for group in _groups(
        (job, (slug_or_nothing(job.tenant), slug_or_nothing(job.name))) for job in jobs if slug_or_nothing(job.name)
    ).values():
        for job, other in _with_other(group):
            message = f"the job '{job.name}' has the same name as '{other.name}' in {other.document.file}"
            hint = "Rename one file, or add a name of its own to one job."
            findings.append(job.document.finding(("name",), "job-name-duplicate", message, hint))
    return findings


def check_tenants(jobs: Sequence[NamedJob], tenants: Iterable[str] = ()) -> list[Finding]:
    """Return the jobs of tenants whose names are the same once they are slugs: they would share every derived name.

    `tenants` are those that have a directory, also where none of their jobs was read.
    """
    places: dict[str, dict[str, str]] = {}
    for job in jobs:
        places.setdefault(slug_or_nothing(job.tenant), {}).setdefault(job.tenant, job.document.file)
    for tenant in sorted(tenants):
        places.setdefault(slug_or_nothing(tenant), {}).setdefault(tenant, f"{JOBS}/{tenant}/")
    findings: list[Finding] = []
    for job in jobs:
        others = places[slug_or_nothing(job.tenant)] if slug_or_nothing(job.tenant) else {}
        for other, place in others.items():
            if other != job.tenant:
                message = f"tenant '{job.tenant}' has the same name as '{other}' in {place}"
                hint = "Rename one tenant: '-' and '_' are one character in tables, pools and tags."
                findings.append(job.document.finding(("tenant_id",), "tenant-name-duplicate", message, hint))
                break
    return findings


def check_tables(jobs: Sequence[NamedJob]) -> list[Finding]:
    """Return the jobs that load one table without all of them saying `target.shared: true`."""
    findings: list[Finding] = []
    loaded = [(job, name) for job in jobs for name in {table.name: None for table in job.tables}]
    for name, group in sorted(_groups(loaded).items()):
        if all(job.is_shared for job in group):
            continue
        for job, other in _with_other(group):
            message = f"the table {name} is also loaded by {other.document.file}"
            hint = "Load different contracts, or write shared: true below target in both jobs."
            path: KeyPath = ("target", "shared") if job.document.value(("target",)) else ("asset_path",)
            findings.append(job.document.finding(path, "table-shared", message, hint))
    return findings


def _groups(keyed: Iterable[tuple[NamedJob, K]]) -> dict[K, list[NamedJob]]:
    """Return the jobs that have a key in common, by that key."""
    groups: dict[K, list[NamedJob]] = {}
    for job, key in keyed:
        groups.setdefault(key, []).append(job)
    return {key: group for key, group in groups.items() if len(group) > 1}


def _with_other(group: list[NamedJob]) -> list[tuple[NamedJob, NamedJob]]:
    return [(job, group[0] if job is not group[0] else group[1]) for job in group]
