"""Whether a contract is ready to be loaded by a job."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.odcs.contract import Contract
from dativo_core.workspace.document import Document

_NOT_YET = frozenset({"proposed", "draft"})
_PRODUCTION = frozenset({"prod", "production"})


def check_life(document: Document) -> list[Finding]:
    """Return whether a contract that a job loads is at its end: retired is an error, deprecated a warning."""
    status, path = document.value(("status",)), ("status",)
    if status == "retired":
        return [document.finding(path, "status-retired", "the contract is retired", "Use its successor.")]
    if status == "deprecated":
        message, hint = "the contract is deprecated", "Move to its successor."
        return [document.finding(path, "status-retired", message, hint, Severity.WARNING)]
    return []


def check_status(job: Job, contract: Contract, document: Document) -> list[Finding]:
    """Return whether a job loads a contract that is not agreed on yet: a warning, in production an error."""
    if contract.status not in _NOT_YET:
        return []
    is_production = (job.environment or "").strip().lower() in _PRODUCTION
    where = f" in the environment {job.environment}" if is_production else ""
    message = (
        f"the contract is only {'a draft' if contract.status == 'draft' else 'proposed'}, and a job loads it{where}"
    )
    severity = Severity.ERROR if is_production else Severity.WARNING
    return [document.finding(("status",), "status-retired", message, "Agree on it and write status: active.", severity)]
