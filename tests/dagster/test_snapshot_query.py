"""The query that comes with a materialisation is run as it stands, after the table went on."""

import re
import subprocess
import sys

from tests.dagster.test_run import ORDERS, execute
from tests.dagster.workspaces import write_rows


def test_both_queries_read_the_snapshot_they_came_with(workspace, instance):
    execute(workspace, instance)
    text = instance.get_latest_materialization_event(ORDERS).asset_materialization.metadata["dativo/query"].value
    write_rows(workspace, "7,later@b.org,1\n", "orders_2.csv")
    assert execute(workspace, instance).success
    duckdb, pyiceberg = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for code in (duckdb, pyiceberg):
        assert "a@b.org" in output(code)
        assert "later@b.org" not in output(code)


def output(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
