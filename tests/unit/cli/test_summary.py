"""What a run says: in words, as a table, as JSON."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from dativo_core.cli.report import json_text, to_json
from dativo_core.cli.result import JobResult, exit_code
from dativo_core.cli.summary import size_text, summary_lines
from dativo_core.cli.terminal import progress_bar, show_table
from dativo_core.errors import ConfigError, ContractError, SourceError
from dativo_core.flow import (
    CheckResult,
    CheckStatus,
    Commit,
    CommitOutcome,
    FileIdentity,
    Progress,
    RowCounts,
    RunReport,
    RunState,
    StreamOutcome,
    StreamReport,
    Window,
    WindowKind,
)
from dativo_core.model.finding import Finding, Severity
from dativo_core.model.names import TableName
from dativo_core.odcs.contract import CheckSeverity

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TABLE = TableName(("acme__shop",), "orders")
STATE = RunState(3, "t", ("t",), "r1", "d", "1.0.0", "u", 99, 3, 10, 8, 2, 0, AT)
COMMIT = Commit(CommitOutcome.COMMITTED, (TABLE,), "main", 99, 1, STATE)


def stream(outcome=StreamOutcome.COMMITTED, **changes):
    defaults = {
        "counts": RowCounts(1234, 1232, 2),
        "window": Window(WindowKind.FILES, 3, unchanged=("a.csv", "b.csv")),
        "size_bytes": 1_500_000,
        "files": 2,
        "seconds": {"read": 0.25, "write": 0.5},
        "checks": (),
        "commit": COMMIT if outcome is StreamOutcome.COMMITTED else None,
    }
    return StreamReport(object="orders", table=TABLE, outcome=outcome, **{**defaults, **changes})


def result(*streams, **changes):
    report = RunReport("acme", "orders", "r1", "digest", AT, AT, streams) if streams else None
    return JobResult("acme", "orders", "jobs/acme/orders.yaml", (), report=report, **changes)


def text(*results, with_numbers=True):
    return "\n".join(summary_lines(results, with_numbers=with_numbers))


def test_a_load_tells_rows_files_size_and_snapshot():
    assert text(result(stream())) == "\n".join(
        [
            "acme/orders: committed 1,232 rows, snapshot 99",
            "  table: acme__shop.orders",
            "  rows: 1,234 read, 1,232 written, 2 quarantined",
            "  files: 2 (1.5 MB) in 0.75 s",
        ]
    )


def test_of_several_tables_each_sentence_says_which_it_is_about():
    failed = replace(stream(StreamOutcome.FAILED, error=SourceError("x")), object="returns")
    told = text(result(stream(), replace(stream(), object="items"), failed)).splitlines()[0]
    assert told == (
        "acme/orders: orders: committed 1,232 rows, snapshot 99; items: committed 1,232 rows, snapshot 99; "
        "returns: failed: nothing was published"
    )


def test_a_dry_run_tells_tables_rows_and_how_many_rules_were_not_asked():
    note = "not asked in a dry run: acme__shop.customers would be loaded first"
    left = CheckResult("asked", CheckStatus.UNEXECUTED, CheckSeverity.ERROR, 0, 0, operator="mustBe 0", note=note)
    checked = stream(StreamOutcome.CHECKED, checks=(left,), rules_not_asked=1)
    assert text(result(checked)).splitlines() == [
        "acme/orders: dry run: 1,232 rows would be committed, 2 rows rejected, 1 rule not asked; nothing was published",
        "  table: acme__shop.orders",
        "  rows: 1,234 read, 1,232 to write, 2 rejected",
        "  checks: 1 unexecuted",
        f"    asked unexecuted (error): {note}",
    ]
    assert to_json(checked)["rules_not_asked"] == 1
    assert "  table: acme__shop.orders" in text(result(checked), with_numbers=False)


def test_rows_of_earlier_loads_that_were_deleted_are_told_in_words_and_json():
    told = text(result(stream(rows_deleted=1500)))
    assert "acme/orders: committed 1,232 rows (1,500 deleted), snapshot 99" in told
    assert "  rows of earlier loads: 1,500 deleted" in told
    assert to_json(stream(rows_deleted=1500))["rows_deleted"] == 1500


def test_warnings_are_told():
    assert "  warning: file b has the same content as a" in text(
        result(stream(warnings=("file b has the same content as a",)))
    )


def test_a_commit_whose_answer_was_lost_says_so():
    landed = stream(commit=replace(COMMIT, outcome=CommitOutcome.ALREADY))
    assert "snapshot 99, by an attempt whose answer was lost" in text(result(landed))


def test_skipped_rows_tell_their_reason():
    assert "3 deduplicated" in text(result(stream(counts=RowCounts(3, 0, 0, {"deduplicated": 3}))))


def test_nothing_new_and_superseded_are_said_in_words():
    nothing, lost = stream(StreamOutcome.NOTHING_NEW), stream(StreamOutcome.SUPERSEDED)
    assert text(result(nothing)) == "acme/orders: nothing new: 2 files already loaded"
    assert text(result(lost)) == "acme/orders: superseded: another run loaded this window, so this one wrote nothing"


def test_a_failed_load_tells_why_and_how_to_fix_it():
    error = SourceError("in/a.csv:1: columns not in the contract: 'x'", hint="Add them")
    shown = text(result(stream(StreamOutcome.FAILED, error=error)))
    assert "failed: nothing was published" in shown
    assert "  error: in/a.csv:1: columns not in the contract: 'x'\n    fix: Add them" in shown


def test_failed_checks_show_their_samples():
    check = CheckResult("amount__min", CheckStatus.FAILED, CheckSeverity.ERROR, 1234, 2, ("in/a.csv:7: below 0",))
    shown = text(result(stream(checks=(check, CheckResult("id", CheckStatus.PASSED, CheckSeverity.ERROR, 1234, 0)))))
    assert "checks: 1 failed, 1 passed" in shown
    assert "    amount__min failed (error): 2 of 1,234 rows\n      in/a.csv:7: below 0" in shown


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), ("a\x1b[1mb", "a\\x1b[1mb"), (1234, "1,234"), (None, "no value")]
)
def test_what_a_query_returned_is_shown_whatever_its_kind(value, shown):
    asked = CheckResult("asked", CheckStatus.FAILED, CheckSeverity.ERROR, 5, 0, value=value, operator="mustBe 'x'")
    assert f"    asked failed (error): {shown}, mustBe 'x'" in text(result(stream(checks=(asked,))))


def test_rejected_files_and_columns_left_out_are_named():
    shown = text(result(stream(rejected_files=("in/b.csv: broken",), dropped_columns=("x", "y"))))
    assert "file rejected: in/b.csv: broken" in shown
    assert "the contract does not name them: x, y" in shown


def test_of_very_many_columns_left_out_twenty_are_named():
    shown = text(result(stream(dropped_columns=tuple(f"c{number}" for number in range(1000)))))
    assert "the contract does not name them: c0, c1, " in shown
    assert "c19 and 980 more" in shown


def test_a_job_with_broken_files_shows_its_findings():
    finding = Finding("jobs/a.yaml", 3, "target", "unknown-key", Severity.ERROR, "unknown key", "Remove it.")
    broken = JobResult("acme", "a", "jobs/a.yaml", (finding,), error=ConfigError("the job was not started: 1 error"))
    assert text(broken).splitlines() == [
        "acme/a: failed",
        "  error: the job was not started: 1 error",
        "  jobs/a.yaml:3: target: unknown key. Remove it. [unknown-key]",
    ]


def test_several_jobs_end_with_a_count():
    failed = result(error=ContractError("x"))
    assert text(result(stream()), failed).splitlines()[-1] == "2 jobs: 1 partial, 1 failed"


def test_hostile_text_cannot_forge_a_line():
    shown = text(result(stream(rejected_files=("a\nerror: forged \x1b[2J",))))
    assert "a\\nerror: forged \\x1b[2J" in shown


@pytest.mark.parametrize(("outcomes", "code"), [((0, 1, 2), 2), ((0, 1), 1), ((0, 0), 0), ((), 0)])
def test_the_worst_job_decides_the_exit_code(outcomes, code):
    clean, partial = stream(counts=RowCounts(1, 1)), stream()
    results = {0: result(clean), 1: result(partial), 2: result(error=SourceError("x"))}
    assert exit_code([results[outcome] for outcome in outcomes]) == code


@pytest.mark.parametrize(("size", "shown"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2.5e15, "2500.0 TB")])
def test_sizes_are_readable(size, shown):
    assert size_text(int(size)) == shown


def test_the_table_shows_numbers_of_loaded_and_failed_streams_only():
    console = Console(file=io.StringIO(), width=120)
    show_table([result(stream()), result(stream(StreamOutcome.NOTHING_NEW)), result()], console)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[1].split() == ["acme__shop.orders", "1,234", "1,232", "2", "2", "1.5", "MB", "0.75"]


def test_the_progress_bar_shows_rows_and_bytes():
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    with progress_bar(console) as watch:
        watch("orders")(Progress("orders", 1500, 5_000_000, 10_000_000))
    shown = console.file.getvalue()
    assert "orders/orders" in shown
    assert "1,500 rows" in shown
    assert "5.0/10.0 MB" in shown


def test_a_report_becomes_plain_json():
    check = CheckResult("id", CheckStatus.FAILED, CheckSeverity.ERROR, 2, 1)
    window = Window(WindowKind.FILES, 3, (FileIdentity("a", 1, "s"),), next_files=(FileIdentity("a", 1, "s"),))
    error = SourceError("broken", hint="fix", context={"at": AT})
    document = json.loads(json_text(result(stream(checks=(check,), window=window, error=error))))
    (shown,) = document["report"]["streams"]
    assert (shown["table"], shown["outcome"], shown["commit"]["snapshot_id"]) == ("acme__shop.orders", "committed", 99)
    assert shown["checks"][0]["status"] == "failed"
    assert shown["window"]["files"] == [
        {"path": "a", "size_bytes": 1, "sha256": "s", "etag": None, "is_forgotten": False}
    ]
    assert "next_files" not in shown["window"]
    assert document["report"]["started_at"] == "2026-01-02T03:04:05+00:00"
    assert shown["error"]["type"] == "SourceError"
    assert shown["error"]["context"] == {"at": "2026-01-02T03:04:05+00:00"}


def test_json_holds_no_credentials():
    assert to_json({"url": "x://u:pw@h/"}) == {"url": "x://u:[REDACTED]@h/"}
