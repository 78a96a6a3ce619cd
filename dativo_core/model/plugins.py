"""Where code of a job's own readers and writers runs, as the job says it."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from dativo_core.model.base import FileModel, Whole

_MEMORY = re.compile(r"0*[1-9][0-9]*(?:\.[0-9]+)?(?:[kmgt]i?b?|b)?", re.ASCII | re.IGNORECASE)
_CODE = re.compile(r"[^:\s]+(?:\.py:[A-Za-z_][A-Za-z0-9_.]*|\.(?:so|dylib|dll):[A-Za-z_][A-Za-z0-9_]*)", re.ASCII)


def _memory(text: str) -> str:
    if not _MEMORY.fullmatch(text):
        message = f"'{text[:60]}' is no amount of memory: write a number and a unit, such as 512m or 2g"
        raise ValueError(message)
    return text


def _code(text: str) -> str:
    if not _CODE.fullmatch(text):
        message = f"'{text[:60]}' names no code: write path.py:ClassName or lib.so:function"
        raise ValueError(message)
    if ".." in text.split("/"):
        message = "the code is outside the workspace: '..' is not followed"
        raise ValueError(message)
    return text


PluginCode = Annotated[str, AfterValidator(_code)]
"""A class in a Python file, or a function in a shared library."""


class Sandbox(FileModel):
    """What bounds the code of plugins."""

    enabled: bool = Field(True, description="whether plugins run in a sandbox")
    cpu_limit: float | None = Field(None, gt=0, le=1, description="share of one processor, above 0 and at most 1")
    memory_limit: Annotated[str, AfterValidator(_memory)] | None = Field(
        None, description="most memory, such as 512m or 2g; without a unit in bytes"
    )
    network_disabled: bool = Field(True, description="whether plugins have no network")
    timeout: Whole = Field(300, ge=1, description="seconds after which a plugin is stopped")
    seccomp_profile: str | None = Field(None, min_length=1, description="file with the system calls that are allowed")
    container_image: str | None = Field(None, min_length=1, description="image that plugins run in")


class Plugins(FileModel):
    """How the code of plugins is run."""

    sandbox: Sandbox | None = Field(None, description="what bounds the code of plugins")
