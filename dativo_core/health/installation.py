"""Whether an installation and a workspace are sound, whichever jobs there are."""

import platform
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, requires, version
from pathlib import Path

from dativo_core import __version__
from dativo_core.health.ask import ask_all
from dativo_core.health.check import TIME_LIMIT_S
from dativo_core.health.clock import clock_answer
from dativo_core.health.result import Asker, ProbeResult, Surroundings, result_of
from dativo_core.health.unread import UnreadStore
from dativo_core.lake.local_probe import local_probes, remedy, writable_answer
from dativo_core.model.finding import Severity
from dativo_core.places import require_own_directory
from dativo_core.plan.build import Checked
from dativo_core.plan.types import IngestPlan
from dativo_core.probe import Answer, Part, Probe, ProbeStatus, failed, ok, warned
from dativo_core.secrets.probe import store_probe
from dativo_core.secrets.references import references_of

GROUP = "dativo.checks"
"""Entry points of other packages: each, given the workspace root, returns probes of what it adds."""

_PACKAGES = ("dagster", "pyiceberg", "pyarrow", "duckdb", "pydantic")
_EXTRA = re.compile(r"""(?P<name>[A-Za-z0-9._-]+).*;.*\bextra\s*==\s*["'](?P<extra>[^"']+)["']""")
_REINSTALL = "Install it again: pip install dativo"

Extension = Callable[[Path], Sequence[Probe]]


def check_installation(
    root: Path, checked: Checked, surroundings: Surroundings, *, time_limit_s: float = TIME_LIMIT_S
) -> tuple[ProbeResult, ...]:
    """Return what is found out about versions, workspace, directories, clock, secrets and orchestrator; raises nothing."""
    plans = [job.plan for job in checked.jobs if job.plan is not None]
    tenants = sorted({job.tenant for job in checked.jobs if job.tenant})
    stores = _told([store_probe(surroundings.secrets, tenant) for tenant in tenants], time_limit_s)
    unread = {tenant for tenant, told in zip(tenants, stores, strict=True) if told.status is ProbeStatus.FAILED}
    known = Asker(UnreadStore(surroundings.secrets, frozenset(unread)), surroundings.mode)
    probes = [
        *_of_packages(),
        *_of_workspace(root, checked),
        *_of_directories(root, plans, known),
        Probe(Part.CLOCK, "this machine", lambda _limit_s: clock_answer([], datetime.now(UTC))),
    ]
    extensions = list(_of_extensions(root))
    told = _told([*probes, *extensions], time_limit_s)
    return (*told[: len(probes)], *stores, *told[len(probes) :])


def _told(probes: Sequence[Probe], time_limit_s: float) -> tuple[ProbeResult, ...]:
    return tuple(
        result_of(probe.part, probe.subject, asked.answer, asked.seconds, "", ())
        for probe, asked in zip(probes, ask_all(probes, time_limit_s), strict=True)
    )


def _of_packages() -> Iterator[Probe]:
    yield Probe(
        Part.INSTALLATION, "dativo", lambda _limit_s: ok(f"{__version__} on Python {platform.python_version()}")
    )
    for name in _PACKAGES:
        yield Probe(Part.INSTALLATION, name, partial(_package_answer, name))
    for extra, names in sorted(_extras().items()):
        yield Probe(Part.INSTALLATION, f"extra {extra}", partial(_extra_answer, extra, names))


def _package_answer(name: str, _limit_s: float) -> Answer:
    found = _version(name)
    return ok(found) if found is not None else failed("it is not installed", _REINSTALL)


def _extra_answer(extra: str, names: Sequence[str], _limit_s: float) -> Answer:
    missing = [name for name in names if _version(name) is None]
    if not missing:
        return ok("installed")
    return ok(f"not installed; what needs it: pip install 'dativo[{extra}]'")


def _extras() -> dict[str, list[str]]:
    """Return the packages of each extra, as the installed package declares them."""
    found: dict[str, list[str]] = {}
    try:
        declared = requires("dativo") or []
    except PackageNotFoundError:
        declared = []
    for match in filter(None, map(_EXTRA.match, declared)):
        found.setdefault(match["extra"], []).append(match["name"])
    return found


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _of_workspace(root: Path, checked: Checked) -> Iterator[Probe]:
    yield Probe(Part.WORKSPACE, str(root), partial(_workspace_answer, root, checked))


def _workspace_answer(root: Path, checked: Checked, _limit_s: float) -> Answer:
    if not any((root / name).is_dir() for name in ("jobs", "connectors")):
        return failed(
            "there is no jobs/ and no connectors/ here or above", "Go to a workspace, or make one: dativo init"
        )
    counts = Counter(finding.severity for finding in checked.findings)
    problems, warnings = counts[Severity.ERROR], counts[Severity.WARNING]
    told = f"{len(checked.jobs)} job(s), {problems} error(s), {warnings} warning(s)"
    if problems:
        return failed(told, "See each with its remedy: dativo validate")
    return warned(told, "See each with its remedy: dativo validate") if warnings else ok(told)


def _of_directories(root: Path, plans: Sequence[IngestPlan], surroundings: Surroundings) -> Iterator[Probe]:
    seen: set[tuple[str, str]] = set()
    for plan in plans:
        catalog = plan.target.catalog
        if catalog is not None and (plan.tenant, catalog.directory) not in seen:
            seen.add((plan.tenant, catalog.directory))
            references = references_of(plan, surroundings.secrets, surroundings.mode)
            yield from local_probes(catalog, partial(require_own_directory, plan, references), references)
    state = root / ".dativo"
    yield Probe(Part.STATE, str(state), lambda _limit_s: _directory_answer(state))
    temporary = Path(tempfile.gettempdir())
    yield Probe(Part.STATE, f"{temporary} (temporary files)", lambda _limit_s: _directory_answer(temporary))


def _directory_answer(directory: Path) -> Answer:
    try:
        return writable_answer(directory)
    except OSError as error:
        message = f"it cannot be written to: {error.strerror or type(error).__name__}"
        return failed(message, remedy(error))


def _of_extensions(root: Path) -> Iterator[Probe]:
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            yield from _extension(point)(root)
        except Exception as error:
            yield Probe(Part.ORCHESTRATOR, point.name, partial(_unloadable, type(error).__name__))


def _extension(point: EntryPoint) -> Extension:
    loaded: Extension = point.load()
    return loaded


def _unloadable(reason: str, _limit_s: float) -> Answer:
    return failed(f"its checks cannot be loaded ({reason})", "Install what is missing, or the package that adds them")
