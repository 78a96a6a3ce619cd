"""Advisory file locks: they make writers queue politely; the catalog's compare-and-swap is what keeps them safe."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dativo_core.lake.durable_io import FILE_MODE

POLL_S = 0.02
WAIT_S = 30.0


@contextmanager
def courtesy_lock(path: Path) -> Iterator[bool]:
    """Hold the lock file `path`; yields whether it was obtained within `WAIT_S` seconds.

    A stopped or hung holder must not stop everybody, so after that time the caller goes on without the lock. The kernel
    drops the lock when its holder dies.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        yield _obtain(descriptor, time.monotonic() + WAIT_S)
    finally:
        os.close(descriptor)


def _obtain(descriptor: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        else:
            return True
