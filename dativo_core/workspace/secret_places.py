"""Where in a file secrets may be written: there, no message and no excerpt shows a value."""

from dativo_core.telemetry.redact import is_secret_name
from dativo_core.workspace.document import KeyPath

SECRET_SECTIONS = frozenset({"credentials", "connection", "connection_template"})


def may_hold_secret(path: KeyPath) -> bool:
    """Return whether the value at a key path may be a secret, or hold one, as the address of an alert does."""
    names = [part for part in path if isinstance(part, str)]
    if SECRET_SECTIONS.intersection(names) or ("alerts" in names and names[-1] == "url"):
        return True
    return any(map(is_secret_name, names))
