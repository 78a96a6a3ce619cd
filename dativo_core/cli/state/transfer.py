"""`dativo state export` and `dativo state import`."""

import json
from pathlib import Path
from typing import Any

import click

from dativo_core.cli.failure import debug_option, safe
from dativo_core.cli.jobs import one_plan, root_option, secrets_options
from dativo_core.cli.replace_file import replace_file
from dativo_core.cli.state.change import Asked, change_options, make_change
from dativo_core.errors import StateRefused
from dativo_core.secrets.load import open_store
from dativo_core.workspace.root import find_root


@click.command(epilog="Example: dativo state export --config jobs/acme/orders.yaml --output orders.state.json")
@click.option("--config", type=click.Path(path_type=Path), required=True, help="The job file.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file instead of printing.")
@secrets_options
@root_option
@debug_option
def export(
    config: Path,
    output: Path | None,
    secrets_dir: Path | None,
    secret_manager: str | None,
    secret_manager_config: str | None,
    mode: str,
    root: Path | None,
) -> None:
    """Print the states of all tables of a job as one JSON document that `dativo state import` can put back."""
    plan = one_plan(find_root(root), config, mode)
    from dativo_core.run import Services, read_states
    from dativo_core.run.states import export_document

    store = open_store(secrets_dir, secret_manager, secret_manager_config, mode)
    document = export_document(plan, read_states(plan, Services(secrets=store, mode=mode)))
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if output is None:
        click.echo(text)
    else:
        replace_file(output, f"{text}\n".encode(), like=config)


@click.command(
    "import", epilog='Example: dativo state import old.state.json --config jobs/acme/orders.yaml --reason "moving"'
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", "is_forced", is_flag=True, help="Also over a state, or rows, that are there already.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="ID=PATH",
    help="The path of a file that an earlier program knew by this id. Repeatable.",
)
@change_options
def import_(file: Path, is_forced: bool, names: tuple[str, ...], **options: Any) -> None:
    """Take over what an earlier program, or an export, says has been loaded. FILE stays as it is.

    Each table gets the entries of its own object and files. Doing it again changes nothing.
    """
    from dativo_core.run.state_import import Importing, read_import

    asked = Asked(**options)
    importing = Importing(read_import(file), is_forced, _pairs(names))

    def require() -> None:
        if not asked.as_json:
            for key, why in importing.left_out:
                click.echo(f"not imported: {safe(key)}: {why}", err=True)
        if not importing.claimed and not importing.has_failed:
            message = f"{file} holds nothing of {asked.config}"
            raise StateRefused(
                message, hint="Give the state file of this job; --name tells which file an id stands for"
            )

    make_change(asked, importing, require)


def _pairs(names: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(name.partition("=")[::2] for name in names)
    if not all(pairs.values()):
        message = "--name is written ID=PATH"
        raise click.UsageError(message)
    return pairs
