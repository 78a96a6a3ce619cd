"""Where the log of a command goes that shows its result on stdout."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dativo_core.telemetry.log import json_handler, logging_to


@contextmanager
def log_lines() -> Iterator[None]:
    """Write log lines as JSON on stderr, unless a person reads there."""
    with logging_to(logging.NullHandler() if sys.stderr.isatty() else json_handler(sys.stderr)):
        yield
