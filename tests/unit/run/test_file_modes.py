"""What a run leaves on the disk is for its own user alone, whatever the umask says."""

import os
import stat
from pathlib import Path

import pytest

from dativo_core.run import run
from tests.support import deliver, orders_plan, services


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def exposed(root: Path) -> list[str]:
    """Return what group or world may do something with."""
    return [str(path) for path in (root, *sorted(root.rglob("*"))) if stat.S_IMODE(path.lstat().st_mode) & 0o077]


@pytest.mark.usefixtures("open_umask")
def test_tables_rejected_rows_state_and_catalog_are_for_the_owner_alone(tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    seen: list[str] = []
    plan = orders_plan(tmp_path, max_rejects=1, partition_by=("bucket(2, id)",))
    deliver(tmp_path, "a.csv", [(1, "n", 1.0), (2, "n", -1.0)])
    report = run(plan, services(tmp_path)).streams[0]
    seen += exposed(temporary)
    assert (report.counts.written, report.counts.quarantined) == (1, 1)
    names = {path.name for path in (tmp_path / "lake").rglob("*")}
    assert {"catalog.db", "orders", "orders__quarantine", "locks"} <= names
    assert exposed(tmp_path / "lake") + seen == []
