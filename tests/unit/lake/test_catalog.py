"""A lake that cannot be used says so, and reading changes nothing."""

from pathlib import Path

import pytest

from dativo_core.errors import StateLost, TargetError
from dativo_core.lake.catalog import open_lake
from dativo_core.run import read_states
from tests.support import TABLE, deliver, load, orders_plan, services


def test_a_file_that_is_no_catalog_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("not a database, though long enough to be looked at")
    with (
        pytest.raises(TargetError, match="is not a catalog that can be used: file is not a database"),
        open_lake(tmp_path),
    ):
        pass


@pytest.mark.parametrize("name", ["a%20b", "a?b", "a#b"])
def test_a_path_that_readers_would_misread_is_refused_and_nothing_is_created(tmp_path: Path, name: str) -> None:
    with pytest.raises(TargetError, match="in its path"), open_lake(tmp_path / name):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_blanks_and_letters_beyond_ascii_is_fine(tmp_path: Path) -> None:
    with open_lake(tmp_path / "a lake übers eck") as lake:
        assert lake.load(TABLE) is None


def test_damaged_metadata_is_refused_and_no_bug(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load(orders_plan(tmp_path))
    with open_lake(tmp_path / "lake") as lake:
        table = lake.catalog.load_table(TABLE.identifier)
        Path(table.metadata_location.removeprefix("file://")).write_text("{}")
        with pytest.raises(StateLost, match="cannot be read as Iceberg metadata"):
            lake.load(TABLE)


def test_looking_at_the_state_creates_no_lake(tmp_path: Path) -> None:
    plan = orders_plan(tmp_path)
    assert [each.state for each in read_states(plan, services(tmp_path))] == [None]
    assert not (tmp_path / "lake").exists()
