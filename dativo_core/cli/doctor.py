"""`dativo doctor`: whether this installation and this workspace are sound."""

from pathlib import Path

import click

from dativo_core.cli.failure import debug_option, is_coloured, json_option
from dativo_core.cli.jobs import check_jobs, root_option, secrets_options
from dativo_core.cli.report import json_text
from dativo_core.secrets.load import open_store
from dativo_core.workspace.root import find_root


@click.command(epilog="Example: dativo doctor --secrets-dir /secrets")
@secrets_options
@click.option("--verbose", is_flag=True, help="Show how long each answer took.")
@root_option
@json_option("Print what was found as JSON.")
@debug_option
@click.pass_context
def doctor(
    context: click.Context,
    secrets_dir: Path | None,
    secret_manager: str | None,
    secret_manager_config: str | None,
    mode: str,
    verbose: bool,
    root: Path | None,
    as_json: bool,
) -> None:
    """Look at this installation and this workspace, without a job: versions, files, directories, clock, secrets, Dagster.

    Nothing is loaded, and no source is asked. Exits with 2 when something is broken.
    """
    place = find_root(root)
    checked = check_jobs(place, [], mode)
    from dativo_core.cli.probe_report import probe_document, probe_lines, probes_exit_code
    from dativo_core.health.installation import check_installation
    from dativo_core.health.result import Asker

    asker = Asker(open_store(secrets_dir, secret_manager, secret_manager_config, mode), mode)
    results = check_installation(place, checked, asker)
    code = probes_exit_code(results)
    if as_json:
        checks = [{"part": result.part, **probe_document(result)} for result in results]
        click.echo(json_text({"exit_code": code, "checks": checks}))
    else:
        for line in probe_lines(results, is_verbose=verbose):
            click.echo(line, color=is_coloured())
    context.exit(code)
