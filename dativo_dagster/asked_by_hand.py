"""A backfill that a person asks for on a command line: started, followed line by line, or ended."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import dagster as dg

from dativo_core.cli.failure import safe
from dativo_core.cli.jobs import check_jobs, one_plan
from dativo_core.errors import ConfigError, DativoError
from dativo_core.plan.asked_partitions import partitions_between, partitions_of, require_partitions
from dativo_core.plan.types import IngestPlan
from dativo_dagster.assets import build_asset
from dativo_dagster.backfill import PastBackfill, cancel_backfill, find_backfill, is_daemon_alive, start_backfill
from dativo_dagster.home import prepare_home
from dativo_dagster.mode import deployment_mode
from dativo_dagster.partition_runs import named_partitions, request_tags
from dativo_dagster.run_keys import RunEnd
from dativo_dagster.tags import JOB, TENANT
from dativo_dagster.translate import DativoTranslator

PURPOSE = "command"
_PAUSE_S = 1.0
_NO_DAEMON = "no daemon has shown that it lives, and only a daemon starts the runs: dativo start orchestrated"


class BackfillCommand:
    """What `dativo backfill` does for one job of a workspace. Raises DativoError for all that cannot be done."""

    def __init__(self, root: Path, job: str, *, as_json: bool) -> None:
        self._plan = find_plan(root, job)
        self._root, self._as_json = root, as_json
        partitions_of(self._plan)
        self._asset = build_asset(self._plan, DativoTranslator())

    def start(self, since: str, until: str, keys: tuple[str, ...], reason: str, *, wait: bool) -> None:
        """Ask for a backfill of the partitions that begin in `[since, until)`, or of `keys`."""
        plan = self._plan
        keys = require_partitions(plan, keys) if keys else partitions_between(plan, since, until, datetime.now(UTC))
        with self._instance() as instance:
            tags = request_tags(plan, PURPOSE, reason)
            backfill_id = start_backfill(instance, self._asset, keys, tags, reason)
            self._tell(f"backfill {backfill_id} of {plan.tenant}/{plan.job}: {len(keys)} partitions, {_ends(keys)}")
            if not is_daemon_alive(instance):
                click.echo(f"warning: {_NO_DAEMON}", err=True)
            self._finish(instance, backfill_id, wait=wait)

    def cancel(self, backfill_id: str, *, wait: bool) -> None:
        """Have a backfill of the job ended; one that has ended is an error."""
        with self._instance() as instance:
            found = self._found(instance, backfill_id)
            if not cancel_backfill(instance, backfill_id):
                message = f"the backfill {backfill_id} is over: it {found.end}"
                raise DativoError(message, hint="There is nothing left to end")
            self._tell(f"backfill {backfill_id}: the daemon ends it and its runs")
            self._finish(instance, backfill_id, wait=wait, wanted=RunEnd.CANCELED)

    def _finish(
        self, instance: dg.DagsterInstance, backfill_id: str, *, wait: bool, wanted: RunEnd = RunEnd.SUCCEEDED
    ) -> None:
        """Follow a backfill if that is asked for, and fail unless it ends as is wanted."""
        ended = self._follow(instance, backfill_id) if wait else self._found(instance, backfill_id)
        if self._as_json:
            click.echo(json.dumps(self._document(ended), indent=2))
        if wait and ended.end is not wanted:
            missing = f"{len(ended.missing)} partitions have not landed: {named_partitions(ended.missing)}"
            message = f"the backfill {backfill_id} is over: it {ended.end}, and {missing}"
            raise DativoError(message, hint=safe(ended.error) or "See its runs on Dagster's page, and ask for it again")

    def _follow(self, instance: dg.DagsterInstance, backfill_id: str) -> PastBackfill:
        """Print a line whenever more has landed, until the backfill has ended."""
        told = ""
        try:
            while True:
                found = self._found(instance, backfill_id)
                line = f"{found.end}: {len(found.landed)} of {len(found.keys)} partitions have landed"
                if line != told:
                    self._tell(line)
                    told = line
                if found.end is not RunEnd.UNFINISHED:
                    return found
                time.sleep(_PAUSE_S)
        except KeyboardInterrupt:
            click.echo(f"the backfill goes on; end it with --cancel {backfill_id}", err=True)
            raise

    def _found(self, instance: dg.DagsterInstance, backfill_id: str) -> PastBackfill:
        found = find_backfill(instance, self._asset, backfill_id)
        whose = {TENANT: self._plan.tenant, JOB: self._plan.job}
        if found is None or any(found.tags.get(tag) != value for tag, value in whose.items()):
            message = f"{self._plan.tenant}/{self._plan.job} has no backfill {backfill_id}"
            raise ConfigError(message, hint="Take its id from Dagster's page, and check DAGSTER_HOME")
        return found

    def _document(self, found: PastBackfill) -> dict[str, Any]:
        return {
            "backfill": found.backfill_id,
            "tenant": self._plan.tenant,
            "job": self._plan.job,
            "status": found.end.value,
            "partitions": sorted(found.keys),
            "landed": sorted(found.landed),
        }

    def _tell(self, line: str) -> None:
        if not self._as_json:
            click.echo(safe(line))

    @contextmanager
    def _instance(self) -> Iterator[dg.DagsterInstance]:
        os.environ["DAGSTER_HOME"] = str(prepare_home(self._root))
        with dg.DagsterInstance.get() as instance:
            yield instance


def find_plan(root: Path, job: str) -> IngestPlan:
    """Return the plan of a job that is named by its file or as `tenant/job`. Raises ConfigError."""
    mode = deployment_mode()
    if Path(job).suffix in {".yaml", ".yml"} or Path(job).exists():
        return one_plan(root, Path(job), mode)
    checks = {f"{each.tenant}/{each.job}": each for each in check_jobs(root, [], mode).jobs}
    if job not in checks:
        message = f"there is no job {job}"
        raise ConfigError(message, hint=f"Give a job file, or one of {', '.join(sorted(checks)[:20]) or 'none'}")
    found = checks[job].plan
    return found if found is not None else one_plan(root, root / checks[job].file, mode)


def _ends(keys: tuple[str, ...]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} to {keys[-1]}"
