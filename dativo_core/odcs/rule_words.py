"""Words of a quality rule that say nothing of its metric: severity, dimension, engine, schedule."""

from collections.abc import Iterator

from dativo_core.model.finding import Finding, Severity
from dativo_core.odcs.cron import check_cron
from dativo_core.odcs.declared import DeclaredRule
from dativo_core.odcs.library import SEVERITIES
from dativo_core.workspace.document import Document
from dativo_core.workspace.validate import did_you_mean

DIMENSIONS = {
    "ac": "accuracy",
    "cp": "completeness",
    "cf": "conformity",
    "cs": "consistency",
    "cv": "coverage",
    "tm": "timeliness",
    "uq": "uniqueness",
}
"""The dimensions of quality by their short forms, which the prose of the standard has and its schema refuses."""

SCHEDULER = "cron"


def check_words(rule: DeclaredRule, document: Document) -> Iterator[Finding]:
    """Yield words of a rule that are not known, not spelt out, or without effect."""
    yield from _check_severity(rule, document)
    yield from _check_dimension(rule, document)
    yield from _check_schedule(rule, document)
    if rule.kind == "custom":
        yield from _check_custom(rule, document)


def _check_severity(rule: DeclaredRule, document: Document) -> Iterator[Finding]:
    if (rule.severity or "error").strip().lower() not in SEVERITIES:
        message = f"the severity '{rule.severity}' is not known; error is used"
        hint = "Use error, warning or info."
        yield document.finding((*rule.path, "severity"), "severity-unknown", message, hint, Severity.WARNING)


def _check_dimension(rule: DeclaredRule, document: Document) -> Iterator[Finding]:
    written, path = rule.dimension, (*rule.path, "dimension")
    if written is None or written in DIMENSIONS.values():
        return
    if written.lower() in DIMENSIONS:
        meant = DIMENSIONS[written.lower()]
        message, hint = f"the dimension {written} is read as {meant}", f"Write {meant}, as the schema wants it."
        yield document.finding(path, "dimension-synonym", message, hint, Severity.INFO)
        return
    hint = did_you_mean(written, DIMENSIONS.values())
    yield document.finding(path, "not-allowed", f"'{written}' is not allowed here", hint)


def _check_schedule(rule: DeclaredRule, document: Document) -> Iterator[Finding]:
    path = (*rule.path, "scheduler")
    is_cron = (rule.scheduler or SCHEDULER).strip().lower() == SCHEDULER
    if not is_cron:
        message = f"the scheduler '{rule.scheduler}' is not known; its schedule is not read"
        yield document.finding(path, "scheduler-unknown", message, f"Use {SCHEDULER}.", Severity.WARNING)
    if rule.schedule is None:
        return
    path = (*rule.path, "schedule")
    message = "the schedule of a rule changes nothing in this version"
    hint = "The rule is checked in every run."
    yield document.finding(path, "element-unexecuted", message, hint, Severity.INFO)
    try:
        if is_cron:
            check_cron(rule.schedule)
    except ValueError as error:
        hint = 'Write five fields, such as "0 20 * * *", or a word such as @daily.'
        message = f"the cron '{rule.schedule}' is not valid: {error}"
        yield document.finding(path, "schedule-invalid", message, hint)


def _check_custom(rule: DeclaredRule, document: Document) -> Iterator[Finding]:
    for key in ("engine", "implementation"):
        if document.value((*rule.path, key)) is None:
            message = f"a custom rule needs '{key}'"
            yield document.finding((*rule.path, key), "missing-key", message, "Add it, or make it a library rule.")
