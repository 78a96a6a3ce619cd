"""The version of the standard a contract says it is written in; where that is misspelt, the ones it may mean.

A file is then read as it is meant, so that the mistake is told once and not again by everything that follows from it.
"""

import re
from dataclasses import replace
from typing import Any

from dativo_core.model.finding import Finding
from dativo_core.odcs.checks import LEGACY_VERSIONS, READ_VERSIONS, check_version_of_standard
from dativo_core.odcs.newer import VERSIONS
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.workspace.document import Document
from dativo_core.workspace.nearest_word import nearest_word
from dativo_core.workspace.validate import validate

_KEY = "apiVersion"
_KNOWN = frozenset({*READ_VERSIONS, *LEGACY_VERSIONS, *VERSIONS})
_SERIES = {"30": READ_VERSIONS[0], "31": VERSIONS[0], "32": VERSIONS[1]}
_WIDEST = (READ_VERSIONS[0], VERSIONS[-1])
"""What a file is read as whose version says nothing; whatever is in a version between them is in the last one too."""


def meant_documents(document: Document) -> tuple[tuple[Document, ...], tuple[Finding, ...]]:
    """Return the documents a contract of the standard may mean, and what is wrong with the version it states.

    That is the document itself, and nothing, where it states a version that is known.
    """
    key = _key(document)
    stated = document.spelling((key,)) or document.data.get(key)
    is_known = isinstance(stated, str) and stated in _KNOWN
    if is_known and key == _KEY:
        return (document,), ()
    meant = stated if is_known else _nearest(stated)
    versions = (meant,) if meant is not None else _WIDEST
    return tuple(_with(document, key, each) for each in versions), _problem(document, key, stated, meant)


def _key(document: Document) -> str:
    """Return the key of the version as it is written, which may be misspelt."""
    if _KEY in document.data:
        return _KEY
    unknown = [str(key) for key in document.data if key not in _known_keys()]
    return nearest_word(_KEY, unknown) or _KEY


def _known_keys() -> set[str]:
    return {info.alias or name for name, info in StandardContract.model_fields.items()}


def _nearest(stated: Any) -> str | None:
    """Return the version that a text means by its digits: `3.2` is v3.2.0; None when it means none."""
    digits = "".join(re.findall(r"\d", stated, re.ASCII))[:3] if isinstance(stated, str) else ""
    exact = f"v{'.'.join(digits)}"
    return exact if exact in {*READ_VERSIONS, *VERSIONS} else _SERIES.get(digits[:2])


def _with(document: Document, key: str, version: str) -> Document:
    return replace(document, data={_KEY: version, **{k: v for k, v in document.data.items() if k not in {key, _KEY}}})


def _problem(document: Document, key: str, stated: Any, meant: str | None) -> tuple[Finding, ...]:
    if key != _KEY:
        finding = document.finding((key,), "unknown-key", f"unknown key '{key}'", f"Did you mean '{_KEY}'?")
        return (finding,)
    if isinstance(stated, str):
        return tuple(check_version_of_standard(stated, document, meant))
    found = validate(StandardContract, {k: v for k, v in document.data.items() if v is not None}, document).findings
    return tuple(each for each in found if each.key_path == _KEY)
