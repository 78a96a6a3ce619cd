"""`dativo`: the group of all commands."""

import click

from dativo_core import __version__
from dativo_core.cli.asset import asset
from dativo_core.cli.check import check
from dativo_core.cli.doctor import doctor
from dativo_core.cli.explain import explain
from dativo_core.cli.failure import INTERRUPTED, attempt, debug_option, echo_if_json, require_command, show_error
from dativo_core.cli.init import init
from dativo_core.cli.installed import installed_command, installed_names
from dativo_core.cli.plan import plan
from dativo_core.cli.run import run
from dativo_core.cli.state import state
from dativo_core.cli.validate import validate
from dativo_core.cli.version import version
from dativo_core.errors import DativoError


class _Group(click.Group):
    """Finds added commands after our own, and turns every failure of a command into words and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *installed_names()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or installed_command(cmd_name)

    def invoke(self, ctx: click.Context) -> object:
        try:
            result = attempt(lambda: super(_Group, self).invoke(ctx))
        except KeyboardInterrupt:
            told = "what was not committed is not visible; run again to load it"
            echo_if_json(INTERRUPTED, "interrupted", told)
            click.echo(f"interrupted: {told}", err=True)
            ctx.exit(INTERRUPTED)
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else ctx.command_path
            echo_if_json(error.exit_code, error.format_message(), f"See {command} --help")
            raise
        if isinstance(result, DativoError):
            show_error(result)
            ctx.exit(result.exit_code)
        return result


@click.group(
    cls=_Group,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: dativo run --config jobs/acme/orders.yaml",
)
@click.version_option(__version__, message="dativo %(version)s")
@debug_option
@click.pass_context
def main(context: click.Context) -> None:
    """Load each tenant's data into Apache Iceberg tables, as YAML files describe it.

    Exit codes: 0 success, also when there is nothing new; 1 loaded, but rows or files were rejected; 2 failure.
    """
    require_command(context)


for command in (init, validate, explain, plan, check, run, state, doctor, asset, version):
    main.add_command(command)
