"""The operator's alerts: each has a name of its own, an address that keeps a secret, and runs it is about."""

from collections.abc import Iterable, Iterator, Sequence

from dativo_core.model.alerts import Alert
from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Job
from dativo_core.model.runner import Runner
from dativo_core.model.web_address import link_problem, send_problem
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.load import ModelFile
from dativo_core.workspace.references import ReferenceKind, find
from dativo_core.workspace.validate import did_you_mean, validate


def check_alerts(file: ModelFile[Runner], jobs: Sequence[Job]) -> list[Finding]:
    """Return what is wrong with the alerts of runner.yaml; `jobs` are all jobs of the workspace that can be read.

    Where the file as a whole cannot be read, each alert is read for itself: one spoils no other.
    """
    if file.document is None:
        return []
    path = (*file.at, "orchestrator")
    findings = [*_webserver(file.document, path)]
    names: dict[str, int] = {}
    for index, alert in _alerts(file.document, (*path, "alerts")):
        place = (*path, "alerts", index)
        findings += _address(alert, file.document, place)
        findings += _matches(alert, jobs, file.document, place)
        if names.setdefault(alert.name, index) != index:
            message = f"two alerts are called '{alert.name}'"
            findings.append(file.document.finding((*place, "name"), "alert-name", message, "Rename one of them."))
    return findings


def _alerts(document: Document, path: KeyPath) -> Iterator[tuple[int, Alert]]:
    written = document.value(path)
    for index, item in enumerate(written if isinstance(written, list) else ()):
        alert = validate(Alert, item, document, (*path, index)).model
        if alert is not None:
            yield index, alert


def _webserver(document: Document, path: KeyPath) -> Iterator[Finding]:
    url = document.value((*path, "webserver_url"))
    if isinstance(url, str) and (problem := link_problem(url)) is not None:
        message, hint = f"'{url}' cannot be linked to: {problem}", "Write such as https://dagster.example.com."
        yield document.finding((*path, "webserver_url"), "webserver-url", message, hint)


def _address(alert: Alert, document: Document, place: KeyPath) -> Iterator[Finding]:
    """Look at an address as far as it is known before references are replaced; it may be a secret, so it is not shown."""
    try:
        references = find(alert.url)
    except ValueError:
        return  # the rule about references tells it
    problem = None if references else send_problem(alert.url)
    if any(reference.kind is ReferenceKind.SECRET for reference in references):
        problem = "a tenant's secret would decide where the operator's alerts go"
    if problem is not None:
        message = f"the address of the alert '{alert.name}' cannot be used: {problem}"
        hint = "Write a reference such as ${SLACK_URL}, or an https address."
        yield document.finding((*place, "url"), "alert-url", message, hint)


def _matches(alert: Alert, jobs: Sequence[Job], document: Document, place: KeyPath) -> Iterator[Finding]:
    tenants = {job.tenant_id for job in jobs}
    environments = {job.environment for job in jobs if job.environment}
    yield from _unknown(alert.tenants, tenants, "tenant", document, (*place, "tenants"))
    yield from _unknown(alert.environments, environments, "environment", document, (*place, "environments"))


def _unknown(
    names: Iterable[str] | None, known: Iterable[str], kind: str, document: Document, path: KeyPath
) -> Iterator[Finding]:
    known = frozenset(known)
    for index, name in enumerate(names or ()):
        if name not in known:
            message = f"no job is of the {kind} '{name}'"
            hint = did_you_mean(name, known)
            yield document.finding((*path, index), "alert-matches-nothing", message, hint, Severity.WARNING)
