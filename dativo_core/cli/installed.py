"""Commands that other installed packages add to `dativo`, by entry points of the group `dativo.commands`.

They are looked up only when no command of our own is meant, or when all are listed; each is imported alone, so that one that
cannot be loaded takes no other with it.
"""

from importlib.metadata import EntryPoint, entry_points

import click

from dativo_core.errors import ConfigError

GROUP = "dativo.commands"


def installed_names() -> list[str]:
    """Return the names of all commands that are added."""
    return sorted({point.name for point in entry_points(group=GROUP)})


def installed_command(name: str) -> click.Command | None:
    """Return the added command of a name; None without one. One that cannot be loaded says so when it is called."""
    point = next(iter(entry_points(group=GROUP, name=name)), None)
    if point is None:
        return None
    try:
        return _load(point)
    except Exception as error:
        return _unloadable(name, f"{type(error).__name__}: {error}")


def _load(point: EntryPoint) -> click.Command:
    loaded = point.load()
    if not isinstance(loaded, click.Command):
        message = f"{point.value} is no command"
        raise TypeError(message)
    return loaded


def _unloadable(name: str, reason: str) -> click.Command:
    def fail(arguments: tuple[str, ...]) -> None:
        message = f"the command {name} cannot be loaded: {reason}"
        raise ConfigError(message, hint="Install what is missing, or the package that adds the command again")

    return click.Command(
        name,
        callback=fail,
        params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        short_help="Cannot be loaded.",
    )
