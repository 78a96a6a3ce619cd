"""The schema files are what the models say; what the checkout ships is valid by them."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml

from dativo_core.model.json_schemas import json_schemas

ROOT = Path(__file__).parents[3]
PLACES = (ROOT / "schemas", ROOT / "dativo_core" / "shipped" / "schemas")
SCHEMAS = json_schemas()
FILES = [
    *(("job-config.schema.json", path) for path in sorted((ROOT / "jobs").rglob("*.yaml"))),
    *(("connectors.schema.json", path) for path in sorted((ROOT / "connectors").rglob("*.yaml"))),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.parent.name)
@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_file_is_what_the_models_say(place: Path, name: str) -> None:
    if os.environ.get("DATIVO_UPDATE_SCHEMAS"):
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(SCHEMAS[name])
    assert (place / name).read_text() == SCHEMAS[name]


@pytest.mark.parametrize(("name", "path"), FILES, ids=lambda value: value.stem if isinstance(value, Path) else None)
def test_a_shipped_file_is_valid_by_its_schema(name: str, path: Path) -> None:
    jsonschema.Draft202012Validator(json.loads(SCHEMAS[name])).validate(yaml.safe_load(path.read_text()))


def test_an_unknown_key_is_invalid_by_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMAS["job-config.schema.json"]))
    assert [error.validator for error in validator.iter_errors({"tenant_id": "a", "tabel": 1})] == [
        "additionalProperties"
    ]
