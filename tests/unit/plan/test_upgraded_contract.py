"""A job whose contract was written anew in the standard does what it did before."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from dativo_core.odcs.upgrade import upgraded
from dativo_core.plan.build import JobCheck, plan_job
from tests.unit.odcs.flat_contracts import contracts, nested_contracts

EXAMPLE = Path(__file__).parents[2] / "examples" / "valid" / "flat_contract"
CONTRACT = Path("assets/csv/v1.0/orders.yaml")
_RULES = ("rules", "metric_rules", "unexecuted_rules")


def planned(root: Path, contract: bytes) -> JobCheck:
    (root / CONTRACT).write_bytes(contract)
    return plan_job(root, Path("jobs/acme/orders.yaml"))


def effect(check: JobCheck) -> Any:
    """Return what a plan does, its rules in one order; the codes of the errors when there is none."""
    if check.plan is None:
        return sorted({each.code for each in check.findings if each.severity == "error"})
    told = check.plan.to_json()
    del told["digest"], told["origins"]
    for stream in told["streams"]:
        stream |= {key: sorted(stream[key], key=lambda rule: str(rule["id"])) for key in _RULES}
    return told


@settings(max_examples=40, deadline=None)
@given(contracts() | nested_contracts())
def test_a_plan_is_the_same_after_its_contract_was_upgraded(contract):
    content = json.dumps(contract).encode()
    new = upgraded(str(CONTRACT), content)
    assert new.content is not None, new.findings
    with tempfile.TemporaryDirectory() as directory:
        root = Path(shutil.copytree(EXAMPLE, Path(directory) / "w"))
        assert effect(planned(root, content)) == effect(planned(root, new.content))


def test_a_partition_column_that_is_added_while_loading_is_in_the_plan(tmp_path):
    root = Path(shutil.copytree(EXAMPLE, tmp_path / "w"))
    contract = {
        "name": "orders",
        "version": "1.0.0",
        "source_type": "csv",
        "object": "orders",
        "schema": [{"name": "id", "type": "integer"}],
        "target": {"partitioning": ["ingest_date"]},
        "team": {"owner": "shop@example.com"},
    }
    new = upgraded(str(CONTRACT), json.dumps(contract).encode())
    assert new.content is not None
    check = planned(root, new.content)
    assert check.plan is not None, check.findings
    assert [str(each) for each in check.plan.streams[0].partition_by] == ["ingest_date"]
