"""`dativo state`: what the tables say has been loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dativo_core.cli.failure import debug_option, json_option, require_command
from dativo_core.cli.jobs import one_plan, root_option, secrets_options
from dativo_core.cli.report import json_text
from dativo_core.cli.summary import plural_rows
from dativo_core.secrets.load import open_store
from dativo_core.sources.column_names import listed
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.flow import RunState
    from dativo_core.lake.ranges import Ranges
    from dativo_core.plan.types import StreamPlan
    from dativo_core.run.job import StreamState


@click.group(invoke_without_command=True, epilog="Example: dativo state show --config jobs/acme/orders.yaml")
@click.pass_context
def state(context: click.Context) -> None:
    """Look at the load state that is kept in the tables themselves."""
    require_command(context)


@state.command(epilog="Example: dativo state show --config jobs/acme/orders.yaml")
@click.option("--config", type=click.Path(path_type=Path), required=True, help="The job file.")
@secrets_options
@root_option
@json_option("Print the states as JSON.")
@debug_option
def show(
    config: Path,
    secrets_dir: Path | None,
    secret_manager: str | None,
    secret_manager_config: str | None,
    mode: str,
    root: Path | None,
    as_json: bool,
) -> None:
    """Print what has been loaded into each table of a job: sequence, snapshot, rows and files. Changes nothing."""
    plan = one_plan(find_root(root), config)
    from dativo_core.run import Services, read_states

    store = open_store(secrets_dir, secret_manager, secret_manager_config, mode)
    states = read_states(plan, Services(secrets=store, mode=mode))
    if as_json:
        click.echo(json_text([_document(each) for each in states]))
        return
    for each in states:
        for line in (*_lines(each.stream, each.state), *_partition_lines(each.ranges)):
            click.echo(line)


def _document(each: "StreamState") -> dict[str, Any]:
    stream = each.stream
    return {"object": stream.object, "table": stream.table, "state": each.state, "partitions": each.ranges.loads}


def _partition_lines(ranges: "Ranges") -> list[str]:
    """Return one line per load of partitions by their keys; how many rows each of several has is not kept."""
    loads: dict[str, list[str]] = {}
    for key, load in sorted(ranges.loads.items()):
        loads.setdefault(load.token, []).append(key)
    return [_partition_line(keys, ranges.loads[keys[0]]) for keys in loads.values()]


def _partition_line(keys: list[str], load: "RunState") -> str:
    partitions = f"partition {keys[0]}" if len(keys) == 1 else f"{len(keys)} partitions, {listed(keys)}"
    counts = f"{plural_rows(load.rows_written)} written, {load.rows_quarantined:,} quarantined by their load"
    told = counts if len(keys) > 1 else counts.replace("their", "its")
    return f"  {partitions}: {told}, {load.committed_at.isoformat()} by run {load.run_id}"


def _lines(stream: "StreamPlan", found: "RunState | None") -> list[str]:
    if found is None:
        return [f"{stream.table}: nothing loaded yet"]
    counts = f"{found.rows_written:,} written, {found.rows_quarantined:,} quarantined, {found.rows_skipped:,} skipped"
    lines = [
        f"{stream.table}: load {found.sequence}, snapshot {found.snapshot_id}",
        f"  committed: {found.committed_at.isoformat()} by run {found.run_id}",
        f"  last load: {plural_rows(found.rows_read)} read, {counts}",
        f"  plan: {found.config_digest}, contract {found.contract_version}",
    ]
    if found.cursor is not None:
        lines.append(f"  cursor: {found.cursor}")
    return lines + [f"  file: {file.path} ({file.size_bytes} bytes, {file.fingerprint})" for file in found.files]
