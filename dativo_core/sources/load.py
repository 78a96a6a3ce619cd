"""Which class reads which source type; a client library is imported only when its source is used."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.source_options import FileOptions
from dativo_core.plan.types import SourcePlan, StreamPlan
from dativo_core.probe import Probe
from dativo_core.rules.connectors import without_code
from dativo_core.sources.addressed_files import AddressedFiles
from dativo_core.sources.base import Source
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.storage import References

FILES = "source.options.files"
"""Where the files of a source are in its plan."""

PROBES = dict.fromkeys(("csv", "jsonl", "parquet"), "dativo_core.sources.file_probe:file_probes")
"""What asks whether a source would work, for each type in `IMPLEMENTATIONS`."""

IMPLEMENTATIONS = {
    "csv": "dativo_core.sources.csv:CsvSource",
    "jsonl": "dativo_core.sources.jsonl:JsonlSource",
    "parquet": "dativo_core.sources.parquet:ParquetSource",
}


def open_source(plan: SourcePlan, stream: StreamPlan, boundary: Boundary, references: References) -> Source:
    """Return the source of a stream, which reads no file beyond `boundary`.

    Secrets are looked up with `references` when the source first needs them, and stay with it. Raises ConfigError for a
    type without code.
    """
    if plan.type not in IMPLEMENTATIONS:
        raise without_code(plan.type, "source")
    source: Source = _imported(IMPLEMENTATIONS[plan.type])(
        plan.options, stream.object, AddressedFiles(boundary, plan.connection, references), plan.partitions
    )
    return source


def source_probes(
    plan: SourcePlan,
    streams: Sequence[StreamPlan],
    boundary: Boundary,
    references: References,
    *,
    lists_files: bool = True,
) -> Iterator[Probe]:
    """Yield what asks whether the source of a job would work. Raises ConfigError for a type without code."""
    if plan.type not in PROBES:
        raise without_code(plan.type, "source")
    yield from _imported(PROBES[plan.type])(plan, streams, boundary, references, lists_files=lists_files)


def _imported(place: str) -> Callable[..., Any]:
    module, _, name = place.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def written_files(plan: SourcePlan, stream: StreamPlan) -> tuple[str, ...]:
    """Return the files of a stream as they were written, references and all. Raises ConfigError for a type without code."""
    if stream.files is not None:
        return stream.files
    return _options(plan).files


def resolved_source(plan: SourcePlan, stream: StreamPlan, references: References) -> SourcePlan:
    """Return the source of one stream, which has that stream's files and no others, their references replaced.

    Raises SecretError when a reference has no value, ConfigError for a type without code.
    """
    files = tuple(references.resolve(text, FILES) for text in written_files(plan, stream))
    return replace(plan, options=_options(plan).model_copy(update={"files": files}))


def _options(plan: SourcePlan) -> FileOptions:
    if isinstance(plan.options, DeclaredOptions):
        raise without_code(plan.type, "source")
    return plan.options
