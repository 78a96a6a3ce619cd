"""`dativo run`: load what is new of one job or of a directory of jobs."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from dativo_core.cli.execute import Asked, Running, Watch, run_jobs, unwatched
from dativo_core.cli.failure import FAILURE, debug_option, debugging, json_option
from dativo_core.cli.findings import finding_lines
from dativo_core.cli.jobs import check_jobs, root_option, secrets_options
from dativo_core.cli.report import json_text, to_json
from dativo_core.cli.result import JobResult, exit_code
from dativo_core.cli.summary import summary_lines
from dativo_core.collection import collection_held_back
from dativo_core.model.finding import Finding, errors
from dativo_core.secrets.load import open_store
from dativo_core.telemetry.log import json_handler, logging_to
from dativo_core.workspace.root import find_root

MOST_AT_ONCE = 4
"""Jobs that run at the same time unless `--max-parallel` says otherwise, or as many as the machine has processors."""


@click.command(epilog="Example: dativo run --config jobs/acme/orders.yaml --secrets-dir /secrets")
@click.option("--config", type=click.Path(path_type=Path), help="One job file.")
@click.option("--job-dir", type=click.Path(path_type=Path), help="A directory with the jobs of one tenant.")
@secrets_options
@click.option("--tenant-id", help="Refuse to run when a job belongs to another tenant.")
@click.option(
    "--max-parallel",
    type=click.IntRange(min=1),
    default=lambda: min(MOST_AT_ONCE, os.cpu_count() or 1),
    show_default=f"the processors, at most {MOST_AT_ONCE}",
    help="Jobs to run at the same time; never more than concurrency_per_tenant of runner.yaml.",
)
@click.option("--partition", "partitions", multiple=True, metavar="KEY", help="Load this partition again. Repeatable.")
@click.option(
    "--from", "since", default="", help="With --to: load the partitions again that begin at this time or later."
)
@click.option("--to", "until", default="", help="Load the partitions again that begin before this time.")
@click.option("--full-refresh", is_flag=True, help="Read everything and replace the table in one snapshot.")
@click.option("--limit", type=click.IntRange(min=1), help="Read at most so many files; a later run takes the others.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Read and check, and publish nothing.")
@root_option
@json_option("Print the report as JSON.")
@debug_option
@click.pass_context
def run(
    context: click.Context,
    config: Path | None,
    job_dir: Path | None,
    secrets_dir: Path | None,
    secret_manager: str | None,
    secret_manager_config: str | None,
    mode: str,
    tenant_id: str | None,
    max_parallel: int,
    partitions: tuple[str, ...],
    since: str,
    until: str,
    full_refresh: bool,
    limit: int | None,
    is_dry: bool,
    root: Path | None,
    as_json: bool,
) -> None:
    """Load what is new into the tables of one job (--config) or of each job in a directory (--job-dir).

    With partitions, each is loaded in place of what was loaded of it before, and what is new stays to be loaded.
    Exits with 0 also when there is nothing new, with 1 when rows or files were rejected, with 2 when a job failed.
    """
    given = [path for path in (config, job_dir) if path is not None]
    if len(given) != 1:
        message = "give either --config or --job-dir"
        raise click.UsageError(message)
    if partitions and (since or until):
        message = "give either --partition or --from and --to"
        raise click.UsageError(message)
    asked = Asked(partitions, since, until, full_refresh, limit, is_dry)
    store = open_store(secrets_dir, secret_manager, secret_manager_config, mode)
    workspace = find_root(root)
    # What reads and writes data takes a second to import, which other commands do without.
    with collection_held_back():
        from dativo_core.run import Services
        from dativo_core.run.startup import startup_sequence

    start = startup_sequence(
        lambda: check_jobs(workspace, given, mode), Services(store, mode), tenant_id=tenant_id, creates=not is_dry
    )
    with _display() as watch, start as started:
        at_once = min(max_parallel, started.runs_per_tenant or max_parallel, len(started.jobs))
        results = run_jobs(started.jobs, Running(store, mode, asked, watch, at_once, debugging()))
    loose = started.findings
    code = FAILURE if errors(loose) else exit_code(results)
    if as_json:
        jobs = [{"exit_code": result.exit_code, **to_json(result)} for result in results]
        click.echo(json_text({"exit_code": code, "jobs": jobs, "findings": loose}))
    else:
        _show(results, loose)
    context.exit(code)


@contextmanager
def _display() -> Iterator[Watch]:
    """Show what happens while jobs run: a progress bar on a terminal, else log lines as JSON on stderr."""
    if sys.stderr.isatty():
        from dativo_core.cli.terminal import progress_bar

        with progress_bar() as watch:
            yield watch
    else:
        with logging_to(json_handler(sys.stderr)):
            yield unwatched


def _show(results: Sequence[JobResult], loose: Sequence[Finding]) -> None:
    """Print what became of the jobs on stdout; the numbers as a table on a terminal."""
    on_terminal = sys.stdout.isatty()
    if on_terminal:
        from dativo_core.cli.terminal import show_table

        show_table(results)
    for line in (*finding_lines(loose), *summary_lines(results, with_numbers=not on_terminal)):
        click.echo(line)
