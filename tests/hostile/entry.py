"""One hostile delivery: what is written, how it is read, and the one thing that may come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dativo_core.odcs.contract import Column, Rule
from tests.support import orders_columns, orders_rules

Row = tuple[object, ...]
FILE = "in/a.csv"


@dataclass(frozen=True)
class Reject:
    """A rejected row: its 1-based line, the rule it breaks, a part of the reason, its file.

    Its raw text is not written down here: it is compared with the text that stands at that line of the file.
    """

    line: int
    reason: str
    rule: str = "row"
    file: str = FILE


@dataclass(frozen=True)
class Loaded:
    """The rows land, each as it is given here. With rejects, `strict` publishes nothing, and `warn` keeps them."""

    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True)
class FileRefused:
    """The file is bad as a whole: `strict` publishes nothing, `warn` loads the other files."""

    message: str


@dataclass(frozen=True)
class RunRefused:
    """Nothing is read and nothing published, whatever the mode."""

    message: str


Outcome = Loaded | FileRefused | RunRefused


@dataclass(frozen=True)
class Meanwhile:
    """Something that happens to the files while a run stands still at a failpoint: its `hit`-th passing, or each (`*`)."""

    failpoint: str
    change: Callable[[Path], object]
    hit: str = "1"


@dataclass(frozen=True)
class Entry:
    """A delivery by name. `build` writes it into the empty directory `in` of a workspace.

    `files` are the patterns of the source, `options` its other settings, `columns` and `rules` the contract.
    `drops_unknown`: columns the contract does not name are left out. `is_heavy`: it is played where memory is measured.
    `without_rights`: the run is of a user to whom permissions apply.
    """

    name: str
    description: str
    build: Callable[[Path], object]
    outcome: Outcome
    source_type: str = "csv"
    options: Mapping[str, object] = field(default_factory=dict)
    files: tuple[str, ...] = ("in/*",)
    columns: tuple[Column, ...] = field(default_factory=orders_columns)
    rules: tuple[Rule, ...] = field(default_factory=orders_rules)
    drops_unknown: bool = False
    is_heavy: bool = False
    without_rights: bool = False
    meanwhile: Meanwhile | None = None


def content(data: bytes | str, name: str = "a.csv") -> Callable[[Path], object]:
    """Return a builder that writes one file; text as UTF-8."""
    written = data.encode() if isinstance(data, str) else data
    return lambda inbox: (inbox / name).write_bytes(written)
