"""The time zone of a column whose values are written without an offset."""

import pytest

from dativo_core.odcs.types import TypeKind
from tests.unit.odcs.test_newer import newer
from tests.unit.odcs.test_read import codes, standard, table

ZONE = "customProperties: [{property: dativoTimezone, value: Europe/Berlin}]"


def test_a_column_of_instants_has_the_zone_that_is_declared():
    (column,) = table(f"{{name: paid_at, logicalType: date, physicalType: timestamptz, {ZONE}}}").columns
    assert (column.type.kind, column.type.zone) == (TypeKind.TIMESTAMPTZ, "Europe/Berlin")
    assert column.type.stored.zone is None


def test_a_part_of_a_nested_column_has_a_zone_of_its_own():
    part = f"{{name: at, physicalType: timestamptz, {ZONE}}}"
    (column,) = table(f"{{name: visit, logicalType: object, properties: [{part}]}}").columns
    (member,) = column.type.members
    assert member.type.zone == "Europe/Berlin"
    assert column.type.stored.members[0].type.zone is None


@pytest.mark.parametrize("type_", ["timestamp", "date", "varchar", "timestamptz[]"])
def test_a_zone_means_nothing_for_other_types(type_):
    found = standard(f"{{name: x, physicalType: '{type_}', {ZONE}}}")
    assert "timezone-misplaced" in codes(found)


@pytest.mark.parametrize("value", ["Berlin", "''", "3", "../etc/passwd", "[UTC]", "null"])
def test_a_zone_that_does_not_exist_is_named(value):
    found = standard(f"{{name: x, physicalType: timestamptz, {ZONE.replace('Europe/Berlin', value)}}}")
    assert "timezone-unknown" in codes(found)


def test_the_default_zone_of_a_newer_contract_is_the_zone_of_the_column():
    options = "logicalTypeOptions: {timezone: true, defaultTimezone: Europe/Paris}"
    found = newer(f"{{name: seen_at, logicalType: timestamp, {options}}}")
    assert found.contract is not None
    assert found.contract.objects[0].columns[0].type.zone == "Europe/Paris"
    assert codes(found) == ["api-version-upgraded"]


def test_a_default_zone_of_values_that_are_no_instants_is_left_out_with_a_warning():
    found = newer("{name: x, logicalType: timestamp, logicalTypeOptions: {defaultTimezone: Europe/Paris}}")
    assert found.contract is not None
    assert found.contract.objects[0].columns[0].type.zone is None
    assert "downgrade-lossy" in codes(found)
