"""The order in which a job loads its tables: one that others point to before those, so that their rows may arrive together."""

from collections.abc import Sequence

from dativo_core.model.names import TableName
from dativo_core.plan.relations import Relations


def loading_order(tables: Sequence[TableName], relations: Sequence[Relations]) -> list[int]:
    """Return the positions of a job's tables in the order they are loaded; `relations` are those of each.

    Tables that point to each other in a ring, and those without relations between them, keep the order they are given in.
    """
    places = {table: position for position, table in enumerate(tables)}
    pointed = [
        {places[table] for table in each.pointed_tables if table in places} - {position}
        for position, each in enumerate(relations)
    ]
    reached = {position: _reached(position, pointed) for position in places.values()}
    before = {
        position: {each for each in found if position not in reached[each]} for position, found in reached.items()
    }
    # What comes before a table comes with all that comes before it, so it has fewer of them.
    return sorted(before, key=lambda position: (len(before[position]), position))


def _reached(start: int, pointed: Sequence[set[int]]) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        new = pointed[waiting.pop()] - found
        found |= new
        waiting += new
    return found
