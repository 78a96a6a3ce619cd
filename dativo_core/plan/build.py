"""A workspace becomes plans: one per job, and every finding of all files at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dativo_core.model.finding import Finding, errors
from dativo_core.model.mode import Mode
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.plan.check import Examined, ReadContract, examine
from dativo_core.plan.make import make_plan
from dativo_core.plan.sides import Surroundings
from dativo_core.plan.types import IngestPlan
from dativo_core.rules.contract_ids import LoadedContract, check_contract_ids
from dativo_core.rules.names import check_job_names, check_tables, check_tenants
from dativo_core.rules.policy import check_policy_file
from dativo_core.rules.references import check_references
from dativo_core.rules.registry import check_registry
from dativo_core.rules.runner import ScheduledJob, check_runner
from dativo_core.rules.slugs import check_slugs
from dativo_core.rules.tenant import check_one_tenant
from dativo_core.workspace.consequences import without_consequences
from dativo_core.workspace.document import Document
from dativo_core.workspace.load import Workspace, load_workspace


@dataclass(frozen=True)
class JobCheck:
    """A job file: its plan, None when a finding is an error, and the findings of all files it uses."""

    tenant: str
    job: str
    file: str
    line: int
    plan: IngestPlan | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Checked:
    """All jobs of a workspace in the order of their files, and every finding, sorted, each once."""

    jobs: tuple[JobCheck, ...]
    findings: tuple[Finding, ...]


def check_workspace(workspace: Workspace, mode: Mode = Mode.SELF_HOSTED) -> Checked:
    """Return a plan or findings for every job that was read; one job's errors never stop another's plan.

    A broken registry or policy breaks every job.
    """
    read = _read_once()
    registry_file, policy_file = workspace.registry_file, workspace.policy_file
    surroundings = Surroundings(workspace.registry, registry_file.document, policy_file.model, mode)
    of_operator = (*_registry_findings(workspace), *check_policy_file(policy_file))
    examined = [examine(file, surroundings, read) for file in workspace.jobs]
    between = (*of_operator, *_findings_between(examined))
    duplicates = _duplicate_contracts(examined)
    jobs = tuple(_job_check(each, (*between, *duplicates.get(each.tenant, ())), workspace) for each in examined)
    found = {
        *workspace.findings,
        *of_operator,
        *_of_runner(workspace, jobs),
        *_of_others(workspace, read),
        *(f for job in jobs for f in job.findings),
    }
    return Checked(jobs, tuple(sorted(without_consequences(found))))


def _of_runner(workspace: Workspace, jobs: Sequence[JobCheck]) -> list[Finding]:
    """Return the problems of runner.yaml, which is about all jobs of a workspace and stops none of them."""
    file = workspace.runner_file
    if not workspace.is_whole:
        return []
    valid = {job.file for job in jobs if job.plan is not None}
    scheduled = {each.file: ScheduledJob(each.job, each.file in valid) for each in workspace.jobs}
    references = check_references(file.document) if file.document else []
    return [*file.findings, *references, *check_runner(file, workspace.root, scheduled)]


def _of_others(workspace: Workspace, read: ReadContract) -> list[Finding]:
    """Return the problems of contracts and recipes that no job uses."""
    found = [finding for recipe in workspace.recipes for finding in recipe.findings]
    for parsed in workspace.contracts:
        found += parsed.findings
        found += read(parsed.document).findings if parsed.document else ()
    return found


def plan_job(root: Path, file: Path) -> JobCheck:
    """Read and check a single job file; one that does not exist is a finding."""
    checked = check_workspace(load_workspace(root, [file]))
    return checked.jobs[0] if checked.jobs else JobCheck("", file.stem, str(file), 1, None, checked.findings)


def _registry_findings(workspace: Workspace) -> tuple[Finding, ...]:
    file = workspace.registry_file
    if file.model is None or file.document is None:
        return file.findings
    return (*file.findings, *check_registry(file.model, file.document))


def _read_once() -> ReadContract:
    """Return a reader that compiles each contract once, however many jobs load it."""
    files: dict[str, ContractFile] = {}

    def read(document: Document) -> ContractFile:
        if document.file not in files:
            files[document.file] = read_contract(document)
        return files[document.file]

    return read


def _findings_between(examined: Sequence[Examined]) -> tuple[Finding, ...]:
    named = [job for each in examined if (job := each.named) is not None]
    return (
        *check_one_tenant([each.file for each in examined]),
        *check_tenants(named),
        *check_job_names(named),
        *check_tables(named),
        *check_slugs(named),
    )


def _duplicate_contracts(examined: Sequence[Examined]) -> dict[str, list[Finding]]:
    """Return the findings about contracts of one identity, by the tenant whose jobs load them."""
    loaded = [
        LoadedContract(each.tenant, each.contract, each.file.asset.document)
        for each in examined
        if each.contract is not None and each.file.asset is not None and each.file.asset.document is not None
    ]
    return {tenant: check_contract_ids(loaded, tenant) for tenant in {each.tenant for each in loaded}}


def _job_check(each: Examined, between: Sequence[Finding], workspace: Workspace) -> JobCheck:
    asset = each.file.asset.file if each.file.asset else None
    places = {each.file.file, asset, workspace.registry_file.file, workspace.policy_file.file}
    found = {*each.findings, *(other for other in between if other.file in places)}
    findings = tuple(sorted(without_consequences(found)))
    plan = (
        None
        if errors(findings) or each.parts is None
        else make_plan(each.tenant, each.name, each.parts, workspace.root)
    )
    line = each.file.document.line(()) if each.file.document else 1
    return JobCheck(each.tenant, each.name, each.file.file, line, plan, findings)
