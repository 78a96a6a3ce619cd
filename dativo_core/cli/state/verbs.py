"""`dativo state reset`, `adopt` and `keep`."""

from typing import Any

import click

from dativo_core.cli.state.change import Asked, change_options, make_change

NEWEST = "newest"


@click.command(epilog='Example: dativo state reset --config jobs/acme/orders.yaml --reason "reload after the fix"')
@change_options
def reset(**options: Any) -> None:
    """Forget what was loaded: the next run loads everything there is. A run that is under way does not count any more."""
    from dativo_core.run.state_changes import resetting

    make_change(Asked(**options), resetting)


@click.command(epilog='Example: dativo state keep --config jobs/acme/orders.yaml --reason "bad rows rolled back"')
@change_options
def keep(**options: Any) -> None:
    """Accept the state although its table was rolled back or copied: what it remembers is not loaded again."""
    from dativo_core.run.state_changes import keeping

    make_change(Asked(**options), keeping)


@click.command(
    epilog="Example: dativo state adopt --config jobs/acme/orders.yaml --from-snapshot newest --reason restored"
)
@click.option("--from-key", metavar="KEY", help="Take over the table, and what was loaded, from the job of this key.")
@click.option(
    "--from-snapshot",
    metavar="ID",
    help="Take back the state of this snapshot, which must be the last load whose rows are there; newest: whichever it is.",
)
@click.option(
    "--start",
    type=click.Choice(["now", "begin"]),
    help="Take a table over as it is. now: the files that are there by now are not loaded; begin: they are.",
)
@change_options
def adopt(from_key: str | None, from_snapshot: str | None, start: str | None, **options: Any) -> None:
    """Take over a table that has no state of this job, or one that does not fit its rows."""
    from dativo_core.run.state_changes import adopting_key, adopting_snapshot, adopting_start

    given = [each for each in (from_key, from_snapshot, start) if each is not None]
    if len(given) != 1:
        message = "give one of --from-key, --from-snapshot and --start"
        raise click.UsageError(message)
    asked = Asked(**options)
    if from_key is not None:
        make_change(asked, adopting_key(from_key))
    elif from_snapshot is not None:
        make_change(asked, adopting_snapshot(_snapshot_id(from_snapshot)))
    else:
        make_change(asked, adopting_start(is_now=start == "now"))


def _snapshot_id(text: str) -> int | None:
    if text == NEWEST:
        return None
    if not text.isdecimal():
        message = f"--from-snapshot is {text!r}, neither a number nor {NEWEST}"
        raise click.UsageError(message)
    return int(text)
