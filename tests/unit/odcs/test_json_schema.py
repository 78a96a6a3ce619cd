"""The shipped JSON Schemas: every key of the standard's tables, closed where it is closed, the same in wheel and checkout."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dativo_core.model.finops import FinOps
from dativo_core.odcs import flat_model
from dativo_core.odcs.json_schema import ContractSchema, is_valid, refusals, schema_text
from dativo_core.workspace.read_yaml import parse_document
from tests.odcs import tables
from tests.odcs.documents import samples
from tests.odcs.flat import FLAT_CONTRACT

ROOT = Path(__file__).parents[3]
STANDARD, FLAT = (json.loads(schema_text(each)) for each in ContractSchema)
DEFS = STANDARD["$defs"]
PLACES = {
    "Root": STANDARD,
    "Description": DEFS["Description"],
    "Link": DEFS["AuthoritativeDefinitions"]["items"],
    "CustomProperty": DEFS["CustomProperties"]["items"],
    "Role": DEFS["Role"],
    "Support": DEFS["SupportItem"],
    "Price": DEFS["Price"],
    "Member": DEFS["TeamMember"],
    "Sla": DEFS["SlaProperty"],
    "Object": DEFS["SchemaObject"],
}
OPTIONAL_HERE = {"logicalType"}
"""Required in the tables of properties by type, since without it they would not be of that type."""


def keys(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that a schema and all it refers to or requires together describes."""
    found = dict(schema.get("properties", {}))
    parts = [*schema.get("allOf", []), *([DEFS[schema["$ref"].rsplit("/", 1)[1]]] if "$ref" in schema else [])]
    for part in parts:
        found |= keys(part)
    return found


