"""`dativo state`: each verb over a real table, as a person gives it."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys

import pytest

from dativo_core.lake.catalog import open_lake
from dativo_core.model.names import TableName

TABLE = TableName(("acme__shop",), "orders")
WHY = ("--reason", "a test")


def rows(workspace) -> list[tuple[int, str]]:
    with open_lake(workspace.root / "lake") as lake:
        return sorted(tuple(row.values())[:2] for row in lake.load(TABLE).scan().to_arrow().to_pylist())


def test_a_reset_lets_the_next_run_load_everything(workspace):
    path = workspace.job()
    workspace.dativo("run", "--config", path)
    told = workspace.dativo("state", "reset", "--config", path, *WHY)
    assert told.exit_code == 0, told.output
    assert "acme__shop.orders: changed" in told.stdout
    assert "forgets 1 file (in/orders-1.csv)" in told.stdout
    shown = workspace.dativo("state", "show", "--config", path).stdout
    assert "load 2" in shown
    assert re.search(r"changed: reset by \S+@\S+, .*: a test", shown)
    assert "file: in/orders-1.csv (to be loaded again)" in shown
    assert "committed 2 rows" in workspace.dativo("run", "--config", path).stdout
    assert rows(workspace) == [(1, "Rome"), (1, "Rome"), (2, "Oslo"), (2, "Oslo")]


def test_an_export_put_back_undoes_a_reset(workspace):
    path = workspace.job()
    workspace.dativo("run", "--config", path)
    workspace.dativo("state", "export", "--config", path, "--output", "kept.json")
    workspace.dativo("state", "reset", "--config", path, *WHY)
    refused = workspace.dativo("state", "import", "kept.json", "--config", path, *WHY)
    assert refused.exit_code == 2
    assert "--force" in refused.stdout
    told = workspace.dativo("state", "import", "kept.json", "--config", path, "--force", *WHY)
    assert told.exit_code == 0, told.output
    again = workspace.dativo("state", "import", "kept.json", "--config", path, *WHY)
    assert (again.exit_code, "unchanged" in again.stdout) == (0, True), again.output
    assert "nothing new" in workspace.dativo("run", "--config", path).stdout
    assert len(rows(workspace)) == 2


@pytest.fixture
def loaded(workspace):
    """A job with three loads of one file each."""
    path = workspace.job()
    for number in (1, 2, 3):
        workspace.write(f"in/orders-{number}.csv", f"id,city\n{number},n{number}\n")
        assert workspace.dativo("run", "--config", path).exit_code == 0
    return workspace


def key_of(table) -> str:
    return next(key for key in table.properties if key.startswith("dativo.state."))


def lose_property(table) -> None:
    with table.transaction() as change:
        change.remove_properties(key_of(table))


def replace_properties(table) -> None:
    """What another engine's CREATE OR REPLACE leaves: rows, and nothing that says who loaded them."""
    kept = table.scan().to_arrow()
    name = table.name()
    catalog = table.catalog
    catalog.drop_table(name)
    catalog.create_table(name, kept.schema).append(kept)


def break_property(table) -> None:
    with table.transaction() as change:
        change.set_properties({key_of(table): "{"})


def copy_property(table) -> None:
    text = table.properties[key_of(table)]
    with table.transaction() as change:
        change.set_properties(
            {key_of(table): text.replace(str(table.metadata.table_uuid), "0" * 8 + "-0000-4000-8000-" + "0" * 12)}
        )


def restore_old_property(table) -> None:
    first = json.loads(table.properties[key_of(table)])
    older = {**first, "seq": 1, "token": first["tokens"][0], "tokens": first["tokens"][:1]}
    snapshot = table.snapshots()[0]
    older |= {"snapshot_id": snapshot.snapshot_id, "sequence_number": snapshot.sequence_number}
    older["files"] = {"in/orders-1.csv": first["files"]["in/orders-1.csv"]}
    with table.transaction() as change:
        change.set_properties({key_of(table): json.dumps(older)})


def roll_back(table) -> None:
    table.manage_snapshots().rollback_to_snapshot(table.snapshots()[0].snapshot_id).commit()


def empty_with_state(table) -> None:
    """A table that was made anew with the properties of the old one."""
    name, properties, schema, spec = table.name(), dict(table.properties), table.schema(), table.spec()
    catalog = table.catalog
    catalog.drop_table(name)
    made = catalog.create_table(name, schema, partition_spec=spec)
    text = properties[key_of(table)].replace(str(table.metadata.table_uuid), str(made.metadata.table_uuid))
    with made.transaction() as change:
        change.set_properties({**properties, key_of(table): text})


TROUBLES = {
    "property lost": (lose_property, {"adopt --from-snapshot newest": 3, "reset": 6}),
    "property broken": (break_property, {"adopt --from-snapshot newest": 3, "reset": 6}),
    "property copied": (copy_property, {"keep": 3, "reset": 6}),
    "older property": (restore_old_property, {"adopt --from-snapshot ID": 3, "reset": 6}),
    "rolled back": (roll_back, {"adopt --from-snapshot ID": 3, "keep": 1}),
    "no snapshot": (empty_with_state, {"reset": 3}),
}


