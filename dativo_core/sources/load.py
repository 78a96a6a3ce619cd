"""Which class reads which source type; a client library is imported only when its source is used."""

from importlib import import_module

from dativo_core.plan.types import SourcePlan, StreamPlan
from dativo_core.rules.connectors import without_code
from dativo_core.sources.addressed_files import AddressedFiles
from dativo_core.sources.base import Source
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.storage import References

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
    module, _, name = IMPLEMENTATIONS[plan.type].partition(":")
    source: Source = getattr(import_module(module), name)(
        plan.options, stream.object, AddressedFiles(boundary, plan.connection, references), plan.partitions
    )
    return source
