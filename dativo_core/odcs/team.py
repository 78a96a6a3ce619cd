"""The team of a contract: dates in order, successors that are known, an owner Dagster can show."""

from collections.abc import Iterator
from datetime import date

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.labels import is_email
from dativo_core.model.names import slug
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.validate import did_you_mean

TEAM_PREFIX = "team:"
"""How an owner says that it is a team and no person."""


def check_team(contract: StandardContract, document: Document) -> list[Finding]:
    """Return dates that do not exist or are out of order, and successors nobody knows."""
    members = contract.team or ()
    known = {name for member in members for name in (member.username, member.name) if name}
    findings: list[Finding] = []
    for index, member in enumerate(members):
        path = ("team", index)
        findings += _check_dates(member.date_in, member.date_out, path, document)
        successor = member.replaced_by_username
        if successor and successor not in known:
            message = f"the successor '{successor}' is not in the team"
            place = (*path, "replacedByUsername")
            hint = did_you_mean(successor, known - {member.username, member.name})
            hint = hint if hint.startswith("Did") else "Add the successor to the team, or correct the name."
            findings.append(document.finding(place, "team-successor-unknown", message, hint, Severity.WARNING))
    return findings


def check_owner_shown(owner: str | None, path: KeyPath, document: Document) -> list[Finding]:
    """Return whether an owner is shown as something else than it is: Dagster takes e-mail addresses and teams."""
    owner = (owner or "").strip()
    if not owner or is_email(owner) or (owner.startswith(TEAM_PREFIX) and _slug(owner.removeprefix(TEAM_PREFIX))):
        return []
    shown = f"it is shown as {TEAM_PREFIX}{_slug(owner)}" if _slug(owner) else "it is not shown in Dagster"
    message = f"the owner '{owner}' is no e-mail address; {shown}"
    hint = f"Write an e-mail address, or {TEAM_PREFIX}NAME."
    return [document.finding(path, "owner-unmappable", message, hint, Severity.WARNING)]


def _check_dates(first: str | None, last: str | None, path: KeyPath, document: Document) -> Iterator[Finding]:
    days: list[date] = []
    for key, written in (("dateIn", first), ("dateOut", last)):
        if written is None:
            continue
        try:
            days.append(date.fromisoformat(written))
        except ValueError:
            message = f"'{written}' is no date"
            yield document.finding((*path, key), "date-invalid", message, "Write it as 2024-01-31.")
    if len(days) == 2 and days[0] > days[1]:
        message = f"the member leaves on {days[1]}, before coming on {days[0]}"
        yield document.finding((*path, "dateOut"), "team-dates", message, "Correct one of the dates.")


def _slug(text: str) -> str:
    try:
        return slug(text)
    except ValueError:
        return ""
