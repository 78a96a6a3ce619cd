"""What a contract declares, the same for every dialect, with the key path it was written at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dativo_core.odcs.types import FieldType
from dativo_core.workspace.document import KeyPath


@dataclass(frozen=True)
class DeclaredRule:
    """A quality rule. `kind` is a library rule in lower case, or `sql`, `custom`, `text`, or whatever word was written.

    `arguments` are by lower-case name; `argument_paths` says where each was written. `operators` are all keys that begin
    with `must`, as written. `asked` are the arguments that are written as such, not in a custom property, so that the rule should
    read them. `query` is that of an sql rule, `engine` the one a custom rule is written for.
    """

    path: KeyPath
    kind: str
    column: str | None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    argument_paths: Mapping[str, KeyPath] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    name: str | None = None
    description: str = ""
    severity: str | None = None
    operators: Mapping[str, Any] = field(default_factory=dict)
    unit: str | None = None
    method: str | None = None
    query: str | None = None
    dimension: str | None = None
    business_impact: str | None = None
    engine: str | None = None
    schedule: str | None = None
    scheduler: str | None = None


@dataclass(frozen=True)
class DeclaredColumn:
    """A column; `type` is None when no type follows from what was written, which its findings say.

    `primary_key_path` is where the dialect says that it is part of the key. `partition_transform` is the transform as it
    was written, None for the default, and `partition_path` the place of what says it. `members` are the parts of a nested
    column that are declared one by one: properties of an object, the items of an array. `type_options` are the limits of
    the physical type, such as the length of `varchar(3)`; `options` has them too where the column states no others.
    """

    path: KeyPath
    name: str
    source_name: str
    type: FieldType | None
    options: Mapping[str, Any]
    options_path: KeyPath
    type_options: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int | None = None
    primary_key_path: KeyPath = ()
    partitioned: bool = False
    partition_position: int | None = None
    partition_transform: str | None = None
    partition_path: KeyPath = ()
    description: str = ""
    classification: str | None = None
    tags: tuple[str, ...] = ()
    members: tuple["DeclaredColumn", ...] = ()
    examples: tuple[Any, ...] = ()
    id: str | None = None
    is_critical: bool = False
    made_from: tuple[str, ...] = ()
    made_by: str = ""


@dataclass(frozen=True)
class DeclaredObject:
    """A table with its columns and rules."""

    path: KeyPath
    name: str
    source_object: str
    description: str
    columns: tuple[DeclaredColumn, ...]
    rules: tuple[DeclaredRule, ...]
    partition_by: tuple[str, ...]
    id: str | None = None
    physical_name: str | None = None
