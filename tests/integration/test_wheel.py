"""The built wheel works outside the checkout: commands, shipped registry, Dagster code location."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
SHIPPED = ("dativo_core", "dativo_dagster", "pyproject.toml", "README.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build from a copy, since setuptools leaves its work in the tree and would pack stale files of an earlier build."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in SHIPPED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.exists():
            shutil.copy(path, source / name)
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(source)], source)
    return next(target.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """Install the wheel alone into a fresh environment; returns its `bin`.

    The dependencies come from this environment by a `.pth` file. Python does not follow `.pth` files found through
    another one, so the editable install of the checkout stays out of sight.
    """
    directory = tmp_path_factory.mktemp("environment")
    venv.create(directory, symlinks=True)
    python = directory / "bin" / "python"
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(directory), "platbase": str(directory)}))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    install = [find_uv_bin(), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(python)]
    _run([*install, str(wheel)], directory)
    return directory / "bin"


@pytest.fixture
def workspace(tmp_path) -> Path:
    """A workspace of one tenant with recipes, contracts and jobs, and no registry of its own."""
    shutil.copytree(ROOT / "connectors", tmp_path / "connectors")
    shutil.copytree(ROOT / "tests" / "fixtures", tmp_path / "tests" / "fixtures")
    shutil.copytree(ROOT / "tests" / "fixtures" / "jobs", tmp_path / "jobs" / "acme")
    return tmp_path


def test_the_installed_package_is_not_the_checkout(installed, workspace):
    shown = _run([str(installed / "python"), "-c", "import dativo_core; print(dativo_core.__file__)"], workspace)
    assert Path(shown.strip()).is_relative_to(installed.parent)


def test_validate_finds_the_shipped_registry(installed, workspace):
    shown = _run([str(installed / "dativo"), "validate"], workspace)
    assert "3 jobs" in shown


def test_the_wheel_holds_the_texts_of_findings_and_what_init_writes(installed, tmp_path):
    assert "wrong:" in _run([str(installed / "dativo"), "explain", "unknown-key"], tmp_path)
    _run([str(installed / "dativo"), "init", "workspace", "."], tmp_path)
    assert _run([str(installed / "dativo"), "validate"], tmp_path) == "1 job, 1 contract: no problems\n"


def test_the_schemas_of_contracts_are_in_the_wheel(installed, workspace):
    read = "from dativo_core.odcs.json_schema import ContractSchema, is_valid; print(*(is_valid({}, s) for s in ContractSchema))"
    assert _run([str(installed / "python"), "-c", read], workspace).split() == ["False", "False"]


def test_run_loads_a_job_outside_the_checkout(installed, workspace):
    command = [str(installed / "dativo"), "run", "--config", "jobs/acme/orders.yaml", "--json"]
    shown = _run([*command, "--secrets-dir", "tests/fixtures/secrets"], workspace)
    assert '"written": 9' in shown
    assert (workspace / ".dativo" / "catalog.db").exists()


def test_the_old_command_name_works(installed, workspace):
    assert "run" in _run([str(installed / "dativo_ingest"), "--help"], workspace)


def test_dagster_loads_the_code_location_from_the_wheel(installed, workspace):
    count = "from dativo_dagster.definitions import defs; print(len(list(defs.jobs)))"
    assert _run([str(installed / "python"), "-c", count], workspace).strip() == "3"


def _run(command: list[str], directory: Path) -> str:
    """Run a command as a user would, without this process's settings, and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "DATIVO"))}
    result = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout
