"""Changing what the tables of a job remember: first all that would change is said, then each table is changed if it still is
as it was then.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dativo_core.errors import CommitConflict, ConfigError, DativoError, StateRefused
from dativo_core.flow import FileIdentity, RunState
from dativo_core.lake.catalog import Lake
from dativo_core.lake.state_edit import Edit, commit_edit
from dativo_core.lake.state_sight import Pin, Sight, look
from dativo_core.lake.state_verbs import Signature, adopt_key, adopt_snapshot, adopt_start, keep, reset
from dativo_core.lake.table import ensure_table, needed_change, stream_table
from dativo_core.plan.types import IngestPlan, StreamPlan, WriteMode
from dativo_core.run.job import dry_lake_of, lake_of, source_boundary
from dativo_core.run.services import Services
from dativo_core.secrets.references import references_of
from dativo_core.sources.base import WindowPolicy
from dativo_core.sources.load import open_source, resolved_source
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import bound, log_event

logger = logging.getLogger(__name__)

MAX_TEXT = 300
"""Longest actor or reason, in characters."""


@dataclass(frozen=True)
class Place:
    """One stream of a job with what its table remembers; None where there is no table."""

    plan: IngestPlan
    stream: StreamPlan
    services: Services
    sight: Sight | None


@dataclass(frozen=True)
class Signer:
    """Who changes states, and why."""

    actor: str
    reason: str

    def __post_init__(self) -> None:
        for name, text in (("actor", self.actor), ("reason", self.reason)):
            if not text.strip() or len(text) > MAX_TEXT or not text.isprintable():
                message = f"the {name} must be one line of 1 to {MAX_TEXT} characters"
                raise ConfigError(message, hint="Say who changes the state, and why, as whoever asks later can read it")

    def sign(self, place: Place) -> Signature:
        """Return the signature of a change in one table."""
        version, run_id = place.stream.contract.version, place.services.run_id
        return Signature(self.actor, self.reason, place.plan.digest, version, run_id)


@dataclass(frozen=True)
class Unchanged:
    """Nothing is to be changed; `told` says why."""

    told: tuple[str, ...]


Decide = Callable[[Place, Signature], Edit | Unchanged]
"""Returns what is to be changed; raises DativoError where it cannot be."""


@dataclass(frozen=True)
class Proposal:
    """What would change in one table, in sentences: an edit, nothing, or an error that says why it cannot be.

    `pin` is what was seen, None where there is no table.
    """

    stream: StreamPlan
    edit: Edit | None = None
    pin: Pin | None = None
    told: tuple[str, ...] = ()
    error: DativoError | None = None


def propose(
    plan: IngestPlan, services: Services, signer: Signer, decide: Decide, objects: Sequence[str] = ()
) -> tuple[Proposal, ...]:
    """Return what would change in the tables of a job's objects (without any: of all), and every reason it cannot be.

    Raises ConfigError for an object the job does not have, TargetError when the lake cannot be read.
    """
    streams = _asked_for(plan, objects)
    with dry_lake_of(plan, services) as lake:
        return tuple(_proposal(plan, services, signer, decide, stream, lake) for stream in streams)


def change(plan: IngestPlan, services: Services, proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Change each table as proposed, each for itself; return all proposals, with the error of each that could not be changed.

    A table that has moved since it was looked at is left as it is.
    """
    of_job = bound(tenant_id=plan.tenant, job_name=plan.job, connector_type=plan.source.type, run_id=services.run_id)
    with of_job, lake_of(plan, services) as lake:
        return tuple(_changed(lake, each) if each.edit is not None else each for each in proposals)


def resetting(place: Place, signed: Signature) -> Edit:
    """Forget what was loaded, as `reset` does, and say what the next run does with rows that are there."""
    edit = reset(_sight(place), signed)
    return replace(edit, told=(*edit.told, _CONSEQUENCE[place.stream.write_mode]))


def keeping(place: Place, signed: Signature) -> Edit:
    """Accept the state as it is, as `keep` does."""
    return keep(_sight(place), signed)


def adopting_key(key: str) -> Decide:
    """Return what takes a table over from the job of a key."""
    return lambda place, signed: adopt_key(_fitting(place), key, signed)


