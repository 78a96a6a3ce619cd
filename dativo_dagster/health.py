"""Whether Dagster could keep its records, and whether something starts the schedules; asks nobody over the network."""

import fcntl
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from dativo_core.lake.local_probe import writable_answer
from dativo_core.probe import Answer, Part, Probe, failed, ok, warned
from dativo_dagster.home import DEFAULT_HOME, LOCK, SETTINGS

_VARIABLE = "DAGSTER_HOME"


def probes(root: Path) -> Sequence[Probe]:
    """Return probes of the place of Dagster's records, and of who works there."""
    written = os.environ.get(_VARIABLE)
    home = Path(written or root / DEFAULT_HOME).absolute()
    return (
        Probe(Part.ORCHESTRATOR, _VARIABLE, partial(_variable_answer, written, home)),
        Probe(Part.ORCHESTRATOR, str(home), partial(_home_answer, home)),
        Probe(Part.ORCHESTRATOR, "dativo start orchestrated", partial(_running_answer, home)),
    )


def _variable_answer(written: str | None, home: Path, _limit_s: float) -> Answer:
    if not written:
        return ok(f"not set; dativo start orchestrated uses {home}")
    if not Path(written).is_absolute():
        return failed("it is no absolute path, which Dagster refuses", f"Set it to {home}")
    if not home.is_dir():
        return warned("it names a directory that is not there", f"mkdir -p {home}")
    return ok(f"set to {home}")


def _home_answer(home: Path, _limit_s: float) -> Answer:
    try:
        found = writable_answer(home)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return failed(f"it cannot be written to: {reason}", f"Let {_VARIABLE} name a directory that can be written to")
    if home.is_dir() and not (home / SETTINGS).is_file():
        return warned(f"{SETTINGS} is missing there", "Start dativo start orchestrated once, which writes it")
    return found


def _running_answer(home: Path, _limit_s: float) -> Answer:
    lock = home / LOCK
    if not lock.exists():
        return ok("it was never started here; schedules start nothing until it is")
    try:
        # A shared lock needs no right to write, and holds up nobody else who only looks.
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return ok("page and daemon are at work")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return warned(f"{lock} cannot be read: {reason}", "Give the user of this process the right to read it")
    return ok("it is not running; schedules start nothing until it is")
