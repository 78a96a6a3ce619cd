"""The internal contract: what every dialect compiles to."""

from dataclasses import dataclass
from enum import StrEnum

from dativo_core.model.origin import Origin
from dativo_core.odcs.types import FieldType, member_path

Scalar = str | int | float | bool

REQUIRED_CHECK = "contract__required"
CONSTRAINTS_CHECK = "contract__constraints"


class RuleKind(StrEnum):
    """What a rule asks of each value of one column, or of a part of it; null passes every rule but `required`."""

    REQUIRED = "required"
    PATTERN = "pattern"
    MIN_LENGTH = "min_length"
    MAX_LENGTH = "max_length"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    EXCLUSIVE_MINIMUM = "exclusive_minimum"
    EXCLUSIVE_MAXIMUM = "exclusive_maximum"
    ENUM = "enum"
    MIN_ITEMS = "min_items"
    MAX_ITEMS = "max_items"
    UNIQUE_ITEMS = "unique_items"
    MIN_PROPERTIES = "min_properties"
    MAX_PROPERTIES = "max_properties"


class CheckSeverity(StrEnum):
    """What a broken rule means: `error` blocks in strict mode, `warning` and `info` only report."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Rule:
    """A row rule of a contract that is executed.

    `id` is the check's name: `[A-Za-z0-9_]+`, unique in the contract, stable under reordering, e.g. `carrier__pattern`.
    `is_constraint`: stated on the column itself (required, logicalTypeOptions), not as a quality rule. `arguments` holds
    the pattern, the bound (as written in the contract, a date bound as ISO text) or the allowed values. `member` are the
    steps from a nested column to the part that is asked; a row breaks the rule if one of its parts does.
    """

    id: str
    kind: RuleKind
    column: str
    arguments: tuple[Scalar, ...]
    severity: CheckSeverity
    description: str
    origin: Origin
    is_constraint: bool = False
    member: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What is asked, as people call it: the column, or the path of its part, such as `items[].price`."""
        return member_path(self.column, self.member)

    @property
    def check(self) -> str:
        """The asset check this rule is reported under: its own, or for a constraint one per kind of the whole table."""
        if not self.is_constraint:
            return self.id
        return REQUIRED_CHECK if self.kind is RuleKind.REQUIRED else CONSTRAINTS_CHECK


@dataclass(frozen=True)
class UnexecutedRule:
    """A rule the contract states and this version does not execute; shown in plan, report and Dagster, never as passed."""

    id: str
    description: str
    origin: Origin


@dataclass(frozen=True)
class Column:
    """A column of the contract: `name` in the table, `source_name` in the source."""

    name: str
    source_name: str
    type: FieldType
    required: bool
    primary_key_position: int | None
    description: str
    classification: str | None
    tags: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True)
class SchemaObject:
    """One table of a contract."""

    name: str
    source_object: str
    description: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    unexecuted_rules: tuple[UnexecutedRule, ...]
    partition_by: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True)
class Contract:
    """A data contract: identity, ownership and its schema objects."""

    id: str
    name: str
    version: str
    status: str
    domain: str | None
    tenant: str | None
    source_type: str | None
    owner: str | None
    description: str
    tags: tuple[str, ...]
    objects: tuple[SchemaObject, ...]
    file: str
