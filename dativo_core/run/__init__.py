"""The only orchestration of I/O: plan in, report out."""

from dativo_core.run.job import read_states, run
from dativo_core.run.services import Services

__all__ = ["Services", "read_states", "run"]
