"""The search at the end of a session of tests turns it red for a secret that is left in any place, and only then."""

import gzip
import os
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.canary import contents, files_below, forms, leaks, new_canary, not_searched
from tests.unit.cli.conftest import Workspace

REPOSITORY = Path(__file__).parents[2]
BEGIN = """
import base64, gzip, json, logging, os, subprocess, sys
from urllib.parse import quote
from click import command, echo
from click.testing import CliRunner
from tests.canary import kept_in, new_canary, not_searched

CANARY = new_canary()

@command
def told():
    echo(CANARY)

def test_one(tmp_path, capsys):
    {}
"""
LEFT = {
    "a file": "(tmp_path / 'run.log').write_text('x' + CANARY)",
    "the name of a file": "(tmp_path / ('run' + quote(CANARY, safe=''))).write_text('x')",
    "a link": "(tmp_path / 'r').write_text(quote(CANARY, safe=''))",
    "the middle of base64": "(tmp_path / 'b').write_bytes(base64.b64encode(b'me:' + CANARY.encode() + b'!'))",
    "a packed file": "(tmp_path / 'p').write_bytes(gzip.compress(CANARY.encode()))",
    "a file whose name is no text": "open(os.fsencode(tmp_path) + b'/\\xff', 'w').write(CANARY)",
    "standard output": "os.write(1, CANARY.encode())",
    "standard error": "print(repr(CANARY), file=sys.stderr)",
    "a text that the test took": "print(CANARY); capsys.readouterr()",
    "a log": "logging.getLogger('x').warning('refused %s', CANARY)",
    "a process": "subprocess.run([sys.executable, '-c', f'print({CANARY!r})'], capture_output=True)",
    "a command line": "CliRunner().invoke(told)",
    "the environment": "(tmp_path / 'env').write_text(str(dict(os.environ)))",
}
NOT_LEFT = {
    "the place of secrets": "(tmp_path / 'secrets').mkdir(); (tmp_path / 'secrets' / 'a').write_text(CANARY)",
    "a place that was told": "kept_in(tmp_path / 'a'); (tmp_path / 'a').write_text(CANARY)",
    "one that is none": "(tmp_path / 'a').write_text(not_searched(CANARY))",
    "another text": "(tmp_path / 'a').write_text('cnry-0')",
}


def session(directory, line):
    (directory / "test_inner.py").write_text(BEGIN.format(line))
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "tests.canary_session", "test_inner.py"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", f"--basetemp={directory / 'inner'}"],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("line", LEFT.values(), ids=LEFT)
def test_a_secret_that_is_left_fails_the_session_and_is_told_with_its_place(tmp_path, line):
    done = session(tmp_path, line)
    assert done.returncode == 1, done.stdout
    assert "1 passed" in done.stdout
    assert "secrets that were left" in done.stdout
    assert "test_one" in done.stdout.partition("secrets that were left")[2]


@pytest.mark.parametrize("line", NOT_LEFT.values(), ids=NOT_LEFT)
def test_a_secret_in_its_own_place_and_what_is_no_secret_fail_nothing(tmp_path, line):
    done = session(tmp_path, line)
    assert done.returncode == 0, done.stdout
    assert " forms, 0 found in " in done.stdout


def test_the_search_finds_every_form(tmp_path):
    canary = not_searched(new_canary())
    for number, form in enumerate(forms(canary)):
        (tmp_path / f"{number}.txt").write_bytes(b"around " + form + b" around")
    found = leaks([canary], tmp_path)
    assert len({place.partition(":")[0] for place in found}) == len(forms(canary))


def parquet(path, text):
    pq.write_table(
        pa.table({"a": [[{"b": text * 9}]] * 9, "n": range(9)}), path, compression="gzip", write_statistics=False
    )


def database(path, text):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (a, b)")
        connection.execute("INSERT INTO t VALUES (?, ?)", (1, zlib.compress(text.encode() * 3)))
    connection.close()


def packed(path, text):
    path.write_bytes(gzip.compress(text.encode()))


@pytest.mark.parametrize("write", [parquet, database, packed], ids=lambda each: each.__name__)
def test_the_search_reads_what_is_packed(tmp_path, write):
    canary = not_searched(new_canary())
    write(tmp_path / "file", canary)
    assert canary.encode() not in (tmp_path / "file").read_bytes()
    assert leaks([canary], tmp_path)


def test_the_search_reads_the_lists_of_files_of_a_table(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.write("in/orders-1.csv", "id,city\n1,Rome\n")
    subprocess.run(
        [sys.executable, "-c", "from dativo_core.cli import main; main()", "run", "--config", workspace.job()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "DATIVO_LAKE": "lake"},
        check=True,
        capture_output=True,
    )
    manifests = [each for each in files_below(tmp_path) if each.suffix == ".avro" and "-m" in each.name]
    assert manifests
    for manifest in manifests:
        raw, *parts = [content for _, content in contents(manifest)]
        assert b".parquet" not in raw
        assert any(b".parquet" in part for part in parts)
