"""`dativo version`."""

import platform

import click

from dativo_core import __version__
from dativo_core.cli.failure import debug_option


@click.command(epilog="Example: dativo version")
@debug_option
def version() -> None:
    """Print the versions of Dativo and Python."""
    click.echo(f"dativo {__version__} (Python {platform.python_version()})")
