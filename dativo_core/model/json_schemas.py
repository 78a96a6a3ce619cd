"""JSON Schemas for editors, generated from the models, so that there is one truth."""

import json
from collections.abc import Mapping
from typing import Any

from dativo_core.model.base import FileModel
from dativo_core.model.job import Job
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import RegistryFile

FILES: Mapping[str, type[FileModel]] = {
    "job-config.schema.json": Job,
    "connectors.schema.json": Recipe,
    "registry.schema.json": RegistryFile,
}
"""The schema file of each kind of file; contracts have their own, see `odcs.json_schemas`."""


def json_schemas(models: Mapping[str, type[FileModel]]) -> dict[str, str]:
    """Return the text of each schema file (JSON Schema draft 2020-12) by its name."""
    return {name: _text(name, model.model_json_schema()) for name, model in models.items()}


def _text(name: str, schema: dict[str, Any]) -> str:
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:dativo:{name}", **schema}
    return json.dumps(document, indent=2) + "\n"
