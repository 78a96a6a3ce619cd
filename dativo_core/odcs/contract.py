"""The internal contract: what every dialect compiles to."""

from dataclasses import dataclass
from enum import StrEnum

from dativo_core.model.finops import FinOps
from dativo_core.model.origin import Origin
from dativo_core.odcs.thresholds import Equality, Threshold
from dativo_core.odcs.types import FieldType, member_path
from dativo_core.workspace.document import KeyPath

Scalar = str | int | float | bool

REQUIRED_CHECK = "contract__required"
CONSTRAINTS_CHECK = "contract__constraints"
KEYS_CHECK = "contract__keys"


class RuleKind(StrEnum):
    """What a rule asks of each row; null passes every rule but `required`.

    `unique` asks it of one or more columns together, over the whole run: no value twice among the rows that are written. The
    others ask it of one column, or of a part of it.
    """

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
    MULTIPLE_OF = "multiple_of"
    FORMAT = "format"
    MISSING_VALUES = "missing_values"
    UNIQUE = "unique"


class Metric(StrEnum):
    """What a rule measures over all rows a run read; counts are of rows, a missing value is in none of them.

    `null_values`, `missing_values` and `invalid_values` count the rows that break a row rule, `duplicate_values` those
    beyond the first of each value. `freshness` is the age of the newest value. `sql` is the one value a query returns.
    """

    ROW_COUNT = "row_count"
    NULL_VALUES = "null_values"
    MISSING_VALUES = "missing_values"
    INVALID_VALUES = "invalid_values"
    DUPLICATE_VALUES = "duplicate_values"
    FRESHNESS = "freshness"
    SQL = "sql"


class CheckSeverity(StrEnum):
    """What a broken rule means: `error` blocks in strict mode, `warning` and `info` only report."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Rule:
    """A row rule of a contract that is executed.

    `id` is the check's name: `[A-Za-z0-9_]+`, unique in the contract, stable under reordering, e.g. `carrier__pattern`.
    `is_constraint`: stated on the column itself (required, logicalTypeOptions), not as a quality rule. `is_of_type`: a
    limit of its physical type, so that the column's loss policy decides about what breaks it. `arguments` holds the
    pattern, the bound (as written in the contract, a date bound as ISO text), the allowed values or the markers, the step,
    or the name of the format; of `unique` the columns, which `column` names joined by `, `. `member` are the steps from a
    nested column to the part that is asked; a row breaks the rule if one of its parts does.
    """

    id: str
    kind: RuleKind
    column: str
    arguments: tuple[Scalar, ...]
    severity: CheckSeverity
    description: str
    origin: Origin
    is_constraint: bool = False
    is_of_type: bool = False
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
        return _GROUPED.get(self.kind, CONSTRAINTS_CHECK)


_GROUPED = {RuleKind.REQUIRED: REQUIRED_CHECK, RuleKind.UNIQUE: KEYS_CHECK}


class RuleScope(StrEnum):
    """Which rows a query reads: those of this run, those of the partitions it writes to, or all there will be after it."""

    RUN = "run"
    PARTITION = "partition"
    TABLE = "table"


@dataclass(frozen=True)
class SqlQuery:
    """A query with identifiers in place of its placeholders; `equalities` are its operators about truth values and texts."""

    text: str
    scope: RuleScope
    equalities: tuple[Equality, ...] = ()


@dataclass(frozen=True)
class MetricRule:
    """A rule about a run as a whole, compared before anything is published; it filters no rows.

    `tests` are the row rules whose broken rows are counted. `unit` is rows or percent of the rows read, for freshness s,
    min, h, d or w. A row count without `thresholds` must equal the rows that are accounted for. Only `sql` has a `query`.
    """

    id: str
    metric: Metric
    columns: tuple[str, ...]
    tests: tuple[Rule, ...]
    thresholds: tuple[Threshold, ...]
    unit: str
    severity: CheckSeverity
    description: str
    origin: Origin
    query: SqlQuery | None = None

    @property
    def operators(self) -> str:
        """What the metric is compared with, as people read it."""
        equalities = self.query.equalities if self.query is not None else ()
        return " and ".join(map(str, (*self.thresholds, *equalities)))


@dataclass(frozen=True)
class UnexecutedRule:
    """A rule the contract states and this version does not execute; shown in plan, report and Dagster, never as passed.

    One that `is_text` is meant for people: it is no check, and only told as part of the contract.
    """

    id: str
    description: str
    origin: Origin
    is_text: bool = False


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
class Element:
    """A column or a declared part of one: its `names` in table and source, its `subject` as people call it, such as
    `items[].price`, its classification or that of what holds it, and where it was written.
    """

    names: frozenset[str]
    subject: str
    classification: str | None
    path: KeyPath


@dataclass(frozen=True)
class Governance:
    """How the data is cared for: the longest time rows are kept and where that was written, whom monitoring calls, which
    changes the contract allows; the classification of columns that say none, laws that apply, and who pays.
    """

    retention_days: int | None = None
    retention_path: KeyPath = ()
    has_compliance: bool = False
    oncall: str | None = None
    change_policy: str | None = None
    classification: tuple[str, ...] = ()
    regulations: tuple[str, ...] = ()
    data_product: str | None = None
    finops: FinOps | None = None


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
    metric_rules: tuple[MetricRule, ...] = ()
    elements: tuple[Element, ...] = ()


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
    governance: Governance = Governance()
