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
    file.write_text(f"{FLAT}data_quality: {{expectations: [{{type: text, column: ib}}]}}\n")
    before, output = file.read_text(), file.with_name("new.yaml")
    for target in (("--in-place",), ("--output", output), ()):
        result = upgrade(file, *target)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{file}:7: data_quality.expectations[0].column: " in result.stderr
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


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A directory with a flat contract, one in the standard and one that cannot be said."""
    directory = tmp_path / "assets"
    for name, text in {"flat": FLAT, "standard": FLAT, "wrong": FLAT.replace("integer", "intger")}.items():
        (directory / name).mkdir(parents=True)
        (directory / name / "orders.yaml").write_text(text)
    upgrade(directory / "standard" / "orders.yaml", "--in-place")
    return directory


def test_a_directory_is_upgraded_in_one_call_and_each_file_has_its_line(assets):
    result = upgrade(assets, "--in-place")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{assets}/flat/orders.yaml is now in ODCS v3.0.2",
        f"{assets}/standard/orders.yaml is in the standard already",
        f"error: {assets}/wrong/orders.yaml cannot be written in the standard: 1 error in 1 file",
        "  fix: correct these:",
        f"{assets}/wrong/orders.yaml:5: schema[0].type: the type 'intger' is not known. "
        + result.stderr.splitlines()[4].partition("not known. ")[2],
        "3 files: 1 now in ODCS v3.0.2, 1 in the standard already, 1 left as before, with errors",
    ]
    assert (assets / "flat/orders.yaml").read_text().startswith("apiVersion: v3.0.2\n")
    assert (assets / "wrong/orders.yaml").read_text() == FLAT.replace("integer", "intger")


def test_a_second_call_finds_everything_in_the_standard(assets):
    upgrade(assets / "flat", "--in-place")
    result = upgrade(assets / "flat", assets / "standard", "--in-place")
    assert result.exit_code == 0
    assert result.stderr.endswith("2 files: 2 in the standard already\n")


def test_a_check_writes_nothing_and_tells_which_files_are_not_in_the_standard(assets):
    before = {path: path.read_bytes() for path in assets.rglob("*.yaml")}
    result = upgrade(assets / "flat", assets / "standard", "--check")
    assert result.exit_code == 1
    assert f"{assets}/flat/orders.yaml is not in the standard yet\n" in result.stderr
    assert result.stderr.endswith("2 files: 1 not in the standard yet, 1 in the standard already\n")
    assert upgrade(assets / "standard", "--check").exit_code == 0
    assert upgrade(assets, "--check").exit_code == 2
    assert upgrade(assets / "flat/orders.yaml", "--check").exit_code == 1
    assert {path: path.read_bytes() for path in assets.rglob("*") if path.is_file()} == before


def test_a_file_that_is_named_twice_is_upgraded_once(assets):
    result = upgrade(assets / "flat", assets / "flat/orders.yaml", "--in-place")
    assert result.stderr.endswith("1 file: 1 now in ODCS v3.0.2\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Missing argument"),
        (["assets"], "several files need --in-place or --check"),
        (["assets", "--output", "b.yaml"], "several files need --in-place or --check"),
        (["assets", "--in-place", "--check"], "exclude each other"),
        (["empty", "--in-place"], "there is no YAML file in empty"),
    ],
)
def test_what_cannot_be_done_with_several_files_is_told(assets, monkeypatch, arguments, told):
    monkeypatch.chdir(assets.parent)
    Path("empty").mkdir()
    result = upgrade(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize("content", ["", "# to come\n", "---\n"])
def test_an_empty_file_is_left_as_it_is_and_is_no_error(file, content):
    empty = file.with_name("empty.yaml")
    empty.write_text(content)
    result = upgrade(file.parent, "--in-place")
    assert result.exit_code == 0
    assert f"{empty} is empty, left as it is\n" in result.stderr
    assert empty.read_text() == content
    assert upgrade(file.parent, "--check").exit_code == 0


def test_a_link_to_nothing_is_left_in_a_directory_and_an_error_by_its_name(file):
    link = file.with_name("link.yaml")
    link.symlink_to(file.with_name("gone.yaml"))
    result = upgrade(file.parent, "--in-place")
    assert (result.exit_code, link.is_symlink()) == (0, True)
    assert f"{link} is a link to nothing, left as it is\n" in result.stderr
    assert upgrade(link).exit_code == 2