@pytest.mark.parametrize(
    ("harm", "verb", "count"),
    [
        pytest.param(harm, verb, count, id=f"{name}, {verb}")
        for name, (harm, verbs) in TROUBLES.items()
        for verb, count in verbs.items()
    ],
)
def test_what_the_error_of_a_lost_state_says_ends_it(loaded, harm, verb, count):
    path = "jobs/acme/orders.yaml"
    with open_lake(loaded.root / "lake") as lake:
        harm(lake.load(TABLE))
    refused = loaded.dativo("run", "--config", path)
    assert refused.exit_code == 2
    commands = re.findall(r"dativo state ((?:[a-z]+)(?: --[a-z-]+ (?:\d+|[a-z]+))?)", refused.stdout)
    wanted = {re.sub(r"\d+", "ID", command): command for command in commands}
    assert verb in wanted, refused.stdout
    told = loaded.dativo("state", *wanted[verb].split(), "--config", path, *WHY)
    assert told.exit_code == 0, told.output
    assert loaded.dativo("run", "--config", path).exit_code == 0
    assert len(rows(loaded)) == count
    assert "nothing new" in loaded.dativo("run", "--config", path).stdout


def test_a_state_that_was_copied_into_a_table_without_rows_is_not_kept(loaded):
    with open_lake(loaded.root / "lake") as lake:
        table = lake.load(TABLE)
        name, properties, schema, spec = table.name(), dict(table.properties), table.schema(), table.spec()
        lake.catalog.drop_table(name)
        with lake.catalog.create_table(name, schema, partition_spec=spec).transaction() as change:
            change.set_properties(properties)
    refused = loaded.dativo("state", "keep", "--config", loaded.job(), *WHY)
    assert refused.exit_code == 2
    assert "dativo state reset" in refused.stdout
    assert loaded.dativo("state", "reset", "--config", loaded.job(), *WHY).exit_code == 0
    assert loaded.dativo("run", "--config", loaded.job()).exit_code == 0
    assert len(rows(loaded)) == 3


def make_foreign(table) -> None:
    """The same rows in a table of another program, whose properties say nothing of Dativo."""
    name, schema, spec = table.name(), table.schema(), table.spec()
    kept, catalog = table.scan().to_arrow(), table.catalog
    catalog.drop_table(name)
    catalog.create_table(name, schema, partition_spec=spec).append(kept)


@pytest.mark.parametrize(("start", "count"), [("now", 3), ("begin", 6)])
def test_a_table_of_another_program_is_taken_over_with_the_files_of_now_or_all(loaded, start, count):
    path = "jobs/acme/orders.yaml"
    with open_lake(loaded.root / "lake") as lake:
        make_foreign(lake.load(TABLE))
    assert f"--start {start}" in loaded.dativo("run", "--config", path).stdout
    told = loaded.dativo("state", "adopt", "--start", start, "--config", path, *WHY)
    assert told.exit_code == 0, told.output
    assert loaded.dativo("run", "--config", path).exit_code == 0
    assert len(rows(loaded)) == count
    loaded.write("in/orders-9.csv", "id,city\n9,n9\n")
    assert "committed 1 row" in loaded.dativo("run", "--config", path).stdout


def test_a_renamed_job_takes_its_table_over_and_the_old_one_is_refused(loaded):
    old = "jobs/acme/orders.yaml"
    new = loaded.job("sales")
    (loaded.root / old).unlink()
    refused = loaded.dativo("run", "--config", new)
    key = re.search(r"dativo state adopt --from-key (\S+)", refused.stdout).group(1)
    told = loaded.dativo("state", "adopt", "--from-key", key, "--config", new, *WHY)
    assert told.exit_code == 0, told.output
    assert "nothing new: 3 files already loaded" in loaded.dativo("run", "--config", new).stdout
    loaded.job("orders")
    assert "is loaded by another job: acme/sales/" in loaded.dativo("run", "--config", old).stdout
    assert len(rows(loaded)) == 3


def test_a_key_of_another_tenant_is_not_taken_over(loaded):
    new = loaded.job("sales")
    told = loaded.dativo("state", "adopt", "--from-key", "other/orders/orders-0", "--config", new, *WHY)
    assert told.exit_code == 2
    assert "no job of this tenant" in told.stdout


@pytest.mark.parametrize(
    ("verb", "hint"),
    [
        (("keep",), "there is nothing to accept"),
        (("adopt", "--start", "now"), "there is nothing to take over"),
        (("adopt", "--from-snapshot", "newest"), "there is nothing to take over"),
        (("adopt", "--from-key", "acme/other/orders-0"), "no other job loads this table"),
    ],
)
def test_a_verb_that_does_not_fit_is_refused_and_changes_nothing(loaded, verb, hint):
    before = loaded.dativo("state", "show", "--config", "jobs/acme/orders.yaml").stdout
    told = loaded.dativo("state", *verb, "--config", "jobs/acme/orders.yaml", *WHY)
    assert told.exit_code == 2
    assert hint in told.stdout
    assert loaded.dativo("state", "show", "--config", "jobs/acme/orders.yaml").stdout == before


