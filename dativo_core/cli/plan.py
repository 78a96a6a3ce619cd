"""`dativo plan`: what a job will do, and which line of which file says so."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dativo_core.cli.failure import debug_option, json_option, safe
from dativo_core.cli.jobs import mode_option, one_plan, root_option
from dativo_core.cli.report import json_text
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.model.origin import Origin
    from dativo_core.odcs.types import FieldType
    from dativo_core.plan.types import IngestPlan, StreamPlan


@click.command(epilog="Example: dativo plan jobs/acme/orders.yaml")
@click.argument("job", required=False, type=click.Path(path_type=Path))
@click.option("--config", type=click.Path(path_type=Path), help="The job file, as in `dativo run`.")
@mode_option
@root_option
@json_option("Print the plan as JSON.")
@debug_option
def plan(job: Path | None, config: Path | None, mode: str, root: Path | None, as_json: bool) -> None:
    """Print the effective plan of one JOB: its tables, columns and rules, and each setting with its origin.

    Reads configuration files only. Two plans with one digest do the same.
    """
    given = [path for path in (job, config) if path is not None]
    if len(given) != 1:
        message = "give one job file, as JOB or as --config"
        raise click.UsageError(message)
    found = one_plan(find_root(root), given[0], mode)
    click.echo(json_text(found.to_json()) if as_json else "\n".join(_lines(found)))


def _lines(found: "IngestPlan") -> Iterator[str]:
    yield safe(f"{found.tenant}/{found.job}  {found.file}:{found.line}  digest {found.digest}")
    yield from (safe(f"cannot be run: {reason}") for reason in found.not_runnable)
    if found.catalog_push is not None and found.catalog_push.not_pushed is not None:
        yield safe(f"data catalog: {found.catalog_push.not_pushed}")
    for stream in found.streams:
        yield ""
        yield from _stream_lines(stream)
    yield ""
    yield "settings"
    yield from _table(_settings(found))


def _stream_lines(stream: "StreamPlan") -> Iterator[str]:
    contract = stream.contract
    partition = ", ".join(map(str, stream.partition_by)) or "nothing"
    order = f", files sorted by {', '.join(map(str, stream.sort_order))}" if stream.sort_order else ""
    yield safe(f"{stream.object} -> {stream.table}")
    scope = f" (replace: {stream.replace.value})" if stream.replace else ""
    if stream.files is not None:
        yield safe(f"  files {', '.join(stream.files)}")
    yield safe(f"  write mode {stream.write_mode.value}{scope}, partitioned by {partition}{order}")
    yield f"  source columns the contract does not name: {stream.unknown_columns.value}"
    yield safe(f"  contract {contract.name} {contract.version} ({contract.status}), {contract.file}")
    yield "columns"
    yield from _table(
        [
            (c.name, _type(c.type), "required" if c.required else "", f"from {c.source_name!r}", _place(c.origin))
            for c in stream.columns
        ]
    )
    yield "rules" if stream.rules else "rules: none"
    yield from _table(
        [
            (rule.id, rule.kind.value, ", ".join(map(str, rule.arguments)), rule.severity.value, _place(rule.origin))
            for rule in stream.rules
        ]
    )
    if stream.metric_rules:
        yield "thresholds, compared before anything is published"
        yield from _table(
            [(m.id, m.description, m.scope.value, m.severity.value, _place(m.origin)) for m in stream.metric_rules]
        )
    if stream.unexecuted_rules:
        yield "rules this version does not execute"
        yield from _table([(rule.id, rule.description, _place(rule.origin)) for rule in stream.unexecuted_rules])


def _settings(found: "IngestPlan") -> list[tuple[str, str, str]]:
    """Return path, value and place of every setting whose origin the plan knows."""
    document = found.to_json()
    return [(path, _value(document, path), _place(origin)) for path, origin in found.origins.items()]


def _value(document: Any, path: str) -> str:
    """Return the value at a path such as `streams[0].write_mode` of the plan's JSON, as JSON without outer quotes."""
    for key in re.split(r"[.\[]", path.replace("]", "")):
        document = document[int(key) if isinstance(document, list) else key]
    return document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)


def _type(type_: "FieldType") -> str:
    """Return a column's type, the one the table has where that is another, and the zone of values without an offset."""
    kept = type_.stored
    told = str(type_) if str(kept) == str(type_) else f"{type_} as {kept}"
    return f"{told}, without an offset in {type_.zone}" if type_.zone else told


def _place(origin: "Origin") -> str:
    return f"{origin.file}:{origin.line}" if origin.line else "default"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows as lines, their columns below each other."""
    clean = [[safe(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*clean, strict=True)]
    for row in clean:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
