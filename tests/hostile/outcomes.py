"""What can become of a delivery, and the delivery itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Loaded:
    """Every row lands."""

    rows: int

    def __str__(self) -> str:
        return f"{self.rows:,} rows land" if self.rows != 1 else "1 row lands"


@dataclass(frozen=True)
class Rejected:
    """Some rows are rejected, each at a line and for a reason that holds these words; the others land.

    In `strict` mode nothing is published.
    """

    rows: int
    rejects: tuple[tuple[int, str], ...]

    def __str__(self) -> str:
        each = ", ".join(f"line {line:,} ({reason})" for line, reason in self.rejects)
        return f"{self.rows:,} row{'s'[: self.rows != 1]} land, rejected: {each}"


@dataclass(frozen=True)
class Refused:
    """The file as a whole is refused with a message that holds these words; nothing is published."""

    words: str

    def __str__(self) -> str:
        return f"the file is refused: *{self.words}*"


Outcome = Loaded | Rejected | Refused


@dataclass(frozen=True)
class Delivery:
    """A file, or several, written below `root / "in"`, and what becomes of it; `source` is the connector type."""

    name: str
    is_about: str
    write: Callable[[Path], None]
    outcome: Outcome
    source: str = "csv"
    files: str = "in/*"
    options: Mapping[str, object] = field(default_factory=dict)
