"""Reports made by hand, for tests that need no run."""

from datetime import UTC, datetime
from typing import Any

from dativo_core.flow import (
    CheckResult,
    CheckStatus,
    Commit,
    CommitOutcome,
    RowCounts,
    RunState,
    StreamOutcome,
    StreamReport,
)
from dativo_core.odcs.contract import CheckSeverity
from tests.dagster import plans

SNAPSHOT_ID = 8_877_665_544_332_211_009
TABLE = plans.stream().table


def check(name: str, status: CheckStatus = CheckStatus.PASSED, **changes: Any) -> CheckResult:
    """Return the result of a rule of severity `error`."""
    violations = 1 if status is CheckStatus.FAILED else 0
    plain: dict[str, Any] = {"severity": CheckSeverity.ERROR, "rows_evaluated": 10, "violations": violations}
    return CheckResult(name, status, **{**plain, **changes})


def commit() -> Commit:
    """Return the third commit of a table."""
    state = RunState(
        3, "t", ("t",), "r", "d", "1.0.0", "u", SNAPSHOT_ID, 3, 10, 9, 1, 0, datetime(2026, 1, 2, tzinfo=UTC)
    )
    return Commit(CommitOutcome.COMMITTED, (TABLE,), "main", SNAPSHOT_ID, 1, state)


def report(outcome: StreamOutcome = StreamOutcome.COMMITTED, **changes: Any) -> StreamReport:
    """Return a stream's report: ten rows read, nine written, one quarantined."""
    plain: dict[str, Any] = {
        "object": "orders",
        "table": TABLE,
        "outcome": outcome,
        "counts": RowCounts(10, 9, 1),
        "window": None,
        "size_bytes": 2048,
        "files": 1,
        "seconds": {"read": 0.12345, "commit": 1.0},
        "checks": (),
        "bytes_read": 4096,
        "elapsed_seconds": 2.0,
        "cpu_seconds": 1.25,
        "commit": commit() if outcome is StreamOutcome.COMMITTED else None,
    }
    return StreamReport(**{**plain, **changes})
