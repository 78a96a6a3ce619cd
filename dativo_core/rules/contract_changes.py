"""What a contract must say when it changes: a version that rises far enough, a status that goes on, approval of what breaks."""

from collections.abc import Sequence
from dataclasses import dataclass

from dativo_core.model.finding import Finding
from dativo_core.model.ladder import Ladder
from dativo_core.odcs.change import Change, needed_level
from dativo_core.odcs.checks import STATUSES
from dativo_core.odcs.contract import Contract
from dativo_core.odcs.diff import diff
from dativo_core.odcs.read import ContractFile
from dativo_core.odcs.versions import Level, Version, bump, least_version, read_version, suffices
from dativo_core.workspace.document import Document

LOW = "version-bump-low"

_SHOWN = 5
"""How many changes a finding names."""


@dataclass(frozen=True)
class Review:
    """What changed between two readings of a contract, and what is missing in the new one.

    `needed` is the level the version must rise by, None when nothing changed. `wanted_version` is the least version that
    rises so far, None when the old one is not of the form 1.2.3. `is_enough`: the new version does.
    """

    old_version: str
    new_version: str
    changes: tuple[Change, ...]
    needed: Level | None
    wanted_version: str | None
    is_enough: bool
    findings: tuple[Finding, ...]


def review(old: ContractFile, new: ContractFile, ladder: Ladder) -> Review:
    """Compare two readings of a contract, both without errors."""
    if old.contract is None or new.contract is None:
        message = "a contract with errors cannot be compared"
        raise ValueError(message)
    changes = diff(old, new, ladder)
    needed, version = needed_level(changes), read_version(old.contract.version)
    findings = (
        *check_change(old.contract, new.contract, changes, new.document),
        *check_step(old.contract, new.contract, new.document),
    )
    return Review(
        old_version=old.contract.version,
        new_version=new.contract.version,
        changes=changes,
        needed=needed,
        wanted_version=str(least_version(needed, version)) if version is not None and needed is not None else None,
        is_enough=not any(finding.code == LOW for finding in findings),
        findings=findings,
    )


def stage(contract: Contract) -> int | None:
    """Return the place of a contract's status in the life of a version; None for a word that is no stage."""
    word = contract.status.strip().lower()
    return STATUSES.index(word) if word in STATUSES else None


def is_promised(contract: Contract) -> bool:
    """Return whether somebody may rely on a contract: what is only proposed or a draft may change freely."""
    return contract.status.strip().lower() not in STATUSES[: STATUSES.index("active")]


def check_change(old: Contract, new: Contract, changes: Sequence[Change], document: Document) -> list[Finding]:
    """Return what is missing in the `document` of a contract that changed from `old` to `new`."""
    if not is_promised(old):
        return []
    return [*_check_bump(old, new, changes, document), *_check_approval(old, new, changes, document)]


def check_step(old: Contract, new: Contract, document: Document) -> list[Finding]:
    """Return whether a version went backwards in its life between two revisions of its file.

    A new version starts its life anew: it may be a draft although the one before is active.
    """
    before, after = stage(old), stage(new)
    if old.version != new.version or before is None or after is None or after >= before:
        return []
    message = f"version {new.version} was {STATUSES[before]} and is {STATUSES[after]}, which is a step backwards"
    hint = f"Write status: {STATUSES[before]}, or give the change a version of its own."
    return [document.finding(("status",), "status-order", message, hint)]


def _check_bump(old: Contract, new: Contract, changes: Sequence[Change], document: Document) -> list[Finding]:
    needed, before, after = needed_level(changes), read_version(old.version), read_version(new.version)
    if before is None or after is None:
        if needed is None or old.version != new.version:
            return []
        message = f"the version is still {new.version}, and {_named(changes)}"
        hint = "Write a higher version, of the form 1.2.3."
        return [document.finding(("version",), LOW, message, hint)]
    if (needed is None and after >= before) or (needed is not None and suffices(needed, before, after)):
        return []
    wanted = before.next(needed or Level.PATCH)
    counted = _named([change for change in changes if change.level > (bump(before, after) or 0)])
    message = (
        f"{_shown_step(before, after, old.file)}, and {counted}" if changes else _shown_step(before, after, old.file)
    )
    return [document.finding(("version",), LOW, message, f"Write version: {wanted}.")]


def _shown_step(old: Version, new: Version, file: str) -> str:
    step = bump(old, new)
    if step is not None:
        return f"{new} is only a {step} step from {old} ({file})"
    return f"the version is still {new}" if new == old else f"the version {new} is below {old} ({file})"


def _named(changes: Sequence[Change]) -> str:
    """Return which of the changes reach the farthest, and how far."""
    level = needed_level(changes)
    farthest = [change.message for change in changes if change.level is level]
    more = [f"and {len(farthest) - _SHOWN} more"] if len(farthest) > _SHOWN else []
    verb = "1 change is" if len(farthest) == 1 else f"{len(farthest)} changes are"
    return f"{verb} {level}: {'; '.join([*farthest[:_SHOWN], *more])}"


def _check_approval(old: Contract, new: Contract, changes: Sequence[Change], document: Document) -> list[Finding]:
    """Return whether the contract allowed its change; `old` is the promise that readers rely on."""
    breaking = [change for change in changes if change.level is Level.MAJOR]
    allows = old.governance.change_policy != "non-breaking" and not old.governance.needs_approval
    if not breaking or allows or new.version in new.governance.approved_versions:
        return []
    message = f"the contract allows no breaking change without approval, and {_named(breaking)}"
    entry = f"{{version: {_version_to_approve(old, new)}, approved_by: NAME}}"
    hint = f"Take it back, or add {entry} to version_history of change_management."
    return [document.finding(("version",), "change-unapproved", message, hint)]


def _version_to_approve(old: Contract, new: Contract) -> str:
    """Return the version a breaking change must have: the one it has, unless that is too low."""
    before, after = read_version(old.version), read_version(new.version)
    if before is None or after is None or suffices(Level.MAJOR, before, after):
        return new.version
    return str(least_version(Level.MAJOR, before))
