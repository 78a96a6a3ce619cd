"""Mutated configuration documents against the whole of what reads them: `python -m tests.fuzz.play [COUNT [FIRST]]`.

Document `n` is the same on every machine. Each is put in the place of one file of a sound workspace, which is then checked as
`dativo validate` does it. A traceback, a finding without file, line, code or hint, or a bad document that nothing is said
of ends the play with the number of the document, which `python -m tests.fuzz.play 1 NUMBER` plays again.

The time of a document is what its workspace takes with it less what the workspace takes with an empty file in its place: the
time for reading it, checking it and all that is only checked because it is there. Times are those of the processor, and of
one that took long the least of three counts, because the machine does other things too.
"""

import gc
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import yaml

from dativo_core.model.finding import Finding
from dativo_core.plan.build import check_workspace
from dativo_core.workspace.load import load_workspace
from tests.fuzz.mutate import mutated
from tests.support import peak_mb

EXAMPLES = Path(__file__).parents[1] / "examples" / "valid"
MAX_MESSAGE = 2_000
LIMIT_MS, LONG_S, TIMES = 50, 0.025, 3
SHOWN = 5
KINDS = (
    "jobs/*/*.yaml",
    "assets/*/*/*.yaml",
    "connectors/*.yaml",
    "connectors/*/*.yaml",
    "registry/*.yaml",
    "configs/*.yaml",
)


@dataclass(frozen=True)
class Played:
    """One document: which file it stood for, its text, what was found, and how long all of its workspace, and it, took."""

    number: int
    file: str
    text: bytes
    findings: tuple[Finding, ...]
    whole_s: float
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"document {self.number}, for {self.file}: {1e3 * self.seconds:.1f} ms"


class Stage:
    """Sound workspaces in a directory of their own, in which one file at a time is replaced."""

    def __init__(self, directory: Path) -> None:
        self._files: list[tuple[Path, str, dict[str, object]]] = []
        self._without: dict[Path, float] = {}
        for example in sorted(EXAMPLES.iterdir()):
            root = directory / example.name
            shutil.copytree(example, root)
            for path in sorted({path for kind in KINDS for path in root.glob(kind)}):
                content = yaml.safe_load(path.read_text())
                if isinstance(content, dict):
                    self._files.append((root, path.relative_to(root).as_posix(), content))

    def play(self, number: int) -> Played:
        """Check a workspace with document `number` in it. Raises what the reader raises, AssertionError for a bad finding."""
        root, file, text = self._document(number)
        findings, seconds = _checked(root, file, text)
        for finding in findings:
            _require_useful(finding)
        return Played(number, f"{root.name}/{file}", text, findings, seconds)

    def timed(self, number: int) -> Played:
        """Play a document, and say how long it took alone."""
        root, file, text = self._document(number)
        without = self._seconds_without(root, file)
        played = self.play(number)
        seconds = played.whole_s - without
        for _ in range(TIMES - 1 if seconds > LONG_S else 0):
            seconds = min(seconds, _checked(root, file, text)[1] - without)
        return replace(played, seconds=max(seconds, 0.0))

    def _document(self, number: int) -> tuple[Path, str, bytes]:
        random = Random(number)
        root, file, content = random.choice(self._files)
        return root, file, mutated(content, random)

    def _seconds_without(self, root: Path, file: str) -> float:
        if root / file not in self._without:
            self._without[root / file] = min(_checked(root, file, b"")[1] for _ in range(TIMES))
        return self._without[root / file]


def _checked(root: Path, file: str, text: bytes) -> tuple[tuple[Finding, ...], float]:
    """Return the findings of a workspace with another text in one of its files, and the seconds it took to find them."""
    path = root / file
    sound = path.read_bytes()
    try:
        path.write_bytes(text)
        gc.disable()  # as `dativo validate` does it
        begin = time.process_time()
        findings = check_workspace(load_workspace(root)).findings
        return findings, time.process_time() - begin
    finally:
        gc.enable()
        path.write_bytes(sound)


def _require_useful(finding: Finding) -> None:
    assert finding.file, finding
    assert finding.line >= 1, finding
    assert finding.code, finding
    assert finding.message, finding
    assert finding.hint, finding
    assert len(finding.message) <= MAX_MESSAGE, finding
    assert "\n" not in finding.message, finding


def _print_times(played: Sequence[Played]) -> None:
    """Print what documents take, from the fastest to the slowest."""
    times = [1e3 * each.seconds for each in played]
    median, high = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"milliseconds a document: median {median:.1f}, 99 of 100 below {high:.1f}, longest {times[-1]:.1f}")
    whole = sorted(1e3 * each.whole_s for each in played)
    print(f"with all of its workspace: median {whole[len(whole) // 2]:.1f}, longest {whole[-1]:.1f}")
    print(f"documents over {LIMIT_MS} ms: {sum(1 for each in times if each > LIMIT_MS)}; the slowest:")
    print(*(f"  {each}" for each in reversed(played[-SHOWN:])), sep="\n")


def main() -> int:
    """Play documents and print what they cost; returns the exit code."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as directory:
        stage = Stage(Path(directory))
        played = []
        for number in range(first, first + count):
            try:
                played.append(stage.timed(number))
            except Exception:
                print(f"document {number}: python -m tests.fuzz.play 1 {number}", file=sys.stderr)
                raise
    told = sum(1 for each in played if each.findings)
    print(f"{count} documents, {told} with findings, no traceback")
    _print_times(sorted(played, key=lambda each: each.seconds))
    print(f"peak memory: {peak_mb():.0f} MB")
    if count == 1:
        print(played[0].text.decode(errors="replace"))
        print(*played[0].findings, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
