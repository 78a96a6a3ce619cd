"""What a table tells other programs about itself, on a real local catalog."""

from dataclasses import replace
from pathlib import Path

import pytest

from dativo_core.lake.catalog import open_lake
from dativo_core.lake.table import ensure_table, stream_table
from tests.support import TABLE, orders_plan


def properties_after(root: Path, *steps: dict[str, str]) -> tuple[dict[str, str], int]:
    """Return the table's properties after making it say each of `steps`, and how many metadata files that took."""
    stream = orders_plan(root).streams[0]
    with open_lake(root / "lake") as lake:
        for step in steps:
            table = ensure_table(lake, stream_table(replace(stream, properties=tuple(step.items()))))
    return dict(table.properties), len(table.metadata.metadata_log) + 1


def test_a_new_table_is_created_with_its_properties(tmp_path):
    found, files = properties_after(tmp_path, {"asset.name": "orders", "governance.owner": "a@example.com"})
    assert (found["asset.name"], found["governance.owner"]) == ("orders", "a@example.com")
    assert files == 1


def test_properties_that_changed_are_written_once(tmp_path):
    first, second = (
        {"finops.cost_center": "1", "asset.name": "orders"},
        {"finops.cost_center": "2", "asset.name": "orders"},
    )
    found, files = properties_after(tmp_path, first, second, second)
    assert found["finops.cost_center"] == "2"
    assert files == 2


def test_properties_that_are_gone_are_removed_and_others_stay(tmp_path):
    properties_after(tmp_path, {"classification.fields.id": "PII", "governance.owner": "a"})
    with open_lake(tmp_path / "lake") as lake:
        table = lake.load(TABLE)
        assert table is not None
        with table.transaction() as change:
            change.set_properties({"asset.shelf": "7", "owner": "somebody"})
    found, _ = properties_after(tmp_path, {"governance.owner": "a"})
    assert "classification.fields.id" not in found
    assert (found["governance.owner"], found["asset.shelf"], found["owner"]) == ("a", "7", "somebody")


@pytest.mark.parametrize("key", ["write.data.path", "location", "dativo.state.x"])
def test_a_property_that_is_not_listed_is_never_changed_on_a_table(tmp_path, key):
    found, files = properties_after(tmp_path, {}, {key: "elsewhere"})
    assert key not in found
    assert files == 1
