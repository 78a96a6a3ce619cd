"""What the tables of a job say has been loaded, to be shown and to be kept elsewhere."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dativo_core.errors import StateLost
from dativo_core.flow import RunState
from dativo_core.lake.catalog import Lake
from dativo_core.lake.ranges import Ranges
from dativo_core.lake.state_document import ranges_document, state_document
from dativo_core.lake.state_sight import look
from dativo_core.plan.types import IngestPlan, StreamPlan
from dativo_core.run.job import dry_lake_of
from dativo_core.run.services import Services

EXPORT = "dativo_state"
EXPORT_VERSION = 1


@dataclass(frozen=True)
class StreamState:
    """What a stream's table says has been loaded: by incremental loads, None where there was none, and by partitions.

    `trouble` says why a run would refuse it. `table_uuid` is None where there is no table.
    """

    stream: StreamPlan
    state: RunState | None
    ranges: Ranges
    trouble: StateLost | None = None
    table_uuid: str | None = None


def read_states(plan: IngestPlan, services: Services) -> tuple[StreamState, ...]:
    """Return what each stream's table says has been loaded; creates nothing.

    Raises TargetError when the lake cannot be read, ConfigError for a target type without code.
    """
    with dry_lake_of(plan, services) as lake:
        return tuple(_stream_state(stream, lake) for stream in plan.streams)


def _stream_state(stream: StreamPlan, lake: Lake) -> StreamState:
    try:
        table = lake.load(stream.table)
    except StateLost as error:
        return StreamState(stream, None, Ranges(), error)
    if table is None:
        return StreamState(stream, None, Ranges())
    sight = look(table, stream.job_key, is_shared=stream.is_shared)
    trouble = sight.troubles[0] if sight.troubles else None
    return StreamState(stream, sight.state, sight.ranges or Ranges(), trouble, str(table.metadata.table_uuid))


def export_document(plan: IngestPlan, states: tuple[StreamState, ...]) -> dict[str, Any]:
    """Return states as one document that can be put back with `dativo state import`.

    Raises StateLost when one of them is not in order.
    """
    for each in states:
        if each.trouble is not None:
            raise each.trouble
    return {
        EXPORT: EXPORT_VERSION,
        "exported_at": datetime.now(UTC).isoformat(),
        "tenant": plan.tenant,
        "job": plan.job,
        "streams": [_stream_document(each) for each in states],
    }


def _stream_document(each: StreamState) -> dict[str, Any]:
    newest = each.ranges.newest
    return {
        "object": each.stream.object,
        "job_key": each.stream.job_key,
        "table": str(each.stream.table),
        "table_uuid": each.table_uuid,
        "state": None if each.state is None else state_document(each.state),
        "partitions": None if newest is None else ranges_document(each.ranges.loads, each.ranges.files, newest),
    }
