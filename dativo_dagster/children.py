"""Processes that live and end together, each the head of a group of its own, with its output as lines of ours."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

GRACE_S = 15.0
_PAUSE_S = 0.1
_PROCESSES = Path("/proc")


@dataclass
class Child:
    """A running process and all that it starts in its group."""

    name: str
    process: subprocess.Popen[str]

    @property
    def ended(self) -> int | None:
        """The exit code of the process itself; None while it runs."""
        return self.process.poll()

    @property
    def is_gone(self) -> bool:
        """Whether nobody of the group runs any more."""
        self.process.poll()
        return not _runs(self.process.pid)

    def signal_group(self, number: int) -> None:
        """Send a signal to all of the group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


@dataclass
class Children:
    """Processes started one after the other; `show` gets each line they write."""

    directory: Path
    environment: Mapping[str, str]
    show: Callable[[str], None]
    inherited: Sequence[int] = ()
    started: list[Child] = field(default_factory=list)
    _readers: list[threading.Thread] = field(default_factory=list)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process; what it writes to either stream is shown with its name before each line."""
        process = subprocess.Popen(
            command,
            cwd=self.directory,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=self.inherited,
        )
        self.started.append(Child(name, process))
        assert process.stdout is not None
        reader = threading.Thread(target=self._forward, args=(name, process.stdout), daemon=True)
        reader.start()
        self._readers.append(reader)

    def _forward(self, name: str, output: IO[str]) -> None:
        with output:
            for line in output:
                self.show(f"{name} | {line.rstrip()}")

    def first_ended(self) -> Child | None:
        """Return a process that has ended by itself; None while all run."""
        return next((child for child in self.started if child.ended is not None), None)

    def stop(self, grace_s: float = GRACE_S) -> None:
        """End all groups, the last one started first, each within `grace_s` seconds by its own will, else at once."""
        for child in reversed(self.started):
            child.signal_group(signal.SIGTERM)
            if not _is_gone(child, grace_s):
                child.signal_group(signal.SIGKILL)
                _is_gone(child, GRACE_S)
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=1.0)
        for reader in self._readers:
            reader.join(timeout=1.0)


def _runs(group: int) -> bool:
    """Return whether a process of a group runs. In a container nobody may collect those that ended, so they do not count."""
    if not _PROCESSES.is_dir():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        return True
    return any(_group_if_running(place) == group for place in _PROCESSES.glob("[0-9]*/stat"))


def _group_if_running(stat: Path) -> int | None:
    """Return the group of a process, None when it ended; its name, which comes first, may hold anything up to `)`."""
    try:
        state, _parent, group, *_ = stat.read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if state in {"Z", "X"} else int(group)


def _is_gone(child: Child, within_s: float) -> bool:
    """Wait until nobody is left of a group; returns whether that came true in time."""
    deadline = time.monotonic() + within_s
    while not child.is_gone:
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_S)
    return True
