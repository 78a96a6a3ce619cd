"""What became of each job of one `dativo run`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dativo_core.cli.failure import FAILURE, PARTIAL, SUCCESS
from dativo_core.errors import DativoError
from dativo_core.model.finding import Finding

if TYPE_CHECKING:
    from dativo_core.flow import RunReport


@dataclass(frozen=True)
class JobResult:
    """One job: its report, or the error that kept it from having one. A job with broken files was never started."""

    tenant: str
    job: str
    file: str
    findings: tuple[Finding, ...]
    report: "RunReport | None" = None
    error: DativoError | None = None

    @property
    def exit_code(self) -> int:
        """The exit code of this job alone."""
        if self.error is not None:
            return self.error.exit_code
        return self.report.exit_code if self.report else FAILURE


def exit_code(results: Sequence[JobResult]) -> int:
    """Return 2 when any job failed, else 1 when any was partial, else 0."""
    codes = {result.exit_code for result in results}
    return next((code for code in (FAILURE, PARTIAL) if code in codes), SUCCESS)
