"""Processes that live and end together, each the head of a group of its own, with its output as lines of ours."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE_S = 15.0
_PAUSE_S = 0.1


@dataclass
class Child:
    """A running process and all that it starts in its group."""

    name: str
    process: subprocess.Popen[str]

    @property
    def ended(self) -> int | None:
        """The exit code of the process itself; None while it runs."""
        return self.process.poll()

    def signal_group(self, number: int) -> bool:
        """Send a signal to all of the group (0: none); returns whether anybody is left."""
        self.process.poll()
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return False
        return True


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
        reader = threading.Thread(target=self._forward, args=(name, process), daemon=True)
        reader.start()
        self._readers.append(reader)

    def _forward(self, name: str, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
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
        for reader in self._readers:
            reader.join(timeout=1.0)


def _is_gone(child: Child, within_s: float) -> bool:
    """Wait until nobody is left of a group; returns whether that came true in time."""
    deadline = time.monotonic() + within_s
    while child.signal_group(0):
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE_S)
    return True
