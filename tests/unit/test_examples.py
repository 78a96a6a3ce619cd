"""Every directory of `tests/examples` is a workspace: valid ones plan, invalid ones say exactly what is in expected.txt.

`mode.txt` holds the mode a workspace is checked for.
"""

from pathlib import Path

import pytest

from dativo_core.model.mode import Mode
from dativo_core.plan.build import Checked, check_workspace
from dativo_core.workspace.load import load_workspace

EXAMPLES = Path(__file__).parents[1] / "examples"


def cases(kind: str) -> list:
    return [pytest.param(path, id=path.name) for path in sorted((EXAMPLES / kind).iterdir())]


def told(checked: Checked) -> str:
    return "".join(f"{finding.severity.value} {finding}\n" for finding in checked.findings)


def expected(case: Path) -> str:
    file = case / "expected.txt"
    return file.read_text() if file.exists() else ""


def mode(case: Path) -> Mode:
    """Return the mode a workspace is checked for: `mode.txt`, else self_hosted."""
    file = case / "mode.txt"
    return Mode(file.read_text().strip()) if file.exists() else Mode.SELF_HOSTED


@pytest.mark.parametrize("case", cases("valid"))
def test_a_valid_workspace_plans_every_job(case):
    checked = check_workspace(load_workspace(case), mode(case))
    assert told(checked) == expected(case)
    assert checked.jobs
    assert all(job.plan for job in checked.jobs)


@pytest.mark.parametrize("case", cases("invalid"))
def test_an_invalid_workspace_says_what_to_fix(case):
    checked = check_workspace(load_workspace(case), mode(case))
    assert told(checked) == expected(case)
    assert not any(job.plan for job in checked.jobs)
