"""How much room there is, and for how long another process may hold the catalog."""

import shutil
from collections import namedtuple

import pytest

from dativo_core.lake.local_probe import catalog_answer, warehouse_answer, writable_answer

Usage = namedtuple("Usage", "total used free")
MIB = 1024**2


@pytest.mark.parametrize(
    ("free", "status", "told"),
    [
        (0, "failed", "has no room left (0 MiB)"),
        (15 * MIB, "failed", "has no room left (15 MiB)"),
        (17 * MIB, "warning", "can be written to, 0.0 GiB free"),
        (1024 * MIB, "ok", "can be written to, 1.0 GiB free"),
    ],
)
def test_a_disk_that_fills_is_warned_about_and_a_full_one_fails(tmp_path, monkeypatch, free, status, told):
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: Usage(10**12, 10**12 - free, free))
    answer = writable_answer(tmp_path)
    assert answer.status == status
    assert told in answer.message
    assert bool(answer.hint) is (status != "ok")


def test_looking_creates_nothing(tmp_path):
    assert warehouse_answer(tmp_path / "a" / "lake", 1).message.startswith("can be created")
    assert catalog_answer(tmp_path / "a" / "lake", 1).message == "there is no catalog yet, the first run creates it"
    (tmp_path / "warehouse").mkdir()
    assert warehouse_answer(tmp_path, 1).message.startswith("can be written to")
    assert [path.name for path in tmp_path.rglob("*")] == ["warehouse"]


def test_an_empty_catalog_file_is_one_that_a_run_would_fill(tmp_path):
    (tmp_path / "catalog.db").touch()
    assert catalog_answer(tmp_path, 1).message == "it can be read and written, 0 table(s)"
