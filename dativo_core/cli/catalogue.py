"""What every finding code means: read from `shipped/findings/`, one file per subject, only when somebody asks.

`in` says where the tests put both examples, to see that the wrong one has the finding and the right one has not:
`job`, `source`, `target`, `asset` (flat dialect) or `contract` (the standard) for top-level keys that replace those of
a small valid file; `jobs` for several jobs, and `files` for several whole files, each begun by a comment with its path
and parted by `---`, beside a small valid job unless a job is among them; `job file` or a path such as
`configs/policy.yaml` for a whole file. Without `in` the examples are only read as YAML.
"""

from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field


class Explanation(BaseModel):
    """What one finding code means, and how a file looks with and without the problem."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1)

    code: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)+$")
    subject: str = Field(description="heading the code is listed below")
    title: str = Field(max_length=80, description="the problem in one line, without a full stop")
    why: str = Field(pattern=r"\.$", description="why it matters, in one sentence")
    fix: str = Field(pattern=r"\.$", description="what to do, in one sentence")
    played_in: str | None = Field(
        None, alias="in", description="where tests put the examples; None when a file cannot show the problem"
    )
    wrong: str = Field(description="YAML that has the problem")
    right: str = Field(description="the same without it")


@cache
def catalogue() -> dict[str, Explanation]:
    """Return the explanation of every code, by subject and in the order of the files."""
    return {each.code: each for each in _explanations()}


def _explanations() -> Iterator[Explanation]:
    folder = resources.files("dativo_core") / "shipped" / "findings"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        document = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)  # a file of this package, and no tags
        yield from _of_subject(document)


def _of_subject(document: dict[str, Any]) -> Iterator[Explanation]:
    for code, told in document["findings"].items():
        yield Explanation(code=code, subject=document["subject"], **told)
