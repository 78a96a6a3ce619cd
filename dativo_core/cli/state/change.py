"""What all commands that change a load state share: their options, showing what would change, asking, and telling."""

import getpass
import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dativo_core.cli.failure import FAILURE, debug_option, error_lines, json_option, safe
from dativo_core.cli.jobs import one_plan, root_option, secrets_options
from dativo_core.cli.log_lines import log_lines
from dativo_core.cli.report import json_text
from dativo_core.secrets.load import open_store
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.run.state_changes import Decide, Proposal

_Command = TypeVar("_Command", bound=Callable[..., object])


@dataclass(frozen=True)
class Asked:
    """The options of a changing command: which job and objects, who asks and why, and whether it is only to be shown."""

    config: Path
    objects: tuple[str, ...]
    reason: str
    actor: str | None
    is_sure: bool
    is_dry: bool
    secrets_dir: Path | None
    secret_manager: str | None
    secret_manager_config: str | None
    mode: str
    root: Path | None
    as_json: bool


def change_options(command: _Command) -> _Command:
    """Add the options of a changing command; what it is given of them makes an `Asked`."""
    config = click.option("--config", type=click.Path(path_type=Path), required=True, help="The job file.")
    objects = click.option("--object", "objects", multiple=True, metavar="NAME", help="Only this object. Repeatable.")
    reason = click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept with the state.")
    actor = click.option("--actor", metavar="TEXT", help="Who  [default: the user and the machine].")
    sure = click.option("--yes", "is_sure", is_flag=True, help="Do not ask on a terminal.")
    dry = click.option("--dry-run", "is_dry", is_flag=True, help="Say what would change, and change nothing.")
    as_json = json_option("Print what changes as JSON.")
    others = secrets_options(root_option(as_json(debug_option(command))))
    return config(objects(reason(actor(sure(dry(others))))))


def make_change(asked: Asked, decide: "Decide", require: Callable[[], None] | None = None) -> None:
    """Show what a command would change of a job, ask on a terminal, and change it; end with exit code 2 where that fails.

    With several tables nothing is changed unless all of them can be. `require` may refuse once all were looked at.
    """
    plan = one_plan(find_root(asked.root), asked.config, asked.mode)
    from dativo_core.run import Services
    from dativo_core.run.state_changes import Signer, change, propose

    store = open_store(asked.secrets_dir, asked.secret_manager, asked.secret_manager_config, asked.mode)
    services = Services(secrets=store, mode=asked.mode)
    proposals = propose(plan, services, Signer(asked.actor or os_actor(), asked.reason), decide, asked.objects)
    if require is not None:
        require()
    failed = any(proposal.error for proposal in proposals)
    wanted = not failed and not asked.is_dry and any(proposal.edit for proposal in proposals)
    if not wanted or _is_interactive(asked):
        _tell(asked, proposals, is_done=False)
    if failed:
        click.get_current_context().exit(FAILURE)
    if not wanted:
        return
    if _is_interactive(asked):
        click.confirm("Change this?", abort=True, err=True)
    with log_lines():
        changed = change(plan, services, proposals)
    _tell(asked, changed, is_done=True)
    if any(proposal.error for proposal in changed):
        click.get_current_context().exit(FAILURE)


def os_actor() -> str:
    """Return the operating system's user, and the machine."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def _is_interactive(asked: Asked) -> bool:
    return not asked.is_sure and not asked.as_json and sys.stdin.isatty() and sys.stdout.isatty()


def _tell(asked: Asked, proposals: "Sequence[Proposal]", *, is_done: bool) -> None:
    if asked.as_json:
        click.echo(json_text([_document(each, is_done=is_done) for each in proposals]))
        return
    for each in proposals:
        for line in _lines(each, is_done=is_done):
            click.echo(line)


def _document(each: "Proposal", *, is_done: bool) -> dict[str, Any]:
    return {
        "object": each.stream.object,
        "table": each.stream.table,
        "outcome": _outcome(each, is_done=is_done),
        "told": each.told,
        "sequence": each.edit.state.sequence if each.edit else None,
        "error": each.error,
    }


def _outcome(each: "Proposal", *, is_done: bool) -> str:
    if each.error is not None:
        return "refused"
    if each.edit is None:
        return "unchanged"
    return "changed" if is_done else "would change"


def _lines(each: "Proposal", *, is_done: bool) -> list[str]:
    head = f"{each.stream.table}: {_outcome(each, is_done=is_done)}"
    told = [f"  {safe(line)}" for line in each.told]
    return [head, *told, *([f"  {line}" for line in error_lines(each.error)] if each.error else [])]
