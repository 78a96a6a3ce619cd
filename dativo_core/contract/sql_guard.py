"""What a query of a contract may be: one statement that only reads the contract's own tables and only computes.

DuckDB parses the query and tells its tree as JSON. Every kind of node, table and function in it must be one that is known
to be harmless, so what a later version adds is refused until it is looked at. The session the query runs in is locked as
well; the lock alone would still let it create tables and call functions that tell about the process.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dativo_core.odcs.sql_functions import ALLOWED, FOREIGN, TABLE_FUNCTIONS, TOLD_BY_SESSION

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NODES = """
SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE
EMPTY BASE_TABLE SUBQUERY JOIN EXPRESSION_LIST TABLE_FUNCTION
ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER
ORDER_DEFAULT ASCENDING DESCENDING
"""
_EXPRESSIONS = """
FUNCTION CONSTANT COLUMN_REF COMPARISON CONJUNCTION OPERATOR CASE CAST SUBQUERY STAR WINDOW BETWEEN COLLATE LAMBDA LAMBDA_REF
POSITIONAL_REFERENCE TYPE
"""
_ALLOWED_NODES = frozenset(_NODES.split())
_ALLOWED_EXPRESSIONS = frozenset(_EXPRESSIONS.split())

MAX_TABLES = 20
"""Joining many more takes DuckDB's planner longer than any limit of time, which it does not look at."""


@dataclass(frozen=True)
class Refusal:
    """Why a query is not run: the code of its kind, and what is wrong."""

    code: str
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} [{self.code}]"


@dataclass(frozen=True)
class Judged:
    """What a query reads: tables of the contract in lower case, and every word in it, None when it may read all columns."""

    relations: frozenset[str]
    words: frozenset[str] | None
    refusals: tuple[Refusal, ...] = ()


def judge(
    session: "DuckDBPyConnection", query: str, relations: frozenset[str], columns: frozenset[str] = frozenset()
) -> Judged:
    """Parse a query and judge it; it may read `relations`, given in lower case. Nothing of it is run.

    `columns`, in lower case too, are known to be there, so that their names mean nothing else.
    """
    try:
        return _judge(session, query, relations, columns)
    except RecursionError:
        return Judged(frozenset(), frozenset(), (Refusal("sql-parse", "the query is nested too deeply"),))


def _judge(session: "DuckDBPyConnection", query: str, relations: frozenset[str], columns: frozenset[str]) -> Judged:
    asked = "SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)"
    ((told,),) = session.execute(asked, [query]).fetchall()
    tree = json.loads(told)
    if tree["error"]:
        return Judged(frozenset(), frozenset(), (_unread(tree),))
    if len(tree["statements"]) != 1:
        return Judged(frozenset(), frozenset(), (Refusal("sql-many", "the query is not one statement"),))
    walk = _Walk(relations)
    found = [*walk.refusals(tree["statements"][0], frozenset()), *_told_by_session(walk.columns - columns)]
    refusals = tuple(dict.fromkeys(found))
    words = None if walk.reads_all or walk.tables & walk.columns else frozenset(walk.words)
    return Judged(frozenset(walk.read), words, refusals)


def _unread(tree: Mapping[str, Any]) -> Refusal:
    told = str(tree.get("error_message", "")).splitlines()[0]
    if tree.get("error_type") == "parser":
        return Refusal("sql-parse", f"DuckDB cannot read the query: {told}")
    return Refusal("sql-not-readonly", f"the query is no plain SELECT: {told}")


def _told_by_session(names: Iterable[str]) -> Iterator[Refusal]:
    for name in sorted(TOLD_BY_SESSION.intersection(names)):
        yield Refusal("sql-function", f"{name} tells of the session; write table.{name} if it is a column")


