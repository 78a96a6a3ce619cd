"""Jobs of a directory at the same time: the outcome of one after another, and an end that leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from dativo_core import failpoints
from dativo_core.cli.side_by_side import Stop, side_by_side
from tests.unit.run.test_relations import CUSTOMERS, HEAD, JOB, ORDERS, SOURCE, TARGET, TO_CUSTOMERS

NAMES = ("a", "b", "c", "d", "e", "f")
REPOSITORY = Path(__file__).parents[3]
SHARED = "target: {shared: true}\n"


@dataclass(frozen=True)
class Named:
    """As much of a job as says whom it waits for: nobody."""

    name: str
    plan: None = None


def named(count):
    return [Named(str(number)) for number in range(count)]


@pytest.fixture(autouse=True)
def _no_failpoint():
    yield
    failpoints.arm("")


@pytest.fixture
def six(workspace):
    for name in NAMES:
        workspace.second_job(name)
    return workspace


def lines(result):
    return [json.loads(line) for line in result.stderr.splitlines()]


def without_ids(document):
    """Return what a report says of each job, without what differs from run to run."""
    streams = [(job["job"], job["exit_code"], job["report"]["streams"]) for job in document["jobs"]]
    return [
        (name, code, [(each["table"], each["outcome"], each["counts"]) for each in of]) for name, code, of in streams
    ]


def test_results_come_in_the_order_of_the_jobs_whoever_is_done_first():
    def work(job):
        time.sleep(0.02 * (5 - int(job.name)))
        return job.name

    assert side_by_side(named(5), work, 5, Stop()) == ("0", "1", "2", "3", "4")


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_no_more_work_at_one_time_than_is_allowed_and_not_less(at_once):
    running, most, lock = 0, 0, threading.Lock()

    def work(_job):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with lock:
            running -= 1

    side_by_side(named(6), work, at_once, Stop())
    assert most == at_once


def test_what_work_raises_ends_all_and_nothing_new_begins():
    begun = []
    stop = Stop()

    def work(job):
        begun.append(job.name)
        if job.name == "0":
            raise SystemExit(3)
        stop.sleep(10)

    with pytest.raises(SystemExit):
        side_by_side(named(20), work, 2, stop)
    assert len(begun) <= 3


def test_a_directory_side_by_side_has_the_report_of_one_after_another(six):
    together = six.report("run", "--job-dir", "jobs/acme", "--max-parallel", "4")
    (six.root / "lake").rename(six.root / "lake-before")
    alone = six.report("run", "--job-dir", "jobs/acme", "--max-parallel", "1")
    assert without_ids(together) == without_ids(alone)
    assert [job["job"] for job in together["jobs"]] == list(NAMES)
    assert together["jobs"][0]["report"]["streams"][0]["cpu_seconds"] is None
    assert alone["jobs"][0]["report"]["streams"][0]["cpu_seconds"] > 0


def test_a_job_alone_is_told_the_time_of_the_processor_however_many_could_run(workspace):
    document = workspace.report("run", "--config", workspace.job(), "--max-parallel", "4")
    assert document["jobs"][0]["report"]["streams"][0]["cpu_seconds"] > 0


def test_every_line_has_the_job_and_the_run_it_is_about(six):
    result = six.dativo("run", "--job-dir", "jobs/acme", "--max-parallel", "4")
    told = [line for line in lines(result) if "table" in line]
    assert {line["job_name"] for line in told} == set(NAMES)
    assert all(line["table"] == f"acme__shop.{line['job_name']}" for line in told)
    assert len({(line["job_name"], line["run_id"]) for line in told}) == len(NAMES)


def test_jobs_really_run_at_the_same_time_unless_the_operator_allows_one(six):
    failpoints.arm("window.planned=sleep:0.3:*")

    def most_at_once():
        running, most = set(), 0
        for line in lines(six.dativo("run", "--job-dir", "jobs/acme", "--max-parallel", "3")):
            if line["event_type"] == "job_started":
                running.add(line["job_name"])
            if line["event_type"] == "job_finished":
                running.discard(line["job_name"])
            most = max(most, len(running))
        return most

    assert most_at_once() == 3
    six.write("configs/runner.yaml", "runner: {orchestrator: {concurrency_per_tenant: 2}}\n")
    assert most_at_once() == 2
    six.write("configs/runner.yaml", "runner: {orchestrator: {concurrency_per_tenant: none}}\n")
    assert most_at_once() == 1


def test_a_bug_in_one_job_stops_no_other(six):
    failpoints.arm("config.loaded=raise:EIO:3")
    document = six.report("run", "--job-dir", "jobs/acme", "--max-parallel", "3")
    codes = [job["exit_code"] for job in document["jobs"]]
    assert (document["exit_code"], sorted(codes)) == (2, [0, 0, 0, 0, 0, 2])
    assert "this is a bug in Dativo: OSError" in next(
        job["error"]["message"] for job in document["jobs"] if job["exit_code"] == 2
    )


@pytest.mark.parametrize(
    ("second", "third", "code"), [("1,Rome\n", "1,Rome\n", 0), ("x,Rome\n", "1,Rome\n", 1), ("x,Rome\n", None, 2)]
)
def test_the_worst_job_says_the_exit_code(workspace, second, third, code):
    workspace.second_job("a")
    for name, row in (("b", second), ("c", third)):
        path = workspace.second_job(name, files=f"in/{name}.csv")
        workspace.write(path, (workspace.root / path).read_text().replace("strict", "warn"))
        if row is not None:
            workspace.write(f"in/{name}.csv", f"id,city\n7,Oslo\n{row}")
    assert workspace.dativo("run", "--job-dir", "jobs/acme", "--max-parallel", "3").exit_code == code


def test_jobs_of_one_table_take_turns_as_one_after_another(workspace):
    for name in ("one", "two", "three"):
        workspace.write(f"in/{name}.csv", "id,city\n1,Rome\n2,Oslo\n")
        path = workspace.job(name, files=f"in/{name}.csv")
        workspace.write(path, (workspace.root / path).read_text() + SHARED)
    failpoints.arm("commit.before=sleep:0.3:1")
    together = workspace.report("run", "--job-dir", "jobs/acme", "--max-parallel", "3")
    (workspace.root / "lake").rename(workspace.root / "lake-before")
    alone = workspace.report("run", "--job-dir", "jobs/acme", "--max-parallel", "1")
    assert without_ids(together) == without_ids(alone)
    assert [job["exit_code"] for job in together["jobs"]] == [0, 0, 0]
    assert [job["report"]["streams"][0]["counts"]["written"] for job in together["jobs"]] == [2, 2, 2]
    again = workspace.report("run", "--job-dir", "jobs/acme")
    assert [job["report"]["streams"][0]["outcome"] for job in again["jobs"]] == ["nothing_new"] * 3


def test_a_shared_table_is_not_replaced_and_its_states_are_told_and_reset_one_by_one(workspace):
    paths = []
    for name in ("one", "two"):
        workspace.write(f"in/{name}.csv", "id,city\n1,Rome\n2,Oslo\n")
        paths.append(workspace.job(name, files=f"in/{name}.csv"))
        workspace.write(paths[-1], (workspace.root / paths[-1]).read_text() + SHARED)
        assert workspace.dativo("run", "--config", paths[-1]).exit_code == 0
    refused = workspace.dativo("run", "--config", paths[0], "--full-refresh")
    assert refused.exit_code == 2
    assert "a full refresh replaces the table, and other jobs load acme__shop.orders, too" in refused.stdout
    assert workspace.dativo("state", "reset", "--config", paths[0], "--reason", "again").exit_code == 0
    loaded = [workspace.report("run", "--config", path)["jobs"][0]["report"]["streams"][0] for path in paths]
    assert [each["counts"]["written"] for each in loaded] == [2, 0]


def test_a_job_waits_for_the_one_before_it_whose_table_its_rules_read(workspace):
    workspace.write("connectors/sources/csv.yaml", SOURCE)
    workspace.write("connectors/targets/iceberg.yaml", TARGET)
    workspace.write("assets/csv/shop.yaml", HEAD + CUSTOMERS + ORDERS.replace("RELATIONSHIPS", TO_CUSTOMERS))
    workspace.write("in/customers.csv", "id,city\n1,Rome\n")
    workspace.write("in/orders-1.csv", "id,customer,city\n1,1,Rome\n")
    for name in ("customers", "orders"):
        workspace.write(f"jobs/acme/{name}.yaml", JOB.format(contract="shop", name=name, mode="append"))
    failpoints.arm("commit.before=sleep:0.5:1")
    document = workspace.report("run", "--job-dir", "jobs/acme", "--max-parallel", "2")
    assert [(job["job"], job["exit_code"]) for job in document["jobs"]] == [("customers", 0), ("orders", 0)]


@pytest.mark.slow
@pytest.mark.parametrize("at_once", ["1", "3"])
def test_ctrl_c_ends_all_jobs_and_leaves_no_file_behind(six, tmp_path_factory, at_once):
    private = tmp_path_factory.mktemp("private")
    six.write("in/orders-1.csv", "id,city\n" + "".join(f"{number},Rome\n" for number in range(400_000)))
    environment = {
        **os.environ,
        "PYTHONPATH": str(REPOSITORY),
        "DATIVO_FAILPOINTS": "batch.validated=sleep:0.5:*",
        "TMPDIR": str(private),
    }
    program = [sys.executable, "-c", "from dativo_core.cli import main; main()"]
    log = six.root / "log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*program, "run", "--job-dir", "jobs/acme", "--max-parallel", at_once],
            env=environment,
            cwd=six.root,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        try:
            deadline = time.monotonic() + 60
            while log.read_text().count("extraction_started") < int(at_once):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        finally:
            process.kill()
            process.wait(10)
    told = log.read_text()
    assert "interrupted: what was not committed is not visible" in told
    assert "Traceback" not in told
    assert "commit_success" not in told
    assert list(private.iterdir()) == []
    assert list((six.root / "lake").rglob("*.parquet")) == []
    again = six.report("run", "--job-dir", "jobs/acme")
    assert [job["report"]["streams"][0]["counts"]["written"] for job in again["jobs"]] == [400_000] * len(NAMES)
