"""Proof that the directory of an embedded catalog takes what a load writes there."""

from collections.abc import Callable
from pathlib import Path

from dativo_core.errors import TargetError
from dativo_core.lake.local_probe import catalog_answer, remedy, warehouse_answer
from dativo_core.probe import Answer, ProbeStatus


def prove_writable(directory: Path, limit_s: float) -> tuple[Answer, Answer]:
    """Create a file and begin a transaction, and take both back; return the answers, TargetError when one fails.

    A catalog that another process holds for as long as `limit_s` seconds can be written to later.
    """
    return _proven(warehouse_answer, directory, limit_s), _proven(catalog_answer, directory, limit_s)


def _proven(look: Callable[[Path, float], Answer], directory: Path, limit_s: float) -> Answer:
    try:
        answer = look(directory, limit_s)
    except OSError as error:
        message = f"{directory} cannot be written to: {error.strerror or error}"
        raise TargetError(message, hint=remedy(error)) from None
    if answer.status is ProbeStatus.FAILED:
        raise TargetError(answer.message, hint=answer.hint)
    return answer
