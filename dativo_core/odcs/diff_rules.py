"""What changed in the rules of a table: loosened breaks readers, tightened and added does not.

A value that an enumeration no longer has breaks its writers; one it has in addition is an addition.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dativo_core.model.names import slug
from dativo_core.odcs.change import Changes
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, Rule, RuleKind, SchemaObject, UnexecutedRule
from dativo_core.odcs.draft_rule import MEANING
from dativo_core.odcs.row_shift import Shift, distinct, family, shift
from dativo_core.odcs.thresholds import Domain, implies
from dativo_core.odcs.versions import Level
from dativo_core.workspace.document import KeyPath

_LEVELS = {Shift.TIGHTENED: Level.MINOR, Shift.LOOSENED: Level.MAJOR, Shift.CHANGED: Level.MAJOR}
GRAVITY = (CheckSeverity.INFO, CheckSeverity.WARNING, CheckSeverity.ERROR)
"""Severities, the least first."""

_Key = tuple[object, ...]


@dataclass(frozen=True)
class _Told:
    level: Level
    message: str


def compare_rules(
    old: SchemaObject, new: SchemaObject, names: Mapping[str, str], path: KeyPath, changes: Changes
) -> None:
    """Add what changed in the rules of a table found at `path`; `names` are the new names of what the old are about.

    What has no new name is gone, which says enough of the rules about it.
    """
    before, after = _by_key(old, names), _by_key(new, {})
    for key in dict.fromkeys([*before, *after]):
        left = _compare_alike(before.get(key, []), after.get(key, []), changes)
        for rule in left:
            if all(subject in names for subject in _subjects(rule)):
                changes.add(Level.MAJOR, path, f"the rule '{rule.id}' was removed: {rule.description}")
    _compare_unexecuted(_unexecuted(old), _unexecuted(new), path, changes)


def _by_key(table: SchemaObject, names: Mapping[str, str]) -> dict[_Key, list[Rule | MetricRule]]:
    """Return the rules by what they ask of what; what is required, and the key, are compared with the columns."""
    found: dict[_Key, list[Rule | MetricRule]] = {}
    key = {column.name for column in table.columns if column.primary_key_position}
    for rule in table.rules:
        if not rule.is_constraint or not (rule.kind is RuleKind.REQUIRED or _is_of_key(rule, key)):
            found.setdefault(_row_key(rule, names), []).append(rule)
    for metric in table.metric_rules:
        tests = sorted(map(str, (_row_key(test, names) for test in metric.tests)))
        subjects = [names.get(subject, subject) for subject in metric.subjects]
        found.setdefault((metric.metric, *subjects, *tests), []).append(metric)
    return found


def _is_of_key(rule: Rule, key: set[str]) -> bool:
    return rule.kind is RuleKind.UNIQUE and set(rule.subjects) == key


def _row_key(rule: Rule, names: Mapping[str, str]) -> _Key:
    if rule.kind is RuleKind.UNIQUE:
        return (rule.kind, *sorted(names.get(name, name) for name in rule.subjects))
    members = rule.arguments if rule.kind is RuleKind.HAS_MEMBER else ()
    return family(rule.kind), names.get(rule.subject, rule.subject), *members


def _subjects(rule: Rule | MetricRule) -> tuple[str, ...]:
    """Return the columns, and parts of columns, that a rule is about."""
    if isinstance(rule, MetricRule):
        return (*rule.subjects, *(test.subject for test in rule.tests))
    return rule.subjects


def _compare_alike(
    old: Sequence[Rule | MetricRule], new: Sequence[Rule | MetricRule], changes: Changes
) -> list[Rule | MetricRule]:
    """Add what changed between rules that ask the same of the same, and return the old ones that are gone.

    Equal ones belong together, then those of one name.
    """
    left, added = [*old], [*new]
    for fits in (_is_same, _has_same_name, _is_any):
        for before in [*left]:
            after = next((each for each in added if fits(before, each)), None)
            if after is not None:
                left.remove(before)
                added.remove(after)
                for told in _differences(before, after):
                    changes.add_at_line(told.level, after.origin.line, told.message)
    for rule in added:
        changes.add_at_line(Level.MINOR, rule.origin.line, f"the rule '{rule.id}' was added: {rule.description}")
    return left


def _is_same(old: Rule | MetricRule, new: Rule | MetricRule) -> bool:
    return not _differences(old, new)


def _has_same_name(old: Rule | MetricRule, new: Rule | MetricRule) -> bool:
    return old.id == new.id


def _is_any(_old: Rule | MetricRule, _new: Rule | MetricRule) -> bool:
    return True


def _differences(old: Rule | MetricRule, new: Rule | MetricRule) -> list[_Told]:
    if isinstance(old, Rule) and isinstance(new, Rule):
        told = [*_row(old, new, new.id)]
    elif isinstance(old, MetricRule) and isinstance(new, MetricRule):
        told = [*_metric(old, new)]
    else:
        return [_Told(Level.MAJOR, f"the rule '{new.id}' counts rows in another way")]
    if old.severity is not new.severity:
        is_graver = GRAVITY.index(new.severity) > GRAVITY.index(old.severity)
        shifted = Shift.TIGHTENED if is_graver else Shift.LOOSENED
        told.append(_shifted(new.id, shifted, old.severity, new.severity))
    elif _holds_back(old) is not _holds_back(new):
        shifted = Shift.TIGHTENED if _holds_back(new) else Shift.LOOSENED
        told.append(_shifted(new.id, shifted, _fate(old), _fate(new)))
    return told


def _holds_back(rule: Rule | MetricRule) -> bool:
    return isinstance(rule, Rule) and rule.holds_back


def _fate(rule: Rule | MetricRule) -> str:
    return "rows that are held back" if _holds_back(rule) else "rows that are told"


def _row(old: Rule, new: Rule, name: str) -> Iterator[_Told]:
    found = shift(old, new)
    if found is None:
        return
    if new.kind is not RuleKind.ENUM:
        yield _shifted(name, found, _meaning(old), _meaning(new))
        return
    before, after = distinct(old.arguments), distinct(new.arguments)
    for values, level, told in (
        (before - after, Level.MAJOR, "no longer allows"),
        (after - before, Level.MINOR, "allows in addition"),
    ):
        if values:
            words = ", ".join(sorted(str(value) for _, value in values))
            yield _Told(level, f"the rule '{name}' {told} {words}")


def _metric(old: MetricRule, new: MetricRule) -> Iterator[_Told]:
    tests = {family(test.kind): test for test in old.tests}
    for test in new.tests:
        yield from _row(tests[family(test.kind)], test, new.id)
    if old.scope is not new.scope:
        yield _Told(Level.MAJOR, f"the rule '{new.id}' is about the {new.scope}, and was about the {old.scope}")
        return
    queries = [(rule.query.text, rule.query.equalities) if rule.query else None for rule in (old, new)]
    if queries[0] != queries[1]:
        yield _Told(Level.MAJOR, f"the rule '{new.id}' asks another query, which may ask for less")
        return
    found = _thresholds(old, new)
    if found is not None:
        yield _shifted(new.id, found, _wanted(old), _wanted(new))


def _thresholds(old: MetricRule, new: MetricRule) -> Shift | None:
    if old.unit == new.unit and old.thresholds == new.thresholds:
        return None
    if old.unit != new.unit or not old.thresholds or not new.thresholds:
        return Shift.CHANGED
    is_count = new.metric not in {Metric.SQL, Metric.FRESHNESS} and new.unit != "percent"
    domain = Domain() if new.metric is Metric.SQL else Domain(lowest=0, is_whole=is_count)
    is_as_strict = implies(new.thresholds, old.thresholds, domain)
    is_as_loose = implies(old.thresholds, new.thresholds, domain)
    if is_as_strict and is_as_loose:
        return None
    return Shift.TIGHTENED if is_as_strict else Shift.LOOSENED if is_as_loose else Shift.CHANGED


def _unexecuted(table: SchemaObject) -> dict[str, UnexecutedRule]:
    """Return the rules that are only shown by name, less the name of the table that they have beside other tables."""
    prefix = f"{slug(table.name)}__"
    return {rule.id.removeprefix(prefix): rule for rule in table.unexecuted_rules}


def _compare_unexecuted(
    before: Mapping[str, UnexecutedRule], after: Mapping[str, UnexecutedRule], path: KeyPath, changes: Changes
) -> None:
    """Add what changed in rules that are only shown; those for people only explain."""
    for name in sorted(before.keys() - after.keys()):
        level = Level.PATCH if before[name].is_text else Level.MAJOR
        changes.add(level, path, f"the rule '{name}' was removed: {before[name].description}")
    for name in sorted(after.keys() - before.keys()):
        level = Level.PATCH if after[name].is_text else Level.MINOR
        told = f"the rule '{name}' was added: {after[name].description}"
        changes.add_at_line(level, after[name].origin.line, told)


def _shifted(name: str, found: Shift, old: str, new: str) -> _Told:
    return _Told(_LEVELS[found], f"the rule '{name}' was {found.value}: from {old} to {new}")


def _meaning(rule: Rule) -> str:
    return MEANING[rule.kind].format(", ".join(map(str, rule.arguments))).removeprefix("is ")


def _wanted(rule: MetricRule) -> str:
    return f"{rule.operators} {rule.unit}".strip() if rule.operators else "all rows accounted for"
