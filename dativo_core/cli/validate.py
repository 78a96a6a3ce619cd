"""`dativo validate`: every problem of the configuration at once, before anything runs."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dativo_core.cli.failure import FAILURE, debug_option, json_option
from dativo_core.cli.findings import finding_counts, finding_lines, plural
from dativo_core.cli.jobs import check_jobs, root_option
from dativo_core.cli.report import json_text
from dativo_core.cli.strict import as_strict, strict_option
from dativo_core.model.finding import Severity, errors
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.plan.build import Checked


@click.command(epilog="Example: dativo validate jobs/acme")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@root_option
@click.option("--notes", is_flag=True, help="Show notes too, such as rules that are stated but not executed.")
@strict_option
@json_option("Print jobs and all findings as JSON.")
@debug_option
@click.pass_context
def validate(
    context: click.Context, paths: tuple[Path, ...], root: Path | None, notes: bool, strict: bool, as_json: bool
) -> None:
    """Check jobs, recipes and contracts: PATHS are job files or directories, by default all jobs.

    Reads files only: no source, catalog or secret. Exits with 2 when there are errors.
    """
    checked = check_jobs(find_root(root), paths)
    if strict:
        checked = as_strict(checked)
    click.echo(json_text(_document(checked)) if as_json else "\n".join(_lines(checked, notes)))
    context.exit(FAILURE if errors(checked.findings) else 0)


def _lines(checked: "Checked", with_notes: bool) -> list[str]:
    contracts = {stream.contract.file for job in checked.jobs if job.plan for stream in job.plan.streams}
    shown = [finding for finding in checked.findings if with_notes or finding.severity is not Severity.INFO]
    counts = finding_counts(checked.findings)
    if not errors(checked.findings):
        counts = f"{plural(len(checked.jobs), 'job')}, {plural(len(contracts), 'contract')}: {counts}"
    if len(shown) < len(checked.findings):
        counts += " (shown by --notes)"
    return [*finding_lines(shown), counts]


def _document(checked: "Checked") -> dict[str, object]:
    jobs = [
        {
            "tenant": job.tenant,
            "job": job.job,
            "file": job.file,
            "valid": job.plan is not None,
            "digest": job.plan.digest if job.plan else None,
        }
        for job in checked.jobs
    ]
    return {"jobs": jobs, "findings": checked.findings, "summary": finding_counts(checked.findings)}
