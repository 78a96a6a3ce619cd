"""Whether a job and the contract it loads are about the same thing."""

from collections.abc import Sequence

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.odcs.contract import Contract
from dativo_core.rules.source_objects import ReadObject
from dativo_core.workspace.document import Document


def check_contract(
    job: Job,
    source_type: str,
    contract: Contract,
    read: Sequence[ReadObject],
    contract_document: Document,
    severity: Severity = Severity.WARNING,
) -> list[Finding]:
    """Return where source type, object or tenant differ; contracts may be shared, so these are warnings unless a policy
    is strict.
    """
    findings: list[Finding] = []

    def add(key: str, code: str, message: str) -> None:
        shared = ", unless the contract is shared on purpose" if severity is Severity.WARNING else ""
        hint = f"Correct one of them{shared}."
        findings.append(contract_document.finding((key,), code, message, hint, severity))

    if contract.source_type is not None and contract.source_type != source_type:
        message = f"the contract is for the source type '{contract.source_type}', the job reads '{source_type}'"
        add("source_type", "source-mismatch", message)
    for each in read:
        table = each.table
        if len(contract.objects) == 1 and each.name not in {table.source_object, table.name, table.physical_name}:
            message = f"the contract is for the object '{table.source_object}', the job reads '{each.name}'"
            add("object", "source-mismatch", message)
    if contract.tenant is not None and contract.tenant.casefold() != job.tenant_id.casefold():
        message = f"the contract belongs to the tenant '{contract.tenant}', the job to '{job.tenant_id}'"
        add("tenant", "tenant-mismatch", message)
    return findings
