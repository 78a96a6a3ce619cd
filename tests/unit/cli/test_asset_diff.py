"""`dativo asset diff`: what changed between two contracts, or two revisions of one, and whether the version says so."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from dativo_core.cli import main

FILE = "assets/orders.yaml"
CONTRACT = """\
id: orders-of-shops
name: orders
version: 1.0.0
source_type: csv
object: orders
schema:
  - {name: id, type: integer}
  - {name: city, type: string, classification: internal}
team: {owner: shop@example.com}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    """A workspace in a directory of a repository, which is the current directory."""
    place = tmp_path / "repository" / "workspace"
    (place / "assets").mkdir(parents=True)
    (place / FILE).write_text(CONTRACT)
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def repository(root: Path) -> Path:
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], [*author, "commit", "-q", "-m", "one"]):
        subprocess.run([shutil.which("git") or "git", *command], cwd=root.parent, check=True)
    return root


def edit(root: Path, *changes: tuple[str, str]) -> None:
    text = (root / FILE).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (root / FILE).write_text(text)


def diff(*arguments: str):
    return CliRunner().invoke(main, ["asset", "diff", *arguments])


def test_two_files_that_say_the_same_need_no_step(root):
    shutil.copy(root / FILE, root / "copy.yaml")
    result = diff("copy.yaml", FILE)
    assert (result.exit_code, result.stdout) == (0, "nothing changed\n")


def test_changes_stand_below_their_level_and_a_low_version_fails(repository):
    edit(repository, ("city, type: string", "town, type: string"), ("owner: shop", "owner: lake"))
    result = diff(f"git:main:{FILE}", FILE)
    assert result.exit_code == 2
    assert result.stdout == (
        "major:\n"
        "  assets/orders.yaml:6: schema: 'orders.city' was removed\n"
        "minor:\n"
        "  assets/orders.yaml:8: schema[1]: 'orders.town' was added\n"
        "patch:\n"
        "  assets/orders.yaml:9: team: 'team' of the contract changed\n"
        "assets/orders.yaml:3: version: the version is still 1.0.0, and 1 change is major: 'orders.city' was removed. "
        "Write version: 2.0.0. [version-bump-low]\n"
        "the farthest change is major: from version 1.0.0 it takes 2.0.0\n"
    )


def test_a_version_that_rises_far_enough_is_success(repository):
    edit(repository, ("city", "town"), ("1.0.0", "2.0.0"))
    result = diff(f"git:HEAD:{FILE}", FILE)
    assert result.exit_code == 0
    assert result.stdout.endswith("the farthest change is major: version 2.0.0 is enough\n")


def test_a_path_in_a_revision_may_start_at_the_current_directory(repository, monkeypatch):
    monkeypatch.chdir(repository / "assets")
    assert diff("git:HEAD:orders.yaml", "git:HEAD:../assets/orders.yaml").exit_code == 0


def test_json_holds_changes_the_step_they_need_and_findings(repository):
    edit(repository, ("city, type: string", "city, type: integer"), ("1.0.0", "1.1.0"))
    result = diff(f"git:main:{FILE}", FILE, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 2
    assert told["old"] == {
        "file": "git:main:assets/orders.yaml",
        "id": "orders-of-shops",
        "version": "1.0.0",
        "status": "active",
    }
    assert [(change["level"], change["line"], change["key_path"]) for change in told["changes"]] == [
        ("major", 8, "schema[1]")
    ]
    assert (told["needed"], told["wanted_version"], told["is_enough"]) == ("major", "2.0.0", False)
    assert [finding["code"] for finding in told["findings"]] == ["version-bump-low"]


def test_a_step_back_fails_although_the_version_is_enough(repository):
    edit(repository, ("version: 1.0.0", "version: 1.0.0\nstatus: draft"))
    result = diff(f"git:main:{FILE}", FILE)
    assert result.exit_code == 2
    assert "[status-order]" in result.stdout


def test_the_ladder_of_the_policy_tells_what_rises(repository):
    edit(repository, ("classification: internal", "classification: public"), ("1.0.0", "1.1.0"))
    assert diff(f"git:main:{FILE}", FILE).exit_code == 2
    (repository / "configs").mkdir()
    (repository / "configs/policy.yaml").write_text("classifications: [public, internal]\n")
    assert diff(f"git:main:{FILE}", FILE, "--root", ".").exit_code == 0
    (repository / "configs/policy.yaml").write_text("classifications: [public, Public]\n")
    broken = diff(f"git:main:{FILE}", FILE, "--root", ".")
    assert broken.exit_code == 2
    assert "configs/policy.yaml cannot be compared: 1 error in 1 file" in broken.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("git:nowhere:assets/orders.yaml", "git says: invalid object name 'nowhere'"),
        ("git:main:assets/none.yaml", "cannot be read: git says: path"),
        ("git:main", "names no file in a revision"),
        ("git::assets/orders.yaml", "names no file in a revision"),
        ("git:--help:assets/orders.yaml", "names no file in a revision"),
        ("nowhere.yaml", "nowhere.yaml cannot be read: No such file or directory"),
        ("assets", "assets cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(repository, given, told):
    result = diff(given, FILE)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "fix: " in result.stderr
    assert "Traceback" not in result.stderr


def test_outside_of_a_repository_git_says_so(root):
    result = diff(f"git:main:{FILE}", FILE)
    assert result.exit_code == 2
    assert "git says: " in result.stderr


def test_without_git_only_files_are_compared(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    result = diff(f"git:main:{FILE}", FILE)
    assert result.exit_code == 2
    assert "there is no git on this machine" in result.stderr
    assert diff(FILE, FILE).exit_code == 0


def test_a_contract_with_errors_is_not_compared(root):
    (root / "broken.yaml").write_text(CONTRACT.replace("integer", "intger"))
    result = diff("broken.yaml", FILE)
    assert result.exit_code == 2
    assert "broken.yaml cannot be compared: 1 error in 1 file" in result.stderr
    assert "[type-unparsed]" in result.stderr
