"""The JSON Schemas of contracts that Dativo ships, for editors and other tools, and verdicts by them. Nothing is fetched.

What is wrong with a contract is said by `read_contract`, with lines and remedies; a schema only says whether.
"""

import json
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any


class ContractSchema(StrEnum):
    """A shipped schema, by its file name: of the standard, and of the flat dialect."""

    STANDARD = "odcs-3.0.2.schema.json"
    FLAT = "dativo-odcs-3.0.2-extended.schema.json"


@cache
def schema_text(schema: ContractSchema) -> str:
    """Return a shipped schema as it is in its file."""
    folder = resources.files("dativo_core") / "shipped" / "schemas" / "odcs"
    return (folder / schema.value).read_text(encoding="utf-8")


def refusals(data: Any, schema: ContractSchema = ContractSchema.STANDARD) -> list[str]:
    """Return what a schema refuses in a document, as `$.path: message`; nothing when it is valid."""
    return [f"{error.json_path}: {error.message}" for error in _validator(schema).iter_errors(data)]


def is_valid(data: Any, schema: ContractSchema = ContractSchema.STANDARD) -> bool:
    """Return whether a document is valid by a schema; formats such as uri and date are not asserted."""
    verdict: bool = _validator(schema).is_valid(data)
    return verdict


@cache
def _validator(schema: ContractSchema) -> Any:
    # jsonschema is imported here, since reading contracts needs none of it and starts faster without.
    from jsonschema import Draft201909Validator
    from referencing import Registry, Resource

    resources_ = [Resource.from_contents(json.loads(schema_text(each))) for each in ContractSchema]
    registry: Registry[Any] = Registry().with_resources((each.id() or "", each) for each in resources_)
    return Draft201909Validator(json.loads(schema_text(schema)), registry=registry)
