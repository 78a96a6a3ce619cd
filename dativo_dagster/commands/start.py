"""`dativo start`: the orchestrator, in one command."""

from pathlib import Path

import click

from dativo_core.cli.failure import debug_option, require_command
from dativo_core.cli.jobs import root_option
from dativo_core.errors import ConfigError
from dativo_core.workspace.root import find_root
from dativo_dagster.commands.needed import require_package


@click.group(invoke_without_command=True, epilog="Example: dativo start orchestrated")
@click.pass_context
def start(context: click.Context) -> None:
    """Start what starts the jobs."""
    require_command(context)


@start.command(epilog="Example: dativo start orchestrated --port 3000")
@click.option(
    "--runner-config",
    type=click.Path(path_type=Path),
    envvar="DATIVO_RUNNER_CONFIG",
    help="The operator's schedules [default: configs/runner.yaml of the workspace, if there is one].",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the page; it has no login.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port of the page.")
@root_option
@debug_option
def orchestrated(runner_config: Path | None, host: str, port: int, root: Path | None) -> None:
    """Start Dagster's page and its daemon, which starts jobs as their schedules say, until Ctrl-C.

    Dagster's records are kept where DAGSTER_HOME says, else in .dativo/dagster of the workspace, with settings that are
    written when there are none. Ends with 0 after Ctrl-C or SIGTERM, with 2 when it cannot start or a part of it ends.
    """
    for package in ("dagster", "dagster_webserver"):
        require_package(package)
    from dativo_dagster.orchestrator import orchestrate

    place = find_root(root)
    orchestrate(place, _runner_file(place, runner_config), host, port)


def _runner_file(root: Path, given: Path | None) -> Path | None:
    """Return the absolute path of the given file, which may be relative to here, to the workspace, or to /app."""
    if given is None:
        return None
    from dativo_core.workspace.paths import locate

    inside = locate(root, str(given)).relative
    for path in (given, root / (inside or given)):
        if path.is_file():
            return path.absolute()
    message = f"there is no file {given}"
    raise ConfigError(message, hint="Check --runner-config, or leave it out to start the schedules of the jobs alone")
