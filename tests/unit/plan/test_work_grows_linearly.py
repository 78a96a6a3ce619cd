"""Checking a workspace is work that grows with its files and not faster; counted in lines that are run, not in seconds."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dativo_core.plan.build import check_workspace
from dativo_core.workspace.load import load_workspace
from tests.unit.run.test_relations import HEAD, JOB, Shop

TABLE = """\
  - name: NAME
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: other, logicalType: integer, relationships: [{to: TO}]}
"""
FEW, MANY, MORE = 12, 64, 8


def healthy(shop: Shop, number: int) -> None:
    """A table of its own that points to the one before it."""
    name, to = f"t{number}", f"t{max(number - 1, 0)}"
    table = TABLE.replace("NAME", name).replace("TO", f"{to}.yaml#{to}.id" if number else "t0.id")
    shop.write(f"assets/csv/{name}.yaml", HEAD.replace("id: shop", f"id: {name}") + table)
    shop.write(f"jobs/acme/{name}.yaml", JOB.format(name=name, contract=name, mode="append"))


def of_tenants(shop: Shop, number: int) -> None:
    """A tenant of its own with a contract of its own."""
    healthy(shop, number)
    job = shop.root / f"jobs/acme/t{number}.yaml"
    shop.write(f"jobs/tenant{number}/t.yaml", job.read_text().replace("acme", f"tenant{number}"))
    job.unlink()


def colliding(shop: Shop, number: int) -> None:
    """A contract that claims to be the same as all others, and a job that loads the same table."""
    table = TABLE.replace("NAME", "t").replace("TO", "t.id")
    shop.write(f"assets/csv/t{number}.yaml", HEAD + table)
    text = JOB.format(name="t", contract=f"t{number}", mode="append")
    shop.write(f"jobs/acme/j{number}.yaml", text)


def lines_run(root: Path, jobs: int, write: Callable[[Shop, int], None]) -> int:
    """Return how many lines are run to check a workspace of so many jobs."""
    shop = Shop(root / str(jobs))
    for number in range(jobs):
        write(shop, number)
    check_workspace(load_workspace(shop.root))  # fills caches that live as long as the process
    count = 0

    def trace(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        checked = check_workspace(load_workspace(shop.root))
    finally:
        sys.settrace(before)
    assert len(checked.jobs) == jobs
    return count


def work_of_more(root: Path, jobs: int, write: Callable[[Shop, int], None]) -> int:
    """Return how many more lines are run for a few more jobs."""
    return lines_run(root, jobs + MORE, write) - lines_run(root, jobs, write)


@pytest.mark.parametrize("write", [healthy, of_tenants, colliding])
def test_a_few_more_jobs_are_as_much_work_among_many_as_among_few(
    tmp_path: Path, write: Callable[[Shop, int], None]
) -> None:
    assert work_of_more(tmp_path, MANY, write) <= 1.005 * work_of_more(tmp_path, FEW, write)
