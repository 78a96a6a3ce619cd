"""What a job says about a contract's columns and owner in place of the contract."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dativo_core.model.finding import Finding
from dativo_core.model.job import Job
from dativo_core.model.names import same_name
from dativo_core.odcs.contract import Column, Contract, Element, SchemaObject
from dativo_core.odcs.types import ELEMENT
from dativo_core.workspace.document import Document
from dativo_core.workspace.validate import did_you_mean

DEFAULT = "default"
"""The key that stands for every column without a classification of its own."""


def check_overrides(job: Job, document: Document, tables: Sequence[SchemaObject]) -> list[Finding]:
    """Return overrides of columns that none of the job's tables has, or that say nothing."""
    findings: list[Finding] = []
    known = {same_name(each.subject): each.subject for table in tables for each in table.elements}
    for name, classification in (job.classification_overrides or {}).items():
        path = ("classification_overrides", name)
        if not classification.strip():
            hint = "Write a classification, or remove the line."
            findings.append(document.finding(path, "empty-value", "the classification is empty", hint))
        if name != DEFAULT and same_name(name) not in known:
            message = f"'{name}' is no column of the contract"
            hint = did_you_mean(name, [*known.values(), DEFAULT])
            findings.append(document.finding(path, "override-unknown", message, hint))
    owner = job.governance_overrides.owner if job.governance_overrides else None
    if owner is not None and not owner.strip():
        hint = "Name somebody, or remove the line."
        findings.append(document.finding(("governance_overrides", "owner"), "empty-value", "nobody is named", hint))
    return findings


def overridden_table(table: SchemaObject, job: Job) -> SchemaObject:
    """Return the table with the job's classifications; a part without its own takes that of what holds it."""
    given = {same_name(name): text.strip() for name, text in (job.classification_overrides or {}).items()}
    default = given.pop(DEFAULT, None)
    if not given and default is None:
        return table
    elements = tuple(_element(each, given) for each in table.elements)
    columns = tuple(_column(each, given, elements, default) for each in table.columns)
    return replace(table, columns=columns, elements=elements)


def default_classification(job: Job) -> str | None:
    """Return the job's classification of columns that say none."""
    given = {same_name(name): text.strip() for name, text in (job.classification_overrides or {}).items()}
    return given.get(DEFAULT)


def overridden_contract(contract: Contract, job: Job) -> Contract:
    """Return the contract with the job's owner."""
    overrides = job.governance_overrides
    if overrides is None or not overrides.owner:
        return contract
    return replace(contract, owner=overrides.owner, about=replace(contract.about, owners=(overrides.owner,)))


def _column(column: Column, given: Mapping[str, str], elements: Sequence[Element], default: str | None) -> Column:
    """Return the column with the job's classification, else the contract's, else that of a part the job classifies."""
    own = given.get(same_name(column.name)) or column.classification
    starts = tuple(column.name + step for step in (".", ELEMENT, "{"))
    parts = (each.classification for each in elements if each.subject.startswith(starts))
    return replace(column, classification=own or next(filter(None, parts), None) or default)


def _element(element: Element, given: Mapping[str, str]) -> Element:
    own = given.get(same_name(element.subject)) or element.classification
    return replace(element, classification=own or _inherited(element.subject, given))


def _inherited(subject: str, given: Mapping[str, str]) -> str | None:
    """Return the classification of the nearest part that holds this one."""
    while "." in subject or subject.endswith(ELEMENT):
        subject = subject.removesuffix(ELEMENT) if subject.endswith(ELEMENT) else subject.rpartition(".")[0]
        if same_name(subject) in given:
            return given[same_name(subject)]
    return None
