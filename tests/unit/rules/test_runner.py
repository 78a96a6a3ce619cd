"""Rules of configs/runner.yaml, on whole workspaces."""

import shutil
from pathlib import Path

import pytest

from dativo_core.model.names import runner_schedule_name, schedule_name
from dativo_core.plan.build import Checked, check_workspace
from dativo_core.workspace.load import RUNNER, load_workspace

VALID = Path(__file__).parents[2] / "examples" / "valid"
ORDERS = "jobs/acme/orders.yaml"
BOLT = "jobs/bolt/orders.yaml"


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(VALID / "runner_in_its_wrapper", tmp_path / "workspace")


def check(root: Path, *jobs: Path) -> Checked:
    return check_workspace(load_workspace(root, jobs))


def told(root: Path, *schedules: str) -> list[tuple[str, str]]:
    lines = "".join(f"    - {schedule}\n" for schedule in schedules)
    (root / RUNNER).write_text(f"orchestrator:\n  schedules:\n{lines}")
    return [(finding.code, finding.key_path) for finding in check(root).findings]


def append(file: Path, text: str) -> None:
    file.write_text(file.read_text() + text)


@pytest.mark.parametrize("name", ["runner_in_its_wrapper", "runner_without_its_wrapper"])
def test_a_runner_file_loads_with_and_without_its_wrapper(name):
    file = load_workspace(VALID / name).runner_file
    assert file.model is not None
    assert (file.model.mode, file.findings) == ("orchestrated", ())


@pytest.mark.parametrize("schedules", ["null", "[]"])
def test_no_schedules_are_valid(root, schedules):
    (root / RUNNER).write_text(f"runner: {{orchestrator: {{schedules: {schedules}}}}}\n")
    assert check(root).findings == ()


@pytest.mark.parametrize("text", ["runner:\n", "runner: {}\n", "mode: oneshot\n"])
def test_every_key_has_a_default(root, text):
    (root / RUNNER).write_text(text)
    assert check(root).findings == ()


def test_a_workspace_needs_no_runner_file(root):
    (root / RUNNER).unlink()
    assert check(root).findings == ()
    assert load_workspace(root).runner_file.model is None


def test_a_schedule_of_a_job_with_errors_is_a_finding_and_spoils_no_other_job(root):
    append(root / ORDERS, "nonsense: 1\n")
    checked = check(root)
    assert [(finding.file, finding.code) for finding in checked.findings] == [
        (RUNNER, "schedule-job-invalid"),
        (ORDERS, "unknown-key"),
    ]
    assert [job.file for job in checked.jobs if job.plan] == [BOLT]


def test_a_job_may_have_a_schedule_of_its_own_beside_those_of_the_operator(root):
    append(root / ORDERS, 'schedule: {cron: "0 5 * * *"}\n')
    checked = check(root)
    assert checked.findings == ()
    assert [each.job_file for each in checked.runner.schedules] == [ORDERS, BOLT]


def test_one_job_may_have_several_schedules(root):
    first = f'{{name: weekdays, config: {ORDERS}, cron: "0 5 * * 1-5"}}'
    assert told(root, first, f'{{name: weekend, config: {ORDERS}, cron: "0 9 * * 6,7"}}') == []


