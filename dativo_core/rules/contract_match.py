"""Whether a job and the contract it loads are about the same thing."""

from collections.abc import Sequence

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.odcs.contract import Contract
from dativo_core.rules.source_objects import ReadObject
from dativo_core.workspace.document import Document, KeyPath


def check_contract(
    job: Job,
    source_type: str,
    contract: Contract,
    read: Sequence[ReadObject],
    contract_document: Document,
    job_document: Document,
    severity: Severity = Severity.WARNING,
) -> list[Finding]:
    """Return where source type, object or tenant differ; contracts may be shared, so these are warnings unless a policy
    is strict.

    What a job reads is placed where the job says it, whose it is where the contract does.
    """
    findings: list[Finding] = []
    file = contract_document.file
    shared = ", unless the contract is shared on purpose" if severity is Severity.WARNING else ""

    def add(document: Document, path: KeyPath, code: str, message: str) -> None:
        findings.append(document.finding(path, code, message, f"Correct one of them{shared}.", severity))

    if contract.source_type is not None and contract.source_type != source_type:
        message = f"the job reads the source type '{source_type}', its contract {file} is for '{contract.source_type}'"
        add(job_document, _connector(job_document), "source-mismatch", message)
    for each in read:
        table = each.table
        if len(contract.objects) == 1 and each.name not in {table.source_object, table.name, table.physical_name}:
            message = f"the job reads the object '{each.name}', its contract {file} is for '{table.source_object}'"
            add(job_document, each.place, "source-mismatch", message)
    if contract.tenant is not None and contract.tenant.casefold() != job.tenant_id.casefold():
        message = f"the contract belongs to the tenant '{contract.tenant}', the job to '{job.tenant_id}'"
        add(contract_document, ("tenant",), "tenant-mismatch", message)
    return findings


def _connector(job: Document) -> KeyPath:
    """Return where a job says what it reads from."""
    paths: tuple[KeyPath, ...] = (("source", "type"), ("source_connector_path",), ("source_connector",))
    return next((path for path in paths if path in job.places), ("source",))
