"""Which workspace, which jobs and which tenant a command is about."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from dativo_core.cli.findings import finding_counts, finding_lines, plural
from dativo_core.collection import collection_held_back
from dativo_core.errors import ConfigError
from dativo_core.model.finding import errors
from dativo_core.model.mode import VARIABLE, Mode

if TYPE_CHECKING:
    from dativo_core.plan.build import Checked
    from dativo_core.plan.types import IngestPlan

_Command = TypeVar("_Command", bound=Callable[..., object])


def root_option(command: _Command) -> _Command:
    """Add `--root` to a command."""
    return click.option(
        "--root",
        type=click.Path(path_type=Path),
        envvar="DATIVO_ROOT",
        help="Workspace root [default: the nearest parent directory with jobs/ or connectors/].",
    )(command)


def mode_option(command: _Command) -> _Command:
    """Add `--mode` to a command."""
    return click.option(
        "--mode",
        type=click.Choice([mode.value for mode in Mode]),
        default=Mode.SELF_HOSTED.value,
        envvar=VARIABLE,
        show_default=True,
        help="In cloud mode jobs keep to directories of their tenant, cannot read the environment of this process, and use no "
        f"type that the registry keeps out of it [env var: {VARIABLE}].",
    )(command)


def secrets_options(command: _Command) -> _Command:
    """Add `--secrets-dir`, `--secret-manager`, `--secret-manager-config` and `--mode` to a command."""
    directory = click.option(
        "--secrets-dir",
        type=click.Path(path_type=Path),
        help="Directory of <tenant>/<name>.<ext> [default: /secrets, else variables DATIVO_SECRET__<TENANT>__<NAME>].",
    )
    backend = click.option(
        "--secret-manager",
        metavar="NAME",
        help="Where secrets are: filesystem, env, vault, aws or gcp [env var: DATIVO_SECRET_MANAGER].",
    )
    settings = click.option(
        "--secret-manager-config",
        metavar="JSON|PATH",
        help="Its settings: inline JSON, or a YAML or JSON file [env var: DATIVO_SECRET_MANAGER_CONFIG].",
    )
    return directory(backend(settings(mode_option(command))))


def check_jobs(root: Path, paths: Sequence[Path], mode: str = Mode.SELF_HOSTED) -> "Checked":
    """Read and check the jobs in `paths` (files or directories; none: all of the workspace); problems are findings."""
    from dativo_core.plan.build import check_workspace
    from dativo_core.workspace.load import load_workspace

    with collection_held_back():
        return check_workspace(load_workspace(root, paths), Mode(mode))


def one_plan(root: Path, path: Path, mode: str = Mode.SELF_HOSTED) -> "IngestPlan":
    """Return the plan of the job file `path`; ConfigError lists every problem when it has errors."""
    checked = check_jobs(root, [path], mode)
    problems = errors(checked.findings)
    if problems:
        message = f"{path} cannot be planned: {finding_counts(problems)}"
        raise ConfigError(message, hint="\n".join(["correct these:", *finding_lines(problems)]))
    plans = [job.plan for job in checked.jobs if job.plan is not None]
    if len(plans) != 1:
        message = f"{path} holds {plural(len(plans), 'job')}, not one"
        raise ConfigError(message, hint="Name one job file")
    return plans[0]
