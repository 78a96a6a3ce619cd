"""What the documents show is what happens: every console block is run, in order, in a copy of the demo workspace.

`DATIVO_UPDATE_DOCS=1` writes the real output into the documents instead of comparing.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo import fetch

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if "```console" in path.read_text()
]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORKSPACE = ("assets", "configs", "connectors", "demo", "jobs", "registry", "requirements")
# A reader types make; here its environment is the one the tests run in.
MAKE_DEMO = "{ python -m demo.fetch && python -m demo.load && python -m demo.show; }"
SHOWN_ONLY = ("make test", "make demo    #")
CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+"), "<time>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\b\d{15,}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "<hash>"),
    (re.compile(r"backfill job `[a-z]{8}`"), "<backfill>"),
    (re.compile(r"\b\d+\.\d+ GiB free\b"), "<size> free"),
    (re.compile(r"\b\d+\.\d+ s\b"), "<seconds>"),
    (re.compile(r"\b\d+\.\d$", re.MULTILINE), "<seconds>"),
    (re.compile(r"digest [0-9a-f]{16}|plan: [0-9a-f]{16}"), "<digest>"),
    (re.compile(r" +"), " "),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The shipped workspace with the demo's files, in a directory of its own."""
    assert fetch.main() == 0
    for name in WORKSPACE:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(fetch.TARGET, tmp_path / ".dativo" / "demo", ignore=shutil.ignore_patterns("tmp*"))
    (tmp_path / ".dativo" / "dagster").mkdir()
    shutil.copy(ROOT / "demo" / "dagster.yaml", tmp_path / ".dativo" / "dagster")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)  # where dg looks for the definitions
    (tmp_path / "dativo_dagster").symlink_to(ROOT / "dativo_dagster")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_console_blocks_show_what_happens(document: Path, workspace: Path) -> None:
    text = document.read_text()
    found = BLOCK.sub(lambda block: f"```console\n{_play(block.group(1), workspace)}```", text)
    if os.environ.get("DATIVO_UPDATE_DOCS"):
        document.write_text(found)
        return
    assert _stable(found) == _stable(text)


def _play(block: str, workspace: Path) -> str:
    """Return the block with the output its commands give now."""
    commands = [line[2:] for line in block.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{_run(command, workspace)}" for command in commands)


def _run(command: str, workspace: Path) -> str:
    if command.startswith(SHOWN_ONLY):
        return ""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DATIVO_", "DAGSTER_", "PG"))},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DAGSTER_HOME": str(workspace / ".dativo" / "dagster"),
    }
    line = re.sub(r"^make demo\b", MAKE_DEMO, command)
    result = subprocess.run(["bash", "-c", line], cwd=workspace, env=environment, capture_output=True, text=True)
    assert result.returncode in (0, 1, 2), result.stderr
    output = result.stdout.replace(str(workspace), ".").strip("\n")
    return f"{output}\n" if output else ""


def _stable(text: str) -> str:
    for pattern, name in CHANGING:
        text = pattern.sub(name, text)
    return text
