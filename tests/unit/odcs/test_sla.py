import pytest

from dativo_core.model.finding import errors
from tests.unit.odcs.contracts import codes, with_section


def told(*entries: str, default: str = "") -> list[str]:
    section = "slaProperties:\n" + "".join(f"  - {{{each}}}\n" for each in entries)
    return codes(with_section(section + (f"slaDefaultElement: {default}\n" if default else "")))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("property: politeness, value: high", "sla-property-unknown"),
        ("property: latency, value: soon, unit: d", "sla-value-unparsable"),
        ("property: latency, value: -1, unit: d", "sla-value-unparsable"),
        ("property: latency, value: true, unit: d", "sla-value-unparsable"),
        ("property: latency, value: .inf, unit: d", "sla-value-unparsable"),
        ("property: latency, value: 4", "sla-unit-unknown"),
        ("property: retention, value: 0, unit: d", "sla-value-unparsable"),
        ("property: latency, value: 4, unit: parsec", "sla-unit-unknown"),
        ("property: retention, value: 4, unit: m", "sla-unit-ambiguous"),
        ("property: availability, value: 100.1", "sla-value-unparsable"),
        ("property: errorRate, value: 1, unit: rows", "sla-unit-unknown"),
        ("property: throughput, value: lots, unit: rows/s", "sla-value-unparsable"),
        ("property: endOfLife, value: '2030-01-01T00:00:00'", "sla-value-unparsable"),
        ("property: endOfLife, value: 2030", "sla-value-unparsable"),
        ("property: endOfLife, value: '2020-01-01T00:00:00Z'", "sla-past"),
        ("property: timeOfAvailability, value: '09:00'", "sla-value-unparsable"),
        ("property: latency, value: 4, unit: d, element: orders.ids", "sla-element-unknown"),
        ("property: latency, value: 4, unit: d, element: 'id, other.id'", "sla-element-unknown"),
    ],
)
def test_a_promise_that_cannot_be_measured_is_told(entry, code):
    assert told(entry) == [code]


@pytest.mark.parametrize(
    "entry",
    [
        "property: Latency, value: 4, unit: Days, element: orders.id",
        "property: time to detect, value: '1.5', unit: h, element: raw_orders.id",
        "property: ly, value: 0, unit: min, element: id",
        "property: retention, value: 36, unit: MO, element: orders",
        "property: AV, value: 99.95%",
        "property: errorRate, value: 0, unit: percent",
        "property: throughput, value: 1000, unit: rows/s",
        "property: ga, value: '2012-01-01T00:00:00+01:00'",
        "property: timeOfAvailability, value: 09:00-08:00",
    ],
)
def test_a_sound_promise_is_not_remarked_on(entry):
    assert told(entry) == []


def test_the_default_element_must_be_a_column():
    entry = "property: latency, value: 4, unit: d"
    assert told(entry, default="orders.id") == []
    assert told(entry, default="orders.at") == ["sla-default-unresolved"]


def test_all_unknown_elements_of_a_promise_are_one_finding():
    section = "slaProperties: [{property: latency, value: 4, unit: d, element: 'a, id, b'}]"
    (found,) = errors(with_section(section).findings)
    assert found.message == "'a', 'b' are no columns of this contract"


def test_promises_contradict_each_other_only_about_the_same_columns_and_driver():
    first = "property: latency, value: 4, unit: d, element: orders.id"
    assert told(first, "property: ly, value: 96, unit: h, element: orders.id") == []
    assert told(first, "property: ly, value: 5, unit: d") == []
    assert told(first, "property: ly, value: 5, unit: d, element: orders.id, driver: regulatory") == []
    assert told(first, "property: ly, value: 5, unit: d, element: orders.id") == ["sla-conflict"]


def test_the_stages_of_a_life_come_in_order():
    support, life = "property: endOfSupport, value: '9000-01-01T00:00:00Z'", "property: endOfLife, value: '{}'"
    assert told(support, life.format("9000-01-02T00:00:00Z")) == []
    assert told(support, life.format("8999-12-31T23:30:00-01:00")) == []
    assert told(support, life.format("8999-12-31T23:30:00Z")) == ["sla-conflict"]
