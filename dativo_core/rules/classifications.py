"""Classifications that are steps of the operator's ladder."""

from collections.abc import Iterator

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.model.ladder import Ladder
from dativo_core.model.policy import Policy
from dativo_core.odcs.diff_sections import classification_path
from dativo_core.odcs.read import ContractFile
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean


def ladder_of(policy: Policy | None) -> Ladder:
    """Return the classifications a policy names; none without a policy."""
    return Ladder((policy.classifications if policy is not None else None) or ())


def check_contract_classifications(ladder: Ladder, file: ContractFile, severity: Severity) -> list[Finding]:
    """Return the classifications of a contract that are no step, each where it is written."""
    return [
        _finding(file.document, path, written, ladder, severity)
        for path, written in _written(file)
        if ladder.steps and written.strip() and ladder.step(written) is None
    ]


def check_job_classifications(ladder: Ladder, job: Job, document: Document, severity: Severity) -> list[Finding]:
    """Return the classifications a job gives to columns that are no step."""
    return [
        _finding(document, ("classification_overrides", name), written, ladder, severity)
        for name, written in (job.classification_overrides or {}).items()
        if ladder.steps and written.strip() and ladder.step(written) is None
    ]


def _written(file: ContractFile) -> Iterator[tuple[KeyPath, str]]:
    contract = file.contract
    if contract is None:
        return
    for element in (each for table in contract.objects for each in table.elements):
        path = (*element.path, "classification")
        if isinstance(written := file.document.value(path), str):
            yield path, written
    whole = classification_path(file)
    is_list = isinstance(file.document.value(whole), list)
    for index, written in enumerate(contract.governance.classification):
        yield ((*whole, index) if is_list else whole), written


def _finding(document: Document, path: KeyPath, written: str, ladder: Ladder, severity: Severity) -> Finding:
    message = f"'{written}' is no classification of the policy"
    near = did_you_mean(written, ladder.steps)
    hint = near if near.startswith("Did") else f"Use one of: {', '.join(ladder.steps)}."
    return document.finding(path, "classification-unknown", message, hint, severity)
