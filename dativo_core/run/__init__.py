"""The only orchestration of I/O: plan in, report out."""

from dativo_core.run.job import run
from dativo_core.run.services import Services
from dativo_core.run.states import read_states

__all__ = ["Services", "read_states", "run"]
