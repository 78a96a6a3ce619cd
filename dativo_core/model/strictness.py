"""Warnings that a strict check takes for errors."""

from collections.abc import Iterable
from dataclasses import replace

from dativo_core.model.finding import Finding, Severity

STRICT_CODES = frozenset(
    {
        "array-items-missing",
        "classification-unknown",
        "custom-engine-unknown",
        "date-format-missing",
        "decimal-unscaled",
        "downgrade-lossy",
        "encrypted-unclassified",
        "null-value",
        "object-properties-missing",
        "option-format-unknown",
        "pk-position-missing",
        "rule-inert",
        "rule-unknown",
        "scheduler-unknown",
        "server-prose-field",
        "severity-unknown",
        "sla-property-unknown",
        "sla-unit-ambiguous",
        "source-mismatch",
        "tenant-mismatch",
        "type-unparsed",
        "unit-unknown",
        "unknown-key",
        "version-not-semver",
    }
)
"""What a contract should say and most readers can do without."""


def strictly(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with warnings of the strict codes as errors; everything else stays what it is."""
    return tuple(replace(each, severity=Severity.ERROR) if _is_raised(each) else each for each in findings)


def _is_raised(finding: Finding) -> bool:
    return finding.severity is Severity.WARNING and finding.code in STRICT_CODES
