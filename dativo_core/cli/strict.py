"""`--strict`: a check that takes some warnings for errors."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from dativo_core.model.finding import errors
from dativo_core.model.strictness import strictly

if TYPE_CHECKING:
    from dativo_core.plan.build import Checked

_Command = TypeVar("_Command", bound=Callable[..., object])


def strict_option(command: _Command) -> _Command:
    """Add `--strict` to a command."""
    help_text = "Take warnings for errors where a contract leaves out what it should say."
    return click.option("--strict", is_flag=True, help=help_text)(command)


def as_strict(checked: "Checked") -> "Checked":
    """Return what was checked with its strict findings; a job they stop has no plan."""
    jobs = [replace(job, findings=strictly(job.findings)) for job in checked.jobs]
    return replace(
        checked,
        jobs=tuple(replace(job, plan=None) if errors(job.findings) else job for job in jobs),
        findings=strictly(checked.findings),
    )
