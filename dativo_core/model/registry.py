"""The registry: the operator's list of connector types and what each can do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from dativo_core.model.base import FileModel, Whole
from dativo_core.model.recipe import Role

EngineName = Literal["airbyte", "singer", "meltano", "native", "jdbc", "spark"]
StrategyName = Literal[
    "updated_after", "updated_at", "created", "file_modified_time", "spreadsheet_modified_time", "cdc"
]
FileFormat = Literal["parquet", "orc", "csv", "json", "markdown_kv"]


class RegistryEntry(FileModel):
    """What one connector type can do."""

    roles: tuple[Role, ...] | None = Field(None, description="roles the type may be used in")
    default_engine: EngineName | None = Field(None, description="engine unless recipe or job name one")
    engines_supported: tuple[EngineName, ...] | None = Field(None, min_length=1, description="engines that can run it")
    category: str | None = Field(None, description="files, database, crm, payments, …")
    allowed_in_cloud: bool | None = Field(None, description="whether cloud mode may use it")
    supports_incremental: bool | None = Field(None, description="whether only new data can be loaded")
    incremental_strategy_default: StrategyName | None = Field(None, description="how new data is told from old")
    objects_supported: tuple[str, ...] | None = Field(None, min_length=1, description="objects it offers")
    requires_tables: bool | None = Field(None, description="whether a job must list tables")
    supports_queries: bool | None = Field(None, description="whether a job may give queries")
    file_formats: tuple[FileFormat, ...] | None = Field(None, description="data file formats it writes")
    supports_schema_evolution: bool | None = Field(None, description="whether tables may change their schema")


class RegistryFile(FileModel):
    """`registry/connectors.yaml`: version 2 has `sources` and `targets`, version 3 one map `connectors` with roles."""

    version: Whole = Field(ge=2, le=3, description="shape of the file: 2 or 3")
    description: str | None = Field(None, description="what the registry is for")
    sources: dict[str, RegistryEntry] | None = Field(None, description="source types (version 2)")
    targets: dict[str, RegistryEntry] | None = Field(None, description="target types (version 2)")
    connectors: dict[str, RegistryEntry] | None = Field(None, description="all types (version 3)")


@dataclass(frozen=True)
class Registry:
    """Connector types by name and role; `is_read` is False where the file could not be read, which refuses no type."""

    file: str
    entries: Mapping[tuple[str, str], RegistryEntry]
    is_read: bool = True

    @property
    def types(self) -> tuple[str, ...]:
        """The known type names, sorted."""
        return tuple(sorted({name for name, _ in self.entries}))

    def roles(self, name: str) -> tuple[str, ...]:
        """Return the roles a type may be used in; empty when the type is unknown."""
        return tuple(sorted(role for known, role in self.entries if known == name))

    def entry(self, name: str, role: str) -> RegistryEntry | None:
        """Return what a type can do in a role."""
        return self.entries.get((name, role))


def registry(file: str, content: RegistryFile) -> Registry:
    """Return the registry a file of either version describes; a type in both maps of version 2 has both roles."""
    entries: dict[tuple[str, str], Any] = {}
    for role, listed in (("source", content.sources), ("target", content.targets)):
        entries |= {(name, role): entry for name, entry in (listed or {}).items()}
    for name, entry in (content.connectors or {}).items():
        entries |= {(name, role): entry for role in entry.roles or ()}
    return Registry(file, entries)
