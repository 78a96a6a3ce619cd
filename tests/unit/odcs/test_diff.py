"""What changed between two readings of a contract, and how far each change reaches."""

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.ladder import Ladder
from dativo_core.odcs.change import Change, needed_level
from dativo_core.odcs.diff import diff
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.odcs.upgrade import upgraded
from dativo_core.odcs.versions import Level
from dativo_core.workspace.read_yaml import parse_document
from tests.unit.odcs.contracts import read
from tests.unit.odcs.flat_contracts import contracts

PATCH, MINOR, MAJOR = Level.PATCH, Level.MINOR, Level.MAJOR
CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: c1
version: 1.0.0
status: active
domain: shop
description: {purpose: all orders}
tags: [gold]
team: [{username: a@example.com, role: Owner}]
support: [{channel: shop, url: "https://example.com/shop"}]
roles: [{role: reader}]
servers: [{server: one, type: custom, host: one.example.com}]
slaProperties:
  - {property: latency, value: 4, unit: h}
  - {property: retention, value: 1, unit: y}
  - {property: endOfLife, value: "2099-01-01T00:00:00Z"}
  - {property: availability, value: 99}
  - {property: timeOfAvailability, value: "09:00+00:00"}
schema:
  - name: orders
    dataGranularityDescription: one row per order
    properties:
      - {name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: day, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}, partitioned: true}
      - {name: count, physicalType: int}
      - {name: share, physicalType: real}
      - {name: price, physicalType: "decimal(10,2)"}
      - {name: city, logicalType: string, logicalTypeOptions: {maxLength: 10}, classification: internal}
      - {name: pinned, logicalType: string, customProperties: [{property: dativoId, value: p1}]}
      - name: state
        logicalType: string
        quality:
          - {rule: validValues, validValues: [open, closed], mustBeLessThan: 5}
          - {rule: nullCheck, severity: error}
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties:
            - {name: article, logicalType: string, required: true}
            - {name: amount, physicalType: int}
    quality:
      - {rule: rowCount, mustBeGreaterThan: 10}
      - {type: sql, query: "select count(*) from ${object}", mustBe: 0}
  - name: refunds
    properties: [{name: id, logicalType: integer}]
customProperties:
  - {property: dativoTarget, value: {mode: strict}}
  - {property: dativoCompliance, value: {classification: [internal], regulations: [GDPR]}}
