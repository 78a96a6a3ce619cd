"""A workspace becomes plans: one per job, and every finding of all files at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dativo_core.model.finding import Finding, errors
from dativo_core.model.mode import Mode
from dativo_core.odcs.contract import Relation
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.odcs.relations import related
from dativo_core.plan.check import Examined, ReadContract, examine
from dativo_core.plan.make import loaders, make_plan
from dativo_core.plan.relations import Loader, planned_relations
from dativo_core.plan.schedules import RunnerPlan, plan_runner, runs_allowed
from dativo_core.plan.sides import Surroundings
from dativo_core.plan.types import IngestPlan
from dativo_core.rules.classifications import ladder_of
from dativo_core.rules.contract_ids import LoadedContract, check_contract_ids
from dativo_core.rules.contract_versions import check_versions, version_files
from dativo_core.rules.names import check_job_names, check_tables, check_tenants
from dativo_core.rules.policy import check_contract_file, check_policy_file
from dativo_core.rules.registry import check_registry
from dativo_core.rules.run_later import reasons
from dativo_core.rules.runner import ScheduledJob
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
    """All jobs of a workspace in the order of their files, and every finding, sorted, each once.

    `runner` says how they are started; nothing is said when only some of the jobs were read. `runs_per_tenant`: how many
    runs of a tenant the operator allows at one time, None where runner.yaml does not say.
    """

    jobs: tuple[JobCheck, ...]
    findings: tuple[Finding, ...]
    runner: RunnerPlan
    runs_per_tenant: int | None = None

    @property
    def of_no_job(self) -> tuple[Finding, ...]:
        """The problems that belong to no job, such as a file that does not exist."""
        of_jobs = {finding for job in self.jobs for finding in job.findings}
        return tuple(finding for finding in dict.fromkeys(self.findings) if finding not in of_jobs)


def check_workspace(workspace: Workspace, mode: Mode = Mode.SELF_HOSTED) -> Checked:
    """Return a plan or findings for every job that was read; one job's errors never stop another's plan.

    A broken registry or policy breaks every job.
    """
    read = _read_once(workspace)
    registry_file, policy_file = workspace.registry_file, workspace.policy_file
    surroundings = Surroundings(workspace.registry, registry_file.document, policy_file.model, mode, workspace.tenants)
    of_operator = (*_registry_findings(workspace), *check_policy_file(policy_file))
    examined = [examine(file, surroundings, read) for file in workspace.jobs]
    between = _by_file((*of_operator, *_findings_between(examined, workspace.tenants)))
    duplicates, versions = _duplicate_contracts(examined), _versions(workspace, examined, read)
    told = {each: _by_file((*duplicates.get(each, ()), *versions.get(each, ()))) for each in _tenants(examined)}
    neighbours = [examine(file, surroundings, read) for file in workspace.neighbours]
    loading = _by_contract(each for job in (*examined, *neighbours) for each in loaders(job))
    jobs = tuple(_job_check(each, (between, told[each.tenant]), workspace, loading) for each in examined)
    runner = _runner(workspace, jobs)
    found = {
        *workspace.findings,
        *of_operator,
        *runner.findings,
        *_of_others(workspace, read),
        *versions[None],
        *(f for job in jobs for f in job.findings),
    }
    return Checked(jobs, tuple(sorted(without_consequences(found))), runner, runs_allowed(workspace.runner_file))


def checked_plan(plan: IngestPlan) -> Checked:
    """Return a single job that was checked before, such as that of a run in Dagster."""
    return Checked((JobCheck(plan.tenant, plan.job, plan.file, plan.line, plan, ()),), (), RunnerPlan())


def _runner(workspace: Workspace, jobs: Sequence[JobCheck]) -> RunnerPlan:
    """Return what runner.yaml says, which is about all jobs of a workspace and stops none of them."""
    if not workspace.is_whole:
        return RunnerPlan()
    scheduled = {each.file: ScheduledJob(each.tenant, each.job, each.plan is not None) for each in jobs}
    readable = [each.job for each in workspace.jobs if each.job is not None]
    return plan_runner(workspace.runner_file, workspace.root, scheduled, readable)


def _of_others(workspace: Workspace, read: ReadContract) -> list[Finding]:
    """Return the problems of contracts and recipes that no job uses."""
    found = [finding for recipe in workspace.recipes for finding in recipe.findings]
    for parsed in workspace.contracts:
        found += parsed.findings
        if parsed.document is not None:
            file = read(parsed.document)
            found += [*file.findings, *check_contract_file(workspace.policy_file.model, file)]
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


def _read_once(workspace: Workspace) -> ReadContract:
    """Return a reader that compiles each contract once, however many jobs load it or contracts point to it."""
    alone: dict[str, ContractFile] = {}
    files: dict[str, ContractFile] = {}

    def read_alone(document: Document) -> ContractFile:
        if document.file not in alone:
            alone[document.file] = read_contract(document)
        return alone[document.file]

    def read_other(path: str) -> ContractFile | None:
        parsed = workspace.related.get(path)
        if parsed is None:
            return None
        if parsed.document is None:
            return ContractFile(None, Document(parsed.file, {}, {}), parsed.findings)
        return read_alone(parsed.document)

    def read(document: Document) -> ContractFile:
        if document.file not in files:
            files[document.file] = related(read_alone(document), read_other)
        return files[document.file]

    return read


def _findings_between(examined: Sequence[Examined], tenants: frozenset[str]) -> tuple[Finding, ...]:
    named = [job for each in examined if (job := each.named) is not None]
    return (
        *check_one_tenant([each.file for each in examined]),
        *check_tenants(named, tenants),
        *check_job_names(named),
        *check_tables(named),
        *check_slugs(named),
    )


def _duplicate_contracts(examined: Sequence[Examined]) -> dict[str, list[Finding]]:
    """Return the findings about contracts of one identity, by the tenant whose jobs load them."""
    loaded: dict[str, list[LoadedContract]] = {}
    for each in examined:
        if each.contract is not None and each.file.asset is not None and each.file.asset.document is not None:
            contract = LoadedContract(each.tenant, each.contract, each.file.asset.document)
            loaded.setdefault(each.tenant, []).append(contract)
    return {tenant: check_contract_ids(contracts, tenant) for tenant, contracts in loaded.items()}


def _versions(
    workspace: Workspace, examined: Sequence[Examined], read: ReadContract
) -> dict[str | None, list[Finding]]:
    """Return the findings between versions of one contract, by the tenant whose jobs load both; None: by no such tenant."""
    loaded: dict[str, tuple[Document, set[str]]] = {}
    for each in examined:
        document = each.file.asset.document if each.file.asset else None
        if document is not None:
            loaded.setdefault(document.file, (document, set()))[1].add(each.tenant)
    unused = [(parsed.document, set[str]()) for parsed in workspace.contracts if parsed.document is not None]
    files = version_files((read(document), frozenset(tenants)) for document, tenants in [*loaded.values(), *unused])
    found: dict[str | None, list[Finding]] = {None: []}
    for problem in check_versions(files, ladder_of(workspace.policy_file.model)):
        for tenant in problem.tenants or (None,):
            found.setdefault(tenant, []).append(problem.finding)
    return found


def _tenants(examined: Sequence[Examined]) -> set[str]:
    return {each.tenant for each in examined}


ByFile = Mapping[str, Sequence[Finding]]
ByContract = Mapping[tuple[str, str], Sequence[Loader]]


def _by_file(findings: Iterable[Finding]) -> ByFile:
    found: dict[str, list[Finding]] = {}
    for each in findings:
        found.setdefault(each.file, []).append(each)
    return found


def _by_contract(loading: Iterable[Loader]) -> ByContract:
    """Return which tables are loaded, by tenant and contract file."""
    found: dict[tuple[str, str], list[Loader]] = {}
    for each in loading:
        found.setdefault((each.tenant, each.file), []).append(each)
    return found


def _pointed_to(relations: Iterable[Relation], own: Loader, loading: ByContract) -> list[Loader]:
    files = dict.fromkeys(relation.target_file for relation in relations)
    return [each for file in files for each in loading.get((own.tenant, file), ())]


def _job_check(each: Examined, between: Sequence[ByFile], workspace: Workspace, loading: ByContract) -> JobCheck:
    asset = each.file.asset.file if each.file.asset else None
    places = {each.file.file, asset, workspace.registry_file.file, workspace.policy_file.file}
    objects = each.parts.objects if each.parts else ()
    # A job whose tenant has no name that can be used loads nothing.
    own = loaders(each)
    relations = [
        planned_relations(read.table.relations, table, _pointed_to(read.table.relations, table, loading))
        for read, table in zip(objects, own, strict=False)
    ]
    between_tables = [finding for found in relations for finding in found.findings]
    around = [found for group in between for place in places if place for found in group.get(place, ())]
    told = {*each.findings, *around, *between_tables}
    findings = tuple(sorted(without_consequences(told)))
    plan = (
        None
        if errors(findings) or each.parts is None
        else make_plan(each.tenant, each.name, each.parts, workspace.root, relations, reasons(findings))
    )
    line = each.file.document.line(()) if each.file.document else 1
    return JobCheck(each.tenant, each.name, each.file.file, line, plan, findings)
