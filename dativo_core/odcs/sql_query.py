"""The query of an sql rule as far as it can be judged without a database: its placeholders, and what no rule may do.

What is found here is told when a contract is checked. It is no guard: a run parses the query once more with the engine
that executes it, and refuses what this reading cannot see.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dativo_core.odcs.sql_functions import FOREIGN, reaches_out
from dativo_core.odcs.sql_tokens import Token, TokenKind, tokens

MAX_CHARACTERS = 20_000
_READING = frozenset({"select", "with", "from", "values", "table"})
_WRITING = frozenset({"insert", "update", "delete", "merge"})
_OTHER_STATEMENTS = """
alter analyze attach begin call checkpoint comment commit copy create deallocate delete describe desc detach drop execute
explain export grant import insert install load merge pragma prepare replace reset revoke rollback set show summarize
truncate update use vacuum
"""
_STATEMENTS = frozenset(_OTHER_STATEMENTS.split())
_FROM_INSIDE = frozenset({"extract", "substring", "trim", "overlay", "position", "ltrim", "rtrim"})
"""Calls whose arguments may be separated by `from`, which then names no table."""
_ENDS_OF_FROM = "select where group having window qualify order limit offset fetch union intersect except"
_AFTER_FROM = frozenset(_ENDS_OF_FROM.split())


@dataclass(frozen=True)
class Problem:
    """What is wrong with a query: stable code, what is wrong, and how to correct it."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class ReadQuery:
    """A query with identifiers in place of its placeholders, without comments, and what is wrong with it.

    `relations` are the tables it reads of those it may, in lower case.
    """

    text: str
    problems: tuple[Problem, ...]
    relations: frozenset[str] = frozenset()


def read_query(query: str, identifiers: Mapping[str, str], relations: frozenset[str]) -> ReadQuery:
    """Read a query whose placeholders stand for `identifiers`, and which may read the tables `relations` (lower case)."""
    if len(query) > MAX_CHARACTERS:
        message = f"the query has {len(query)} characters, more than {MAX_CHARACTERS}"
        return ReadQuery("", (Problem("sql-parse", message, "Write a shorter one."),))
    problems: list[Problem] = []
    written = [_filled(token, identifiers, problems) for token in tokens(query)]
    said = [token for token in written if token.kind is not TokenKind.SPACE]
    while said and said[-1].text == ";":
        said.pop()
    problems += _statement(said)
    if not problems:
        problems += [*_calls(said), *_relations(said, relations)]
    text = "".join(" " if token.kind is TokenKind.SPACE else token.text for token in written)
    return ReadQuery(text.strip(" ;"), tuple(dict.fromkeys(problems)), _read(said) & relations)


def _filled(token: Token, identifiers: Mapping[str, str], problems: list[Problem]) -> Token:
    """Return a token with an identifier in place of its placeholder."""
    if token.kind is TokenKind.PLACEHOLDER:
        name = token.text.strip("${} \n\t")
        if name in identifiers:
            return Token(TokenKind.NAME, identifiers[name])
        problems.append(_unknown(token.text, name, identifiers))
    elif token.kind in (TokenKind.TEXT, TokenKind.NAME):
        inside = [each for each in identifiers if "${" + each + "}" in token.text]
        if inside and token.text == '"${' + inside[0] + '}"':
            return Token(TokenKind.NAME, identifiers[inside[0]])
        if inside:
            message = "the placeholder ${" + inside[0] + "} stands inside quotes"
            hint = "Remove the quotes: a placeholder becomes a quoted identifier, never text."
            problems.append(Problem("sql-placeholder", message, hint))
    return token


def _unknown(written: str, name: str, identifiers: Mapping[str, str]) -> Problem:
    if name in ("property", "column"):
        message = f"{written} has no meaning: the rule is not below a property that can be named in SQL"
        return Problem("sql-placeholder", message, "Move the rule below the property, or write the column's name.")
    usable = ", ".join("${" + each + "}" for each in sorted(identifiers))
    return Problem("sql-placeholder", f"the placeholder {written} is not known", f"Use one of: {usable}.")


