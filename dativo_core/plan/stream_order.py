"""The order in which a job loads its tables: one that rules of others read before those, so that rows may arrive together."""

from collections.abc import Collection, Sequence

from dativo_core.model.names import TableName


def loading_order(tables: Sequence[TableName], read: Sequence[Collection[TableName]]) -> list[int]:
    """Return the positions of a job's tables in the order they are loaded; `read` are the tables that rules of each read.

    Tables whose rules read each other in a ring, and those that have nothing to do with each other, keep the order they are
    given in.
    """
    places = {table: position for position, table in enumerate(tables)}
    pointed = [{places[table] for table in each if table in places} - {position} for position, each in enumerate(read)]
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
