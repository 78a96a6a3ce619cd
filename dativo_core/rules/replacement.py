"""Which rows a job replaces or removes: `target.replace` and `source.removed_files` fit the write mode."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job, Source, Target
from dativo_core.rules.layout import SYNTHETIC_PARTITION
from dativo_core.workspace.merge import Merged

REPLACING = "delete_insert"
TRUNCATING = "overwrite"
APPENDING = "append"


def check_replace(target: Target, settings: Merged) -> list[Finding]:
    """Return whether the part of the table that is to be replaced can be."""
    if target.replace is None:
        return []
    mode = target.write_mode or APPENDING
    if mode != REPLACING:
        message = f"replace: {target.replace} needs write_mode: {REPLACING}, and the write mode is {mode}"
        hint = f"Set write_mode: {REPLACING}, or remove replace."
        return [settings.finding(("replace",), "replace-write-mode", message, hint)]
    return _check_partitions(target, settings) if target.replace == "partition" else []


def _check_partitions(target: Target, settings: Merged) -> list[Finding]:
    if not target.partitioning:
        message = "replace: partition needs a partitioned table"
        hint = "Set partitioning, or replace: file."
        return [settings.finding(("replace",), "replace-unpartitioned", message, hint)]
    if tuple(target.partitioning) != (SYNTHETIC_PARTITION,):
        return []
    message = (
        f"the table is partitioned by {SYNTHETIC_PARTITION} alone, so each load replaces all loads of the same day"
    )
    hint = "Use replace: file, or partition by a column of the contract."
    return [settings.finding(("replace",), "replace-load-date", message, hint, Severity.WARNING)]


def check_shared(target: Target, settings: Merged) -> list[Finding]:
    """Return whether the write mode leaves the rows of the other jobs of a shared table alone."""
    mode = target.write_mode
    if target.shared is not True or mode not in {REPLACING, TRUNCATING}:
        return []
    message = f"write_mode: {mode} replaces rows, which may be those of the other jobs that load the shared table"
    hint = f"Set write_mode: {APPENDING}, or give this job a table of its own and remove shared."
    return [settings.finding(("write_mode",), "shared-write-mode", message, hint)]


def check_partitioned_loads(job: Job, target: Target, settings: Merged) -> list[Finding]:
    """Return whether partitions can be loaded one by one where every load replaces the whole table."""
    if job.partitions is None or target.write_mode != TRUNCATING:
        return []
    message = "each load replaces the whole table, so partitions cannot be loaded one by one"
    hint = f"Set write_mode: {REPLACING}, or remove partitions."
    return [settings.finding(("write_mode",), "partition-write-mode", message, hint)]


def check_removed_files(source: Source, settings: Merged, target: Target) -> list[Finding]:
    """Return whether the write mode can do with the rows of removed files what the job asks for."""
    wanted, mode = source.removed_files, target.write_mode or APPENDING
    if wanted == "delete" and mode not in {REPLACING, TRUNCATING}:
        message = f"removed_files: delete needs a write mode that can delete rows, and the write mode is {mode}"
        hint = f"Set target.write_mode: {REPLACING}, or removed_files: keep."
    elif wanted == "keep" and mode == TRUNCATING:
        message = (
            "write_mode: overwrite has only the rows of the files there are, so it cannot keep those of removed ones"
        )
        hint = f"Set target.write_mode: {REPLACING}, or removed_files: delete."
    else:
        return []
    return [settings.finding(("removed_files",), "removed-files-write-mode", message, hint)]
