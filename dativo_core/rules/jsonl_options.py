"""Settings of the JSON lines source: what each may be."""

from dativo_core.model.finding import Finding
from dativo_core.model.source_options import JsonlOptions
from dativo_core.rules.file_options import check_block_size, check_encoding
from dativo_core.workspace.merge import Merged


def check_jsonl(options: JsonlOptions, settings: Merged) -> list[Finding]:
    """Return the options with which no text can be read."""
    return [*check_encoding(options.encoding, settings), *check_block_size(options.block_size_bytes, settings)]
