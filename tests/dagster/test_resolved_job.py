import re
from pathlib import Path

import dagster as dg
import pytest

import dativo_dagster
from dativo_dagster import resolved_job
from dativo_dagster.assets import build_asset
from dativo_dagster.resources import default_resources
from dativo_dagster.tags import run_tags
from dativo_dagster.translate import DativoTranslator
from tests.dagster import plans

PLAN = plans.plan()
RESOURCES = default_resources()


def build():
    asset = build_asset(PLAN, DativoTranslator())
    source = DativoTranslator().get_source_spec(PLAN, PLAN.streams[0])
    job = resolved_job.build_asset_job("acme__orders", "Loads orders.", asset, run_tags(PLAN), RESOURCES)
    return job, dg.Definitions(assets=[asset, source], jobs=[job], resources=RESOURCES, executor=dg.in_process_executor)


@pytest.fixture
def moved(monkeypatch):
    """Dagster without the private names."""
    monkeypatch.setattr(resolved_job, "ASSET_GRAPH_MODULE", "dagster.moved")


def shape(definitions):
    """Everything a job's snapshot says, but for the default IO manager, which no asset here uses."""
    job = definitions.resolve_job_def("acme__orders")
    snapshot = job.get_job_snapshot()
    resources = {snap.name: snap for snap in snapshot.mode_def_snaps[0].resource_def_snaps if snap.name != "io_manager"}
    keys = job.asset_layer.executable_asset_keys
    return snapshot.node_defs_snapshot, snapshot.dep_structure_snapshot, resources, job.tags, job.executor_def, keys


def test_a_job_is_resolved_when_it_is_built():
    job, _ = build()
    assert isinstance(job, dg.JobDefinition), "the private names moved: adapt dativo_dagster/resolved_job.py"


def test_a_resolved_job_equals_the_plain_one(request):
    resolved = shape(build()[1])
    request.getfixturevalue("moved")
    assert shape(build()[1]) == resolved


def test_jobs_still_load_when_the_private_names_moved(moved, caplog):
    job, definitions = build()
    assert not isinstance(job, dg.JobDefinition)
    dg.Definitions.validate_loadable(definitions)
    assert "the slow way" in caplog.text


def test_no_other_module_uses_private_names_of_dagster():
    sources = Path(dativo_dagster.__file__).parent.rglob("*.py")
    using = {path.name for path in sources if re.search(r"dagster\._", path.read_text())}
    assert using == {"resolved_job.py", "backfill.py"}
