"""The words for quality rules, in lower case."""

from collections.abc import Mapping

from dativo_core.odcs.contract import CheckSeverity, Metric, RuleKind

ROW_TESTS: Mapping[str, tuple[RuleKind, ...]] = {
    **dict.fromkeys(("nullcheck", "nullcount", "nullvalues"), (RuleKind.REQUIRED,)),
    "missingvalues": (RuleKind.MISSING_VALUES,),
    "validvalues": (RuleKind.ENUM,),
    "invalidvalues": (RuleKind.ENUM, RuleKind.PATTERN),
    "pattern": (RuleKind.PATTERN,),
    "mincheck": (RuleKind.MINIMUM,),
    "maxcheck": (RuleKind.MAXIMUM,),
    "between": (RuleKind.MINIMUM, RuleKind.MAXIMUM),
}
"""Library rules that hold or fail for each row on its own: the tests each consists of. `invalidValues` has one or both."""

METRICS = {
    RuleKind.REQUIRED: Metric.NULL_VALUES,
    RuleKind.MISSING_VALUES: Metric.MISSING_VALUES,
    RuleKind.ENUM: Metric.INVALID_VALUES,
    RuleKind.PATTERN: Metric.INVALID_VALUES,
    RuleKind.MINIMUM: Metric.INVALID_VALUES,
    RuleKind.MAXIMUM: Metric.INVALID_VALUES,
}
"""What counting the rows that break a test is called."""

ROW_COUNTS = frozenset({"rowcount", "countcheck"})
DUPLICATES = frozenset({"duplicatecount", "duplicatevalues", "unique"})
FRESHNESS = "freshness"
EXECUTED = frozenset({*ROW_TESTS, *ROW_COUNTS, *DUPLICATES, FRESHNESS})

SQL = "sql"
TEXT = "text"
CUSTOM = "custom"
OTHER_TYPES = frozenset({SQL, TEXT, CUSTOM})
"""Types of rules besides those of the library."""
KNOWN = EXECUTED | OTHER_TYPES

SEVERITIES = {
    **dict.fromkeys(("fatal", "critical", "blocker", "high", "error"), CheckSeverity.ERROR),
    **dict.fromkeys(("warn", "warning", "medium", "minor"), CheckSeverity.WARNING),
    **dict.fromkeys(("info", "low"), CheckSeverity.INFO),
}
"""The severity each word stands for."""
