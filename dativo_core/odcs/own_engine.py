"""Custom rules for the engine `dativo`: library rules of ODCS 3.0.2 where the document's own version has no word for them."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dativo_core.odcs.library import CUSTOM
from dativo_core.odcs.standard_model import LibraryRule, QualityRule

OWN_ENGINE = "dativo"
_OF_CUSTOM = frozenset({"type", "engine", "implementation"})


def own_words(written: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the library rule that a custom rule of our own engine stands for, as one would write it; None for any other.

    What its `implementation` says comes first; `metric` is the word of 3.1 for `rule`.
    """
    said = written.get("implementation")
    is_own = is_own_engine(written.get("engine")) and isinstance(said, Mapping)
    if written.get("type") != CUSTOM or not is_own or not isinstance(said, Mapping):
        return None
    around = {key: value for key, value in written.items() if key not in _OF_CUSTOM}
    inside = {"rule" if key == "metric" else key: value for key, value in said.items() if key not in _OF_CUSTOM}
    return {**around, **inside}


def own_rule(rule: QualityRule) -> QualityRule | None:
    """Return the library rule that a rule of the standard stands for; None when it stands for none, or cannot be read as one."""
    words = own_words(rule.model_dump(by_alias=True, exclude_unset=True))
    try:
        return None if words is None else LibraryRule.model_validate(words)
    except ValidationError:
        return None


def is_own_engine(engine: Any) -> bool:
    """Whether an engine is ours."""
    return isinstance(engine, str) and engine.strip().lower() == OWN_ENGINE
