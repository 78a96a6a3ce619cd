"""Contracts of a tenant that claim to be the same one."""

from collections.abc import Iterable
from dataclasses import dataclass

from dativo_core.model.finding import Finding
from dativo_core.odcs.contract import Contract
from dativo_core.workspace.document import Document


@dataclass(frozen=True)
class LoadedContract:
    """A contract, its file, and whose job loads it."""

    tenant: str
    contract: Contract
    document: Document


def check_contract_ids(loaded: Iterable[LoadedContract], tenant: str) -> list[Finding]:
    """Return the contracts of a tenant with the id and the version of another of its files, which each finding names.

    Tables, reports and consumers know a contract by id and version, so two files would be taken for one. What another
    tenant loads is not looked at: no tenant can stop another's jobs.
    """
    files: dict[tuple[str, str], dict[str, Document]] = {}
    for each in loaded:
        if each.tenant == tenant:
            key = (each.contract.id, each.contract.version)
            files.setdefault(key, {}).setdefault(each.document.file, each.document)
    return [
        _duplicate(document, next(file for file in documents if file != document.file), key)
        for key, documents in files.items()
        if len(documents) > 1
        for document in documents.values()
    ]


def _duplicate(document: Document, other: str, key: tuple[str, str]) -> Finding:
    message = f"{other} has the same id '{key[0]}' and version {key[1]}"
    hint = "Give one of them an id of its own, or raise its version."
    return document.finding(("id",), "id-duplicate", message, hint)
