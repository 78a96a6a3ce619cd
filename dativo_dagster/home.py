"""Where Dagster keeps its records: a directory with settings, held by one orchestrator at a time."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from dativo_core.errors import ConfigError

DEFAULT_HOME = Path(".dativo/dagster")
SETTINGS = "dagster.yaml"
LOCK = "dativo-start.lock"


def prepare_home(root: Path) -> Path:
    """Return the absolute directory that DAGSTER_HOME names, else `.dativo/dagster` of the workspace; settings are written once.

    ConfigError when it cannot be made.
    """
    home = Path(os.environ.get("DAGSTER_HOME") or root / DEFAULT_HOME).absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not (home / SETTINGS).exists():
            shipped = resources.files("dativo_dagster") / "shipped" / SETTINGS
            (home / SETTINGS).write_bytes(shipped.read_bytes())
    except OSError as error:
        message = f"Dagster's records cannot be kept in {home}: {error.strerror}"
        raise ConfigError(message, hint="Let DAGSTER_HOME name a directory that can be written to") from error
    return home


@contextmanager
def hold(home: Path) -> Iterator[int]:
    """Hold `home` and yield the descriptor of its lock; ConfigError when another orchestrator holds it.

    Processes that inherit the descriptor hold it too, so that a second daemon is refused as long as one of them lives.
    """
    with (home / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            message = f"another orchestrator or a part of it works in {home}; its processes: {file.read().strip() or 'unknown'}"
            raise ConfigError(message, hint="End it first: with two daemons every schedule would start twice") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def note(lock: int, processes: Iterable[int]) -> None:
    """Write down what was started, so that whoever is refused knows what to end."""
    os.write(lock, "".join(f" {process}" for process in processes).encode())