@pytest.mark.parametrize(
    ("schedule", "code", "key"),
    [
        (f'{{name: a, config: {ORDERS}, cron: "0 25 * * *"}}', "schedule-invalid", "cron"),
        (f"{{name: a, config: {ORDERS}}}", "schedule-ambiguous", "cron"),
        (
            f'{{name: a, config: {ORDERS}, cron: "@daily", interval_seconds: 5}}',
            "schedule-ambiguous",
            "interval_seconds",
        ),
        (f'{{name: a, config: {ORDERS}, cron: "@daily", timezone: UTX}}', "timezone-unknown", "timezone"),
        ('{name: a, config: jobs/acme/none.yaml, cron: "@daily"}', "file-missing", "config"),
        ('{name: a, config: jobs/acme, cron: "@daily"}', "file-missing", "config"),
        ('{name: a, config: ../x.yaml, cron: "@daily"}', "path-outside", "config"),
        (f'{{name: a, config: {RUNNER}, cron: "@daily"}}', "schedule-no-job", "config"),
        (f'{{name: "!", config: {ORDERS}, cron: "@daily"}}', "schedule-name", "name"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told_at_its_key(root, schedule, code, key):
    assert told(root, schedule) == [(code, f"orchestrator.schedules[0].{key}")]


@pytest.mark.parametrize("other", ["nightly", "Nightly", "night-ly", "night_ly"])
def test_names_are_unique_as_dagster_sees_them(root, other):
    name = "nightly" if other.lower() == "nightly" else "night ly"
    schedules = [f'{{name: {each}, config: {ORDERS}, cron: "@daily"}}' for each in (name, other)]
    assert told(root, *schedules) == [("schedule-name", "orchestrator.schedules[1].name")]


def test_one_job_is_checked_without_the_schedules_of_all(root):
    (root / RUNNER).write_text("mode: [\n")
    assert check(root, Path(ORDERS)).findings == ()
    assert [finding.file for finding in check(root).findings] == [RUNNER]
    assert [finding.file for finding in check(root, root / "jobs").findings] == [RUNNER]


def test_a_schedule_that_cannot_be_read_spoils_no_other(root):
    good = f'{{name: good, config: {ORDERS}, cron: "H 5 * * *", tags: {{team: shop}}}}'
    bad = [f"{{name: bad, config: {ORDERS}, interval_seconds: soon}}", "{name: worse}", "5"]
    assert {code for code, _ in told(root, bad[0], good, *bad[1:])} == {"wrong-type", "missing-key"}
    (schedule,) = check(root).runner.schedules
    assert (schedule.name, schedule.job_file, schedule.plan.tags) == ("good", ORDERS, (("team", "shop"),))
    assert schedule.plan.resolved_cron == "32 5 * * *"


def test_only_schedules_without_errors_are_planned_each_for_its_own_job(root):
    schedules = [
        f'{{name: "Every 90 min", config: {ORDERS}, interval_seconds: 5400}}',
        f'{{name: never, config: {ORDERS}, cron: "0 0 31 2 *"}}',
        '{name: lost, config: jobs/acme/none.yaml, cron: "@daily"}',
        f"{{name: import, config: /app/{BOLT}, interval_seconds: 30, max_concurrent_runs: 3, enabled: false}}",
    ]
    told(root, *schedules)
    first, second = check(root).runner.schedules
    assert (first.name, first.job_file, first.plan.interval_seconds) == ("every_90_min", ORDERS, 5400)
    assert (second.name, second.job_file, second.plan.max_concurrent_runs) == ("import_", BOLT, 3)
    assert not second.plan.enabled


def test_a_job_with_errors_is_told_by_each_of_its_schedules(root):
    append(root / ORDERS, "nonsense: 1\n")
    runner = check(root).runner
    assert [each.job_file for each in runner.schedules] == [BOLT]
    assert [finding.code for finding in runner.of_job[ORDERS]] == ["schedule-job-invalid"]


@pytest.mark.parametrize("rest", ["", "orchestrator: {concurrency_per_tenant: 0}\n"])
def test_oneshot_holds_even_where_the_rest_of_the_file_is_broken(root, rest):
    (root / RUNNER).write_text(f"mode: oneshot\n{rest}")
    runner = check(root).runner
    assert (runner.is_oneshot, runner.concurrency_per_tenant) == (True, 1)


def test_the_name_of_an_operators_schedule_is_never_that_of_a_jobs():
    assert runner_schedule_name("acme__orders__schedule") == "acme_orders_schedule"
    assert schedule_name("acme", "orders") == "acme__orders__schedule"
