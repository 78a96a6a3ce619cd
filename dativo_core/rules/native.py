"""Where the options of Dativo's own engine are, once all layers are merged."""

from typing import Any

from dativo_core.workspace.document import KeyPath
from dativo_core.workspace.merge import Merged

OPTIONS: KeyPath = ("engine", "options", "native")


def native_options(settings: Merged) -> dict[str, Any]:
    """Return the effective options of Dativo's own engine."""
    value: Any = settings.data
    for part in OPTIONS:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
