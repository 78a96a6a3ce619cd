"""Dagster's page, daemon and code server on one workspace, from start to end."""

import logging
import os
import re
import shutil
import signal
import socket
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import click
import dagster as dg
import yaml

from dativo_core.cli.failure import safe
from dativo_core.errors import ConfigError, DativoError
from dativo_core.model.finding import errors
from dativo_core.plan.build import Checked, check_workspace
from dativo_core.plan.logged import log_findings
from dativo_core.telemetry.events import Event
from dativo_core.telemetry.log import json_handler, log_event, logging_to
from dativo_core.workspace.load import load_workspace
from dativo_dagster.children import Children
from dativo_dagster.home import hold, note, prepare_home
from dativo_dagster.lost_runs import end_lost_runs
from dativo_dagster.mode import deployment_mode
from dativo_dagster.pools import limit_pools, tenant_limits
from dativo_dagster.readiness import missing

_logger = logging.getLogger(__name__)

LOCATION = "dativo"
MODULE = "dativo_dagster.definitions"
READY_WITHIN_S = 300.0
_PAUSE_S = 0.2
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LOOPBACK = ("127.", "::1", "localhost")


class _Stop:
    """Whether somebody asked for the end, as the handler of a signal."""

    asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def orchestrate(root: Path, runner_file: Path | None, host: str, port: int) -> None:
    """Start everything, say when and where it is ready, and end it all on SIGINT, SIGTERM or SIGHUP.

    Raises ConfigError when it cannot be started here, and DativoError naming a process that ended by itself.
    """
    with _logged():
        _log(Event.ORCHESTRATOR_STARTING, "the orchestrator starts", host=host, port=port)
        try:
            _orchestrate(root, runner_file, host, port)
        except DativoError as error:
            _log(Event.ORCHESTRATOR_ERROR, error.message, logging.ERROR, hint=error.hint)
            raise


def _orchestrate(root: Path, runner_file: Path | None, host: str, port: int) -> None:
    home = prepare_home(root)
    with _stop_on_signals() as stop, hold(home) as lock, tempfile.TemporaryDirectory(prefix="dativo-") as private:
        _check_port(host, port)
        checked = check_workspace(load_workspace(root, runner=runner_file), deployment_mode())
        _log(Event.ORCHESTRATOR_INITIALIZING, "code server, page and daemon are started", job_count=len(checked.jobs))
        log_findings(checked.runner.findings, Event.SCHEDULE_CONFIG_ERROR)
        environment = _environment(root, home, runner_file)
        _prepare_instance(home, checked)
        children = Children(root, environment, _show, (lock,))
        try:
            _start_all(children, Path(private), host, port, stop)
            note(lock, [child.process.pid for child in children.started])
            _say_when_ready(children, host, port, stop)
            while not stop.asked:
                _pause(children)
            _log(Event.ORCHESTRATOR_STOPPING, "the end was asked for")
            click.echo("stopping")
        finally:
            children.stop()
    click.echo("stopped")


@contextmanager
def _logged() -> Iterator[None]:
    """Write what happens as lines of JSON on stderr, but not between the words a person reads on a terminal."""
    if sys.stderr.isatty():
        yield
    else:
        with logging_to(json_handler(sys.stderr)):
            yield


def _log(event: Event, message: str, level: int = logging.INFO, **fields: str | int) -> None:
    log_event(_logger, event, message, level=level, exc_info=None, **fields)


@contextmanager
def _stop_on_signals() -> Iterator[_Stop]:
    stop = _Stop()
    before = {number: signal.signal(number, stop) for number in _ENDING}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start_all(children: Children, private: Path, host: str, port: int, stop: _Stop) -> None:
    """Start the code server, then page and daemon on it, unless the end is asked for."""
    server, workspace = private / "code.sock", private / "workspace.yaml"
    workspace.write_text(
        yaml.safe_dump({"load_from": [{"grpc_server": {"socket": str(server), "location_name": LOCATION}}]})
    )
    click.echo("starting: code server, page and daemon")
    children.start("code", [_program("dagster"), "code-server", "start", "--socket", str(server), *_CODE])
    _wait(children, stop, lambda: None if server.exists() else "the jobs are not loaded")
    if stop.asked:
        return
    of_jobs = ("--workspace", str(workspace))
    children.start("page", [_program("dagster-webserver"), *of_jobs, "--host", host, "--port", str(port)])
    children.start("daemon", [_program("dagster-daemon"), "run", "--log-level", "warning", *of_jobs])


