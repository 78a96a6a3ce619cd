"""Code of a job's own readers and writers, which this version never runs, and the sandbox it would run in."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job, Source, Target
from dativo_core.rules.run_later import run_later
from dativo_core.workspace.document import Document
from dativo_core.workspace.merge import Merged

_PLAIN = {"source": "what the recipe's type reads", "target": "what the recipe's type writes"}


def check_plugin(side: Source | Target, settings: Merged, role: str) -> list[Finding]:
    """Return the warning that a job's own reader or writer keeps it from being run."""
    key = f"custom_{'reader' if role == 'source' else 'writer'}"
    if getattr(side, key) is None:
        return []
    message = f"'{key}' is not implemented in this version: code of plugins is never run"
    return [run_later(settings, (key,), message, f"Remove it for {_PLAIN[role]}.")]


def check_sandbox(job: Job, document: Document) -> list[Finding]:
    """Return that a sandbox changes nothing: a warning where there is code that would be in it, else a note."""
    if job.plugins is None or job.plugins.sandbox is None:
        return []
    has_code = job.source.custom_reader is not None or job.target.custom_writer is not None
    severity = Severity.WARNING if has_code else Severity.INFO
    told = "code of plugins is never run in this version" if has_code else "the job has no code of plugins"
    message, hint = f"{told}, so 'sandbox' changes nothing", "Remove it, or keep it for later."
    return [document.finding(("plugins", "sandbox"), "unused-key", message, hint, severity)]