def _statement(said: Sequence[Token]) -> list[Problem]:
    """Return whether the tokens are not one statement that reads."""
    if not said:
        return [Problem("sql-parse", "the query is empty", "Write a SELECT statement that returns one value.")]
    broken = next((token for token in said if token.kind is TokenKind.BROKEN), None)
    if broken is not None:
        return [Problem("sql-parse", f"what begins with {broken.text[:2]} never ends", "Close it.")]
    if any(token.text == ";" for token in said):
        return [Problem("sql-many", "the query has more than one statement", "Write one rule for each.")]
    first = next((token for token in said if token.text != "("), said[0])
    statement = next(_nested_statements(said), first.word)
    if statement in _STATEMENTS:
        return [Problem("sql-not-readonly", f"{statement.upper()} is no SELECT", "Write a SELECT statement.")]
    if first.word not in _READING:
        message = f"the query begins with {first.text!r}"
        return [Problem("sql-parse", message, "Write a SELECT statement that returns one value.")]
    depths = list(_depths(said))
    if min(depths) < 0 or depths[-1]:
        return [Problem("sql-parse", "the parentheses are not balanced", "Close each that is opened.")]
    return []


def _nested_statements(said: Sequence[Token]) -> Iterator[str]:
    """Yield the words that begin a statement which writes, inside parentheses; a column may have such a name too."""
    for before, token, after in zip(said, said[1:], said[2:], strict=False):
        if before.text == "(" and token.word in _WRITING and after.name is not None:
            yield token.word


def _depths(said: Sequence[Token]) -> Iterator[int]:
    depth = 0
    for token in said:
        depth += (token.text == "(") - (token.text == ")")
        yield depth


def _calls(said: Sequence[Token]) -> Iterator[Problem]:
    """Yield functions that no rule may call, or that only other systems have, and forms of other systems."""
    for token, following in pairwise(said):
        name = token.name or ""
        if following.text == "(" and reaches_out(name):
            message = f"the function {name} reaches beyond the rows of the table"
            yield Problem("sql-function", message, "Compute from the columns of the table alone.")
        elif following.text == "(" and name in FOREIGN:
            yield Problem("sql-dialect", f"DuckDB has no function {name}", f"Use {FOREIGN[name]}.")
        elif token.text == following.text == "{":
            message = "templates between {{ and }} are not expanded"
            yield Problem("sql-placeholder", message, "Write ${object} and ${property}, or the names themselves.")
        elif token.word == "top" and following.text.isdigit():
            yield Problem("sql-dialect", "DuckDB has no TOP", "Write LIMIT at the end.")


def _relations(said: Sequence[Token], relations: frozenset[str]) -> Iterator[Problem]:
    """Yield what stands after FROM and JOIN and is no table of the contract, nor one the query makes itself."""
    own = {
        name
        for token, following in pairwise(said)
        if (name := token.name) is not None and (following.word == "as" or following.text == "(")
    }
    for at in _before_tables(said):
        yield from _relation(said[at + 1 : at + 3], relations, own)


def _read(said: Sequence[Token]) -> frozenset[str]:
    """Return the names after FROM and JOIN, without those of tables the query makes itself."""
    made = {
        token.name
        for token, word, bracket in zip(said, said[1:], said[2:], strict=False)
        if word.word == "as" and bracket.text == "("
    }
    named = {said[at + 1].name for at in _before_tables(said)} - made
    return frozenset(name for name in named if name is not None)


def _before_tables(said: Sequence[Token]) -> Iterator[int]:
    """Yield the places of FROM, of JOIN, and of the commas between tables, each of which a table follows."""
    inside: list[_Bracket] = [_Bracket("")]
    for at, token in enumerate(said[:-1]):
        before = said[at - 1].word if at else ""
        if token.text in ("(", "[", "{"):
            inside.append(_Bracket(before))
        elif token.text in (")", "]", "}") and len(inside) > 1:
            inside.pop()
        elif token.word == "from" and before != "distinct" and inside[-1].caller not in _FROM_INSIDE:
            inside[-1].lists_tables = True
            yield at
        elif token.word == "join" or (token.text == "," and inside[-1].lists_tables):
            yield at
        elif token.word in _AFTER_FROM:
            inside[-1].lists_tables = False


@dataclass
class _Bracket:
    """What stands in one pair of brackets: the word before it, and whether a list of tables has begun and not ended."""

    caller: str
    lists_tables: bool = False


def _relation(following: Sequence[Token], relations: frozenset[str], own: set[str]) -> Iterator[Problem]:
    token, after = following[0], following[1].text if len(following) > 1 else ""
    tables = f"Read only tables of the contract: {', '.join(sorted(relations))}."
    if token.kind is TokenKind.TEXT:
        yield Problem("sql-relation", f"the query reads the file {token.text}", tables)
    elif token.name is not None and token.word not in ("lateral", "values", "select") and after != "(":
        if after == ".":
            yield Problem("sql-relation", f"the query reads {token.text}.…, of another catalog or schema", tables)
        elif token.name not in relations | own:
            yield Problem("sql-relation", f"the contract has no table {token.text}", tables)
