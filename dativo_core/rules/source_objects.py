"""Which objects a job reads, which items of the job belong to each, and which table of the contract each one is."""

from collections.abc import Sequence
from dataclasses import dataclass

from dativo_core.model.finding import Finding
from dativo_core.model.job import Source
from dativo_core.odcs.contract import Contract, SchemaObject
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean


@dataclass(frozen=True)
class ReadObject:
    """A source object of a job and the table its rows become; `place` is where the job names it first, or could."""

    name: str
    place: KeyPath
    is_named: bool
    table: SchemaObject


@dataclass(frozen=True)
class _Item:
    place: KeyPath
    object: str | None


def objects_of(source: Source) -> tuple[str, ...]:
    """Return the objects a job names, each once, in order."""
    return tuple(_named(source))


def listed_in(source: Source) -> KeyPath:
    """Return the place where a job lists what it reads; the first of its items where they can name an object."""
    items = _items(source)
    if items:
        return items[0].place
    return ("source", "objects") if source.objects else ("source", "files", 0, "object")


def files_of(source: Source, read: str) -> tuple[str, ...]:
    """Return the paths of an object's files; a file that names no object belongs to the only one there is."""
    items = source.files or ()
    return tuple(path for item in items if item.object in (None, read) for path in item.paths.values())


def check_items(source: Source, job: Document) -> list[Finding]:
    """Return the items that leave open which of several objects they belong to."""
    named = objects_of(source)
    if len(named) <= 1:
        return []
    message = f"the job reads several objects ({', '.join(named)}), and this item does not say which it belongs to"
    hint = f"Add object: with one of: {', '.join(named)}."
    return [job.finding(item.place, "object-unnamed", message, hint) for item in _items(source) if item.object is None]


def read_objects(
    source: Source, contract: Contract, contract_document: Document, job: Document
) -> tuple[tuple[ReadObject, ...], list[Finding]]:
    """Return the objects a job reads, each with its table of the contract; without a table it is a finding.

    A job that names at most one object loads a contract of one table whatever it is called, since contracts may be shared.
    """
    named = _named(source)
    if len(named) <= 1 and len(contract.objects) == 1:
        (only,) = contract.objects
        name = next(iter(named), only.source_object)
        return (ReadObject(name, named.get(name, listed_in(source)), bool(named), only),), []
    if not named:
        return (), [_unnamed(contract, contract_document, source, job)]
    found: list[ReadObject] = []
    findings: list[Finding] = []
    for name, place in named.items():
        table = _table(name, contract)
        if table is None:
            findings.append(_unknown(name, place, contract, contract_document, job))
        else:
            found.append(ReadObject(name, place, is_named=True, table=table))
    return tuple(found), findings + _check_tables(found, job)


def _named(source: Source) -> dict[str, KeyPath]:
    """Return where each object is named first: by an item, else in the list of objects."""
    places: dict[str, KeyPath] = {}
    for item in _items(source):
        if item.object is not None:
            places.setdefault(item.object, item.place)
    if places:
        return places
    names = source.objects or ()
    for index, name in enumerate(names):
        places.setdefault(name, ("source", "objects", index) if len(names) > 1 else ("source", "objects"))
    return places


def _items(source: Source) -> list[_Item]:
    """Return what the lists of a job say of objects. Of several tables one without an object is called as it is named."""
    tables, queries = source.tables or (), source.queries or ()
    are_several = len(tables) + len(queries) > 1
    written: dict[str, Sequence[str | None]] = {
        "files": [item.object for item in source.files or ()],
        "sheets": [item.object for item in source.sheets or ()],
        "tables": [item.object or (item.name if are_several else None) for item in tables],
        "queries": [item.object for item in queries],
    }
    return [
        _Item(("source", key, index, "object"), name or None)
        for key, names in written.items()
        for index, name in enumerate(names)
    ]


def _table(name: str, contract: Contract) -> SchemaObject | None:
    """Return the table of an object: by what the contract calls the source object, its own name, its physical name.

    `public.orders` also finds `orders`.
    """
    for wanted in dict.fromkeys((name, name.rpartition(".")[2])):
        for key in ("source_object", "name", "physical_name"):
            for table in contract.objects:
                if getattr(table, key) == wanted:
                    return table
    return None


def _unnamed(contract: Contract, contract_document: Document, source: Source, job: Document) -> Finding:
    message = f"{contract_document.file} describes several objects and the job names none of them"
    hint = f"Add object: with one of: {', '.join(_known(contract))}."
    return job.finding(listed_in(source), "object-unknown", message, hint)


def _unknown(name: str, place: KeyPath, contract: Contract, contract_document: Document, job: Document) -> Finding:
    known = _known(contract)
    message = f"{contract_document.file} has no object '{name}'; it describes {', '.join(known)}"
    return job.finding(place, "object-unknown", message, did_you_mean(name, known))


def _known(contract: Contract) -> list[str]:
    return [each.source_object for each in contract.objects]


def _check_tables(found: Sequence[ReadObject], job: Document) -> list[Finding]:
    """Return the objects that would be written to one table."""
    first: dict[str, ReadObject] = {}
    findings: list[Finding] = []
    for each in found:
        other = first.setdefault(each.table.name, each)
        if other is not each:
            message = f"the objects '{other.name}' and '{each.name}' are both written to the table '{each.table.name}'"
            hint = "Give each a table of its own in the contract, or call both by one name."
            findings.append(job.finding(each.place, "object-table-shared", message, hint))
    return findings
