"""`check_infrastructure`: everything that some jobs depend on, asked once, side by side."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from dativo_core.errors import DativoError
from dativo_core.health.ask import Asked, ask_all
from dativo_core.health.clock import clock_answer
from dativo_core.health.probes import probes_of
from dativo_core.health.result import Asker, ProbeResult, Surroundings, result_of
from dativo_core.health.unread import UnreadStore
from dativo_core.plan.types import IngestPlan
from dativo_core.probe import Answer, Part, Probe, ProbeStatus, answer_of
from dativo_core.secrets.probe import store_probe

TIME_LIMIT_S = 10.0


@dataclass
class _Question:
    """A probe and whose it is: equal ones of a tenant are asked once."""

    tenant: str
    probe: Probe
    jobs: dict[str, None] = field(default_factory=dict)


def check_infrastructure(
    plans: Sequence[IngestPlan],
    surroundings: Surroundings,
    *,
    time_limit_s: float = TIME_LIMIT_S,
    parts: Collection[Part] = tuple(Part),
    at_start: bool = False,
) -> tuple[ProbeResult, ...]:
    """Ask every place of `parts` the jobs depend on whether it would work; nothing that is found raises.

    Each place is asked once for all jobs of a tenant that share it, all side by side, none for much longer than
    `time_limit_s` seconds. The places of secrets come first; what needs secrets that cannot be read is skipped. Results
    come in the order of the parts, and in one part as the plans name them. Sources are only read; a store that is written
    to gets one small object, which is deleted again. With `at_start` the embedded lake is left to the step that proves it,
    and of sources that are files only the service is asked, however many there are.
    """
    stores = _ask(_stores(plans, surroundings) if Part.SECRETS in parts else [], time_limit_s)
    unread = frozenset(result.tenant for result in stores if result.status is ProbeStatus.FAILED)
    known = Asker(UnreadStore(surroundings.secrets, unread), surroundings.mode)
    results = [*stores, *_ask(_questions(plans, known, parts, at_start=at_start), time_limit_s)]
    if Part.CLOCK in parts:
        results += [_clock_result(tenant, jobs, results) for tenant, jobs in _tenants(plans).items()]
    order = {part: number for number, part in enumerate(Part)}
    return tuple(sorted(results, key=lambda result: order[result.part]))


def _ask(questions: Sequence[_Question], time_limit_s: float) -> list[ProbeResult]:
    answers = ask_all([question.probe for question in questions], time_limit_s)
    return [_result(*each) for each in zip(questions, answers, strict=True)]


def _stores(plans: Sequence[IngestPlan], surroundings: Surroundings) -> list[_Question]:
    jobs = _tenants(plans)
    return [
        _Question(tenant, store_probe(surroundings.secrets, tenant), dict.fromkeys(names))
        for tenant, names in jobs.items()
    ]


def _questions(
    plans: Sequence[IngestPlan], surroundings: Surroundings, parts: Collection[Part], *, at_start: bool
) -> list[_Question]:
    found: dict[Hashable, _Question] = {}
    for plan in plans:
        probes = _probes(plan, surroundings, at_start=at_start)
        for probe in (each for each in probes if each.part in parts):
            key = (plan.tenant, probe.part, probe.subject, probe.identity)
            found.setdefault(key, _Question(plan.tenant, probe)).jobs[plan.job] = None
    return list(found.values())


def _probes(plan: IngestPlan, surroundings: Surroundings, *, at_start: bool) -> list[Probe]:
    try:
        return list(probes_of(plan, surroundings, at_start=at_start))
    except DativoError as error:
        return [Probe(Part.SOURCE, plan.source.type, partial(_refusal, error), identity=plan.job)]


def _refusal(error: DativoError, _limit_s: float) -> Answer:
    return answer_of(error)


def _tenants(plans: Sequence[IngestPlan]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for plan in plans:
        found.setdefault(plan.tenant, []).append(plan.job)
    return found


def _result(question: _Question, asked: Asked) -> ProbeResult:
    probe = question.probe
    return result_of(probe.part, probe.subject, asked.answer, asked.seconds, question.tenant, tuple(question.jobs))


def _clock_result(tenant: str, jobs: Sequence[str], results: Sequence[ProbeResult]) -> ProbeResult:
    told = [(each.subject, each.ahead_s) for each in results if each.tenant == tenant and each.ahead_s is not None]
    return result_of(Part.CLOCK, "this machine", clock_answer(told, datetime.now(UTC)), 0.0, tenant, tuple(jobs))
