"""Files whose content may stand at the top level or below one key that names the file's kind."""

from dataclasses import dataclass
from typing import Any

from dativo_core.model.finding import Finding
from dativo_core.workspace.document import Document, KeyPath


@dataclass(frozen=True)
class Body:
    """The content of a file, where it starts, and the keys that stand beside its wrapper."""

    data: Any
    at: KeyPath = ()
    findings: tuple[Finding, ...] = ()


def unwrap(document: Document, wrapper: str | None) -> Body:
    """Return what is below the key `wrapper`, else the whole document; an empty wrapper is an empty mapping."""
    if wrapper is None or wrapper not in document.data:
        return Body(document.data)
    beside = [key for key in document.data if key != wrapper]
    findings = [
        document.finding((key,), "unknown-key", f"'{key}' stands beside '{wrapper}'", f"Move it below '{wrapper}'.")
        for key in beside
    ]
    data = document.data[wrapper]
    return Body({} if data is None else data, (wrapper,), tuple(findings))
