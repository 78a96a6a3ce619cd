"""`dativo state show`: what the tables say has been loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dativo_core.cli.failure import FAILURE, debug_option, error_lines, json_option, safe
from dativo_core.cli.jobs import one_plan, root_option, secrets_options
from dativo_core.cli.report import json_text
from dativo_core.cli.summary import plural_rows
from dativo_core.secrets.load import open_store
from dativo_core.sources.column_names import listed
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.flow import FileIdentity, RunState
    from dativo_core.lake.ranges import Ranges
    from dativo_core.run.states import StreamState


@click.command(epilog="Example: dativo state show --config jobs/acme/orders.yaml")
@click.option("--config", type=click.Path(path_type=Path), required=True, help="The job file.")
@secrets_options
@root_option
@json_option("Print the states as JSON.")
@debug_option
@click.pass_context
def show(
    context: click.Context,
    config: Path,
    secrets_dir: Path | None,
    secret_manager: str | None,
    secret_manager_config: str | None,
    mode: str,
    root: Path | None,
    as_json: bool,
) -> None:
    """Print what has been loaded into each table of a job: sequence, snapshot, rows and files. Changes nothing.

    Exits with 2 when table and state disagree.
    """
    plan = one_plan(find_root(root), config, mode)
    from dativo_core.run import Services, read_states

    store = open_store(secrets_dir, secret_manager, secret_manager_config, mode)
    states = read_states(plan, Services(secrets=store, mode=mode))
    if as_json:
        click.echo(json_text([_document(each) for each in states]))
    else:
        for each in states:
            for line in (*_lines(each), *_partition_lines(each.ranges)):
                click.echo(line)
    if any(each.trouble for each in states):
        context.exit(FAILURE)


def _document(each: "StreamState") -> dict[str, Any]:
    stream = each.stream
    told = {"object": stream.object, "table": stream.table, "state": each.state, "partitions": each.ranges.loads}
    return {**told, "error": each.trouble}


def _partition_lines(ranges: "Ranges") -> list[str]:
    """Return one line per load of partitions by their keys; how many rows each of several has is not kept."""
    loads: dict[str, list[str]] = {}
    for key, load in sorted(ranges.loads.items()):
        loads.setdefault(load.token, []).append(key)
    return [_partition_line(keys, ranges.loads[keys[0]]) for keys in loads.values()]


def _partition_line(keys: list[str], load: "RunState") -> str:
    partitions = f"partition {keys[0]}" if len(keys) == 1 else f"{len(keys)} partitions, {listed(keys)}"
    if load.change is not None:
        return f"  {partitions}: to be loaded again, since {_change(load)}"
    counts = f"{plural_rows(load.rows_written)} written, {load.rows_quarantined:,} quarantined by their load"
    told = counts if len(keys) > 1 else counts.replace("their", "its")
    return f"  {partitions}: {told}, {load.committed_at.isoformat()} by run {load.run_id}"


def _lines(each: "StreamState") -> list[str]:
    table, found = each.stream.table, each.state
    trouble = [f"  {line}" for line in error_lines(each.trouble)] if each.trouble else []
    if found is None:
        return [f"{table}: {_nothing(each)}", *trouble]
    lines = [f"{table}: load {found.sequence}, snapshot {found.snapshot_id}", *trouble, *_last(found)]
    if found.cursor is not None:
        lines.append(f"  cursor: {safe(str(found.cursor))}")
    return lines + [f"  file: {safe(file.path)} ({_content(file)})" for file in found.files]


def _nothing(each: "StreamState") -> str:
    if each.trouble is not None:
        return "no load state that can be used"
    return "single partitions loaded, nothing else yet" if each.ranges.loads else "nothing loaded yet"


def _last(found: "RunState") -> list[str]:
    """Return what the last load was, or who changed the state since."""
    plan = f"  plan: {found.config_digest}, contract {found.contract_version}"
    if found.change is not None:
        return [f"  changed: {_change(found)}", plan]
    counts = f"{found.rows_written:,} written, {found.rows_quarantined:,} quarantined, {found.rows_skipped:,} skipped"
    return [
        f"  committed: {found.committed_at.isoformat()} by run {found.run_id}",
        f"  last load: {plural_rows(found.rows_read)} read, {counts}",
        plan,
    ]


def _change(state: "RunState") -> str:
    change = state.change
    if change is None:
        return ""
    return f"{safe(change.verb)} by {safe(change.actor)}, {state.committed_at.isoformat()}: {safe(change.reason)}"


def _content(file: "FileIdentity") -> str:
    return "to be loaded again" if file.is_forgotten else f"{file.size_bytes} bytes, {file.fingerprint}"