def required(schema: dict[str, Any]) -> set[str]:
    inherited = DEFS[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else {}
    return {*schema.get("required", []), *(required(inherited) if inherited else ())}


def named(table: tables.Table) -> set[str]:
    return {key.removesuffix("*") for key in table}


def starred(table: tables.Table) -> set[str]:
    return {key.removesuffix("*") for key in table if key.endswith("*")}


def enumerations(value: Any) -> set[tuple[str, ...]]:
    """Return every list of allowed words in a schema."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = {tuple(sorted(value["enum"]))} if isinstance(value, dict) and isinstance(value.get("enum"), list) else set()
    return own.union(*map(enumerations, inner))


def branch(section: str, key: str, value: str) -> dict[str, Any]:
    """Return what a section asks for when its key has a value."""
    conditions = [each for each in DEFS[section]["allOf"] if "if" in each]
    (found,) = (each for each in conditions if each["if"]["properties"] == {key: {"const": value}})
    return found


@pytest.mark.parametrize("schema", ContractSchema)
def test_a_shipped_schema_is_the_one_of_the_checkout_and_well_formed(schema: ContractSchema) -> None:
    assert (ROOT / "schemas" / "odcs" / schema).read_text() == schema_text(schema)
    jsonschema.Draft201909Validator.check_schema(json.loads(schema_text(schema)))


def test_the_schema_of_the_standard_needs_no_other_file() -> None:
    assert STANDARD["$id"].startswith("urn:")
    assert all(each.startswith("#/$defs/") for each in references(STANDARD))


def test_the_schema_of_the_flat_dialect_refers_to_the_standard_and_itself_only() -> None:
    places = {each.partition("#")[0] for each in references(FLAT)}
    assert places == {"", STANDARD["$id"]}


def references(value: Any) -> list[str]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value["$ref"]] if isinstance(value, dict) and isinstance(value.get("$ref"), str) else []
    return own + [each for part in inner for each in references(part)]


@pytest.mark.parametrize("name", tables.SECTIONS)
def test_every_key_of_a_section_is_in_the_schema(name: str) -> None:
    assert set(keys(PLACES[name])) == named(tables.SECTIONS[name])
    assert required(PLACES[name]) == starred(tables.SECTIONS[name])


def test_every_type_of_server_is_in_the_schema() -> None:
    assert set(DEFS["Server"]["properties"]["type"]["enum"]) == set(tables.SERVERS)
    assert len(tables.SERVERS) == 31
    assert set(keys(DEFS["Server"])) == {*named(tables.SERVER), "type"}


@pytest.mark.parametrize("type_", tables.SERVERS)
def test_every_key_of_a_server_is_in_the_schema(type_: str) -> None:
    then = branch("Server", "type", type_)["then"]
    assert set(keys(then)) == named(tables.SERVERS[type_])
    assert required(then) == starred(tables.SERVERS[type_])
    assert branch("Server", "type", type_)["if"]["required"] == ["type"]


@pytest.mark.parametrize("logical", tables.PROPERTIES)
def test_every_key_of_a_property_is_in_the_schema(logical: str) -> None:
    table = tables.PROPERTIES[logical]
    then = branch("PropertyBase", "logicalType", logical)["then"] if tables.OPTIONS[logical] else {}
    assert set(keys(DEFS["Property"])) | set(keys(then)) == named(table)
    assert required(DEFS["Property"]) == starred(table) - OPTIONAL_HERE


@pytest.mark.parametrize("logical", [each for each, options in tables.OPTIONS.items() if options])
def test_every_option_of_a_logical_type_is_in_the_schema(logical: str) -> None:
    condition = branch("PropertyBase", "logicalType", logical)
    options = DEFS[condition["then"]["properties"]["logicalTypeOptions"]["$ref"].rsplit("/", 1)[1]]
    assert set(keys(options)) == named(tables.OPTIONS[logical])
    assert options["additionalProperties"] is False
    assert "required" not in condition["if"]


def test_an_item_of_an_array_has_the_keys_of_a_property_and_members_but_needs_no_name() -> None:
    assert set(keys(DEFS["Item"])) == {*named(tables.PROPERTY_BASE), "logicalType", "logicalTypeOptions", "properties"}
    assert required(DEFS["Item"]) == set()


@pytest.mark.parametrize("type_", [each for each in tables.RULES if each != "text"])
def test_every_key_of_a_quality_rule_is_in_the_schema(type_: str) -> None:
    then = branch("QualityRule", "type", type_)["then"]
    assert set(keys(DEFS["QualityRule"])) | set(keys(then)) == named(tables.RULES[type_])
    assert {*required(then), "type"} == {*starred(tables.RULES[type_]), "type"}
    assert ("required" in branch("QualityRule", "type", type_)["if"]) is (type_ != "library")


def test_every_list_of_allowed_words_is_in_the_schema() -> None:
    assert enumerations(STANDARD) == {tuple(sorted(words)) for words in tables.ENUMERATIONS}


def test_every_sample_of_the_tables_is_valid() -> None:
    assert {each.name: refusals(each.data) for each in samples() if not is_valid(each.data)} == {}


@pytest.mark.parametrize("version", tables.LEGACY_VERSIONS)
def test_a_legacy_version_is_valid_by_the_schema(version: str) -> None:
    sample = next(samples())
    assert refusals({**sample.data, "apiVersion": version}) == []


def test_options_without_a_type_are_refused_and_items_and_properties_are_not() -> None:
    def column(**more: Any) -> dict[str, Any]:
        return {**next(samples()).data, "schema": [{"name": "a", "properties": [{"name": "b", **more}]}]}

    assert is_valid(column(logicalTypeOptions={}, items={}, properties=[]))
    assert not is_valid(column(logicalTypeOptions={"minLength": 1}))
    assert not is_valid(column(logicalType="string", items={}))


def contracts() -> list[Path]:
    workspaces = (ROOT, ROOT / "tests" / "fixtures", *sorted((ROOT / "tests" / "examples" / "valid").iterdir()))
    read_as_another = {"nested_asset", "relations_without_a_job", "standard_3_1", "standard_3_2"}
    return [
        path
        for place in workspaces
        if place.name not in read_as_another
        for path in sorted((place / "assets").rglob("*.yaml"))
    ]


@pytest.mark.parametrize("path", contracts(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_contract_is_valid_by_the_schema_of_its_own_dialect_only(path: Path) -> None:
    document = parse_document(path.name, path.read_bytes()).document
    assert document is not None
    spelt = document.spelling(("version",))
    data = {**document.data, "version": spelt} if spelt else document.data
    own, other = (ContractSchema.FLAT, ContractSchema.STANDARD)[:: 1 if "source_type" in data else -1]
    assert refusals(data, own) == []
    assert not is_valid(data, other)


OPEN_SECTIONS = {"Words", "Expectation", "Alerts"}
CLOSED_SECTIONS = sorted(set(FLAT["$defs"]) - OPEN_SECTIONS)


def model_of(section: str) -> Any:
    return FinOps if section == "Finops" else getattr(flat_model, f"Flat{section}")


@pytest.mark.parametrize(
    ("name", "model"),
    [("", flat_model.FlatContract), *((name, model_of(name)) for name in CLOSED_SECTIONS)],
)
def test_the_schema_of_the_flat_dialect_has_every_key_that_is_read(name: str, model: Any) -> None:
    schema = FLAT["$defs"][name] if name else FLAT
    assert schema["additionalProperties"] is False
    read = {info.alias or field for field, info in model.model_fields.items()}
    assert set(schema["properties"]) == read | model.not_implemented
    required_here = {info.alias or field for field, info in model.model_fields.items() if info.is_required()}
    assert (
        set(schema.get("required", ())) - {"owner"} == required_here
    )  # who owns the data is asked for by another rule


@pytest.mark.parametrize(
    ("change", "is_accepted"),
    [
        ({}, True),
        ({"team": {"owner": "a@example.com", "roles": [{"name": "b"}]}}, True),
        ({"tags": "daily", "status": None}, True),
        ({"description": "Orders of the shop."}, True),
        ({"description": {"purpose": None}}, True),
        ({"schema": []}, False),
        ({"schema": [{"name": "id", "typ": "integer"}]}, False),
        ({"apiVersion": "v9"}, False),
        ({"unknown": 1}, False),
        ({"servers": []}, False),
        ({"team": [{"username": "a"}]}, False),
        ({"target": {"mode": "loose"}}, False),
        ({"compliance": {"retention_days": 0}}, False),
        ({"data_quality": {"monitoring": {"enabled": True}}}, False),
        ({"data_quality": {"monitoring": {}}}, False),
        ({"data_quality": {"expectations": [{}]}}, False),
        ({"data_quality": {"expectations": [{"rule": "rowCount", "mustBeLessThan": "x"}]}}, False),
    ],
)
def test_the_schema_of_the_flat_dialect_is_closed(change: dict[str, Any], is_accepted: bool) -> None:
    assert is_valid({**FLAT_CONTRACT, **change}, ContractSchema.FLAT) is is_accepted


def test_nothing_is_fetched_to_validate() -> None:
    code = (
        "import socket, sys; socket.socket = None\n"
        "from dativo_core.odcs.json_schema import ContractSchema, is_valid\n"
        "print(*(is_valid({}, each) for each in ContractSchema))\n"
        f"print(is_valid({FLAT_CONTRACT!r}, ContractSchema.FLAT))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False", "True"]
