"""JSON Schemas for editors, generated from the models, so that there is one truth."""

import json
from collections.abc import Mapping
from typing import Any

from dativo_core.model.base import FileModel
from dativo_core.model.job import Job
from dativo_core.model.policy import Policy
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import RegistryFile
from dativo_core.model.runner import Runner

FILES: Mapping[str, type[FileModel]] = {
    "job-config.schema.json": Job,
    "connectors.schema.json": Recipe,
    "registry.schema.json": RegistryFile,
    "runner.schema.json": Runner,
    "policy.schema.json": Policy,
}
"""The schema file of each kind of file; contracts have their own, see `odcs.json_schemas`."""


def json_schemas(models: Mapping[str, type[FileModel]]) -> dict[str, str]:
    """Return the text of each schema file (JSON Schema draft 2020-12) by its name."""
    return {name: _text(name, _schema(model)) for name, model in models.items()}


def _schema(model: type[FileModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    if model.wrapper is None:
        return schema
    definitions = {**schema.pop("$defs", {}), model.__name__: schema}
    body = {"$ref": f"#/$defs/{model.__name__}"}
    wrapped = {"properties": {model.wrapper: {**body, "description": "all of the file"}}, "additionalProperties": False}
    return {"$defs": definitions, "type": "object", "if": {"required": [model.wrapper]}, "then": wrapped, "else": body}


def _text(name: str, schema: dict[str, Any]) -> str:
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:dativo:{name}", **schema}
    return json.dumps(document, indent=2) + "\n"
