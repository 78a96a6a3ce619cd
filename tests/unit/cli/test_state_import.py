"""`dativo state import` of every layout earlier programs left, and of exports that are damaged."""

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from dativo_core.lake.catalog import open_lake
from dativo_core.model.names import TableName

WHY = ("--reason", "moving")
READ = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TABLE = TableName(("acme__shop",), "orders")


def changed_at(workspace, name: str, moment: datetime) -> None:
    os.utime(workspace.root / name, (moment.timestamp(), moment.timestamp()))


def state_file(workspace, entries: object, name: str = "old.state.json") -> str:
    workspace.write(name, entries if isinstance(entries, str) else json.dumps(entries))
    return name


@pytest.fixture
def orders(workspace):
    """Two files, of which the earlier program had read the first."""
    workspace.write("in/orders-2.csv", "id,city\n3,Bern\n")
    changed_at(workspace, "in/orders-1.csv", READ)
    changed_at(workspace, "in/orders-2.csv", READ + timedelta(days=400))
    workspace.path = workspace.job()
    return workspace


LAYOUTS = {
    "seed": {"file_in/orders-1.csv": {"last_modified": READ.isoformat(), "file_id": "in/orders-1.csv"}},
    "later": {"file_in/orders-1.csv": {"last_modified": READ.isoformat()}},
    "container path": {"file_/app/in/orders-1.csv": {"last_modified": READ.isoformat()}},
    "dotted path": {"file_./in/orders-1.csv": {"last_modified": READ.isoformat().replace("+00:00", "Z")}},
    "shared by jobs": {
        "file_in/orders-1.csv": {"last_modified": READ.isoformat()},
        "file_in/stock.csv": {"last_modified": READ.isoformat()},
        "public.stock.updated_at": {"last_value": "2026-01-01", "updated_at": "2026-01-01T00:00:00"},
        "file_events.updated_at": {"last_value": "2026-01-01", "updated_at": "2026-01-01T00:00:00"},
    },
}


