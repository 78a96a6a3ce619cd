"""A catalog that lies: what another writer has put into the database, or into the metadata file of acme's table."""

import json
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dativo_core.flow import StagedFile
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.snapshots import draft_snapshot
from dativo_core.run import run
from tests.isolation.scene import ATTACKER, LAKE, VICTIM, Scene

TABLE = f"{ATTACKER}_orders"
NAMESPACE = f"{ATTACKER}__default"
WAREHOUSE = f"{LAKE}/warehouse"
OWN = f"{WAREHOUSE}/{NAMESPACE}/{TABLE}"
OTHERS = f"{WAREHOUSE}/{VICTIM}__default/{VICTIM}_orders"
Lie = Callable[[Scene], None]


def with_property(key: str, value: str) -> Lie:
    """Return what gives the table a property."""
    return lambda scene: _rewrite(scene, lambda metadata: metadata["properties"].update({key: value}))


def with_location(place: str) -> Lie:
    """Return what says that the table lies elsewhere below the root."""
    return lambda scene: _rewrite(scene, lambda metadata: metadata.update(location=f"file://{scene.root}/{place}"))


def pointing_to_the_others_metadata(scene: Scene) -> None:
    """Let the catalog name the metadata file of the victim's table for acme's."""
    load_honestly(scene)
    with _database(scene) as database:
        (found,) = database.execute(
            "SELECT metadata_location FROM iceberg_tables WHERE table_name = ?", [f"{VICTIM}_orders"]
        ).fetchone()
        _point(database, found)


def with_manifests_of_the_other(scene: Scene) -> None:
    """Let acme's snapshot name the manifest list of the victim's table, and so its manifests and data files."""
    listed = next(scene.root.joinpath(OTHERS, "metadata").glob("snap-*.avro"))
    _rewrite(scene, lambda metadata: metadata["snapshots"][-1].update({"manifest-list": f"file://{listed}"}))


def with_manifests_on_a_server(scene: Scene) -> None:
    """Let acme's snapshot name a manifest list in a store that no job of this workspace uses."""
    _rewrite(scene, lambda metadata: metadata["snapshots"][-1].update({"manifest-list": "s3://127.0.0.1/list.avro"}))


def with_data_file_of_the_other(scene: Scene) -> None:
    """Let a manifest of acme's, which lies where it should, name a data file of the victim's."""
    load_honestly(scene)
    found = next(scene.root.joinpath(OTHERS, "data").rglob("*.parquet"))
    staged = StagedFile(f"file://{found}", found.stat().st_size, 1, (), {"record_count": 1})
    with open_lake(scene.root / LAKE) as lake:
        table = lake.catalog.load_table((NAMESPACE, TABLE))
        draft = draft_snapshot(table, [staged], [], {})
        lake.catalog.commit_table(table, draft.requirements, draft.updates)


def with_namespace_location(scene: Scene) -> None:
    """Give the namespace, which has no table yet, a location at the victim's."""
    with _database(scene) as database:
        database.execute(
            "INSERT INTO iceberg_namespace_properties VALUES ('dativo', ?, 'location', ?)",
            [NAMESPACE, f"file://{scene.root}/{WAREHOUSE}/{VICTIM}__default"],
        )


def linked(place: str, target: str, *, loaded: bool) -> Lie:
    """Return what puts a link to a place of the victim where acme's files go."""

    def prepare(scene: Scene) -> None:
        if loaded:
            load_honestly(scene)
        scene.link(place, target)

    return prepare


def load_honestly(scene: Scene) -> None:
    """Load the honest job, so that there is a table, and leave a file that was not loaded yet."""
    report = run(scene.plan(), scene.services())
    assert report.exit_code == 0, report
    scene.text(f"data/{ATTACKER}/more.csv", "id,note\n8,more\n")


def _rewrite(scene: Scene, change: Callable[[dict[str, Any]], object]) -> None:
    load_honestly(scene)
    with _database(scene) as database:
        (location,) = database.execute(
            "SELECT metadata_location FROM iceberg_tables WHERE table_name = ?", [TABLE]
        ).fetchone()
        file = Path(location.removeprefix("file://"))
        metadata = json.loads(file.read_text())
        change(metadata)
        other = file.with_name(f"00009-{uuid.uuid4()}.metadata.json")
        other.write_text(json.dumps(metadata))
        _point(database, f"file://{other}")


def _point(database: sqlite3.Connection, location: str) -> None:
    database.execute("UPDATE iceberg_tables SET metadata_location = ? WHERE table_name = ?", [location, TABLE])


def _database(scene: Scene) -> sqlite3.Connection:
    return sqlite3.connect(scene.root / LAKE / "catalog.db")
