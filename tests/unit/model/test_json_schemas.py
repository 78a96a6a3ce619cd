"""The schema files are what the models say; what the checkout ships names its schema and is valid by it."""

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from dativo_core.model.json_schemas import FILES, json_schemas
from dativo_core.odcs.json_schemas import CONTRACTS

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "dativo_core" / "shipped"
PLACES = (ROOT / "schemas", SHIPPED / "schemas")
SCHEMAS = json_schemas({**FILES, **CONTRACTS})
HEADER = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
FOLDERS = (
    ROOT / "connectors",
    ROOT / "registry",
    ROOT / "assets",
    ROOT / "jobs",
    ROOT / "configs",
    SHIPPED / "registry",
)
WRITTEN = [path for folder in FOLDERS for path in sorted(folder.rglob("*.yaml"))]


def schema(name: str) -> dict[str, Any]:
    return json.loads(SCHEMAS[name])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.parent.name)
@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_file_is_what_the_models_say(place: Path, name: str) -> None:
    if os.environ.get("DATIVO_UPDATE_SCHEMAS"):
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(SCHEMAS[name])
    assert (place / name).read_text() == SCHEMAS[name]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_shipped_file_names_its_schema_in_the_first_line_and_is_valid_by_it(path: Path) -> None:
    header = HEADER.match(path.read_text())
    assert header is not None, f"begin with: # yaml-language-server: $schema={os.path.relpath(PLACES[0], path.parent)}/"
    named = (path.parent / header[1]).resolve()
    assert named.is_relative_to(ROOT)
    document = json.loads(named.read_text())
    jsonschema.Draft202012Validator(document).validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_an_unknown_key_is_invalid_by_every_schema(name: str) -> None:
    errors = jsonschema.Draft202012Validator(schema(name)).iter_errors({"tabel": 1})
    assert "additionalProperties" in {error.validator for error in errors}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one_and_says_what_each_key_means(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    for definition in (schema(name), *schema(name).get("$defs", {}).values()):
        assert all(each.get("description") for each in definition.get("properties", {}).values())
