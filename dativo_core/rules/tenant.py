"""Tenants: an id that can be a name everywhere, and the directory it belongs to."""

from collections.abc import Sequence

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job
from dativo_core.model.mode import Mode
from dativo_core.model.names import TENANT_PATTERN
from dativo_core.workspace.document import Document
from dativo_core.workspace.load import JobFile
from dativo_core.workspace.tenants import JOBS

_KEY = ("tenant_id",)


def check_tenant(job: Job, document: Document, directory: str | None, mode: Mode) -> list[Finding]:
    """Return whether the tenant id is usable and equals the directory under `jobs/`, which there must be in cloud mode."""
    if not TENANT_PATTERN.match(job.tenant_id):
        hint = "Use a lower-case letter, then at most 62 letters, digits, '-' and '_'."
        return [document.finding(_KEY, "tenant-invalid", f"{job.tenant_id!r} is not a tenant id", hint)]
    if directory is not None and job.tenant_id != directory:
        message = f"the tenant is '{job.tenant_id}', the directory {JOBS}/{directory}/ belongs to '{directory}'"
        hint = f"Write tenant_id: {directory}, or move the file to {JOBS}/{job.tenant_id}/."
        return [document.finding(_KEY, "tenant-directory", message, hint)]
    if directory is None and mode is Mode.CLOUD:
        message = f"the file lies in no directory {JOBS}/<tenant>/, which alone says whose it is in cloud mode"
        return [document.finding(_KEY, "tenant-directory", message, f"Move the file to {JOBS}/{job.tenant_id}/.")]
    return []


def check_one_tenant(files: Sequence[JobFile]) -> list[Finding]:
    """Return the jobs of a directory outside `jobs/<tenant>/` that disagree on their tenant."""
    findings: list[Finding] = []
    first: dict[str, tuple[str, str]] = {}
    for file in files:
        if file.job is None or file.document is None or file.directory is not None:
            continue
        tenant, other = first.setdefault(file.listed_in, (file.job.tenant_id, file.file))
        if tenant != file.job.tenant_id:
            message = f"the tenant is '{file.job.tenant_id}', but '{tenant}' in {other} beside it"
            hint = f"Keep one tenant per directory, such as {JOBS}/{file.job.tenant_id}/."
            findings.append(file.document.finding(_KEY, "tenant-directory", message, hint))
    return findings
