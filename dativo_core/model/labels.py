"""What Dagster accepts as a label and as an owner (Dagster 1.13, asset tags and owners)."""

import re

_KEY = re.compile(r"([A-Za-z0-9_.-]{1,63}/)?[A-Za-z0-9_.-]{1,63}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,7}")


def is_label(text: str) -> bool:
    """Return whether `text` can be the key of an asset tag; the prefix `dagster/` belongs to Dagster."""
    return _KEY.fullmatch(text) is not None and not text.startswith("dagster/")


def is_email(text: str) -> bool:
    """Return whether `text` is an e-mail address that can own an asset."""
    return _EMAIL.fullmatch(text) is not None
