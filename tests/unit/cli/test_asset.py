"""`dativo asset upgrade`: where the new text goes, and that nothing is written when it cannot be said."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from dativo_core.cli import main

FLAT = """\
name: orders  # all of them
version: 1.0.0
source_type: csv
object: orders
schema: [{name: id, type: integer}]
team: {owner: shop@example.com}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "orders.yaml"
    path.write_text(FLAT)
    return path


def upgrade(*arguments):
    return CliRunner().invoke(main, ["asset", "upgrade", *map(str, arguments)])


def test_the_new_text_goes_to_standard_output_and_nothing_else_does(file):
    result = upgrade(file)
    assert result.exit_code == 0
    assert result.stdout.startswith("apiVersion: v3.0.2\nkind: DataContract\n")
    assert "name: orders  # all of them\n" in result.stdout
    assert result.stderr == f"{file} is now in ODCS v3.0.2\n"
    assert file.read_text() == FLAT


def test_in_place_replaces_the_file_and_keeps_its_permissions(file):
    file.chmod(0o640)
    text = upgrade(file).stdout
    result = upgrade(file, "--in-place")
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_text() == text
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(file.parent) == ["orders.yaml"]


def test_a_link_stays_a_link(file):
    link = file.with_name("link.yaml")
    link.symlink_to(file)
    assert upgrade(link, "--in-place").exit_code == 0
    assert link.is_symlink()
    assert file.read_text().startswith("apiVersion")


def test_the_output_is_another_file(file):
    output = file.with_name("new.yaml")
    assert upgrade(file, "--output", output).exit_code == 0
    assert output.read_text() == upgrade(file).stdout
    assert file.read_text() == FLAT


def test_a_file_in_the_standard_stays_byte_for_byte(file):
    upgrade(file, "--in-place")
    content = file.read_bytes() + b"\r\n#   odd\r\n"
    file.write_bytes(content)
    result = upgrade(file, "--in-place")
    assert result.stderr == f"{file} is in the standard already\n"
    assert file.read_bytes() == content
    assert upgrade(file).stdout_bytes == content


def test_what_cannot_be_said_is_an_error_and_nothing_is_written(file):
    file.write_text(FLAT.replace("type: integer", "type: integer, format: yyyy"))
    before, output = file.read_text(), file.with_name("new.yaml")
    for target in (("--in-place",), ("--output", output), ()):
        result = upgrade(file, *target)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{file}:5: schema[0].format: " in result.stderr
        assert "[upgrade-impossible]" in result.stderr
    assert file.read_text() == before
    assert not output.exists()


def test_a_file_with_errors_names_them_all(file):
    file.write_text(FLAT.replace("object: orders", "objekt: orders").replace("version:", "edition:"))
    result = upgrade(file, "--in-place")
    assert result.exit_code == 2
    assert "'objekt'. Did you mean 'object'? [unknown-key]" in result.stderr
    assert "required key 'version' is missing" in result.stderr
    assert "required key 'object' is missing" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.yaml"], "missing.yaml cannot be read"),
        (["orders.yaml", "--output", "no/such/dir.yaml"], "no/such/dir.yaml cannot be written"),
        (["orders.yaml", "--in-place", "--output", "b.yaml"], "exclude each other"),
    ],
)
def test_paths_that_cannot_be_used_are_told_in_a_sentence(file, monkeypatch, arguments, told):
    monkeypatch.chdir(file.parent)
    result = upgrade(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr
