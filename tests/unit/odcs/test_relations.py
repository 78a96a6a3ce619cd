"""Relationships of newer contracts, held against the tables they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.comparable import why_not_comparable
from dativo_core.odcs.contract import Relation
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.odcs.relations import related
from dativo_core.odcs.types import FieldType, OnLoss, TypeKind
from dativo_core.workspace.read_yaml import parse_document
from dativo_core.workspace.related import split_reference

HEAD = """\
apiVersion: v3.2.0
kind: DataContract
id: shop
version: 1.0.0
status: active
team: {members: [{username: a@example.com, role: Owner}]}
schema:
"""
TABLES = """\
  - id: orders_id
    name: Orders
    relationships: [RELATIONSHIPS]
    properties:
      - {id: order_id, name: id, logicalType: integer}
      - {id: customer_id, name: customer, logicalType: integer, relationships: [ON_CUSTOMER]}
      - id: address_id
        name: address
        logicalType: object
        properties: [{id: street_id, name: street, logicalType: string}]
      - name: lines
        logicalType: array
        items: {logicalType: object, properties: [{name: article, logicalType: integer, relationships: [ON_ARTICLE]}]}
  - id: streets_id
    name: streets
    properties:
      - {id: name_id, name: name.full, logicalType: string}
"""
MAP = """\
  - name: orders
    properties:
      - {{name: id, logicalType: integer}}
      - name: counts
        logicalType: map
        key: {key}
        value: {value}
