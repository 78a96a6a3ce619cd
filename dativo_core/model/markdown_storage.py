"""How documents of Markdown with key-value pairs are stored, as a job says it."""

from typing import Literal

from pydantic import ConfigDict, Field

from dativo_core.model.base import FileModel, Words


class MarkdownStorage(FileModel):
    """As text, as files, or as rows of their pairs; further keys name the tables of the hybrid pattern."""

    model_config = ConfigDict(extra="allow")

    mode: Literal["string", "raw_file", "structured"] = Field(
        description="string: the text in one column; raw_file: files as they are; structured: rows of their pairs"
    )
    structured_pattern: Literal["row_per_kv", "document_level", "hybrid"] | None = Field(
        None, description="with structured, what a row is: one pair, one document, or both in two tables"
    )
    file_extension: Literal[".mdkv", ".md"] | None = Field(None, description="with raw_file, how names of files end")
    path_pattern: str | None = Field(
        None, min_length=1, description="with raw_file, where files go: {doc_id}, {date} and {timestamp} are replaced"
    )
    doc_id: Words | None = Field(None, description="columns, or a template, that tell one document from another")
