"""Whether a contract is ready to be loaded by a job."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.odcs.contract import Contract
from dativo_core.workspace.document import Document

_NOT_YET = frozenset({"proposed", "draft"})
_PRODUCTION = frozenset({"prod", "production"})


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
