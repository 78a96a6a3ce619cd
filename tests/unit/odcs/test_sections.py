import pytest

from dativo_core.model.finding import errors
from tests.unit.odcs.contracts import HEAD, TABLE, TEAM, codes, read, with_property, with_section


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ("tags: [a, b, a]", "tag-duplicate"),
        ("tags: [a b]", "tag-unmappable"),
        ("tags: [dagster/kind]", "tag-unmappable"),
        (f"tags: [{'a' * 64}]", "tag-unmappable"),
        ("contractCreatedTs: 2024-01-31", "date-invalid"),
        ("contractCreatedTs: 2023-02-29T00:00:00Z", "date-invalid"),
        ("authoritativeDefinitions: [{url: example.com, type: tutorial}]", "url-invalid"),
        ("authoritativeDefinitions: [{url: 'https://a b', type: tutorial}]", "url-invalid"),
        ("authoritativeDefinitions: [{url: 'https://[x', type: tutorial}]", "url-invalid"),
        ("team: [{username: a@example.com, role: Owner, dateIn: 2024-02-30}]", "date-invalid"),
        ("team: [{username: a@example.com, role: Owner}, {dateIn: 2024-02-02, dateOut: 2024-02-01}]", "team-dates"),
        ("team: [{username: a@example.com, role: Owner, replacedByUsername: b}]", "team-successor-unknown"),
        ("team: [{username: anna, role: Owner}]", "owner-unmappable"),
        ("team: [{username: '@', role: Owner}]", "owner-unmappable"),
        ("customProperties: [{property: a, value: 1}, {property: a, value: 2}]", "custom-property-duplicate"),
        ("customProperties: [{property: a}]", "custom-property-incomplete"),
        ("customProperties: [{property: ' ', value: 1}]", "custom-property-incomplete"),
        ("customProperties: [{property: dativoNothing, value: 1}]", "custom-property-unknown"),
        ("customProperties: [{property: dativoScope, value: run}]", "custom-property-unknown"),
    ],
)
def test_what_the_schema_lets_through_in_a_section_is_told(section, code):
    assert codes(with_section(section)) == [code]


@pytest.mark.parametrize(
    "section",
    [
        "tags: [a, b-c, eu/gdpr]",
        "contractCreatedTs: 2024-02-29T09:30:00+01:00",
        "authoritativeDefinitions: [{url: 'https://example.com/a?b=c#d', type: tutorial}]",
        "support: [{channel: a, url: 'mailto:a@example.com'}, {channel: '#b', url: 'https://b.example.com'}]",
        "team: [{username: 'team:Data', role: Owner, dateIn: 2024-01-01}]",
        "team: [{username: a@example.com, role: Owner}, {username: b, dateOut: 2020-01-01, replacedByUsername: a@example.com}]",
        "customProperties: [{property: a, value: null}, {property: b, value: {tags: [x, x], customProperties: [{}]}}]",
        "customProperties: [{property: dativoFinops, value: {cost_center: 7}}]",
    ],
)
def test_a_sound_section_is_not_remarked_on(section):
    assert codes(with_section(section)) == []


@pytest.mark.parametrize(
    ("property_", "told"),
    [
        ("{name: a, logicalType: string, classification: secret, encryptedName: a}", ["encrypted-name-self"]),
        ("{name: a, logicalType: string, classification: secret, encryptedName: b}", ["encrypted-name-unknown"]),
        ("{name: a, logicalType: string, encryptedName: id}", ["encrypted-unclassified"]),
        ("{name: a, logicalType: string, classification: secret, encryptedName: id}", []),
        (
            "{name: a, logicalType: array, items: {logicalType: object, properties: "
            "[{name: b, logicalType: string, classification: secret, encryptedName: b}]}}",
            ["encrypted-name-self"],
        ),
    ],
)
def test_an_encrypted_column_names_another_and_how_confidential_it_is(property_, told):
    assert codes(with_property(property_)) == told


def test_a_key_without_a_value_is_absent():
    text = "{name: a, logicalType: string, required: null, logicalTypeOptions: {maxLength: null}, tags: null}"
    found = with_property(text)
    assert codes(found) == ["null-value"] * 3
    assert found.contract is not None
    assert not found.contract.objects[0].columns[1].required


def test_a_required_key_without_a_value_is_missing_and_told_once():
    found = read(HEAD.replace("id: c1", "id: null") + TEAM + TABLE)
    assert codes(found) == ["missing-key"]


def test_an_unknown_key_without_a_value_is_still_unknown():
    assert codes(with_section("nonsense: null")) == ["unknown-key"]
    assert codes(with_property("{name: a, logicalType: string, nonsense: null}")) == ["unknown-key"]


def test_null_is_a_value_where_the_standard_says_so():
    found = with_section(
        "customProperties: [{property: a, value: null}]", "{name: a, logicalType: string, examples: [null, x]}"
    )
    assert codes(found) == []


def test_options_in_a_list_are_told_how_to_be_written_and_checked_all_the_same():
    found = with_property("{name: a, logicalType: string, logicalTypeOptions: [{minLength: 3}, {maxLength: 2}]}")
    assert codes(found) == ["options-list-form", "option-range"]
    assert "logicalTypeOptions: {minLength: 3, maxLength: 2}" in errors(found.findings)[0].hint


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{rule: nullCheck, dimension: uq}", ["info dimension-synonym"]),
        ("{rule: nullCheck, dimension: uniqueness}", []),
        ("{rule: nullCheck, schedule: '@daily'}", ["info element-unexecuted"]),
        ("{rule: nullCheck, schedule: daily}", ["info element-unexecuted", "error schedule-invalid"]),
        ("{rule: nullCheck, schedule: daily, scheduler: x}", ["warning scheduler-unknown", "info element-unexecuted"]),
        ("{rule: '', name: nothing}", ["warning rule-inert"]),
        ("{type: custom, engine: x, implementation: y}", ["warning custom-engine-unknown"]),
        ("{type: custom, engine: dativo, implementation: y}", ["warning custom-engine-unknown"]),
    ],
)
def test_the_words_of_a_rule_are_checked(rule, told):
    found = with_property(f"{{name: a, logicalType: string, quality: [{rule}]}}")
    assert [f"{finding.severity} {finding.code}" for finding in found.findings] == told


FLAT = """\
name: orders
version: 1.0.0
source_type: csv
object: orders
team: {owner: anna}
tags: [x, x]
schema: [{name: a}]
data_quality: {expectations: [%s]}
"""


@pytest.mark.parametrize(
    ("expectation", "told"),
    [
        ("{type: not_null, column: a, dimension: cp}", ["dimension-synonym"]),
        ("{type: not_null, column: a, dimension: beauty}", ["not-allowed"]),
        ("{type: custom, column: a, implementation: x}", ["missing-key", "custom-engine-unknown"]),
    ],
)
def test_the_flat_dialect_is_checked_too(expectation, told):
    found = read(FLAT % expectation)
    sections = ["owner-unmappable", "tag-duplicate"]
    assert sorted(finding.code for finding in found.findings) == sorted([*told, *sections])