def adopting_snapshot(snapshot_id: int | None) -> Decide:
    """Return what takes the state of a snapshot back, with None whichever fits."""
    return lambda place, signed: adopt_snapshot(_fitting(place), snapshot_id, signed)


def adopting_start(*, is_now: bool) -> Decide:
    """Return what takes a table over as it is: with the files there are now as loaded, or with none."""

    def decide(place: Place, signed: Signature) -> Edit:
        sight = _fitting(place)
        return adopt_start(sight, files_of(place) if is_now else None, signed)

    return decide


def files_of(place: Place) -> tuple[FileIdentity, ...]:
    """Return the files of a stream by their content, as they are now. Raises SourceError, ConfigError without code."""
    plan, services = place.plan, place.services
    references = references_of(plan, services.secrets, services.mode)
    boundary = source_boundary(plan, services)
    source = open_source(resolved_source(plan.source, place.stream, references), place.stream, boundary, references)
    return source.window(None, WindowPolicy(replaces=True)).next_files


_CONSEQUENCE = {
    WriteMode.APPEND: "rows stay, and write mode append adds those of the next run: dativo run --full-refresh replaces them",
    WriteMode.DELETE_INSERT: "rows stay until the next run replaces those of each file it finds",
    WriteMode.OVERWRITE: "rows stay until the next run replaces the table",
}


def _asked_for(plan: IngestPlan, objects: Sequence[str]) -> tuple[StreamPlan, ...]:
    known = [stream.object for stream in plan.streams]
    unknown = [name for name in objects if name not in known]
    if unknown:
        message = f"job {plan.job} has no object {', '.join(unknown)}"
        raise ConfigError(message, hint=f"Its objects: {', '.join(known)}")
    return tuple(stream for stream in plan.streams if not objects or stream.object in objects)


def _proposal(
    plan: IngestPlan, services: Services, signer: Signer, decide: Decide, stream: StreamPlan, lake: Lake
) -> Proposal:
    try:
        table = lake.load(stream.table)
        sight = look(table, stream.job_key, is_shared=stream.is_shared) if table is not None else None
        place = Place(plan, stream, services, sight)
        decided = decide(place, signer.sign(place))
        edit = decided if isinstance(decided, Edit) else None
        return Proposal(stream, edit, sight.pin if sight else None, decided.told)
    except DativoError as error:
        return Proposal(stream, error=error)


def _changed(lake: Lake, proposal: Proposal) -> Proposal:
    assert proposal.edit is not None
    try:
        pin = proposal.pin or _pin_of_new(lake, proposal.stream)
        commit_edit(lake, proposal.stream.table, pin, proposal.edit)
    except DativoError as error:
        return replace(proposal, error=error)
    _log(proposal.stream, proposal.edit.state)
    return proposal


def _log(stream: StreamPlan, state: RunState) -> None:
    assert state.change is not None
    told = state.change
    log_event(
        logger,
        Event.STATE_CHANGED,
        f"{told.verb} of the load state of {stream.table}",
        verb=told.verb,
        table=str(stream.table),
        sequence=state.sequence,
        actor=told.actor,
        reason=told.reason,
    )


def _pin_of_new(lake: Lake, stream: StreamPlan) -> Pin:
    """Create the table of a stream that had none. Raises CommitConflict when somebody has loaded into it meanwhile."""
    sight = look(ensure_table(lake, stream_table(stream)), stream.job_key, is_shared=stream.is_shared)
    if not sight.is_blank:
        message = f"table {stream.table} was loaded while its state was about to be changed"
        raise CommitConflict(message, hint="Give the command again: it shows the state as it is now")
    return sight.pin


def _sight(place: Place) -> Sight:
    if place.sight is None:
        message = f"{place.stream.table}: there is no such table yet, so nothing was loaded"
        raise StateRefused(message, hint="Run the job: it loads everything")
    return place.sight


def _fitting(place: Place) -> Sight:
    """Return what a table remembers, if the job could load into it. Raises TargetError where it does not fit."""
    sight = _sight(place)
    needed_change(sight.table, stream_table(place.stream))
    return sight
