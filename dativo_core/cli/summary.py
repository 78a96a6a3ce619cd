"""What a run did, in words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dativo_core.cli.failure import error_lines, safe
from dativo_core.cli.findings import finding_counts, finding_lines, plural
from dativo_core.cli.result import JobResult
from dativo_core.errors import CommitUnknown
from dativo_core.model.finding import Severity
from dativo_core.sources.column_names import listed

if TYPE_CHECKING:
    from dativo_core.flow import CheckResult, Commit, StreamReport

_UNITS = ("B", "kB", "MB", "GB", "TB")


def summary_lines(results: Sequence[JobResult], *, with_numbers: bool) -> Iterator[str]:
    """Yield what became of each job; `with_numbers` also the counts that a terminal shows as a table."""
    for result in results:
        yield f"{result.tenant}/{result.job}: {_headline(result)}"
        yield from (f"  {line}" for line in _job_lines(result, with_numbers))
    if len(results) > 1:
        codes = Counter(result.exit_code for result in results)
        words = {0: "complete", 1: "partial", 2: "failed"}
        counts = ", ".join(f"{codes[code]} {word}" for code, word in words.items() if codes[code])
        yield f"{plural(len(results), 'job')}: {counts}"


def outcome_text(stream: "StreamReport") -> str:
    """Return how a stream's run ended, as a sentence without its full stop."""
    match stream.outcome.value:
        case "committed":
            rows = plural_rows(stream.counts.written)
            deleted = f" ({stream.rows_deleted:,} deleted)" if stream.rows_deleted else ""
            return f"committed {rows}{deleted}, {_snapshot(stream.commit)}" if stream.commit else f"committed {rows}"
        case "checked":
            counts = stream.counts
            rejected = f", {plural_rows(counts.quarantined)} rejected" if counts.quarantined else ""
            left = f", {plural(stream.rules_not_asked, 'rule')} not asked" if stream.rules_not_asked else ""
            return f"dry run: {plural_rows(counts.written)} would be committed{rejected}{left}; nothing was published"
        case "nothing_new" if stream.window and stream.window.partitions:
            return f"nothing to load: there is no file of {listed(stream.window.partitions)}"
        case "nothing_new":
            known = len(stream.window.unchanged) if stream.window else 0
            return f"nothing new: {plural(known, 'file')} already loaded" if known else "nothing new to load"
        case "superseded":
            winner = f" {stream.commit.state.run_id}" if stream.commit else ""
            return f"superseded: another run{winner} loaded this window, so this one wrote nothing"
    if isinstance(stream.error, CommitUnknown):
        return "failed: whether it landed is known to the next run"
    return "failed: nothing was published"


def size_text(size_bytes: int) -> str:
    """Return a size for people, in powers of 1000: `1.5 MB`."""
    size, unit = float(size_bytes), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{size_bytes} B"


def plural_rows(count: int) -> str:
    """Return `1 row` or `1,234 rows`."""
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _snapshot(commit: "Commit") -> str:
    landed_earlier = commit.outcome.value == "already"
    return f"snapshot {commit.snapshot_id}" + (", by an attempt whose answer was lost" if landed_earlier else "")


def _headline(result: JobResult) -> str:
    if result.report is None:
        return "failed"
    streams = result.report.streams
    if len(streams) == 1:
        return outcome_text(streams[0])
    return "; ".join(f"{safe(stream.object)}: {outcome_text(stream)}" for stream in streams)


def _job_lines(result: JobResult, with_numbers: bool) -> Iterator[str]:
    if result.error is not None:
        yield from error_lines(result.error)
    problems = [finding for finding in result.findings if finding.severity is not Severity.INFO]
    if result.report is None:
        yield from finding_lines(problems)
        return
    for stream in result.report.streams:
        # The table of a terminal has no dry runs.
        if stream.outcome.value in (("committed", "checked", "failed") if with_numbers else ("checked",)):
            yield from _number_lines(stream)
        yield from _detail_lines(stream)
    if problems:
        yield f"configuration: {finding_counts(problems)}; `dativo validate` shows them"


def _number_lines(stream: "StreamReport") -> Iterator[str]:
    counts = stream.counts
    yield f"table: {stream.table}"
    if stream.outcome.value == "failed":
        yield f"rows: {counts.read:,} read, {counts.quarantined:,} rejected"
        return
    if stream.outcome.value == "checked":
        yield f"rows: {counts.read:,} read, {counts.written:,} to write, {counts.quarantined:,} rejected"
        return
    parts = [f"{counts.read:,} read", f"{counts.written:,} written", f"{counts.quarantined:,} quarantined"]
    parts += [f"{number:,} {reason}" for reason, number in counts.skipped.items()]
    yield f"rows: {', '.join(parts)}"
    if stream.rows_deleted:
        yield f"rows of earlier loads: {stream.rows_deleted:,} deleted"
    yield f"files: {stream.files:,} ({size_text(stream.size_bytes)}) in {sum(stream.seconds.values()):.2f} s"


def _detail_lines(stream: "StreamReport") -> Iterator[str]:
    """Yield what needs attention: the error, rejected files, warnings, columns left out, checks that did not pass."""
    if stream.error is not None:
        yield from error_lines(stream.error)
    if stream.error is None:
        yield from (f"file rejected: {safe(file)}" for file in stream.rejected_files)
    yield from (f"warning: {safe(warning)}" for warning in stream.warnings)
    if stream.dropped_columns:
        yield f"columns left out, as the contract does not name them: {safe(listed(stream.dropped_columns))}"
    if stream.checks:
        counts = Counter(check.status.value for check in stream.checks)
        yield f"checks: {', '.join(f'{number} {status}' for status, number in sorted(counts.items()))}"
    for check in stream.checks:
        if check.operator or check.status.value in ("failed", "error"):
            yield from _check_lines(check)


def _metric(check: "CheckResult") -> str:
    value = "no value" if check.value is None else f"{_value(check.value)} {check.unit_of_value}".rstrip()
    note = f" ({check.note})" if check.note else ""
    return f"{value}, {check.operator}{note}"


def _value(value: int | float | str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return safe(value) if isinstance(value, str) else f"{value:,}"


def _check_lines(check: "CheckResult") -> Iterator[str]:
    told = _metric(check) if check.operator else f"{check.violations:,} of {plural_rows(check.rows_evaluated)}"
    if check.status.value == "unexecuted":
        told = check.note
    yield f"  {check.id} {check.status.value} ({check.severity.value}): {told}"
    yield from (f"    {safe(sample)}" for sample in check.samples)
