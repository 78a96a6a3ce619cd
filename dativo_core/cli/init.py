"""`dativo init`: a workspace, a tenant, a job or a contract to start from, which validates as it is written."""

import csv
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from dativo_core.cli.failure import debug_option, require_command
from dativo_core.cli.jobs import root_option
from dativo_core.cli.scaffold import (
    contract_files,
    contract_path,
    job_files,
    job_path,
    rows_path,
    workspace_files,
    write_missing,
)
from dativo_core.errors import ConfigError
from dativo_core.model.names import TENANT_PATTERN, slug
from dativo_core.workspace.root import find_root

_FIRST_TENANT, _FIRST_NAME = "acme", "orders"


@click.group(invoke_without_command=True, epilog="Example: dativo init workspace lake")
@click.pass_context
def init(context: click.Context) -> None:
    """Write files to start from. They validate as written; a file that exists is never changed."""
    require_command(context)


@init.command(epilog="Example: dativo init workspace lake --tenant acme")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--tenant", default=_FIRST_TENANT, show_default=True, help="Name of the first tenant.")
@debug_option
def workspace(directory: Path, tenant: str) -> None:
    """Write a workspace to DIRECTORY: recipes, a contract, a tenant with one job, and a small CSV file to load."""
    _check_name("tenant", tenant)
    for folder in ("jobs", "connectors"):
        if (directory / folder).exists():
            message = f"{directory} is a workspace already: it has {folder}/"
            raise ConfigError(message, hint="Add to it with dativo init tenant or dativo init job")
    created = write_missing(directory, workspace_files(tenant, _FIRST_NAME))
    _show(
        created,
        f"cd {shlex.quote(str(directory))} && dativo validate && dativo run --config {job_path(tenant, _FIRST_NAME)}",
    )


@init.command(epilog="Example: dativo init tenant acme")
@click.argument("name")
@root_option
@debug_option
def tenant(name: str, root: Path | None) -> None:
    """Add the tenant NAME with one job to the workspace, and what the job needs."""
    _check_name("tenant", name)
    place = find_root(root)
    _refuse_same_name(name, (place / "jobs").glob("*/"))
    _add_job(place, name, _FIRST_NAME)


@init.command(epilog="Example: dativo init job acme returns")
@click.argument("tenant")
@click.argument("name")
@root_option
@debug_option
def job(tenant: str, name: str, root: Path | None) -> None:
    """Add the job NAME of TENANT, which loads CSV files as the contract NAME says, and what it needs."""
    _check_name("tenant", tenant)
    _check_name("job", name)
    _add_job(find_root(root), tenant, name)


@init.command(epilog="Example: dativo init asset returns --from data/returns.csv")
@click.argument("name")
@click.option(
    "--from",
    "sample",
    type=click.Path(path_type=Path),
    help="A CSV file whose header names the columns; all are texts.",
)
@root_option
@debug_option
def asset(name: str, sample: Path | None, root: Path | None) -> None:
    """Add the contract NAME of CSV files to the workspace, to be loaded by `dativo init job TENANT NAME`."""
    _check_name("contract", name)
    place = find_root(root)
    _refuse_existing(place, contract_path(name))
    files = contract_files(name, _header(sample) if sample else ())
    _show(write_missing(place, files), f"dativo init job TENANT {name}")


def _header(sample: Path) -> list[str]:
    """Return the column names in the first line of a CSV file."""
    try:
        with sample.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file), [])
    except (OSError, ValueError, csv.Error) as error:
        message = f"{sample} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(message, hint="Give a CSV file in UTF-8 whose first line names the columns") from error
    if not any(name.strip() for name in names):
        message = f"the first line of {sample} names no columns"
        raise ConfigError(message, hint="Give a CSV file whose first line names the columns")
    return names


def _add_job(root: Path, tenant: str, name: str) -> None:
    path = job_path(tenant, name)
    _refuse_existing(root, path)
    _refuse_same_name(name, (root / "jobs" / tenant).glob("*.y*ml"))
    files = job_files(tenant, name)
    contract = root / contract_path(name)
    if contract.exists() and contract.read_bytes() != files[contract_path(name)].encode():
        del files[rows_path(tenant, name)]  # its rows would not fit a contract of somebody's own
    _show(write_missing(root, files), f"dativo validate {path} && dativo run --config {path}")


def _refuse_same_name(name: str, others: Iterable[Path]) -> None:
    """Refuse a name that is another's as far as tables and schedules can tell."""
    other = next((each for each in others if _is_same(each.stem, name)), None)
    if other is not None:
        message = f"{name!r} has the same name as {other.name!r}, which exists already"
        raise ConfigError(message, hint="Use a name that differs in letters or digits")


def _is_same(stem: str, name: str) -> bool:
    try:
        return slug(stem) == slug(name)
    except ValueError:
        return False


def _refuse_existing(root: Path, path: str) -> None:
    if (root / path).exists():
        message = f"{path} exists already, and nothing was written"
        raise ConfigError(message, hint="Use another name, or change the file")


def _check_name(what: str, name: str) -> None:
    if not TENANT_PATTERN.match(name):
        message = f"{name!r} is no name for a {what} here"
        raise ConfigError(message, hint="Use a lower-case letter, then at most 62 letters, digits, '-' and '_'")


def _show(created: Sequence[str], following: str) -> None:
    for path in created:
        click.echo(f"created {path}")
    click.echo(f"next: {following}")
