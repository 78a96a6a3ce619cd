"""JSON Schemas for editors, generated from the models, so that there is one truth."""

import json
from typing import Any

from dativo_core.model.base import FileModel
from dativo_core.model.job import Job
from dativo_core.model.recipe import Recipe

_BY_FILE: dict[str, type[FileModel]] = {"job-config.schema.json": Job, "connectors.schema.json": Recipe}


def json_schemas() -> dict[str, str]:
    """Return the text of each schema file by its name: jobs and connector recipes (JSON Schema draft 2020-12)."""
    return {name: _text(name, model.model_json_schema()) for name, model in _BY_FILE.items()}


def _text(name: str, schema: dict[str, Any]) -> str:
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:dativo:{name}", **schema}
    return json.dumps(document, indent=2) + "\n"