"""
CHANGES = [
    (
        "  - name: refunds\n    properties: [{name: id, logicalType: integer}]\n",
        "",
        MAJOR,
        "the table 'refunds' was removed",
    ),
    (
        "  - name: refunds\n",
        "  - {name: x, properties: [{name: a, logicalType: integer}]}\n  - name: refunds\n",
        MINOR,
        "'x'",
    ),
    ("      - {name: share, physicalType: real}\n", "", MAJOR, "'orders.share' was removed"),
    ("name: share", "name: part", MAJOR, "'orders.share' was removed"),
    (
        "      - {name: share",
        "      - {name: new, physicalType: int}\n      - {name: share",
        MINOR,
        "'orders.new' was added",
    ),
    (
        "      - {name: share",
        "      - {name: new, physicalType: int, required: true}\n      - {name: share",
        MAJOR,
        "required",
    ),
    ("name: pinned", "name: renamed", MINOR, "'orders.renamed' is the new name of 'orders.pinned'"),
    ("value: p1", "value: p2", MAJOR, "'orders.pinned' was removed"),
    ("{name: count, physicalType: int}", "{name: count, physicalType: bigint}", MINOR, "widened from int to long"),
    (
        "{name: count, physicalType: int}",
        "{name: count, physicalType: text}",
        MAJOR,
        "another type: from int to string",
    ),
    ("{name: count, physicalType: int}", "{name: count, physicalType: int, required: true}", MAJOR, "is required now"),
    ("physicalType: real", "physicalType: double", MINOR, "widened from float to double"),
    ("decimal(10,2)", "decimal(12,2)", MINOR, "widened"),
    ("decimal(10,2)", "decimal(9,2)", MAJOR, "another type"),
    ("decimal(10,2)", "decimal(12,3)", MAJOR, "another type"),
    (
        "article, logicalType: string, required: true",
        "article, logicalType: string",
        MAJOR,
        "'orders.lines[].article' is opt",
    ),
    (
        "{name: amount, physicalType: int}",
        "{name: amount, physicalType: bigint}",
        MINOR,
        "'orders.lines[].amount' was widened",
    ),
    (
        "{name: amount, physicalType: int}",
        "{name: number, physicalType: int}",
        MAJOR,
        "'orders.lines[].amount' was removed",
    ),
    (
        "            - {name: amount",
        "            - {name: unit, physicalType: int}\n            - {name: amount",
        MINOR,
        "unit",
    ),
    ("primaryKey: true, primaryKeyPosition: 1", "unique: true", MAJOR, "the key of 'orders' changed from id to none"),
    (", partitioned: true", "", MAJOR, "partitioned by other columns: from day to none"),
    (
        "partitioned: true",
        "partitioned: true, customProperties: [{property: dativoPartitionTransform, value: month}]",
        MINOR,
        "partitioned in another way",
    ),
    ("yyyy-MM-dd", "dd.MM.yyyy", MAJOR, "written in another format: from yyyy-MM-dd to dd.MM.yyyy"),
    ("one row per order", "one row per line", MAJOR, "the grain of 'orders' changed"),
    ("maxLength: 10", "maxLength: 9", MINOR, "was tightened"),
    ("maxLength: 10", "maxLength: 11", MAJOR, "was loosened"),
    (", logicalTypeOptions: {maxLength: 10}", "", MAJOR, "the rule 'orders__city__max_length' was removed"),
    ("maxLength: 10", "maxLength: 10, minLength: 1", MINOR, "the rule 'orders__city__min_length' was added"),
    ("maxLength: 10", "maxLength: 10, pattern: a", MINOR, "the rule 'orders__city__pattern' was added"),
    ("[open, closed]", "[open]", MAJOR, "no longer allows closed"),
    ("[open, closed]", "[open, closed, lost]", MINOR, "allows in addition lost"),
    ("[open, closed]", "[closed, open]", PATCH, "'quality' of 'orders.state'"),
    ("mustBeLessThan: 5", "mustBeLessThan: 6", MAJOR, "loosened"),
    ("mustBeLessThan: 5", "mustBeLessThan: 4", MINOR, "tightened"),
    ("mustBeLessThan: 5", "mustBeLessThan: 5, unit: percent", MAJOR, "changed"),
    ("mustBeGreaterThan: 10", "mustBeBetween: [20, 30]", MINOR, "tightened"),
    ("mustBeGreaterThan: 10", "mustBeLessThan: 30", MAJOR, "changed"),
    ("severity: error", "severity: warning", MAJOR, "loosened: from error to warning"),
    ("          - {rule: nullCheck, severity: error}\n", "", MAJOR, "was removed"),
    ("mustBe: 0", "mustBe: 0, description: all is well", PATCH, "'quality' of 'orders'"),
    ("select count(*) from ${object}", "select max(id) from ${object}", MAJOR, "another query"),
    ("value: 4, unit: h", "value: 5, unit: h", MAJOR, "latency was loosened: from 4 h to 5 h"),
    ("value: 4, unit: h", "value: 180, unit: min", MINOR, "latency was tightened"),
    ("value: 1, unit: y", "value: 364, unit: d", MAJOR, "retention was loosened"),
    ("value: 1, unit: y", "value: 366, unit: d", MINOR, "retention was tightened"),
    ("  - {property: availability, value: 99}\n", "", MAJOR, "availability was removed"),
    ("value: 99}", "value: 99.9}", MINOR, "availability was tightened"),
    ("value: 99}", "value: 99}\n  - {property: errorRate, value: 1}", MINOR, "errorRate was added"),
    ("2099-01-01", "2098-01-01", MAJOR, "endOfLife was loosened"),
    ("09:00+00:00", "10:00+00:00", MAJOR, "timeOfAvailability was loosened"),
    ("classification: internal}", "classification: PII}", MAJOR, "rises from internal to PII"),
    ("classification: internal}", "classification: Public}", MINOR, "falls from internal to Public"),
    ("classification: internal}", "classification: INTERNAL}", None, ""),
    (", classification: internal}", "}", MINOR, "falls from internal to none"),
    ("classification: [internal]", "classification: [PII]", MAJOR, "the default classification rises"),
    ("regulations: [GDPR]", "regulations: [GDPR, HIPAA]", MINOR, "'regulations' of compliance"),
    ("mode: strict", "mode: merge", MINOR, "'mode' of the target"),
    ("domain: shop", "domain: store", MAJOR, "the domain changed from shop to store"),
    ("id: c1", "id: c2", MAJOR, "it is another contract"),
    ("roles: [{role: reader}]", "roles: [{role: reader}, {role: writer}]", MINOR, "the role 'writer' was added"),
    ("one.example.com}]", "two.example.com}]", MINOR, "the server 'one' changed"),
    ("all orders", "every order", PATCH, "'description' of the contract"),
    ("tags: [gold]", "tags: [silver]", PATCH, "'tags' of the contract"),
    ("role: Owner}", "role: Owner}, {username: b@example.com}", PATCH, "'team' of the contract"),
    ("channel: shop,", "channel: store,", PATCH, "'support' of the contract"),
    ("{name: count,", "{name: count, description: how many,", PATCH, "'description' of 'orders.count'"),
    ("{name: count,", "{name: count, physicalName: cnt,", MINOR, "'physicalName' of 'orders.count'"),
    ("status: active", "status: deprecated", PATCH, "'status' of the contract"),
    ("version: 1.0.0", "version: 1.0.1", None, ""),
]
LADDER = Ladder(("public", "internal", "PII"))


def contract(text: str) -> ContractFile:
    found = read(text)
    assert found.contract is not None, found.findings
    return found


def edited(changes: Iterable[tuple[str, str]]) -> str:
    text = CONTRACT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def between(old: str, new: str) -> tuple[Change, ...]:
    return diff(contract(old), contract(new), LADDER)


@pytest.mark.parametrize(("old", "new", "level", "told"), CHANGES)
def test_each_change_has_its_level(old, new, level, told):
    found = between(CONTRACT, edited([(old, new)]))
    assert needed_level(found) is level, found
    if level is not None:
        assert told in found[0].message, found


@given(st.data())
def test_several_changes_reach_as_far_as_the_farthest_of_them(data):
    """Changes whose texts do not overlap, in any number."""
    picked = data.draw(st.lists(st.sampled_from(CHANGES), max_size=6, unique=True))
    apart = [
        each
        for at, each in enumerate(picked)
        if not any(_overlap(each[0], other[0]) for other in picked[:at]) and each[1]
    ]
    levels = [level for _, _, level, _ in apart if level is not None]
    found = needed_level(between(CONTRACT, edited([(old, new) for old, new, _, _ in apart])))
    assert found is max(levels, default=None)


def _overlap(one: str, other: str) -> bool:
    places = [(CONTRACT.index(each), CONTRACT.index(each) + len(each)) for each in (one, other)]
    (start, stop), (other_start, other_stop) = places
    lines = [{CONTRACT.count("\n", 0, at) for at in (start, stop)} for start, stop in places]
    return (start < other_stop and other_start < stop) or bool(lines[0] & lines[1])


@given(contracts())
def test_a_contract_does_not_differ_from_itself(made):
    assert diff(_flat(made), _flat(made)) == ()


@given(contracts())
def test_a_contract_that_is_upgraded_breaks_nothing(made):
    text = json.dumps(made).encode()
    new = upgraded("c.yaml", text).content
    if new is not None:
        assert [change for change in diff(_parsed(text), _parsed(new)) if change.level is not PATCH] == []


@given(contracts(), st.data())
def test_to_remove_any_column_is_major(made, data):
    at = data.draw(st.integers(0, len(made["schema"]) - 1))
    name = made["schema"][at]["name"]
    rest = {**made, "schema": [each for each in made["schema"] if each["name"] != name]}
    old, new = _flat(made), _flat(rest)
    if new.contract is not None:
        found = diff(old, new)
        assert needed_level(found) is MAJOR
        assert f"'orders.{name}' was removed" in {change.message for change in found}


@given(contracts())
def test_an_optional_column_more_is_minor_and_one_less_is_major(made):
    more = {**made, "schema": [*made["schema"], {"name": "one_more", "type": "string"}]}
    assert needed_level(diff(_flat(made), _flat(more))) is MINOR
    assert needed_level(diff(_flat(more), _flat(made))) is MAJOR


@given(contracts(), contracts(), contracts())
def test_two_steps_reach_at_least_as_far_as_one(first, second, third):
    files = [_flat({**made, "id": "c1"}) for made in (first, second, third)]
    direct = needed_level(diff(files[0], files[2])) or 0
    steps = [needed_level(diff(one, other)) or 0 for one, other in itertools.pairwise(files)]
    assert direct <= max(steps)


def _flat(made: dict) -> ContractFile:
    return _parsed(json.dumps(made).encode())


def _parsed(text: bytes) -> ContractFile:
    document = parse_document("c.yaml", text).document
    assert document is not None
    return read_contract(document)


def test_a_change_is_told_at_its_place_in_the_new_file():
    text = edited([("name: pinned", "name: renamed"), ("tags: [gold]", "# more\ntags: [silver]")])
    found = {change.message: change for change in between(CONTRACT, text)}
    assert (found["'tags' of the contract changed"].line, found["'tags' of the contract changed"].key_path) == (
        9,
        "tags",
    )
    (renamed,) = (change for change in found.values() if change.level is MINOR)
    assert renamed.key_path == "schema[0].properties[6]"
    assert "renamed" in text.splitlines()[renamed.line - 1]


def test_a_renamed_column_takes_its_key_partition_and_rules_along():
    one = "{name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1"
    day = "{name: day, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}, partitioned: true"
    ids = [
        ", customProperties: [{property: dativoId, value: a}]",
        ", customProperties: [{property: dativoId, value: b}]",
    ]
    old = edited([(one, one + ids[0]), (day, day + ids[1])])
    new = old.replace("{name: id, logicalType: integer, req", "{name: number, logicalType: integer, req")
    new = new.replace("{name: day,", "{name: placed,")
    assert [(change.level, change.message) for change in between(old, new)] == [
        (MINOR, "'orders.number' is the new name of 'orders.id', by its id"),
        (MINOR, "'orders.placed' is the new name of 'orders.day', by its id"),
    ]


def test_the_id_of_a_newer_standard_pins_a_column():
    old = CONTRACT.replace("v3.0.2", "v3.1.0").replace("{name: count,", "{id: c, name: count,")
    old = old[: old.index("    quality:\n      - {rule: rowCount")] + "customProperties: []\n"
    old = old[: old.index("        quality:")] + old[old.index("      - name: lines") :]
    found = between(old, old.replace("name: count", "name: number"))
    assert [(change.level, change.key_path) for change in found] == [(MINOR, "schema[0].properties[2]")]


def test_without_a_ladder_another_classification_may_be_the_more_sensitive_one():
    new = edited([("classification: internal}", "classification: public}")])
    assert needed_level(diff(contract(CONTRACT), contract(new))) is MAJOR
    assert needed_level(diff(contract(new), contract(CONTRACT))) is MAJOR


RELATED = """\
apiVersion: v3.2.0
kind: DataContract
id: c1
version: 1.0.0
status: active
team: {members: [{username: a@example.com, role: Owner}]}
schema:
  - name: orders
    relationships:
      - {from: [orders.a, orders.b], to: [other.yaml#pairs.a, other.yaml#pairs.b]}
    properties:
      - {name: a, logicalType: integer}
      - {name: b, logicalType: integer}
      - name: customer
        logicalType: integer
        relationships: [{to: customers.id}]
  - name: customers
    properties:
      - {id: i, name: id, logicalType: integer}
      - {name: number, logicalType: integer}
"""
ON_CUSTOMER = "        relationships: [{to: customers.id}]\n"
SEVERITY = "customProperties: [{property: dativoSeverity, value: warning}]"


@pytest.mark.parametrize(
    ("old", "new", "level", "told"),
    [
        (ON_CUSTOMER, "", MAJOR, "the relationship of orders.customer to customers.id was removed"),
        ("to: customers.id", "to: customers.number", MAJOR, "points elsewhere: from customers.id to customers.number"),
        ("#pairs.b]", "#pairs.c]", MAJOR, "orders.a, orders.b points elsewhere"),
        ("to: customers.id", f"to: customers.id, {SEVERITY}", MAJOR, "was loosened: from error to warning"),
        ("to: customers.id", "to: CUSTOMERS.ID", None, ""),
        ("{to: customers.id}", "{to: customers.id}, {to: customers.number}", MINOR, "to customers.number was added"),
        (
            "[orders.a, orders.b], to: [other.yaml#pairs.a, other.yaml#pairs.b]",
            "[orders.b, orders.a], to: [other.yaml#pairs.b, other.yaml#pairs.a]",
            None,
            "",
        ),
    ],
)
def test_a_change_of_a_relationship_has_its_level(old, new, level, told):
    changed = RELATED.replace(old, new)
    found = between(RELATED, changed)
    assert needed_level(found) is level, found
    assert level is None or told in found[0].message
    back = {None: None, MAJOR: MAJOR if "elsewhere" in told else MINOR, MINOR: MAJOR}[level]
    assert needed_level(between(changed, RELATED)) is back


def test_a_relationship_follows_a_renamed_column_and_goes_with_one_that_is_removed():
    renamed = RELATED.replace("{id: i, name: id,", "{id: i, name: key,").replace("customers.id", "customers.key")
    assert [change.level for change in between(RELATED, renamed)] == [MINOR]
    customer = RELATED[RELATED.index("      - name: customer\n") : RELATED.index("  - name: customers")]
    gone = between(RELATED, RELATED.replace(customer, ""))
    assert [change.message for change in gone] == ["'orders.customer' was removed"]


def test_a_relationship_to_a_file_is_the_same_when_the_contract_moves():
    old, new = (read_contract(parsed.document) for parsed in _moved("assets/v1.0/c.yaml", "assets/v1.1/c.yaml"))
    assert diff(old, new) == ()


def _moved(*files: str):
    parsed = [parse_document(file, RELATED.encode()) for file in files]
    assert all(each.document for each in parsed)
    return parsed


@pytest.mark.parametrize(("old", "new"), [("Berlin", "Paris"), ("Berlin", None), (None, "Berlin")])
def test_times_by_other_clocks_are_major(old, new):
    texts = [
        edited([("{name: count, physicalType: int}", f"{{name: count, physicalType: timestamptz{_zone(zone)}}}")])
        for zone in (old, new)
    ]
    (change,) = between(*texts)
    assert (change.level, change.key_path) == (MAJOR, "schema[0].properties[2]")
    assert "clocks of another time zone" in change.message


def _zone(name: str | None) -> str:
    return f", customProperties: [{{property: dativoTimezone, value: Europe/{name}}}]" if name else ""


def test_rules_are_recognised_when_they_are_reordered():
    rules = [
        "{rule: nullCheck, severity: error}",
        "{rule: validValues, validValues: [open, closed], mustBeLessThan: 5}",
    ]
    text = CONTRACT.replace(rules[0], "X").replace(rules[1], rules[0]).replace("X", rules[1])
    assert needed_level(between(CONTRACT, text)) is PATCH


def test_a_rule_that_is_only_shown_stays_the_same_when_another_table_comes():
    shown = "      - {type: custom, engine: other, implementation: x, name: by others}\n"
    alone = CONTRACT.replace("  - name: refunds\n    properties: [{name: id, logicalType: integer}]\n", shown)
    both = CONTRACT.replace("  - name: refunds\n", f"{shown}  - name: refunds\n")
    assert needed_level(between(alone, both)) is MINOR
    assert needed_level(between(both, both.replace(shown, ""))) is MAJOR
    assert needed_level(between(both.replace(shown, ""), both)) is MINOR


def test_a_column_that_is_gone_takes_its_rules_along():
    state = CONTRACT[CONTRACT.index("      - name: state") : CONTRACT.index("      - name: lines")]
    found = between(CONTRACT, CONTRACT.replace(state, ""))
    assert [(change.level, change.message) for change in found] == [(MAJOR, "'orders.state' was removed")]


def test_a_text_for_people_only_explains():
    text = "      - {type: text, description: all is well}\n"
    more = CONTRACT.replace("  - name: refunds\n", f"{text}  - name: refunds\n")
    assert needed_level(between(CONTRACT, more)) is PATCH
    assert needed_level(between(more, CONTRACT)) is PATCH


def test_a_contract_with_errors_is_not_compared():
    broken = read(CONTRACT.replace("logicalType: integer", "logicalType: intger"))
    assert broken.contract is None
    assert diff(broken, contract(CONTRACT)) == ()
