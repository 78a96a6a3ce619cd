"""How far a job had come before a load, and how far it has come with it."""

from typing import Any

from dativo_core.flow import RunState, StreamReport


def watermark(report: StreamReport) -> dict[str, Any]:
    """Return the numbers of both states, or the cursor; nothing of the state before when another run just moved it.

    A load of partitions moves no watermark.
    """
    if report.commit is None or (report.window is not None and report.window.partitions):
        return {}
    after, before = report.commit.state, report.state_before
    told = _told(after, "after")
    if before is not None:
        return {**_told(before, "before"), **told}
    is_first = after.sequence == 1
    return {**{key.replace("after", "before"): 0 for key in told if "cursor" not in key}, **told} if is_first else told


def _told(state: RunState, when: str) -> dict[str, Any]:
    told: dict[str, Any] = {f"dativo/sequence_{when}": state.sequence}
    if state.cursor is not None:
        return {**told, f"dativo/cursor_{when}": str(state.cursor)}
    told[f"dativo/source_files_{when}"] = len(state.loaded_files)
    told[f"dativo/source_bytes_{when}"] = sum(file.size_bytes for file in state.loaded_files)
    return told
