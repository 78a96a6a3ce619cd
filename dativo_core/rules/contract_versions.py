"""Versions of one contract that live side by side in a workspace."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dativo_core.model.finding import Finding
from dativo_core.model.ladder import Ladder
from dativo_core.odcs.change import Change
from dativo_core.odcs.checks import STATUSES
from dativo_core.odcs.contract import Contract
from dativo_core.odcs.diff import diff
from dativo_core.odcs.read import ContractFile
from dativo_core.odcs.versions import Version, read_version
from dativo_core.rules.contract_changes import check_change, is_promised, stage

_Diff = Callable[[ContractFile, ContractFile], tuple[Change, ...]]
_ENDED = STATUSES.index("deprecated")
_ACTIVE = STATUSES.index("active")


@dataclass(frozen=True)
class VersionFile:
    """A contract file and the tenants whose jobs load it; none: it is there for all of them."""

    file: ContractFile
    contract: Contract
    version: Version
    tenants: frozenset[str]


@dataclass(frozen=True)
class VersionFinding:
    """A finding about two versions, and the tenants whose jobs load both."""

    finding: Finding
    tenants: frozenset[str]


def version_files(files: Iterable[tuple[ContractFile, frozenset[str]]]) -> list[VersionFile]:
    """Return the files that hold a contract with a version that compares; of others enough is said elsewhere."""
    found: list[VersionFile] = []
    for file, tenants in files:
        version = read_version(file.contract.version) if file.contract is not None else None
        if file.contract is not None and version is not None:
            found.append(VersionFile(file, file.contract, version, tenants))
    return found


def check_versions(files: Sequence[VersionFile], ladder: Ladder) -> list[VersionFinding]:
    """Return what is wrong between the versions of each contract that one tenant sees.

    A tenant sees what its jobs load and what no job loads, and not what only others load.
    """
    by_id: dict[str, list[VersionFile]] = {}
    for file in files:
        by_id.setdefault(file.contract.id, []).append(file)
    found: dict[VersionFinding, None] = {}
    for versions in by_id.values():
        if len({each.version for each in versions}) > 1:
            found |= dict.fromkeys(_check_contract(versions, ladder))
    return list(found)


def _check_contract(versions: Sequence[VersionFile], ladder: Ladder) -> Iterator[VersionFinding]:
    compared: dict[tuple[str, str], tuple[Change, ...]] = {}

    def changes(old: ContractFile, new: ContractFile) -> tuple[Change, ...]:
        key = old.document.file, new.document.file
        if key not in compared:
            compared[key] = diff(old, new, ladder)
        return compared[key]

    for seen in _views(versions):
        ordered = sorted(seen, key=lambda each: (each.version, each.file.document.file))
        yield from _check_bumps(ordered, changes)
        yield from _check_lives(ordered)


def _views(versions: Sequence[VersionFile]) -> Iterator[list[VersionFile]]:
    """Yield what each tenant sees, or what all see where no job loads any."""
    for_all = [each for each in versions if not each.tenants]
    own: dict[str, list[VersionFile]] = {}
    for each in versions:
        for tenant in each.tenants:
            own.setdefault(tenant, []).append(each)
    yield from ([*for_all, *own[tenant]] for tenant in sorted(own)) if own else [for_all]


def _check_bumps(ordered: Sequence[VersionFile], changes: _Diff) -> Iterator[VersionFinding]:
    """Yield each version that is too near to the one before it that somebody may rely on."""
    base: VersionFile | None = None
    for each in ordered:
        if base is not None and base.version < each.version:
            told = changes(base.file, each.file)
            for finding in check_change(base.contract, each.contract, told, each.file.document):
                yield VersionFinding(finding, base.tenants & each.tenants)
        if not each.version.pre_release and is_promised(each.contract):
            base = each


def _check_lives(ordered: Sequence[VersionFile]) -> Iterator[VersionFinding]:
    """Yield each version that ends before an older one does, with none after it: its readers would have to go back.

    That a newer version is at an earlier stage is how versions come into being.
    """
    staged = [(each, at) for each in ordered if (at := stage(each.contract)) is not None]
    last = max((place for place, (_, at) in enumerate(staged) if at < _ENDED), default=len(staged))
    current = next((each for each, at in reversed(staged[: last + 1]) if at == _ACTIVE), None)
    if current is not None:
        yield from (_ended(each, at, current) for each, at in staged[last + 1 :] if current.version < each.version)


def _ended(newer: VersionFile, at: int, current: VersionFile) -> VersionFinding:
    where = current.file.document.file
    message = (
        f"version {newer.version} is {STATUSES[at]} and no later one is there to move to, while {current.version} ({where}) "
        "is active"
    )
    hint = f"Publish what readers shall move to as a version above {newer.version}, or end {current.version} first."
    finding = newer.file.document.finding(("status",), "status-order", message, hint)
    return VersionFinding(finding, newer.tenants & current.tenants)
