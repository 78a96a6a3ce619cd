"""`dativo validate`: every problem of the configuration at once, before anything runs."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dativo_core.cli.failure import FAILURE, debug_option, is_coloured, json_option, show_errors_as_json
from dativo_core.cli.findings import finding_counts, findings_with_excerpts, plural
from dativo_core.cli.jobs import check_jobs, mode_option, root_option
from dativo_core.cli.report import json_text
from dativo_core.cli.sarif import sarif_document
from dativo_core.cli.strict import as_strict, strict_option
from dativo_core.model.finding import Finding, Severity, errors
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.plan.build import Checked

_FORMATS = ("text", "json", "sarif")
_NEW_OBJECTS = 100_000


@click.command(epilog="Example: dativo validate jobs/acme")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@root_option
@mode_option
@click.option("--notes", is_flag=True, help="Show notes too, such as rules that are stated but not executed.")
@strict_option
@click.option(
    "--output-format",
    type=click.Choice(_FORMATS),
    help="text for people, json for programs, sarif (2.1.0) for code hosts [default: text].",
)
@json_option("Print jobs and all findings as JSON, as --output-format json does.")
@debug_option
@click.pass_context
def validate(
    context: click.Context,
    paths: tuple[Path, ...],
    root: Path | None,
    mode: str,
    notes: bool,
    strict: bool,
    output_format: str | None,
    as_json: bool,
) -> None:
    """Check jobs, recipes and contracts: PATHS are job files or directories, by default all jobs.

    Reads files only: no source, catalog or secret. Exits with 2 when there are errors. `dativo explain CODE` says more
    about the code at the end of a finding.
    """
    wanted = _format(output_format, as_json)
    workspace = find_root(root)
    with _fewer_collections():
        checked = check_jobs(workspace, paths, mode)
    if strict:
        checked = as_strict(checked)
    click.echo(_output(wanted, checked, workspace, notes), color=is_coloured())
    context.exit(FAILURE if errors(checked.findings) else 0)


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Look for garbage less often: nearly all that is read is kept, and looking through it takes a third of the time."""
    before = gc.get_threshold()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _format(written: str | None, as_json: bool) -> str:
    if as_json and written not in (None, "json"):
        message = f"--json and --output-format {written} contradict each other"
        raise click.UsageError(message)
    wanted = "json" if as_json else written or "text"
    if wanted == "json":
        show_errors_as_json()
    return wanted


def _output(wanted: str, checked: "Checked", root: Path, with_notes: bool) -> str:
    if wanted == "json":
        return json_text(_document(checked))
    shown = [finding for finding in checked.findings if with_notes or finding.severity is not Severity.INFO]
    if wanted == "sarif":
        return json_text(sarif_document(shown, root))
    return "\n".join(_lines(checked, shown, root))


def _lines(checked: "Checked", shown: Sequence[Finding], root: Path) -> Iterator[str]:
    yield from findings_with_excerpts(shown, root)
    contracts = {stream.contract.file for job in checked.jobs if job.plan for stream in job.plan.streams}
    counts = finding_counts(checked.findings)
    if not errors(checked.findings):
        counts = f"{plural(len(checked.jobs), 'job')}, {plural(len(contracts), 'contract')}: {counts}"
    yield f"{counts} (shown by --notes)" if len(shown) < len(checked.findings) else counts


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
