"""A contract file of an older dialect, written anew in the standard with everything that was in it."""

from collections import Counter
from dataclasses import dataclass

from dativo_core.errors import DativoError
from dativo_core.model.finding import Finding, errors
from dativo_core.odcs.contract import Contract
from dativo_core.odcs.nested_form import is_nested
from dativo_core.odcs.read import is_flat, read_contract
from dativo_core.odcs.standard_form import same_meaning, standard_form
from dativo_core.workspace.document import Document
from dativo_core.workspace.read_yaml import parse_document
from dativo_core.workspace.source_text import SourceText, source_text
from dativo_core.workspace.write_yaml import write_yaml


@dataclass(frozen=True)
class Upgraded:
    """The new content of a contract file, the old one if that is in the standard; None when findings say why not."""

    content: bytes | None
    findings: tuple[Finding, ...]


def upgraded(file: str, content: bytes) -> Upgraded:
    """Return a contract file in ODCS v3.0.2; one that is in the standard, in whichever version, stays as it is."""
    parsed = parse_document(file, content)
    document = parsed.document
    if document is None or errors(parsed.findings):
        return Upgraded(None, errors(parsed.findings))
    if not is_nested(document) and not is_flat(document):
        is_contract = document.value(("apiVersion",)) is not None
        return Upgraded(content, ()) if is_contract else Upgraded(None, errors(read_contract(document).findings))
    form = standard_form(document)
    if form.tree is None or form.contract is None:
        return Upgraded(None, form.findings)
    source = source_text(content)
    text = write_yaml(form.tree, source, document)
    _check(text, source, form.contract, document)
    return Upgraded(text.encode(), ())


def _check(text: str, source: SourceText, contract: Contract, document: Document) -> None:
    """Raise DativoError unless a new text means what the old one did and has all its comments."""
    parsed = parse_document(document.file, text.encode())
    again = read_contract(parsed.document).contract if parsed.document is not None else None
    missing = _texts(source) - _texts(source_text(text.encode()))
    if again is None or not same_meaning(contract, again) or missing:
        message = f"this is a bug in Dativo: {document.file} would not say the same after the upgrade"
        raise DativoError(message, hint="Nothing was written. Report it with the file")


def _texts(source: SourceText) -> Counter[str]:
    return Counter(comment.text for comment in source.comments)
