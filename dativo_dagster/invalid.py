"""A job whose files hold errors: an asset that cannot run and says what to fix."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import dagster as dg

from dativo_core.model.finding import Finding, errors
from dativo_core.model.names import slug
from dativo_core.plan.build import JobCheck
from dativo_core.plan.schedules import RunnerPlan

_RUNNER = dg.AssetKey(["configs", "runner__yaml"])
"""No slug holds `__`, so that no job has this key."""


def build_placeholders(invalid: Iterable[JobCheck], taken: Collection[dg.AssetKey]) -> list[dg.AssetSpec]:
    """Return one placeholder per asset key the invalid jobs would have had, in the group `<tenant>/invalid`.

    Jobs whose names are the same to Dagster share one. A key that a valid job has (`taken`) gets `__invalid` appended,
    which no slug can hold.
    """
    found: dict[dg.AssetKey, list[JobCheck]] = {}
    for check in invalid:
        found.setdefault(_key(check, taken), []).append(check)
    return [_placeholder(key, checks) for key, checks in found.items()]


def build_runner_placeholder(runner: RunnerPlan) -> list[dg.AssetSpec]:
    """Return the placeholder that shows errors of runner.yaml, whose schedules without errors are loaded; none without."""
    if not errors(runner.findings):
        return []
    text = "Some schedules of the operator start nothing until configs/runner.yaml is fixed; the others are loaded."
    return [_spec(_RUNNER, runner.findings, text, "runner/invalid", {"invalid": ""})]


def _key(check: JobCheck, taken: Collection[dg.AssetKey]) -> dg.AssetKey:
    tenant, job = _slug(check.tenant), _slug(check.job)
    key = dg.AssetKey([tenant, job])
    return dg.AssetKey([tenant, f"{job}__invalid"]) if key in taken else key


def _slug(name: str) -> str:
    try:
        return slug(name)
    except ValueError:
        return "unnamed"


def _placeholder(key: dg.AssetKey, checks: Iterable[JobCheck]) -> dg.AssetSpec:
    findings = tuple(finding for check in checks for finding in check.findings)
    files = ", ".join(check.file for check in checks)
    text = f"This job cannot run until {files} is fixed."
    return _spec(key, findings, text, f"{key.path[0]}/invalid", {"tenant": key.path[0], "invalid": ""})


def _spec(
    key: dg.AssetKey, findings: Sequence[Finding], text: str, group: str, tags: Mapping[str, str]
) -> dg.AssetSpec:
    return dg.AssetSpec(
        key,
        description="\n".join([text, "", *map(_bullet, errors(findings))]),
        metadata={"dativo/findings": dg.MetadataValue.table(_records(findings), _FINDINGS)},
        group_name=group,
        tags=tags,
    )


def _bullet(finding: Finding) -> str:
    return f"- {finding}"


_FINDINGS = dg.TableSchema(
    columns=[
        dg.TableColumn("place", "string"),
        dg.TableColumn("key", "string"),
        dg.TableColumn("severity", "string"),
        dg.TableColumn("message", "string"),
        dg.TableColumn("fix", "string"),
        dg.TableColumn("code", "string"),
    ]
)


def _records(findings: Iterable[Finding]) -> list[dg.TableRecord]:
    return [
        dg.TableRecord(
            {
                "place": f"{finding.file}:{finding.line}",
                "key": finding.key_path,
                "severity": finding.severity.value,
                "message": finding.message,
                "fix": finding.hint,
                "code": finding.code,
            }
        )
        for finding in findings
    ]
