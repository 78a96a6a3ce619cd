"""`dativo backfill` without a daemon: what it asks for, and what it refuses."""

import json

import dagster as dg
import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_dagster.commands.backfill import backfill
from tests.dagster.workspaces import write_job, write_workspace

RANGE = ("--from", "2026-01-01", "--to", "2026-01-04")
JOB = "jobs/acme/orders.yaml"


@pytest.fixture
def root(tmp_path, monkeypatch):
    root = write_workspace(tmp_path / "workspace")
    write_job(root, extra="partitions: {type: daily, start: 2026-01-01}\n")
    write_job(root, "orders", tenant="bolt", extra="partitions: {type: static, keys: [eu, us]}\n")
    for job in (root / JOB, root / "jobs" / "bolt" / "orders.yaml"):
        job.write_text(job.read_text().replace("seeds/orders*.csv", "seeds/{partition}/*.csv"))
    write_job(root, "plain")
    monkeypatch.chdir(root)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return root


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.setitem(main.commands, "backfill", backfill)

    def run(*arguments):
        return CliRunner().invoke(main, ["backfill", *arguments])

    return run


def backfills(root):
    with dg.DagsterInstance.from_config(str(root / ".dativo" / "dagster")) as instance:
        return list(instance.get_backfills())


@pytest.mark.parametrize("job", [JOB, "acme/orders"])
def test_a_range_is_asked_for_with_its_reason_as_title(root, ask, job):
    done = ask(job, *RANGE, "--reason", "new tax rates")
    assert done.exit_code == 0, done.output
    (found,) = backfills(root)
    assert done.stdout == f"backfill {found.backfill_id} of acme/orders: 3 partitions, 2026-01-01 to 2026-01-03\n"
    assert "warning: no daemon has shown that it lives" in done.stderr
    assert (found.title, found.tags["dativo/reason"]) == ("new tax rates", "new tax rates")
    assert (found.tags["tenant"], found.tags["dativo/job"], found.tags["dativo/trigger"]) == (
        "acme",
        "orders",
        "backfill",
    )


def test_single_partitions_are_asked_for_as_json(root, ask):
    keys = ("--partition", "2026-01-02", "--partition", "2026-01-05", "--partition", "2026-01-02")
    done = ask(JOB, *keys, "--reason", "late", "--json")
    told = json.loads(done.stdout)
    assert told["partitions"] == ["2026-01-02", "2026-01-05"]
    assert (told["status"], told["landed"], told["tenant"]) == ("unfinished", [], "acme")
    assert told["backfill"] == backfills(root)[0].backfill_id


def test_a_backfill_is_ended_by_its_own_job_alone(root, ask):
    ask(JOB, *RANGE, "--reason", "late")
    (found,) = backfills(root)
    refused = ask("bolt/orders", "--cancel", found.backfill_id)
    assert (refused.exit_code, f"bolt/orders has no backfill {found.backfill_id}" in refused.stderr) == (2, True)
    done = ask(JOB, "--cancel", found.backfill_id)
    assert done.exit_code == 0, done.output
    assert backfills(root)[0].status.value == "CANCELING"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((JOB, *RANGE), "the backfill has no reason"),
        ((JOB, "--reason", "x"), "nothing says which partitions to load"),
        ((JOB, *RANGE, "--partition", "2026-01-01", "--reason", "x"), "both a range and partitions are given"),
        ((JOB, "--from", "2026-01-04", "--to", "2026-01-01", "--reason", "x"), "no daily partition of orders begins"),
        ((JOB, "--from", "2026-01-04", "--reason", "x"), "the range has no end"),
        ((JOB, "--from", "soon", "--to", "2026-01-01", "--reason", "x"), "'soon', is no time"),
        ((JOB, "--partition", "monday", "--reason", "x"), "'monday' is no daily partition"),
        (("bolt/orders", *RANGE, "--reason", "x"), "the partitions of orders are static, and have no times"),
        (("acme/plain", *RANGE, "--reason", "x"), "the job plain has no partitions"),
        (("acme/none", *RANGE, "--reason", "x"), "there is no job acme/none"),
        (("jobs/acme/none.yaml", *RANGE, "--reason", "x"), "none.yaml"),
        ((JOB, "--cancel", "abc", "--reason", "x"), "--cancel ends a backfill"),
        ((JOB, "--cancel", "abc"), "acme/orders has no backfill abc"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_a_remedy(root, ask, arguments, told):
    done = ask(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "\n  fix: " in done.stderr
