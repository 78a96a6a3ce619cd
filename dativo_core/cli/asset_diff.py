"""`dativo asset diff`: what changed between two versions of a contract, and whether its version says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dativo_core.cli.failure import FAILURE, SUCCESS, debug_option, json_option, safe
from dativo_core.cli.findings import finding_counts, finding_lines
from dativo_core.cli.jobs import root_option
from dativo_core.cli.report import json_text
from dativo_core.cli.revision import read_revision
from dativo_core.errors import ConfigError
from dativo_core.model.finding import Finding, errors
from dativo_core.workspace.root import find_root

if TYPE_CHECKING:
    from dativo_core.model.ladder import Ladder
    from dativo_core.odcs.read import ContractFile
    from dativo_core.rules.contract_changes import Review


@click.command(epilog="Example: dativo asset diff git:main:assets/csv/v1.0/orders.yaml assets/csv/v1.0/orders.yaml")
@click.argument("old")
@click.argument("new")
@root_option
@json_option("Print changes and findings as JSON.")
@debug_option
@click.pass_context
def diff(context: click.Context, old: str, new: str, root: Path | None, as_json: bool) -> None:
    """Show what changed from the contract OLD to NEW, and which version NEW must have.

    OLD and NEW are files, in any dialect, or git:REVISION:PATH for a file in a revision of git. A change is major when
    it breaks readers or writers, minor when it adds, and a patch when it only explains. Exits with 2 when the version
    rises too little, a status steps back, or a breaking change is not approved.
    """
    ladder = _ladder(find_root(root))
    before, after = _contract(old), _contract(new)
    from dativo_core.rules.contract_changes import review

    found = review(before, after, ladder)
    click.echo(json_text(_document(found, before, after)) if as_json else "\n".join(_lines(found)))
    context.exit(FAILURE if found.findings else SUCCESS)


def _ladder(root: Path) -> "Ladder":
    """Return the classifications of the workspace's policy; ConfigError when the policy has errors."""
    from dativo_core.rules.classifications import ladder_of
    from dativo_core.rules.policy import check_policy_file
    from dativo_core.workspace.load import load_policy

    file = load_policy(root)
    _refuse(file.file, check_policy_file(file))
    return ladder_of(file.model)


def _contract(given: str) -> "ContractFile":
    from dativo_core.odcs.read import read_contract
    from dativo_core.workspace.read_yaml import parse_document

    parsed = parse_document(given, read_revision(given))
    file = read_contract(parsed.document) if parsed.document is not None else None
    _refuse(given, [*parsed.findings, *(file.findings if file is not None else ())])
    if file is None or file.contract is None:
        message = f"{given} holds no contract"
        raise ConfigError(message, hint="Give the path of a contract file")
    return file


def _refuse(file: str, findings: list[Finding]) -> None:
    problems = errors(findings)
    if problems:
        message = f"{file} cannot be compared: {finding_counts(problems)}"
        raise ConfigError(message, hint="\n".join(["correct these:", *finding_lines(problems)]))


def _lines(found: "Review") -> Iterator[str]:
    level = None
    for change in found.changes:
        if change.level is not level:
            level = change.level
            yield f"{level}:"
        place = f"{change.file}:{change.line}: " + (f"{change.key_path}: " if change.key_path else "")
        yield f"  {safe(place + change.message)}"
    yield from finding_lines(found.findings)
    if found.needed is None:
        yield "nothing changed"
    elif found.is_enough:
        yield safe(f"the farthest change is {found.needed}: version {found.new_version} is enough")
    else:
        wanted = found.wanted_version or "a higher one"
        yield safe(f"the farthest change is {found.needed}: from version {found.old_version} it takes {wanted}")


def _document(found: "Review", old: "ContractFile", new: "ContractFile") -> dict[str, object]:
    return {
        "old": _side(old),
        "new": _side(new),
        "changes": [
            {
                "level": str(change.level),
                "file": change.file,
                "line": change.line,
                "key_path": change.key_path,
                "message": change.message,
            }
            for change in found.changes
        ],
        "needed": None if found.needed is None else str(found.needed),
        "wanted_version": found.wanted_version,
        "is_enough": found.is_enough,
        "findings": found.findings,
    }


def _side(file: "ContractFile") -> dict[str, object]:
    contract = file.contract
    if contract is None:
        return {"file": file.document.file}
    return {"file": file.document.file, "id": contract.id, "version": contract.version, "status": contract.status}