class _Walk:
    """Goes through a tree, remembering what is in it.

    `tables` are the names tables go by, `columns` the references of one word: one that is both stands for a whole row.
    """

    def __init__(self, relations: frozenset[str]) -> None:
        self._relations = relations
        self.read: set[str] = set()
        self.words: set[str] = set()
        self.tables: set[str] = set()
        self.columns: set[str] = set()
        self.reads_all = False
        self._table_count = 0

    def refusals(self, node: Any, made: frozenset[str]) -> Iterator[Refusal]:
        """Yield what is refused; `made` are the tables the query itself makes by WITH, as far as they can be seen here."""
        if isinstance(node, str):
            self.words.add(node.lower())
        elif isinstance(node, list):
            for each in node:
                yield from self.refusals(each, made)
        elif isinstance(node, dict):
            yield from self._node(node, made)

    def _node(self, node: dict[str, Any], made: frozenset[str]) -> Iterator[Refusal]:
        yield from self._of_kind(node)
        if node.get("type") == "BASE_TABLE":
            yield from self._table(node, made)
        elif "function_name" in node:
            yield from self._function(node, ALLOWED)
        rest = {key: value for key, value in node.items() if key != "cte_map"}
        if node.get("type") == "RECURSIVE_CTE_NODE":
            # The first branch is bound before the table it begins is there.
            yield from self.refusals(rest.pop("left", None), made)
            made |= {str(node.get("cte_name", "")).lower()}
        for entry in node.get("cte_map", {}).get("map", ()):
            yield from self.refusals(entry["value"], made)
            made |= {str(entry["key"]).lower()}
        if node.get("type") == "TABLE_FUNCTION":
            yield from self._function(node["function"], TABLE_FUNCTIONS)
            rest["function"] = {key: value for key, value in node["function"].items() if key != "function_name"}
        for value in rest.values():
            yield from self.refusals(value, made)

    def _of_kind(self, node: Mapping[str, Any]) -> Iterator[Refusal]:
        """Yield that a kind of node is not among the known ones; data in it has neither class nor type."""
        kind = node.get("class", node.get("type"))
        allowed = _ALLOWED_EXPRESSIONS if "class" in node else _ALLOWED_NODES
        if kind == "PARAMETER":
            yield Refusal("sql-placeholder", "the query has a parameter, which no value is given for")
        elif isinstance(kind, str) and kind not in allowed:
            said = kind.removesuffix("_NODE").replace("_", " ")
            yield Refusal("sql-not-readonly", f"the query contains {said}, which no rule may")
        if node.get("sample"):
            yield Refusal("sql-function", "the query takes a random sample, which answers otherwise each time")
        if kind in ("STAR", "POSITIONAL_REFERENCE") or node.get("ref_type") == "NATURAL" or "column_name_alias" in node:
            self.reads_all = True
        if kind == "COLUMN_REF" and len(node["column_names"]) == 1:
            self.columns.add(str(node["column_names"][0]).lower())

    def _table(self, node: Mapping[str, Any], made: frozenset[str]) -> Iterator[Refusal]:
        path = _path(node, "table_name")
        name = path[-1].lower()
        self.tables |= {name, str(node.get("alias", name)).lower()}
        self._table_count += 1
        if self._table_count == MAX_TABLES + 1:
            yield Refusal("sql-dialect", f"the query names more than {MAX_TABLES} tables, counting each time")
        if len(path) == 1 and name in made:
            return
        if len(path) == 1 and name in self._relations:
            self.read.add(name)
            return
        known = ", ".join(sorted(self._relations))
        yield Refusal("sql-relation", f"{'.'.join(path)} is no table of the contract; it has {known}")

    def _function(self, node: Mapping[str, Any], allowed: frozenset[str]) -> Iterator[Refusal]:
        path = _path(node, "function_name")
        name = path[-1].lower()
        is_operator = not any(letter.isalnum() or letter == "_" for letter in name)
        if len(path) == 1 and (name in allowed or is_operator):
            return
        if name in FOREIGN:
            yield Refusal("sql-dialect", f"DuckDB has no function {name}; use {FOREIGN[name]}")
        else:
            yield Refusal("sql-function", f"the function {'.'.join(path)} is not among those a rule may call")


def _path(node: Mapping[str, Any], key: str) -> list[str]:
    path = node.get("qualified_name", {}).get("path")
    return [str(each) for each in path] if path else [str(node[key])]
