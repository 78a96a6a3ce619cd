"""References `${…}`: only where values of connections, credentials and paths are written, and well formed there."""

from dativo_core.model.closed_variables import REMEDY, is_closed
from dativo_core.model.finding import Finding
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.references import GRAMMAR, Reference, ReferenceKind, find
from dativo_core.workspace.secret_places import may_hold_secret
from dativo_core.workspace.texts import texts_of

_OPEN_SECTIONS = frozenset(
    {
        ("source", "connection"),
        ("source", "credentials"),
        ("target", "connection"),
        ("target", "credentials"),
        ("catalog", "connection"),
        ("connection_template",),
        ("credentials",),
    }
)
_PATHS = frozenset(
    {
        *(
            (*catalog, key)
            for catalog in (("target", "catalog"), ("catalog",))
            for key in ("directory", "uri", "warehouse")
        ),
        ("target", "warehouse"),
    }
)
_FILE_KEYS = frozenset({"path", "file_path", "file"})


def check_references(document: Document) -> list[Finding]:
    """Return the references of a job or recipe that stand where none is read, or that are malformed."""
    findings: list[Finding] = []
    for path, text in texts_of(document):
        if "${" not in text:
            continue
        try:
            references = find(text)
        except ValueError as error:
            message = "the value holds a '${' that begins no reference" if may_hold_secret(path) else str(error)
            findings.append(document.finding(path, "reference-malformed", message, GRAMMAR))
            continue
        if references and not _is_allowed(path):
            message = f"{_without_default(references[0])} is not replaced here"
            hint = "References belong in connections, credentials and paths; write the value, or $${ for a literal ${."
            findings.append(document.finding(path, "reference-misplaced", message, hint))
    return findings


def check_closed_variables(document: Document) -> list[Finding]:
    """Return the references of a tenant's file to variables that open more than the tenant's own secrets.

    A plain name may still be that of a secret of the tenant's own; whether it is, is known only when the job runs.
    """
    findings: list[Finding] = []
    for path, text in texts_of(document):
        try:
            references = find(text) if "${" in text else ()
        except ValueError:
            continue
        for each in references:
            if each.kind is ReferenceKind.ENV and is_closed(each.name):
                message = f"{_without_default(each)} is a variable that opens secrets of other tenants"
                findings.append(document.finding(path, "variable-closed", message, REMEDY))
    return findings


def _without_default(reference: Reference) -> str:
    """Return a reference as it is written, but for its default, which may be a secret."""
    return reference.text if reference.default is None else f"${{{reference.name}:-…}}"


def _is_allowed(path: KeyPath) -> bool:
    if path[:1] in _OPEN_SECTIONS or path[:2] in _OPEN_SECTIONS or path in _PATHS:
        return True
    if path[-4:-2] == ("orchestrator", "alerts") and path[-1] == "url":
        return True
    return len(path) == 4 and path[:2] == ("source", "files") and path[3] in _FILE_KEYS
