"""What a job cannot ask of its logs."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job_logging import JobLogging
from dativo_core.workspace.document import Document


def check_logging(config: JobLogging, job: Document) -> list[Finding]:
    """Return a warning for a job that wants its secrets shown: logs are read by more people than a job is."""
    if config.redaction:
        return []
    message = "secrets are hidden in logs all the same; a job cannot switch that off"
    return [
        job.finding(("logging", "redaction"), "redaction-stays-on", message, "Remove 'redaction'.", Severity.WARNING)
    ]
