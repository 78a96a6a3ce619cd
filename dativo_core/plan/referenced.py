"""Every text of a plan that may hold references, with the place it stands at."""

from collections.abc import Iterator, Mapping
from typing import Any

from dativo_core.model.declared_options import DeclaredOptions
from dativo_core.model.source_options import FileOptions
from dativo_core.plan.types import IngestPlan
from dativo_core.workspace.references import find


def referenced_texts(plan: IngestPlan) -> tuple[tuple[str, str], ...]:
    """Return the key path and the text of every value of a plan with a reference in it, each once."""
    return tuple(dict.fromkeys(each for each in _texts(plan) if find(each[1])))


def _texts(plan: IngestPlan) -> Iterator[tuple[str, str]]:
    options, catalog, declared = plan.source.options, plan.target.catalog, plan.target.declared
    if isinstance(options, FileOptions):
        yield from (("source.options.files", text) for text in options.files)
        yield from (("source.options.files", text) for stream in plan.streams for text in stream.files or ())
    if isinstance(options, DeclaredOptions):
        yield from _below(options.settings, "source.options.settings")
    if (connection := plan.source.connection) is not None:
        yield from _below(dict(connection), "source.connection")
    if catalog is not None:
        yield "target.catalog.directory", catalog.directory
    if declared is not None:
        yield from _below(declared.settings, "target.declared.settings")


def _below(value: Any, key_path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield key_path, value
        case Mapping():
            for key, item in value.items():
                yield from _below(item, f"{key_path}.{key}")
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _below(item, f"{key_path}[{index}]")
