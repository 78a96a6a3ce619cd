"""`dativo asset`: the group of commands about contract files."""

import click

from dativo_core.cli.asset_diff import diff
from dativo_core.cli.asset_upgrade import upgrade
from dativo_core.cli.failure import require_command


@click.group(invoke_without_command=True, epilog="Example: dativo asset upgrade assets/csv/v1.0/orders.yaml")
@click.pass_context
def asset(context: click.Context) -> None:
    """Work on contract files."""
    require_command(context)


asset.add_command(diff)
asset.add_command(upgrade)
