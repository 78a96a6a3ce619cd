"""What the operator's policy asks of contracts: PII that is classified, classifications that agree and are known, bounded
retention, and servers on hosts that are allowed.
"""

from collections.abc import Iterator

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.model.names import same_name
from dativo_core.model.policy import Policy
from dativo_core.odcs.contract import Contract, Element, SchemaObject
from dativo_core.odcs.read import ContractFile
from dativo_core.rules.classifications import check_contract_classifications, check_job_classifications, ladder_of
from dativo_core.rules.references import check_references
from dativo_core.rules.server_hosts import check_server_hosts
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.load import ModelFile


def check_policy_file(file: ModelFile[Policy]) -> list[Finding]:
    """Return what is wrong with policy.yaml itself; while it has errors nobody knows what contracts must satisfy."""
    if file.model is None or file.document is None:
        return [*file.findings]
    findings = [*file.findings, *check_references(file.document)]
    first: dict[str, tuple[str, KeyPath]] = {}
    for index, rule in enumerate(file.model.classification_rules or ()):
        path: KeyPath = (*file.at, "classification_rules", index)
        wanted, other = first.setdefault(same_name(rule.field), (rule.classification, path))
        if not _agree(rule.classification, wanted):
            line = file.document.line(other)
            message = f"'{rule.field}' is to be '{rule.classification}', but '{wanted}' on line {line}"
            findings.append(file.document.finding(path, "policy-conflict", message, "Remove one of the rules."))
        elif file.model.classifications and ladder_of(file.model).step(rule.classification) is None:
            message = f"'{rule.field}' is to be '{rule.classification}', which is none of 'classifications'"
            hint = "Add it to the classifications, or correct the rule."
            findings.append(file.document.finding(path, "policy-conflict", message, hint))
    return findings


def severity_of(policy: Policy | None) -> Severity:
    """Return what breaking the policy means: an error when it is enforced strictly, else a warning."""
    return Severity.ERROR if policy is not None and policy.is_strict else Severity.WARNING


def check_contract_file(policy: Policy | None, file: ContractFile) -> list[Finding]:
    """Return what a contract file breaks of the policy, whichever job loads it: unknown classifications, hosts.

    A host outside of the list is an error, however strictly the policy is enforced.
    """
    if policy is None:
        return []
    findings = check_contract_classifications(ladder_of(policy), file, severity_of(policy))
    hosts = policy.allowed_hosts
    return findings if hosts is None else [*findings, *check_server_hosts(hosts, file.document)]


def check_policy(
    policy: Policy, contract: Contract, table: SchemaObject, document: Document, job: Job, job_document: Document
) -> list[Finding]:
    """Return where a contract, as its job overrides it, breaks the policy."""
    return [
        *check_classification(policy, table, document),
        *check_retention(policy, contract, document, job, job_document),
        *check_care(policy, contract, document),
        *check_job_classifications(ladder_of(policy), job, job_document, severity_of(policy)),
    ]


def check_classification(policy: Policy, table: SchemaObject, document: Document) -> list[Finding]:
    """Return the columns, and parts of columns, that are not classified as the policy asks.

    Neither a contract's nor a job's default counts for a PII field: only what is said of the column, or of what holds it.
    """
    personal = {same_name(name) for name in policy.pii_fields or ()}
    wanted = {same_name(rule.field): rule.classification for rule in policy.classification_rules or ()}
    told = [(each, problem) for each in table.elements for problem in _unmet(each, personal, wanted)]
    severity = severity_of(policy)
    return [document.finding((*each.path, "classification"), *problem, severity) for each, problem in told]


def _unmet(element: Element, personal: set[str], wanted: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield code, message and hint of what is wrong with an element: at most one thing."""
    names = sorted({same_name(name) for name in element.names})
    rule = next((wanted[name] for name in names if name in wanted), None)
    is_personal = any(name in personal for name in names)
    if element.classification is None and (is_personal or rule is not None):
        what = "is personal data" if is_personal else f"must be classified '{rule}'"
        message = f"'{element.subject}' {what}, says the policy, and has no classification"
        yield "pii-unclassified", message, f"Add classification: {rule or 'PII'} to the column."
    elif element.classification is not None and rule is not None and not _agree(element.classification, rule):
        message = f"'{element.subject}' is classified '{element.classification}', but the policy says '{rule}'"
        yield "classification-differs", message, f"Write classification: {rule}."


def check_retention(
    policy: Policy, contract: Contract, document: Document, job: Job, job_document: Document
) -> list[Finding]:
    """Return whether rows are to be kept longer than the policy allows; what the job says goes before the contract."""
    most = policy.retention_days
    overrides = job.governance_overrides
    own = overrides.retention_days if overrides else None
    kept = own if own is not None else contract.governance.retention_days
    if most is None or kept is None or kept <= most:
        return []
    where, path = document, contract.governance.retention_path
    if own is not None:
        where, path = job_document, ("governance_overrides", "retention_days")
    message = f"rows are to be kept {kept} days, but the policy allows {most}"
    return [where.finding(path, "retention-too-long", message, f"Write at most {most} days.", severity_of(policy))]


def check_care(policy: Policy, contract: Contract, document: Document) -> list[Finding]:
    """Return what a contract leaves open: compliance, monitoring with somebody on call, change management.

    An owner is asked of every contract, with or without a policy.
    """
    findings: list[Finding] = []

    def ask(path: KeyPath, what: str, section: str, home: str) -> None:
        message = f"the contract has no {what}, which the policy asks of every contract"
        hint = f"Add {section}; in the standard it is the custom property {home}."
        findings.append(document.finding(path, "governance-missing", message, hint, severity_of(policy)))

    governance = contract.governance
    if not governance.has_compliance:
        ask(("compliance",), "compliance", "compliance: {retention_days: DAYS}", "dativoCompliance")
    if governance.oncall is None:
        section = "data_quality: {monitoring: {enabled: true, oncall_rotation: NAME}}"
        ask(("data_quality", "monitoring"), "monitoring that calls somebody", section, "dativoDataQuality")
    if governance.change_policy is None:
        section = "change_management: {policy: non-breaking}"
        ask(("change_management",), "policy of change", section, "dativoChangeManagement")
    return findings


def _agree(one: str, other: str) -> bool:
    return same_name(one) == same_name(other)
