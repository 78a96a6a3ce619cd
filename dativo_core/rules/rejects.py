"""How many rejected rows a job may have."""

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job
from dativo_core.workspace.document import Document


def check_max_rejects(job: Job, document: Document) -> list[Finding]:
    """Return whether a budget of rejected rows contradicts strict mode, whose budget is zero."""
    if job.schema_validation_mode == "warn" or not job.max_rejects:
        return []
    message = f"max_rejects is {job.max_rejects}, but strict mode lets no row be rejected"
    hint = "Add schema_validation_mode: warn, or remove max_rejects."
    return [document.finding(("max_rejects",), "max-rejects-strict", message, hint)]


def reject_budget(job: Job) -> int | None:
    """Return how many rows may be rejected; None means any number."""
    return 0 if job.schema_validation_mode == "strict" else job.max_rejects
