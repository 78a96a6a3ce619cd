"""The internal contract: what every dialect compiles to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from dativo_core.model.finops import FinOps
from dativo_core.model.origin import Origin
from dativo_core.odcs.about import NOTHING_TOLD, About
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
    others ask it of one column, or of a part of it. Of elements of lists, and of keys and values of maps, each is a value.
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
    HAS_MEMBER = "has_member"
    MULTIPLE_OF = "multiple_of"
    FORMAT = "format"
    MISSING_VALUES = "missing_values"
    UNIQUE = "unique"


class Metric(StrEnum):
    """What a rule measures over all rows in its scope; counts are of rows, a missing value is in none of them.

    `null_values`, `missing_values` and `invalid_values` count the rows that break a row rule, `duplicate_values` those
    beyond the first of each value, or the elements of lists that are. `freshness` is the age of the newest value. `sql` is
    the one value a query returns.
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
class Purpose:
    """Why a rule is there, in the words of the contract: the dimension of quality, what a breach costs, and the method."""

    dimension: str | None = None
    business_impact: str | None = None
    method: str | None = None


UNSTATED = Purpose()


@dataclass(frozen=True)
class Rule:
    """A row rule of a contract that is executed.

    `id` is the check's name: `[A-Za-z0-9_]+`, unique in the contract, stable under reordering, e.g. `carrier__pattern`.
    `is_constraint`: stated on the column itself (required, logicalTypeOptions), not as a quality rule. `is_of_type`: a
    limit of its physical type, so that the column's loss policy decides about what breaks it. `arguments` holds the
    pattern, the bound (as written in the contract, a date bound as ISO text), the allowed values or the markers, the step,
    or the name of the format; of `unique` the columns, which `column` names joined by `, `, and `members` the steps to the
    parts that are compared, none where no column has any. `member` are the steps from a nested column to the part that is
    asked; a row breaks the rule if one of its parts does. `quarantines`: the contract asks that rows which break it are held
    back, whatever its severity.
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
    purpose: Purpose = UNSTATED
    quarantines: bool = False
    members: tuple[tuple[str, ...], ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """Of `unique` what makes a key: columns, each with the steps to a part of it."""
        return _parts(map(str, self.arguments), self.members)

    @property
    def subjects(self) -> tuple[str, ...]:
        """What is asked, part by part, as people call it."""
        return _subjects(self.parts) if self.kind is RuleKind.UNIQUE else (self.subject,)

    @property
    def holds_back(self) -> bool:
        """Whether a row that breaks it is rejected, and not only told."""
        return self.quarantines or self.severity is CheckSeverity.ERROR

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
    """Which rows a metric is about: those of this run, those of the partitions it writes to, or all there will be after it.

    A library rule about the run counts the rows as they were read, those that are rejected too; every other rule sees what
    readers will see.
    """

    RUN = "run"
    PARTITION = "partition"
    TABLE = "table"


@dataclass(frozen=True)
class SqlQuery:
    """A query with identifiers in place of its placeholders; `equalities` are its operators about truth values and texts.

    `reads` are the tables of its contract that it reads, by the names it calls them, in lower case. `published` are tables
    it reads as they will be after the run, whatever the scope, each with the job that loads it.
    """

    text: str
    equalities: tuple[Equality, ...] = ()
    published: tuple[tuple[str, str], ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricRule:
    """A rule about all rows in a scope together, compared before anything is published; it filters no rows.

    `members` are the steps from `columns` to the parts that are asked, none where no column has any. `tests` are the row
    rules whose broken rows are counted. `unit` is rows or percent of the rows in scope; where elements of lists repeat one
    another, or keys and values of maps, it is values or percent of them; for freshness s, min, h, d or w. A row count without
    `thresholds`, which is of the run, must equal the rows that are accounted for. Only `sql` has a `query`.
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
    scope: RuleScope = RuleScope.RUN
    purpose: Purpose = UNSTATED
    members: tuple[tuple[str, ...], ...] = ()

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """What is asked: columns, each with the steps to a part of it."""
        return _parts(self.columns, self.members)

    @property
    def subjects(self) -> tuple[str, ...]:
        """What is asked, as people call it: columns, or paths of their parts, such as `items[].price`."""
        return _subjects(self.parts)

    @property
    def is_counted_while_reading(self) -> bool:
        """Whether it is measured by the rows as they are read, not by what the table will hold."""
        return self.query is None and self.scope is RuleScope.RUN

    @property
    def operators(self) -> str:
        """What the metric is compared with, as people read it."""
        equalities = self.query.equalities if self.query is not None else ()
        return " and ".join(map(str, (*self.thresholds, *equalities)))


def _parts(columns: Iterable[str], members: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
    return tuple((column, *steps) for column, steps in zip_longest(columns, members, fillvalue=()))


def _subjects(parts: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(member_path(column, steps) for column, *steps in parts)


@dataclass(frozen=True)
class UnexecutedRule:
    """A rule the contract states and this version does not execute; shown in plan, report and Dagster, never as passed.

    One that `is_text` is meant for people: it is no check, and only told as part of the contract.
    """

    id: str
    description: str
    origin: Origin
    is_text: bool = False
    purpose: Purpose = UNSTATED


@dataclass(frozen=True)
class Column:
    """A column of the contract: `name` in the table, `source_name` in the source.

    `made_from` are the objects it is derived from, as the contract calls them, and `made_by` says how.
    """

    name: str
    source_name: str
    type: FieldType
    required: bool
    primary_key_position: int | None
    description: str
    classification: str | None
    tags: tuple[str, ...]
    origin: Origin
    is_critical: bool = False
    made_from: tuple[str, ...] = ()
    made_by: str = ""


@dataclass(frozen=True)
class Element:
    """A column or a declared part of one: its `names` in table and source, its `subject` as people call it, such as
    `items[].price`, its classification or that of what holds it, and where it was written.

    `part` is its column and the steps from there; `ids` the standard's ids of both, none when one has none.
    """

    names: frozenset[str]
    subject: str
    classification: str | None
    path: KeyPath
    part: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    type: FieldType | None = None


@dataclass(frozen=True)
class Relation:
    """That each row of a table points to a row of another one, unless a part of its key is null.

    `columns` are the parts of its key, `target_columns` those they equal, in the same order; each is a column and the steps
    to a part of it. `target` is an object of the contract in `target_file`. `obstacle` is why it cannot be executed, if so.
    """

    id: str
    columns: tuple[tuple[str, ...], ...]
    target_file: str
    target: str
    target_columns: tuple[tuple[str, ...], ...]
    severity: CheckSeverity
    description: str
    origin: Origin
    path: KeyPath
    obstacle: str = ""


@dataclass(frozen=True)
class Governance:
    """How the data is cared for: the longest time rows are kept and where that was written, whom monitoring calls, which
    changes the contract allows, whether somebody must agree to them, and the versions somebody agreed to; the
    classification of columns that say none, laws that apply, who pays, and which channels hear of failures.
    """

    retention_days: int | None = None
    retention_path: KeyPath = ()
    has_compliance: bool = False
    oncall: str | None = None
    change_policy: str | None = None
    needs_approval: bool = False
    approved_versions: frozenset[str] = frozenset()
    classification: tuple[str, ...] = ()
    regulations: tuple[str, ...] = ()
    data_product: str | None = None
    finops: FinOps | None = None
    alert_channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class SchemaObject:
    """One table of a contract: `name` in the lake, `source_object` in the source."""

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
    id: str | None = None
    relations: tuple[Relation, ...] = ()
    physical_name: str | None = None


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
    about: About = NOTHING_TOLD
