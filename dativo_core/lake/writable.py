"""Proof that the directory of an embedded catalog takes what a load writes there."""

from pathlib import Path

from dativo_core.errors import TargetError
from dativo_core.lake.local_probe import catalog_answer, warehouse_answer
from dativo_core.probe import ProbeStatus


def prove_writable(directory: Path, limit_s: float) -> None:
    """Create a file and begin a transaction, and take both back; TargetError when one of them fails.

    A catalog that another process holds for as long as `limit_s` seconds can be written to later.
    """
    for look in (warehouse_answer, catalog_answer):
        try:
            answer = look(directory, limit_s)
        except OSError as error:
            message = f"{directory} cannot be written to: {error.strerror or error}"
            raise TargetError(message, hint="Check that it is writable and has free space") from None
        if answer.status is ProbeStatus.FAILED:
            raise TargetError(answer.message, hint=answer.hint)
