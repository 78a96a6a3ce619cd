"""`dativo backfill`: partitions of a job, loaded again by the orchestrator."""

from pathlib import Path

import click

from dativo_core.cli.failure import debug_option, json_option
from dativo_core.cli.jobs import root_option
from dativo_core.errors import ConfigError
from dativo_core.workspace.root import find_root
from dativo_dagster.commands.needed import require_package


@click.command(
    epilog='Example: dativo backfill jobs/acme/orders.yaml --from 2026-01-01 --to 2026-02-01 --reason "new tax rates"'
)
@click.argument("job")
@click.option("--from", "since", default="", help="Load partitions that begin at this time or later.")
@click.option("--to", "until", default="", help="Load partitions that begin before this time.")
@click.option("--partition", "keys", multiple=True, help="Load the partition of this key; may be given several times.")
@click.option("--reason", default="", help="Why; the title of the backfill on Dagster's page.")
@click.option("--wait", is_flag=True, help="Follow the backfill until it has ended.")
@click.option("--cancel", "cancelled", default="", metavar="ID", help="End a backfill of the job, and its runs.")
@root_option
@json_option("Print what was started, or how it ended, as JSON.")
@debug_option
def backfill(
    job: str,
    since: str,
    until: str,
    keys: tuple[str, ...],
    reason: str,
    wait: bool,
    cancelled: str,
    root: Path | None,
    as_json: bool,
) -> None:
    """Have partitions of JOB loaded again, each in place of what it loaded before; the daemon starts the runs.

    JOB is a job file, or tenant/job. What is loaded by and by stays as it is: a backfill never moves it. Dagster's records
    are where DAGSTER_HOME says, else in .dativo/dagster of the workspace, as for `dativo start orchestrated`. Ends with 0
    once the backfill is asked for, or with --wait once it has ended well; with 2 otherwise.
    """
    require_package("dagster")
    from dativo_dagster.asked_by_hand import BackfillCommand

    command = BackfillCommand(find_root(root), job, as_json=as_json)
    if cancelled:
        if since or until or keys or reason:
            message = "--cancel ends a backfill, and the other options start one"
            raise ConfigError(message, hint="Give --cancel alone")
        command.cancel(cancelled, wait=wait)
        return
    if bool(since or until) == bool(keys):
        message = "both a range and partitions are given" if keys else "nothing says which partitions to load"
        raise ConfigError(message, hint="Give --from and --to, or --partition")
    if not reason.strip():
        message = "the backfill has no reason"
        raise ConfigError(message, hint='Give --reason "...": it is the title of the backfill on Dagster\'s page')
    command.start(since, until, keys, reason.strip(), wait=wait)
