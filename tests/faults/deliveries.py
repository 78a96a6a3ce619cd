"""The source of a random history: files that appear, change, vanish, come back and move, and what must be in the table."""

import hashlib
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dativo_core.flow import RunState
from tests.support import deliver

Row = tuple[int, str, float]


@dataclass(frozen=True)
class Version:
    """One content of a file: its good rows, the lines of its bad ones, and its hash."""

    content: bytes
    rows: tuple[Row, ...]
    bad_lines: tuple[int, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Deliveries:
    """The files of a trial. What a step does to them must be told while no run is in flight; `loaded` is the state then.

    `files` are there. `kept` are gone and their rows must stay. No two files ever have the same content.
    """

    def __init__(self, root: Path, rng: random.Random, *, needs_bad: bool, deletes_removed: bool) -> None:
        self._folder = root / "in"
        self._root = root
        self._random = rng
        self._bad_counts = [1, 2] if needs_bad else [0, 0, 1, 2]
        self._deletes_removed = deletes_removed
        self.files: dict[str, Version] = {}
        self.kept: dict[str, Version] = {}
        self.rejects: Counter[tuple[str, int]] = Counter()
        self._gone: dict[str, Version] = {}
        self._versions: dict[tuple[str, str], Version] = {}
        self._moving: set[str] = set()
        self._seen: dict[str, str] = {}
        self._next_id = 0
        self._names = 0

    def add(self) -> str:
        """Add a file of a few good and sometimes some bad rows."""
        return f"deliver {self._write(self._new_name())}"

    def change(self, back: float = 0.2) -> str:
        """Give a file new content, or with the probability `back` content it had before."""
        candidates = sorted(self.files.keys() - self._moving)
        if not candidates:
            return self.add()
        name = self._random.choice(candidates)
        earlier = [version for (other, _), version in self._versions.items() if other == name]
        if self._random.random() < back:
            self._put(name, self._random.choice(earlier))
            return f"change back {name[:4]}"
        return f"change {self._write(name)}"

    def remove(self, loaded: Mapping[str, str]) -> str:
        """Take a file away, never the last one."""
        candidates = sorted(self.files.keys() - self._moving)
        if len(self.files) < 2 or not candidates:
            return "remove nothing"
        name = self._random.choice(candidates)
        self._gone[name] = self.files.pop(name)
        (self._folder / name).unlink()
        self._keep_rows(name, loaded)
        return f"remove {name[:4]}"

    def bring_back(self) -> str:
        """Deliver a removed file again."""
        if not self._gone:
            return "bring back nothing"
        name = self._random.choice(sorted(self._gone))
        self._put(name, self._gone.pop(name))
        return f"bring back {name[:4]}"

    def move(self, loaded: Mapping[str, str]) -> str:
        """Rename a file. The new one is not touched before it is loaded."""
        candidates = sorted(self.files.keys() - self._moving)
        if not candidates:
            return "move nothing"
        name, new = self._random.choice(candidates), self._new_name()
        version = self.files.pop(name)
        (self._folder / name).unlink()
        self._put(new, version)
        self._moving.add(new)
        if loaded.get(name) != version.sha256:
            self._keep_rows(name, loaded)
        return f"move {name[:4]} to {new[:4]}"

    def observe(self, state: RunState | None) -> dict[str, str]:
        """Look at what is loaded after a step; each version that has come since brought its rejects. Returns the hashes."""
        loaded = {Path(file.path).name: file.sha256 for file in state.files} if state else {}
        # What is to be loaded again brings its rejects again.
        settled = {Path(file.path).name: file.sha256 for file in state.loaded_files} if state else {}
        for name, sha256 in settled.items():
            if self._seen.get(name) != sha256:
                self.rejects.update((f"in/{name}", line) for line in self._versions[name, sha256].bad_lines)
        self._seen = settled
        self._moving -= loaded.keys()
        return loaded

    @property
    def rows(self) -> Counter[tuple[int, str, float, str]]:
        """The rows that must be in the table once everything is loaded."""
        return Counter((*row, f"in/{name}") for name, version in self.remembered.items() for row in version.rows)

    @property
    def remembered(self) -> dict[str, Version]:
        """The files that the state must name once everything is loaded."""
        return {**self.kept, **self.files}

    def _keep_rows(self, name: str, loaded: Mapping[str, str]) -> None:
        """Of a file that is gone, the rows that were loaded last stay, unless those of removed files are deleted."""
        if name in loaded and not self._deletes_removed:
            self.kept[name] = self._versions[name, loaded[name]]

    def _new_name(self) -> str:
        self._names += 1
        return f"f{self._names:03d}-{'x' * self._random.choice([1, 100])}.csv"

    def _write(self, name: str) -> str:
        count, bad = self._random.randint(1, 8), self._random.choice(self._bad_counts)
        rows = tuple((self._next_id + n, f"n{self._next_id + n}", float(n)) for n in range(count))
        self._next_id += count
        path = deliver(self._root, name, [*rows, *((f"bad{n}", "b", 1.0) for n in range(bad))])
        self._put(name, Version(path.read_bytes(), rows, tuple(range(count + 2, count + 2 + bad))))
        return f"{name[:4]} {count}+{bad}"

    def _put(self, name: str, version: Version) -> None:
        (self._folder / name).write_bytes(version.content)
        self.files[name] = self._versions[name, version.sha256] = version
        self.kept.pop(name, None)
