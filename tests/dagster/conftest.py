from pathlib import Path

import dagster as dg
import pytest

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
