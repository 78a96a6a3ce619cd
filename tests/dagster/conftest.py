from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.defs_state.base import DefsStateStorage

from tests.dagster.workspaces import write_job, write_rows, write_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with the strict job `acme/orders` and two good rows."""
    root = write_workspace(tmp_path / "workspace")
    write_job(root)
    write_rows(root)
    return root


@pytest.fixture
def instance():
    """A Dagster instance in memory."""
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture(autouse=True)
def no_noted_instance(monkeypatch):
    """Dagster notes the storage of an instance for whoever loads definitions, and keeps that of one that is gone."""
    monkeypatch.setattr(DefsStateStorage, "get", classmethod(lambda cls: None))
