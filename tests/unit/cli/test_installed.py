"""Commands that other packages add."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dativo_core.cli import main

ROOT = Path(__file__).parents[3]
MODULE = """\
import click

@click.command(help="Greet.")
def greet():
    click.echo("hello")

@click.command()
def state():
    click.echo("not ours")
"""
POINTS = """\
[dativo.commands]
greet = added_commands:greet
gone = added_commands:gone
needy = a_package_that_is_not_installed:command
number = math:pi
state = added_commands:state
"""


@pytest.fixture
def dativo(tmp_path, monkeypatch):
    """The command line with a package installed that adds commands, some of which cannot be loaded."""
    information = tmp_path / "added-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1\n")
    (information / "entry_points.txt").write_text(POINTS)
    (tmp_path / "added_commands.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "added_commands", raising=False)
    return lambda *arguments: CliRunner().invoke(main, arguments)


def test_an_added_command_is_listed_and_runs(dativo):
    assert "greet" in dativo("--help").stdout
    assert dativo("greet").stdout == "hello\n"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "AttributeError"),
        ("needy", "No module named 'a_package_that_is_not_installed'"),
        ("number", "math:pi is no command"),
    ],
)
def test_one_that_cannot_be_loaded_says_why_and_takes_no_other_with_it(dativo, name, reason):
    assert f"{name} " in dativo("--help").stdout
    result = dativo(name, "--any", "thing")
    assert result.exit_code == 2
    assert reason in result.stderr
    assert "fix: Install" in result.stderr


def test_no_package_takes_the_place_of_our_own_commands(dativo):
    assert "not ours" not in dativo("state").output


def test_an_unknown_command_is_still_refused(dativo):
    assert "No such command 'stat'" in dativo("stat").stderr


def test_the_commands_we_add_ourselves_are_commands():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["dativo.commands"]
    for place in declared.values():
        module, _, name = place.partition(":")
        assert isinstance(getattr(import_module(module), name), click.Command)


def test_neither_help_nor_validation_imports_dagster():
    program = """\
import sys
from click.testing import CliRunner
from dativo_core.cli import main
from dativo_dagster.commands.start import start
main.add_command(start)
for arguments in (["--help"], ["start", "orchestrated", "--help"], ["validate"]):
    CliRunner().invoke(main, arguments)
sys.exit(" ".join(name for name in sys.modules if name.partition(".")[0] == "dagster"))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == ""