@pytest.mark.parametrize("entries", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_files_that_did_not_change_since_are_not_loaded(orders, entries):
    name = state_file(orders, entries)
    told = orders.dativo("state", "import", name, "--config", orders.path, *WHY)
    assert told.exit_code == 0, told.output
    assert "counts as loaded, unchanged since: 1 file (in/orders-1.csv)" in told.stdout
    assert "committed 1 row" in orders.dativo("run", "--config", orders.path).stdout
    assert json.loads((orders.root / name).read_text()) == entries


def test_importing_again_changes_nothing(orders):
    name = state_file(orders, LAYOUTS["seed"])
    arguments = ("state", "import", name, "--config", orders.path, *WHY)
    orders.dativo(*arguments)
    for _ in range(2):
        before = orders.dativo("state", "show", "--config", orders.path).stdout
        again = orders.dativo(*arguments)
        assert (again.exit_code, "orders: unchanged" in again.stdout) == (0, True), again.output
        assert orders.dativo("state", "show", "--config", orders.path).stdout == before
        orders.dativo("run", "--config", orders.path)


def test_a_file_that_changed_since_is_loaded_again(orders):
    changed_at(orders, "in/orders-1.csv", READ + timedelta(seconds=2))
    told = orders.dativo("state", "import", state_file(orders, LAYOUTS["seed"]), "--config", orders.path, *WHY)
    assert "loads again, changed since or maybe so: 1 file (in/orders-1.csv)" in told.stdout
    assert "committed 3 rows" in orders.dativo("run", "--config", orders.path).stdout


@pytest.mark.parametrize(
    ("zone", "written", "is_loaded"),
    [
        ("Europe/Rome", "2026-01-02T04:04:05", True),  # local, as it was
        ("Europe/Rome", "2026-01-02T03:04:05", True),  # UTC, as it was
        ("Europe/Rome", "2026-01-02T03:34:05", False),  # before it as UTC, after it as local
        ("America/Lima", "2026-01-01T22:04:05", True),
        ("America/Lima", "2026-01-02T02:04:05", False),
        ("UTC", "2026-01-02T03:04:04", False),
    ],
)
def test_a_time_without_zone_counts_only_where_it_cannot_mean_a_change(orders, monkeypatch, zone, written, is_loaded):
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        name = state_file(orders, {"file_in/orders-1.csv": {"last_modified": written}})
        told = orders.dativo("state", "import", name, "--config", orders.path, *WHY)
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert ("counts as loaded" in told.stdout) is is_loaded, told.output


def test_an_id_that_begins_like_the_key_is_told_from_it(orders):
    name = state_file(orders, {"file_file_123": {"last_modified": READ.isoformat()}})
    unknown = orders.dativo("state", "import", name, "--config", orders.path, *WHY)
    assert unknown.exit_code == 2
    assert "not imported: file_file_123: no file or object of this job is known by it" in unknown.stderr
    told = orders.dativo("state", "import", name, "--name", "file_123=in/orders-1.csv", "--config", orders.path, *WHY)
    assert told.exit_code == 0, told.output
    assert "committed 1 row" in orders.dativo("run", "--config", orders.path).stdout


def test_state_of_an_airbyte_connector_is_left_out_by_name(orders):
    entries = {**LAYOUTS["seed"], "type": "STREAM", "stream": {"stream_descriptor": {"name": "orders"}}}
    told = orders.dativo("state", "import", state_file(orders, entries), "--config", orders.path, *WHY)
    assert told.exit_code == 0
    assert "not imported: stream: state of an Airbyte connector" in told.stderr
    alone = orders.dativo(
        "state", "import", state_file(orders, {"stream": {}}, "air.json"), "--config", orders.path, *WHY
    )
    assert alone.exit_code == 2
    assert "holds nothing of" in alone.stderr


def test_over_rows_that_are_there_it_takes_force(orders):
    orders.dativo("run", "--config", orders.path)
    orders.write("in/orders-3.csv", "id,city\n4,Pisa\n")
    changed_at(orders, "in/orders-3.csv", READ)
    name = state_file(orders, {"file_in/orders-3.csv": {"last_modified": READ.isoformat()}})
    refused = orders.dativo("state", "import", name, "--config", orders.path, *WHY)
    assert refused.exit_code == 2
    assert "names what is not in it: 1 file (in/orders-3.csv)" in refused.stdout
    told = orders.dativo("state", "import", name, "--force", "--config", orders.path, *WHY)
    assert told.exit_code == 0, told.output
    assert "nothing new: 3 files already loaded" in orders.dativo("run", "--config", orders.path).stdout


def test_a_file_that_goes_by_two_names_is_one(orders):
    entries = {f"file_{name}in/orders-1.csv": {"last_modified": READ.isoformat()} for name in ("", "/app/")}
    entries["file_in/orders-1.csv"] = {"last_modified": "2000-01-01T00:00:00Z"}
    told = orders.dativo("state", "import", state_file(orders, entries), "--config", orders.path, *WHY)
    assert told.exit_code == 0
    assert "counts as loaded, unchanged since: 1 file (in/orders-1.csv)" in told.stdout
    assert "not imported" not in told.stderr


def test_what_a_reset_forgot_takes_force(orders):
    arguments = ("state", "import", state_file(orders, LAYOUTS["seed"]), "--config", orders.path, *WHY)
    orders.dativo(*arguments)
    orders.dativo("state", "reset", "--config", orders.path, *WHY)
    assert orders.dativo(*arguments).exit_code == 2
    assert orders.dativo(*arguments, "--force").exit_code == 0
    assert "unchanged" in orders.dativo(*arguments).stdout
    assert "committed 1 row" in orders.dativo("run", "--config", orders.path).stdout


DAMAGED = {
    "a key twice": (
        '{"file_a": {"last_modified": "2026-01-01"}, "file_a": {"last_modified": "2026-01-02"}}',
        "is there twice",
    ),
    "half a character": ('{"orders.at": {"last_value": "\\ud800"}}', "is damaged"),
    "a cursor without end": ({"orders.at": {"last_value": "x" * 5000}}, "longer than 4,096 characters"),
    "no JSON": ("{", "is damaged"),
    "cut short": ('{"file_a": {"last_modified": "2026', "is damaged"),
    "nested without end": ("[" * 100_000, "is damaged"),
    "a list": ("[]", "holds no JSON object"),
    "not UTF-8": ("\udcff", "is damaged"),
    "no time": ({"file_a": {}, "file_b": "x"}, "'file_a': last_modified is missing or no text; 'file_b'"),
    "a time that is none": ({"file_a": {"last_modified": "soon"}}, "'soon' is no ISO 8601 time"),
    "a cursor of no type": ({"orders.at": {"last_value": None}}, "neither a text nor a whole number"),
    "a newer export": ({"dativo_state": 2}, "Import it with the version of Dativo that wrote it"),
    "an older export": ({"dativo_state": 0}, "export it again with this one"),
    "an export of no version": ({"dativo_state": True}, "the export has form True"),
    "an export of another tenant": ({"dativo_state": 1, "tenant": "other"}, "is of tenant 'other'"),
    "an export without streams": ({"dativo_state": 1, "tenant": "acme"}, "the export is damaged"),
    "an export that points elsewhere": (
        {
            "dativo_state": 1,
            "tenant": "acme",
            "streams": [
                {"object": "orders", "table_uuid": None, "state": {"v": 1, "files_blob": {}}, "partitions": None}
            ],
        },
        "the export is damaged",
    ),
}


@pytest.mark.parametrize(("content", "says"), DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_is_refused_in_words(orders, content, says):
    if content == "\udcff":
        (orders.root / "old.state.json").write_bytes(b'{"a": "\xff"}')
    else:
        state_file(orders, content)
    told = orders.dativo("state", "import", "old.state.json", "--config", orders.path, *WHY)
    assert told.exit_code == 2
    assert says in told.output
    assert "bug" not in told.output
    assert "nothing loaded yet" in orders.dativo("state", "show", "--config", orders.path).stdout


def test_a_file_that_is_not_there_is_said(orders):
    told = orders.dativo("state", "import", "none.json", "--config", orders.path, *WHY)
    assert told.exit_code == 2
    assert "none.json cannot be read" in told.stderr


def test_a_dry_run_creates_no_table(orders):
    name = state_file(orders, LAYOUTS["seed"])
    told = orders.dativo("state", "import", name, "--dry-run", "--config", orders.path, *WHY)
    assert "orders: would change" in told.stdout
    assert not (orders.root / "lake").exists()


def test_an_export_of_another_table_takes_force(orders):
    orders.dativo("run", "--config", orders.path)
    orders.dativo("state", "export", "--config", orders.path, "--output", "kept.json")
    with open_lake(orders.root / "lake") as lake:
        lake.catalog.drop_table(TABLE.identifier)
    refused = orders.dativo("state", "import", "kept.json", "--config", orders.path, *WHY)
    assert refused.exit_code == 2
    assert "rows are not in this one" in refused.stdout
    assert orders.dativo("state", "import", "kept.json", "--force", "--config", orders.path, *WHY).exit_code == 0
    assert "nothing new" in orders.dativo("run", "--config", orders.path).stdout


RECIPE = """\
name: postgres
type: postgres
roles: [source]
default_engine: {type: native}
credentials: {type: none}
"""


@pytest.fixture
def database(workspace):
    """A job of a source that this version cannot read."""
    workspace.write("connectors/sources/postgres.yaml", RECIPE)
    contract = (workspace.root / "assets/csv/v1.0/orders.yaml").read_text()
    workspace.write("assets/postgres/v1.0/orders.yaml", contract.replace("source_type: csv", "source_type: postgres"))
    job = (workspace.root / workspace.job()).read_text()
    text = job.replace("sources/csv", "sources/postgres").replace("csv/v1.0/orders", "postgres/v1.0/orders")
    text = text[: text.index("source:\n")] + (
        "source:\n  tables: [{name: public.orders, object: orders}]\n"
        "  incremental: {strategy: updated_at, cursor_field: city}\n"
    )
    workspace.write("jobs/acme/orders.yaml", text)
    workspace.path = "jobs/acme/orders.yaml"
    return workspace


@pytest.mark.parametrize(
    ("entries", "cursor"),
    [
        ({"orders.city": {"last_value": "2026-01-01T00:00:00", "updated_at": "x"}}, "2026-01-01T00:00:00"),
        ({"orders.city": {"last_value": 17, "updated_at": "x"}, "orders.id": {"last_value": 3}}, "17"),
        ({"object_orders": {"cursor": "2026-01-01", "last_sync": "x"}}, "2026-01-01"),
    ],
)
def test_a_cursor_is_kept_for_a_version_that_reads_its_source(database, entries, cursor):
    arguments = ("state", "import", state_file(database, entries), "--config", database.path, *WHY)
    told = database.dativo(*arguments)
    assert told.exit_code == 0, told.output
    assert f"cursor: {cursor}" in database.dativo("state", "show", "--config", database.path).stdout
    assert "orders: unchanged" in database.dativo(*arguments).stdout


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"file_1AbC": {"last_modified": "2026-01-01"}}, "cannot read sources of type postgres"),
        ({"orders.at": {"last_value": 1}, "orders.on": {"last_value": 2}}, "several cursors"),
    ],
)
def test_what_cannot_be_remembered_is_refused_by_name(database, entries, says):
    told = database.dativo("state", "import", state_file(database, entries), "--config", database.path, *WHY)
    assert told.exit_code == 2
    assert says in told.output
