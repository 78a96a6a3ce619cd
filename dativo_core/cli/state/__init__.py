"""`dativo state`: what the tables say has been loaded, and what a person can do about it."""

import click

from dativo_core.cli.failure import require_command
from dativo_core.cli.state.show import show
from dativo_core.cli.state.transfer import export, import_
from dativo_core.cli.state.verbs import adopt, keep, reset


@click.group(invoke_without_command=True, epilog="Example: dativo state show --config jobs/acme/orders.yaml")
@click.pass_context
def state(context: click.Context) -> None:
    """Look at the load state that is kept in the tables themselves, and change it. No command here touches a row."""
    require_command(context)


for command in (show, export, reset, adopt, keep, import_):
    state.add_command(command)
