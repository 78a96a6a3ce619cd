"""Whatever is typed into the files of a workspace, the answer is a plan or findings with a line and a remedy."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.plan.build import check_workspace
from dativo_core.workspace.load import load_workspace

VALID = Path(__file__).parents[2] / "examples" / "valid"
FILES = sorted(file.relative_to(VALID) for file in VALID.rglob("*.yaml"))
PIECES = st.sampled_from(
    [
        b"null",
        b"true",
        b"5",
        b"1.5",
        b"{}",
        b"[]",
        b"- ",
        b": ",
        b"\n",
        b"  ",
        b'"',
        b"${X}",
        b"${",
        b"&a ",
        b"*a",
        b"\xff",
    ]
) | st.binary(max_size=4)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(FILES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), min_size=1, max_size=3))
def test_a_mutated_workspace_gives_a_plan_or_findings(file, edits):
    with tempfile.TemporaryDirectory() as directory:
        root = shutil.copytree(VALID / file.parts[0], Path(directory) / "w")
        changed = root / Path(*file.parts[1:])
        content = changed.read_bytes()
        for place, cut, piece in edits:
            start = int(place * len(content))
            content = content[:start] + piece + content[start + cut :]
        changed.write_bytes(content)
        checked = check_workspace(load_workspace(root))
    for job in checked.jobs:
        assert (job.plan is None) == any(finding.severity == "error" for finding in job.findings)
    assert all(finding.line >= 1 and finding.message and finding.hint for finding in checked.findings)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(FILES), st.data())
def test_a_value_replaced_by_another_kind_gives_a_plan_or_findings(file, data):
    with tempfile.TemporaryDirectory() as directory:
        root = shutil.copytree(VALID / file.parts[0], Path(directory) / "w")
        changed = root / Path(*file.parts[1:])
        lines = changed.read_text().splitlines()
        number = data.draw(st.integers(0, len(lines) - 1))
        key = lines[number].partition(":")[0]
        lines[number] = f"{key}: {data.draw(st.sampled_from(['', '{}', '[]', '[{}]', '0', 'true', 'x', '[1, null]']))}"
        changed.write_text("\n".join(lines))
        checked = check_workspace(load_workspace(root))
    for job in checked.jobs:
        assert (job.plan is None) == any(finding.severity == "error" for finding in job.findings)
