"""Whether the files of a source are there and can be read; nothing is written, and no file is read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from dativo_core.errors import DativoError
from dativo_core.model.s3_connection import S3Connection
from dativo_core.plan.types import SourcePlan, StreamPlan
from dativo_core.probe import Answer, Part, Probe, ProbeStatus, answer_of, ok
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.load import FILES, open_source, resolved_source, written_files
from dativo_core.sources.s3_address import SCHEME
from dativo_core.sources.storage import References

_SHOWN = 3


def file_probes(
    plan: SourcePlan,
    streams: Sequence[StreamPlan],
    boundary: Boundary,
    references: References,
    *,
    lists_files: bool = True,
) -> Iterator[Probe]:
    """Yield a probe of the files of each stream; where `lists_files` is false, of the service they are in, if any."""
    if not lists_files:
        if plan.connection is not None and any(
            _is_remote(written_files(plan, stream), references) for stream in streams
        ):
            ask = partial(_endpoint, plan.connection, references)
            yield Probe(Part.SOURCE, plan.connection.endpoint or "AWS", ask, plan.connection)
        return
    for stream in streams:
        files = written_files(plan, stream)
        identity = (files, plan.connection, plan.type)
        yield Probe(Part.SOURCE, _subject(files), partial(_ask, plan, stream, boundary, references), identity)


def _subject(files: Sequence[str]) -> str:
    more = len(files) - _SHOWN
    return f"{', '.join(files[:_SHOWN])}{f' and {more} more' if more > 0 else ''}"


def _ask(plan: SourcePlan, stream: StreamPlan, boundary: Boundary, references: References, limit_s: float) -> Answer:
    source = open_source(resolved_source(plan, stream, references), stream, boundary, references)
    answered = ok("")
    if plan.connection is not None and _is_remote(written_files(plan, stream), references):
        answered = _endpoint(plan.connection, references, limit_s)
        if answered.status is not ProbeStatus.OK:
            return answered
    try:
        return replace(answered, message=source.probe())
    except DativoError as error:
        # A service refuses whoever has another time, so the time it told explains its refusal.
        return replace(answer_of(error), ahead_s=answered.ahead_s)


def _is_remote(files: Sequence[str], references: References) -> bool:
    return any(references.resolve(file, FILES).startswith(SCHEME) for file in files)


def _endpoint(connection: S3Connection, references: References, limit_s: float) -> Answer:
    from dativo_core.sources.s3_probe import endpoint_answer, probing_client

    return endpoint_answer(connection, probing_client(connection, references, limit_s), references, limit_s)
