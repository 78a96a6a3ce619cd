"""Mutated configuration documents against the whole of what reads them: `python -m tests.fuzz.play [COUNT [FIRST]]`.

Document `n` is the same on every machine. Each is put in the place of one file of a sound workspace, which is then checked as
`dativo validate` does it. A traceback, a finding without file, line, code or hint, or a bad document that nothing is said
of ends the play with the number of the document, which `python -m tests.fuzz.play 1 NUMBER` plays again.
"""

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
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
    """One document: which file it stood for, its text, what was found, and how long that took."""

    number: int
    file: str
    text: bytes
    findings: tuple[Finding, ...]
    seconds: float


class Stage:
    """Sound workspaces in a directory of their own, in which one file at a time is replaced."""

    def __init__(self, directory: Path) -> None:
        self._files: list[tuple[Path, str, dict[str, object]]] = []
        for example in sorted(EXAMPLES.iterdir()):
            root = directory / example.name
            shutil.copytree(example, root)
            for path in sorted({path for kind in KINDS for path in root.glob(kind)}):
                content = yaml.safe_load(path.read_text())
                if isinstance(content, dict):
                    self._files.append((root, path.relative_to(root).as_posix(), content))

    def play(self, number: int) -> Played:
        """Check a workspace with document `number` in it. Raises what the reader raises, AssertionError for a bad finding."""
        random = Random(number)
        root, file, content = random.choice(self._files)
        text, path = mutated(content, random), root / file
        sound = path.read_bytes()
        try:
            path.write_bytes(text)
            begin = time.perf_counter()
            findings = check_workspace(load_workspace(root)).findings
            seconds = time.perf_counter() - begin
        finally:
            path.write_bytes(sound)
        for finding in findings:
            _require_useful(finding)
        return Played(number, file, text, findings, seconds)


def _require_useful(finding: Finding) -> None:
    assert finding.file, finding
    assert finding.line >= 1, finding
    assert finding.code, finding
    assert finding.message, finding
    assert finding.hint, finding
    assert len(finding.message) <= MAX_MESSAGE, finding
    assert "\n" not in finding.message, finding


def main() -> int:
    """Play documents and print what they cost; returns the exit code."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as directory:
        stage = Stage(Path(directory))
        played = []
        for number in range(first, first + count):
            try:
                played.append(stage.play(number))
            except Exception:
                print(f"document {number}: python -m tests.fuzz.play 1 {number}", file=sys.stderr)
                raise
    seconds = sorted(each.seconds for each in played)
    told = sum(1 for each in played if each.findings)
    print(f"{count} documents, {told} with findings, no traceback")
    print(f"milliseconds a workspace: median {1e3 * seconds[len(seconds) // 2]:.1f}, longest {1e3 * seconds[-1]:.1f}")
    print(f"peak memory: {peak_mb():.0f} MB")
    if count == 1:
        print(played[0].text.decode(errors="replace"))
        print(*played[0].findings, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
