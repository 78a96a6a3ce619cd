"""What a reference of the standard names: `object.property`, or `schema/ID/properties/ID` by the ids of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dativo_core.odcs.contract import Element, SchemaObject
from dativo_core.odcs.types import ELEMENT
from dativo_core.workspace.nearest_word import nearest_word
from dativo_core.workspace.validate import did_you_mean

_SECTION = "schema"
_NEAR_TABLE = 0.75
"""How alike the names of two tables are that may be one; less than that is another table."""
_LEVELS = frozenset({"properties", "items"})


@dataclass(frozen=True)
class Named:
    """A column or a part of one, with its table."""

    table: str
    element: Element


def named_by(tables: Sequence[SchemaObject], reference: str) -> Named | None:
    """Return what a reference names; letter case does not matter, as for the names of columns."""
    if "/" in reference:
        return _by_ids(tables).get(_ids(reference))
    return _by_names(tables).get(reference.casefold())


def nearest(tables: Sequence[SchemaObject], reference: str, *, is_own: bool) -> str:
    """Return the remedy for a reference that names nothing; `is_own`: in the contract's own tables.

    A property of another table than the one that is named is never proposed.
    """
    if "/" in reference:
        return "Write schema/ID/properties/ID with the ids of both, or object.property with their names."
    meant = [table for table in tables if _is_of(reference, table)]
    if meant or "." not in reference:
        return did_you_mean(reference, [_dotted(table, each) for table in meant or tables for each in table.elements])
    named = ", ".join(table.name for table in tables)
    file = f" For a table of another contract, name its file too: FILE.yaml#{reference}." if is_own else ""
    return f"There {'is only the table' if len(tables) == 1 else 'are the tables'} {named}.{file}"


def _is_of(reference: str, table: SchemaObject) -> bool:
    """Whether a reference begins with the name of a table, or one that is nearly it."""
    named = reference.casefold().rpartition(".")[0]
    is_of = reference.casefold().startswith(f"{table.name.casefold()}.")
    return is_of or nearest_word(named, [table.name.casefold()], _NEAR_TABLE) is not None


def elements_of(tables: Sequence[SchemaObject]) -> Iterator[Named]:
    """Yield every column and every part of one of some tables."""
    for table in tables:
        for element in table.elements:
            yield Named(table.name, element)


def _by_names(tables: Sequence[SchemaObject]) -> dict[str, Named]:
    # A list and its elements have one name, which stands for the list.
    found: dict[str, Named] = {}
    for table in tables:
        for element in table.elements:
            found.setdefault(_dotted(table, element).casefold(), Named(table.name, element))
    return found


def _dotted(table: SchemaObject, element: Element) -> str:
    return ".".join((table.name, *(step for step in element.part if step != ELEMENT)))


def _by_ids(tables: Sequence[SchemaObject]) -> dict[tuple[str, ...], Named]:
    found: dict[tuple[str, ...], Named] = {}
    for table in tables:
        for element in table.elements:
            if table.id is not None and element.ids:
                found.setdefault((table.id, *element.ids), Named(table.name, element))
    return found


def _ids(reference: str) -> tuple[str, ...]:
    """Return the ids in a reference by ids, outermost first; none of one that is not of this form."""
    section, *parts = reference.strip("/").split("/")
    if section != _SECTION:
        return ()
    ids: list[str] = []
    is_id = True
    for part in parts:
        if is_id:
            ids.append(part)
            is_id = False
        elif part not in _LEVELS:
            return ()
        else:
            is_id = part == "properties"
    return () if is_id else tuple(ids)