"""
FLAT = """\
name: people
version: 1.0.0
source_type: csv
object: people
team: {owner: a@example.com}
schema: [{name: id, type: integer}]
"""


def read(text: str, file: str = "assets/csv/shop.yaml") -> ContractFile:
    parsed = parse_document(file, text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def shop(relationships: str = "", on_customer: str = "", on_article: str = "") -> ContractFile:
    text = HEAD + TABLES.replace("RELATIONSHIPS", relationships).replace("ON_CUSTOMER", on_customer)
    others = {"assets/csv/people.yaml": read(FLAT, "assets/csv/people.yaml")}
    return related(read(text.replace("ON_ARTICLE", on_article)), others.get)


def relations(found: ContractFile) -> list[Relation]:
    assert found.contract is not None, found.findings
    return [each for table in found.contract.objects for each in table.relations]


@pytest.mark.parametrize(
    ("reference", "column"),
    [
        ("Orders.id", ("id",)),
        ("orders.ID", ("id",)),
        ("schema/orders_id/properties/order_id", ("id",)),
        ("/schema/orders_id/properties/order_id", ("id",)),
        ("#orders.id", ("id",)),
        ("shop.yaml#orders.id", ("id",)),
        ("../csv/shop.yaml#/schema/orders_id/properties/order_id", ("id",)),
        ("people.yaml#people.id", ("id",)),
        ("/app/assets/csv/shop.yaml#orders.id", None),
        ("orders", None),
        ("id", None),
        ("orders.id.more", None),
        ("schema/Orders/properties/id", None),
        ("schema/orders_id", None),
        ("schema/orders_id/properties", None),
        ("schema/orders_id/order_id", None),
        ("servers/orders_id/properties/order_id", None),
        ("", None),
        ("#", None),
    ],
)
def test_a_reference_is_by_names_or_by_ids(reference, column):
    found = shop(on_customer=f"{{to: '{reference}'}}")
    if column is None:
        assert {each.code for each in found.findings if each.severity.value == "error"} == {"relation-unknown"}
        return
    (relation,) = relations(found)
    assert relation.target_columns == (column,)
    assert (relation.target_file, relation.target) in {
        ("assets/csv/shop.yaml", "Orders"),
        ("assets/csv/people.yaml", "people"),
    }


@pytest.mark.parametrize(
    "street", ["orders.address.street", "schema/orders_id/properties/address_id/properties/street_id"]
)
@pytest.mark.parametrize("name", ["streets.name.full", "schema/streets_id/properties/name_id"])
def test_a_member_of_an_object_and_a_name_with_a_dot_are_found(street, name):
    (relation,) = relations(shop(f"{{from: {street}, to: {name}}}"))
    assert (relation.columns, relation.target_columns) == ((("address", "street"),), (("name.full",),))
    assert relation.id == "relation__orders_address_street__streets_name_full"
    assert relation.obstacle == ""


def test_a_part_of_an_array_is_kept_with_the_reason_why_it_is_not_executed():
    (relation,) = relations(shop(on_article="{to: orders.id}"))
    assert relation.columns == (("lines", "[]", "article"),)
    assert relation.obstacle == "Orders.lines[].article is a part of an array"


@pytest.mark.parametrize("part", ["key", "value"])
def test_a_part_of_a_map_is_kept_with_the_reason_why_it_is_not_executed(part):
    parts = {"key": "{logicalType: integer}", "value": "{logicalType: integer}"}
    parts[part] = "{logicalType: integer, relationships: [{to: orders.id}]}"
    text = MAP.format(**parts)
    (relation,) = relations(related(read(HEAD + text), {}.get))
    assert relation.obstacle == "orders.counts is a map"


def test_a_relationship_said_twice_is_one_and_two_of_one_name_are_told_apart_in_any_order():
    once, again = "{from: orders.customer, to: orders.id}", "{to: schema/orders_id/properties/order_id}"
    assert len(relations(shop(once, again))) == 1
    a, b = "{from: orders.customer, to: people.yaml#people.id}", "{from: orders.customer, to: orders.id}"
    both = {each.id for each in relations(shop(f"{a}, {b}"))}
    assert both == {each.id for each in relations(shop(f"{b}, {a}"))}
    assert len(both) == 2


def test_a_contract_that_points_to_one_with_errors_is_read_and_the_relationship_is_not_executed():
    text = HEAD + TABLES.replace("RELATIONSHIPS", "{from: orders.customer, to: people.yaml#people.id}")
    text = text.replace("ON_CUSTOMER", "").replace("ON_ARTICLE", "")
    broken = read("name: people\nsource_type: csv\n", "assets/csv/people.yaml")
    (relation,) = relations(related(read(text), {"assets/csv/people.yaml": broken}.get))
    assert relation.obstacle == "the contract assets/csv/people.yaml has errors"


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        ("orders.idd", "Did you mean 'Orders.id'?"),
        ("order.id", "Did you mean 'Orders.id'?"),
        (
            "customers.id",
            "There are the tables Orders, streets. For a table of another contract, name its file too: FILE.y",
        ),
        ("people.yaml#orders.id", "There is only the table people."),
        ("people.yaml#people.nr", "Did you mean 'people.id'?"),
    ],
)
def test_no_property_of_another_table_than_the_named_one_is_proposed(reference, hint):
    (told,) = (each for each in shop(on_customer=f"{{to: '{reference}'}}").findings if each.code == "relation-unknown")
    assert told.hint.startswith(hint)


def test_a_reference_to_a_contract_with_errors_needs_no_letter():
    text = HEAD + TABLES.replace("RELATIONSHIPS", "{from: orders.customer, to: people.yaml#数.数}")
    text = text.replace("ON_CUSTOMER", "").replace("ON_ARTICLE", "")
    broken = read("name: people\nsource_type: csv\n", "assets/csv/people.yaml")
    (relation,) = relations(related(read(text), {"assets/csv/people.yaml": broken}.get))
    assert relation.id == "relation__orders_customer__table"


def test_a_relationship_is_at_its_line_after_a_measure():
    measure = "      - {name: total, logicalType: number, semanticType: measure}\n      - {id: order_id"
    text = HEAD + TABLES.replace("      - {id: order_id", measure).replace("RELATIONSHIPS", "")
    text = text.replace("ON_CUSTOMER", "{to: orders.nr}").replace("ON_ARTICLE", "")
    (told,) = (each for each in related(read(text), {}.get).findings if each.code == "relation-unknown")
    assert (told.line, told.key_path) == (14, "schema[0].properties[2].relationships[0].to")


@pytest.mark.parametrize("place", ["table", "property", "custom"])
def test_a_contract_in_3_0_2_has_no_relationships(place):
    text = HEAD.replace("v3.2.0", "v3.0.2").replace("{members: ", "").replace("}]}", "}]") + "  - name: orders\n"
    relationships = "relationships: [{from: orders.id, to: orders.id}]"
    text += f"    {relationships}\n" if place == "table" else ""
    more = f", {relationships}" if place == "property" else ""
    if place == "custom":
        more = ", customProperties: [{property: relationships, value: [{to: orders.id}]}]"
    found = related(read(text + f"    properties: [{{name: id, logicalType: integer{more}}}]\n"), {}.get)
    if place == "custom":
        assert relations(found) == []
    else:
        (told,) = (each for each in found.findings if each.code == "unknown-key")
        assert told.message == "'relationships' needs apiVersion v3.1.0"
        assert told.hint == "Write apiVersion: v3.1.0, or remove the key."
        assert found.contract is None


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (FieldType(TypeKind.INT), FieldType(TypeKind.LONG), ""),
        (FieldType(TypeKind.LONG), FieldType(TypeKind.DECIMAL, 21, 2), ""),
        (FieldType(TypeKind.LONG), FieldType(TypeKind.DECIMAL, 38, 19), ""),
        (FieldType(TypeKind.LONG), FieldType(TypeKind.DECIMAL, 38, 20), "need 39 digits"),
        (FieldType(TypeKind.FLOAT), FieldType(TypeKind.DOUBLE), ""),
        (FieldType(TypeKind.LONG), FieldType(TypeKind.DOUBLE), "cannot be compared"),
        (FieldType(TypeKind.DATE), FieldType(TypeKind.TIMESTAMP), "cannot be compared"),
        (FieldType(TypeKind.TIMESTAMP), FieldType(TypeKind.TIMESTAMPTZ), "cannot be compared"),
        (FieldType(TypeKind.BINARY), FieldType(TypeKind.FIXED, length=4), ""),
        (FieldType(TypeKind.TIME, on_loss=OnLoss.STRINGIFY), FieldType(TypeKind.STRING), ""),
        (FieldType(TypeKind.STRUCT), FieldType(TypeKind.STRUCT), "not compared as a whole"),
    ],
)
def test_types_are_compared_when_values_of_both_can_be_equal_without_loss(one, other, why):
    for found in (why_not_comparable(one, other), why_not_comparable(other, one)):
        assert (why in found) if why else found == ""


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_a_reference_to_a_file_and_a_name_or_to_a_name(prefix, name):
    file, rest = split_reference("assets/csv/shop.yaml", f"{prefix}#{name}")
    assert file is None or file != "assets/csv/shop.yaml"
    assert "#" in prefix or rest == name.strip()


@given(st.text(alphabet="schema/propertiesid.#{}-_ orders", max_size=40))
def test_any_text_in_a_relationship_gives_a_contract_or_findings(text):
    quoted = text.replace("'", "''")
    found = shop(on_customer=f"{{to: '{quoted}'}}")
    assert found.contract is not None or found.findings