def _say_when_ready(children: Children, host: str, port: int, stop: _Stop) -> None:
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    _wait(children, stop, lambda: missing(host, port))
    if not stop.asked:
        _log(Event.ORCHESTRATOR_READY, "code server, page and daemon answer", url=url)
        click.echo(f"ready: {url}")
        if not host.startswith(_LOOPBACK):
            click.echo("warning: the page has no login, and whoever reaches it can run every job", err=True)


_CODE = ("--location-name", LOCATION, "--module-name", MODULE, "--log-level", "warning")


def _wait(children: Children, stop: _Stop, lacking: Callable[[], str | None]) -> None:
    """Wait until nothing is lacking or the end is asked for; DativoError when that takes too long."""
    deadline = time.monotonic() + READY_WITHIN_S
    while not stop.asked and (lack := lacking()) is not None:
        if time.monotonic() > deadline:
            message = f"the orchestrator is not ready after {READY_WITHIN_S:.0f} seconds: {lack}"
            raise DativoError(message, hint="See what its parts wrote above")
        _pause(children)


def _pause(children: Children) -> None:
    """Wait a little; DativoError when a process has ended by itself."""
    time.sleep(_PAUSE_S)
    if (ended := children.first_ended()) is not None:
        message = f"the {_NAMES[ended.name]} ended with exit code {ended.ended}, so the others were ended too"
        raise DativoError(message, hint="See the last lines it wrote above, and start again")


_NAMES = {"code": "code server", "page": "page (dagster-webserver)", "daemon": "daemon (dagster-daemon)"}


def _program(name: str) -> str:
    """Return the path of a program that was installed beside this one."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        message = f"the program {name} is not installed"
        raise ConfigError(message, hint="pip install 'dagster>=1.13,<1.14' 'dagster-webserver>=1.13,<1.14'")
    return found


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"the page cannot be served at {host}:{port}: {error.strerror or error}"
            raise ConfigError(message, hint="Give another --port, or end what uses this one") from error


def _environment(root: Path, home: Path, runner_file: Path | None) -> dict[str, str]:
    found = {**os.environ, "DATIVO_ROOT": str(root), "DAGSTER_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    return found | ({"DATIVO_RUNNER_CONFIG": str(runner_file)} if runner_file else {})


def _prepare_instance(home: Path, checked: Checked) -> None:
    """Limit the pool of every tenant before any run can start, and end what an earlier orchestrator left."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        tenants = {job.tenant for job in checked.jobs if job.plan is not None}
        limit_pools(instance, tenant_limits(tenants, checked.runner.concurrency_per_tenant))
        for run in end_lost_runs(instance, LOCATION):
            click.echo(f"the run {run} was underway when an earlier orchestrator ended, and is recorded as failed")
    _tell(checked)


def _show(line: str) -> None:
    """Print a line of a process; where nobody reads any more it is dropped, so that the process never waits for a reader."""
    with suppress(OSError, ValueError):
        click.echo(safe(_COLOUR.sub("", line)))


def _tell(checked: Checked) -> None:
    valid = sum(job.plan is not None for job in checked.jobs)
    click.echo(f"{valid} jobs, {len(checked.runner.schedules)} schedules of the operator")
    broken = len(checked.jobs) - valid
    if broken or errors(checked.runner.findings):
        click.echo(f"warning: {broken} jobs or schedules have errors and start nothing: see dativo validate", err=True)
    if checked.runner.is_oneshot:
        click.echo("warning: in the mode oneshot no schedule starts anything", err=True)
