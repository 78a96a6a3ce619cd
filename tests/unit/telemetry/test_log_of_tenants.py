"""Two tenants that load side by side in one process: no line has the other's tenant, whichever thread wrote it."""

import io
import json
import threading
from contextvars import copy_context

import pytest

from dativo_core.cli.execute import Running, run_jobs
from dativo_core.plan.build import check_workspace
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.telemetry.log import bound, json_handler, logging_to
from dativo_core.workspace.load import load_workspace
from tests.unit.cli.conftest import Workspace


@pytest.fixture
def jobs(tmp_path):
    workspace = Workspace(tmp_path)
    for tenant in ("acme", "beta"):
        for number in range(4):
            workspace.write(f"in/{tenant}-{number}.csv", "id,city\n" + f"{number},{tenant}\n" * 2000)
        file = workspace.root / workspace.job(files=f"in/{tenant}-*.csv", tenant=tenant)
        level = "logging: {level: DEBUG}\n" if tenant == "acme" else ""
        file.write_text(file.read_text() + level)
    return check_workspace(load_workspace(tmp_path)).jobs


def test_no_line_of_a_load_has_the_tenant_of_another(jobs, tmp_path):
    stream = io.StringIO()

    def load(job):
        # What a run says in its own context; threads it starts have to inherit it.
        copy_context().run(run_jobs, [job], Running(FilesystemStore(tmp_path), "self_hosted"))

    with logging_to(json_handler(stream)), bound(tenant_id="nobody"):
        threads = [threading.Thread(target=load, args=(job,)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {line["tenant_id"] for line in lines} == {"acme", "beta"}
    assert all(line["job_name"] == "orders" and line["connector_type"] == "csv" for line in lines if line["run_id"])
    for line in lines:
        if "table" in line:
            assert line["table"].startswith(f"{line['tenant_id']}__")
    events = {(line["tenant_id"], line["event_type"]) for line in lines}
    for tenant in ("acme", "beta"):
        assert {
            (tenant, event) for event in ("job_started", "extraction_complete", "commit_success", "job_finished")
        } <= events
    assert ("acme", "batch_extracted") in events
    assert ("beta", "batch_extracted") not in events
