"""`dativo doctor`: the installation and the workspace, each with its remedy, and exit code 2 when something is broken."""

import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from dativo_core.health import installation
from dativo_core.probe import Part, Probe, failed


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def told(workspace, *arguments):
    document = workspace.report("doctor", *arguments)
    return document["exit_code"], {(each["part"], each["subject"]): each for each in document["checks"]}


def test_a_sound_workspace_is_ok_and_nothing_is_created(workspace):
    workspace.job()
    before = sorted(workspace.root.rglob("*"))
    result = workspace.dativo("doctor")
    assert result.exit_code == 0, result.output
    assert {line.split()[0] for line in result.stdout.splitlines()[:-1]} == {"ok"}
    assert sorted(workspace.root.rglob("*")) == before


def test_versions_directories_clock_and_secrets_are_told(workspace):
    workspace.job()
    (workspace.root / "secrets").mkdir()
    code, found = told(workspace, "--secrets-dir", "secrets")
    assert code == 0
    assert {part for part, _ in found} >= {
        "installation",
        "workspace",
        "target",
        "catalog",
        "state",
        "clock",
        "secrets",
    }
    assert found["workspace", str(workspace.root)]["message"] == "1 job(s), 0 error(s), 0 warning(s)"
    assert found["secrets", "secrets/acme"]["message"] == "it holds no secrets"
    assert found["installation", "pyarrow"]["status"] == "ok"
    assert found["installation", "extra vault"]["status"] == "ok"


def test_a_workspace_with_errors_is_broken_and_the_rest_is_told(workspace):
    workspace.write("jobs/acme/broken.yaml", "tenant_id: acme\nsource: 5\n")
    code, found = told(workspace)
    assert code == 2
    workspace_answer = found["workspace", str(workspace.root)]
    assert workspace_answer["status"] == "failed"
    assert workspace_answer["hint"] == "See each with its remedy: dativo validate"


def test_outside_a_workspace_the_way_to_one_is_told(tmp_path, workspace):
    outside = tmp_path / "outside"
    outside.mkdir()
    code, found = told(workspace, "--root", str(outside))
    assert code == 2
    assert found["workspace", str(outside)]["hint"].endswith("dativo init")


def test_a_secret_store_that_is_broken_is_told(workspace):
    workspace.job()
    workspace.write("secrets/acme/lake.json", "{no json")
    result = workspace.dativo("doctor", "--secrets-dir", "secrets")
    assert result.exit_code == 2
    assert "lake.json is not valid JSON. Correct the file" in result.stdout


def test_what_needs_secrets_that_cannot_be_read_is_no_second_failure(workspace):
    workspace.write("secrets/acme/lake.json", "{no json")
    target = workspace.root / "connectors/targets/iceberg.yaml"
    target.write_text(target.read_text().replace("${DATIVO_LAKE:-lake}", "${secret:lake.directory}"))
    workspace.job()
    result = workspace.dativo("doctor", "--secrets-dir", "secrets")
    assert result.stdout.splitlines()[-1].startswith("1 failed, ")
    assert result.stdout.splitlines()[-1].endswith(" 2 skipped")
    assert "not asked, as the secrets cannot be read" in result.stdout


class Point:
    """What an installed package adds."""

    def __init__(self, name, loaded):
        self.name, self.loaded = name, loaded

    def load(self):
        return self.loaded


def test_checks_that_another_package_adds_are_asked_and_one_that_breaks_takes_no_other_along(workspace, monkeypatch):
    full = Probe(Part.ORCHESTRATOR, "records", lambda _limit_s: failed("full", "Free space"))
    monkeypatch.setattr(
        installation, "entry_points", lambda group: [Point("good", lambda _: [full]), Point("bad", None)]
    )
    code, found = told(workspace)
    assert code == 2
    assert found["orchestrator", "records"]["hint"] == "Free space"
    assert found["orchestrator", "bad"]["message"] == "its checks cannot be loaded (TypeError)"


def test_the_checks_of_dagster_are_declared_as_an_entry_point():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    module, _, name = project["entry-points"]["dativo.checks"]["dagster"].partition(":")
    assert callable(getattr(import_module(module), name))
