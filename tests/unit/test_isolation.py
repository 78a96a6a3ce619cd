"""No tenant reaches what is another's: each attempt is refused for its own reason, soon, and before anything is touched."""

import re
import sys
import time

import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_core.lake.catalog import open_lake
from dativo_core.model.mode import Mode
from dativo_core.model.names import TableName
from dativo_core.plan.build import check_workspace
from dativo_core.run import run
from dativo_core.workspace.load import load_workspace
from tests.canary import leaks
from tests.isolation import lies
from tests.isolation.attempts import ATTEMPTS, Attempt
from tests.isolation.scene import JOB, LAKE, VICTIM, Scene, opened_files_of_victim
from tests.isolation.uses import USES, Use

LIMIT_S = 5.0


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    return Scene(tmp_path_factory.mktemp("isolation") / "workspace")


@pytest.fixture
def scene(stage, monkeypatch):
    """The workspace of both tenants; afterwards the victim's things must be as they were."""
    monkeypatch.chdir(stage.root)
    for name in ("DATIVO_ROOT", "DATIVO_SECRET_MANAGER", "DATIVO_SECRETS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATIVO_SECRET__VICTIM__API_KEY", stage.canaries[2])
    before, begin = stage.of_victim(), time.monotonic()
    with opened_files_of_victim(stage.root) as opened:
        yield stage
    seconds, after = time.monotonic() - begin, stage.of_victim()
    stage.restore()
    stage.mode = Mode.SELF_HOSTED
    assert (opened, after) == ([], before)
    assert seconds < LIMIT_S


def test_the_matrix_is_large_enough():
    assert len(ATTEMPTS) >= 60
    assert len({attempt.name for attempt in ATTEMPTS}) == len(ATTEMPTS)


@pytest.mark.parametrize("mode", Mode)
def test_an_honest_job_of_the_same_tenant_loads(scene, mode):
    done = CliRunner().invoke(main, ["run", "--config", JOB, "--secrets-dir", "secrets", "--mode", mode.value])
    assert done.exit_code == 0, done.output


ATTEMPTED = [(attempt, mode) for attempt in ATTEMPTS for mode in Mode if attempt.mode in {mode, Mode.SELF_HOSTED}]
USED = [(use, mode) for use in USES for mode in Mode if use.mode in {mode, None}]


def name_of(value):
    return value.value if isinstance(value, Mode) else value.name


@pytest.mark.parametrize(("attempt", "mode"), ATTEMPTED, ids=name_of)
def test_an_attempt_is_refused_when_files_are_checked_and_when_they_are_run(scene: Scene, attempt: Attempt, mode: Mode):
    attempt.write(scene)
    of_all = check_workspace(load_workspace(scene.root), mode)
    file = JOB if attempt.place.startswith("assets/") else attempt.place
    checked = check_workspace(load_workspace(scene.root, [scene.root / file]), mode)
    told = [finding for finding in checked.findings if finding.file == attempt.place]
    assert attempt.code in {finding.code for finding in told}, [str(each) for each in checked.findings]
    assert [job.plan for job in checked.jobs] == [None]
    assert leaks(scene.canaries, "".join(map(str, (*checked.findings, *of_all.findings)))) == []
    if not attempt.place.startswith("other/"):
        assert [job.tenant for job in of_all.jobs if job.plan][-1:] == [VICTIM]
    done = CliRunner().invoke(main, ["run", "--config", file, "--secrets-dir", "secrets", "--mode", mode.value])
    assert (done.exit_code, f"[{attempt.code}]" in done.output) == (2, True), done.output
    assert leaks(scene.canaries, done.output) == []


@pytest.mark.parametrize(("use", "mode"), USED, ids=name_of)
def test_a_lower_layer_refuses_by_itself_what_no_rule_has_seen(scene: Scene, use: Use, mode: Mode):
    scene.mode = mode
    if use.prepare is not None:
        use.prepare(scene)
    error, text = use.refusal(mode)
    with pytest.raises(error, match=re.escape(text)) as refused:
        use.act(scene)
    assert leaks(scene.canaries, str(refused.value)) == []


def test_a_namespace_that_lies_at_anothers_gets_its_table_where_its_own_name_puts_it(scene: Scene):
    lies.with_namespace_location(scene)
    assert run(scene.plan(), scene.services()).exit_code == 0
    with open_lake(scene.root / LAKE) as lake:
        table = lake.load(TableName((lies.NAMESPACE,), lies.TABLE))
    assert table.location() == f"file://{scene.root}/{lies.OWN}"


def test_a_table_that_names_code_has_none_of_it_imported(scene: Scene):
    lies.with_property("py-io-impl", "tests.isolation.planted.FileIO")(scene)
    (stream,) = run(scene.plan(), scene.services()).streams
    assert "py-io-impl" in str(stream.error)
    assert "tests.isolation.planted" not in sys.modules
