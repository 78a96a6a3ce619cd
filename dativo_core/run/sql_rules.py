"""Queries of a contract: judged before the first row is read, asked before anything is published.

They read what the table will hold once the run is published.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from pyiceberg.schema import Schema
from pyiceberg.table import Table

from dativo_core.contract.sql_guard import Judged, Refusal, judge
from dativo_core.contract.sql_result import MOMENTS, Answer, read_answer, read_moment
from dativo_core.errors import ContractError, DativoError
from dativo_core.failpoints import fp
from dativo_core.lake.live_rows import live_files
from dativo_core.lake.published_rows import Rows
from dativo_core.model.names import TableName
from dativo_core.odcs.contract import MetricRule, RuleScope
from dativo_core.plan.types import StreamPlan
from dativo_core.run.locked_duckdb import limited, open_session
from dativo_core.run.scope import Published, Tables
from dativo_core.run.siblings import ALONE, Siblings

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_LIMIT_MB = 192
SPILL_LIMIT_MB = 4096
TIME_LIMIT_S = 300.0
MAX_TOLD = 300
"""Characters of what DuckDB says."""
_NO_COLUMN = ("referenced column", "does not have a column", "no such column")


@dataclass(frozen=True)
class CompiledQuery:
    """A rule with its query, and what the query reads."""

    rule: MetricRule
    text: str
    judged: Judged

    @property
    def published(self) -> Mapping[str, str]:
        """The tables it reads as they will be after the run, whatever the scope, each with the job that loads it."""
        return dict(self.rule.query.published) if self.rule.query is not None else {}


def compile_queries(
    stream: StreamPlan, lake: Tables, siblings: Siblings = ALONE, time_limit_s: float = TIME_LIMIT_S
) -> tuple[CompiledQuery, ...]:
    """Judge the queries of a stream and bind them to its tables; nothing is read.

    The limit of time is that of all queries together. Raises ContractError naming every query that may not be run, and why.
    """
    rules = [rule for rule in stream.metric_rules if rule.query is not None]
    if not rules:
        return ()
    compiled: list[CompiledQuery] = []
    refused: list[str] = []
    tables = _Tables(stream, lake)
    deadline = monotonic() + time_limit_s
    with _session() as session:
        for rule in rules:
            assert rule.query is not None
            judged = judge(session, rule.query.text, tables.names, tables.columns)
            refusals = judged.refusals
            if not refusals and not siblings.unpublished(tables.others(judged)):
                refusals = _bound(session, rule.query.text, judged, tables, deadline - monotonic())
            place = f"{rule.origin.file}:{rule.origin.line}: rule {rule.id}"
            remedies = "".join(
                siblings.remedy(tables.named(name), job, "again ")
                for name, job in rule.query.published
                if not tables.is_own(name)
            )
            refused += [f"{place}: {refusal}{remedies}" for refusal in refusals]
            compiled.append(CompiledQuery(rule, rule.query.text, judged))
    if refused:
        raise ContractError("; ".join(refused), hint="Correct the query in the contract; no row was read")
    return tuple(compiled)


def ask(
    queries: Sequence[CompiledQuery], published: Published, time_limit_s: float = TIME_LIMIT_S
) -> dict[str, Answer]:
    """Return what each query answers, by the id of its rule; one that fails answers with the reason.

    The limit of time is that of all queries together.
    Memory does not grow with the rows, beyond what a query itself must keep; DuckDB spills that, or the query fails.
    """
    if not queries:
        return {}
    tables = _Tables(published.stream, published.lake)
    deadline = monotonic() + time_limit_s
    with _session() as session:
        answers = {each.rule.id: _ask(session, each, published, tables, deadline - monotonic()) for each in queries}
    fp("queries.asked")
    return answers


class _Tables:
    """The tables of a contract by the names that queries call them, each looked up once.

    `columns` are those of the table the queries are about, in lower case.
    """

    def __init__(self, stream: StreamPlan, lake: Tables) -> None:
        self._tables = dict(stream.relations)
        self._own = stream.table
        self.columns = frozenset(column.name.lower() for column in stream.columns)
        self._lake = lake
        self._loaded: dict[str, Table | None] = {}

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._tables)

    def named(self, name: str) -> TableName:
        return self._tables[name]

    def is_own(self, name: str) -> bool:
        return self._tables[name] == self._own

    def others(self, judged: Judged) -> list[TableName]:
        """Return the tables a query reads beside the one it is about."""
        return sorted({self.named(name) for name in judged.relations if not self.is_own(name)})

    def table(self, name: str) -> Table | None:
        if name not in self._loaded:
            self._loaded[name] = self._lake.load(self._tables[name])
        return self._loaded[name]


@contextmanager
def _session() -> Iterator["DuckDBPyConnection"]:
    with (
        TemporaryDirectory(prefix="dativo-sql-", ignore_cleanup_errors=True) as directory,
        open_session(Path(directory), MEMORY_LIMIT_MB, SPILL_LIMIT_MB) as session,
    ):
        yield session


def _bound(
    session: "DuckDBPyConnection", text: str, judged: Judged, tables: _Tables, time_limit_s: float
) -> tuple[Refusal, ...]:
    """Return why DuckDB cannot run a query over tables of these columns; of a table that is not there yet nothing is known."""
    import duckdb

    found = {name: tables.table(name) for name in judged.relations}
    if any(table is None for table in found.values()):
        return ()
    empty = {name: Rows(table, (), _columns(table, judged)) for name, table in found.items() if table is not None}
    too_long = (Refusal("sql-dialect", "planning the queries takes longer than all of them may take together"),)
    if time_limit_s <= 0:
        return too_long
    try:
        with _registered(session, empty), limited(session, time_limit_s):
            session.sql(text)
    except duckdb.InterruptException:
        return too_long
    except duckdb.Error as error:
        told = _told(error)
        is_about_columns = any(words in told.lower() for words in _NO_COLUMN)
        return (Refusal("sql-relation" if is_about_columns else "sql-dialect", f"DuckDB cannot run the query: {told}"),)
    return ()


def _ask(
    session: "DuckDBPyConnection", query: CompiledQuery, published: Published, tables: _Tables, time_limit_s: float
) -> Answer:
    staged, others = published.staged_count, tables.others(query.judged)
    if unpublished := published.siblings.unpublished(others):
        return Answer(None, 0, f"not asked in a dry run: {unpublished} would be loaded first", is_asked=False)
    try:
        read = {name: _rows(name, query, published, tables) for name in query.judged.relations}
    except DativoError as error:
        return Answer(None, staged, error.message)
    own = [rows.count for name, rows in read.items() if tables.is_own(name) and name not in query.published]
    # A query that fails is no answer; one about other tables is still about what the run would publish.
    counted = sum(own) if own else staged
    with _registered(session, read):
        answer = _answer(session, query.text, read.values(), counted, time_limit_s)
    return replace(answer, remark=published.siblings.remark(others))


def _answer(
    session: "DuckDBPyConnection", text: str, read: Iterable[Rows], counted: int, time_limit_s: float
) -> Answer:
    import duckdb

    if time_limit_s <= 0:
        return Answer(None, counted, "the queries before this one took all the time there is")
    try:
        with limited(session, time_limit_s):
            result = session.sql(text).limit(2)
            if len(result.columns) == 1 and str(result.types[0]).startswith(MOMENTS):
                return read_moment(result.project("#1, isfinite(#1)").fetchall(), counted)
            return read_answer(len(result.columns), result.fetchall(), counted)
    except duckdb.InterruptException:
        return Answer(None, counted, "the query took longer than all queries of a run may take together")
    except duckdb.Error as error:
        unread = next((rows.error for rows in read if rows.error is not None), None)
        return Answer(None, counted, unread.message if unread is not None else _told(error), quotes=unread is None)
    except (OverflowError, ValueError) as error:
        return Answer(None, counted, f"the query returned a value that cannot be read: {error}", quotes=True)


def _told(error: Exception) -> str:
    """Return the first line of what DuckDB says, without the values it quotes, which may be personal data."""
    line = next(iter(str(error).splitlines()), "")
    if line.startswith("Conversion Error"):
        line = re.split("['\"]", line, maxsplit=1)[0] + "…"
    return line[:MAX_TOLD]


def _rows(name: str, query: CompiledQuery, published: Published, tables: _Tables) -> Rows:
    """Return the rows a query reads as one of the contract's tables. Raises ContractError when it is not there yet."""
    table, job = tables.table(name), query.published.get(name)
    if table is None:
        remedy = published.siblings.remedy(tables.named(name), job) if job is not None else ""
        message = f"the table {name.replace('/', '.')} has not been loaded yet{remedy}"
        raise ContractError(message, hint="Load it first")
    scope = query.rule.scope if job is None else RuleScope.TABLE
    files = published.files(table, scope) if tables.is_own(name) else live_files(table)
    return Rows(table, files, _columns(table, query.judged))


def _columns(table: Table, judged: Judged) -> Schema:
    """Return the columns a query may mean; at least one, since a row without columns cannot be counted."""
    schema, words = table.schema(), judged.words
    named = [field for field in schema.fields if words is None or field.name.lower() in words]
    return Schema(*(named or schema.fields[:1]))


@contextmanager
def _registered(session: "DuckDBPyConnection", rows: Mapping[str, Rows]) -> Iterator[None]:
    for name, each in rows.items():
        session.register(name, each)
    try:
        yield
    finally:
        for name in rows:
            session.unregister(name)