@pytest.mark.parametrize("verb", [("reset",), ("keep",), ("adopt", "--start", "now")])
def test_without_a_table_there_is_no_state_to_change(workspace, verb):
    path = workspace.job()
    told = workspace.dativo("state", *verb, "--config", path, *WHY)
    assert told.exit_code == 2
    assert "there is no such table yet" in told.stdout
    assert not (workspace.root / "lake").exists()


def test_a_dry_run_says_what_would_change_and_changes_nothing(loaded):
    path = "jobs/acme/orders.yaml"
    before = loaded.dativo("state", "show", "--config", path).stdout
    told = loaded.dativo("state", "reset", "--dry-run", "--config", path, *WHY)
    assert told.exit_code == 0
    assert "acme__shop.orders: would change" in told.stdout
    assert loaded.dativo("state", "show", "--config", path).stdout == before


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "\x1b[31m", "x" * 301])
def test_a_reason_is_one_line_that_can_be_read(loaded, reason):
    told = loaded.dativo("state", "reset", "--config", "jobs/acme/orders.yaml", "--reason", reason)
    assert told.exit_code == 2
    assert "the reason must be one line" in told.output


def test_without_a_reason_nothing_is_changed(loaded):
    assert loaded.dativo("state", "reset", "--config", "jobs/acme/orders.yaml").exit_code == 2
    assert "load 3" in loaded.dativo("state", "show", "--config", "jobs/acme/orders.yaml").stdout


def test_who_changed_a_state_and_why_stays_in_the_snapshot(loaded):
    path = "jobs/acme/orders.yaml"
    loaded.dativo("state", "reset", "--config", path, "--actor", "ann", "--reason", "wrong rows")
    loaded.dativo("run", "--config", path)
    with open_lake(loaded.root / "lake") as lake:
        summaries = [each.summary.additional_properties for each in lake.load(TABLE).snapshots()]
    (told,) = [json.loads(each["dativo.change"]) for each in summaries if "dativo.change" in each]
    assert told == {"verb": "reset", "actor": "ann", "reason": "wrong rows"}


def test_each_change_by_hand_is_an_event_of_the_log(loaded):
    arguments = ("state", "reset", "--config", loaded.job(), "--actor", "ann", "--reason", "a test")
    assert loaded.dativo(*arguments, "--dry-run").stderr == ""
    (line,) = loaded.dativo(*arguments).stderr.splitlines()
    event = json.loads(line)
    told = {key: event[key] for key in ("event_type", "tenant_id", "job_name", "verb", "table", "sequence")}
    assert told == {
        "event_type": "state_changed",
        "tenant_id": "acme",
        "job_name": "orders",
        "verb": "reset",
        "table": "acme__shop.orders",
        "sequence": 4,
    }
    assert (event["actor"], event["reason"]) == ("ann", "a test")
    assert event["run_id"]


def test_changes_are_told_as_json(loaded):
    told = loaded.dativo("state", "reset", "--config", "jobs/acme/orders.yaml", "--json", *WHY)
    (change,) = json.loads(told.stdout)
    assert (change["object"], change["outcome"], change["sequence"], change["error"]) == ("orders", "changed", 4, None)


def test_show_tells_a_state_that_is_lost_and_exits_with_2(loaded):
    with open_lake(loaded.root / "lake") as lake:
        roll_back(lake.load(TABLE))
    shown = loaded.dativo("state", "show", "--config", "jobs/acme/orders.yaml")
    assert shown.exit_code == 2
    assert "rolled back behind the snapshot of load 3" in shown.stdout
    assert "fix: dativo state adopt --from-snapshot" in shown.stdout
    refused = loaded.dativo("state", "export", "--config", "jobs/acme/orders.yaml")
    assert refused.exit_code == 2
    assert "rolled back" in refused.stderr


def on_terminal(workspace, answer: str, *arguments: str) -> str:
    """Give a command on a terminal and one answer; return what was shown."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from dativo_core.cli import main; main()", *arguments]
    with subprocess.Popen(command, cwd=workspace.root, stdin=theirs, stdout=theirs, stderr=theirs) as started:
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        shown = b""
        # A terminal whose other end is gone is read with an error.
        with contextlib.suppress(OSError):
            while part := os.read(ours, 4096):
                shown += part
        started.wait(timeout=60)
    os.close(ours)
    return shown.decode()


@pytest.mark.parametrize("answer", ["y", "n"])
def test_on_a_terminal_it_asks_first(loaded, answer):
    path = "jobs/acme/orders.yaml"
    shown = on_terminal(loaded, answer, "state", "reset", "--config", path, *WHY)
    assert "orders: would change" in shown
    assert "Change this?" in shown
    assert ("orders: changed" in shown) is (answer == "y")
    assert ("load 4" in loaded.dativo("state", "show", "--config", path).stdout) is (answer == "y")


def test_on_a_terminal_yes_keeps_it_from_asking(loaded):
    shown = on_terminal(loaded, "", "state", "reset", "--yes", "--config", "jobs/acme/orders.yaml", *WHY)
    assert "Change this?" not in shown
    assert "orders: changed" in shown
