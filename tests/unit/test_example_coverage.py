"""The examples that load show every key of every file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from dativo_core.model.job import Job
from dativo_core.model.policy import Policy
from dativo_core.model.recipe import Recipe
from dativo_core.model.registry import RegistryFile
from dativo_core.model.runner import Runner
from dativo_core.odcs.flat_model import FlatContract
from dativo_core.odcs.standard_model import StandardContract
from tests.pages.config_reference import models_of

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "examples"
WORKSPACES = (ROOT, *sorted((EXAMPLES / "valid").iterdir()))
PLACES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("jobs/**/*.yaml", Job),
    ("connectors/**/*.yaml", Recipe),
    ("registry/*.yaml", RegistryFile),
    ("configs/runner.yaml", Runner),
    ("configs/policy.yaml", Policy),
    ("assets/**/*.yaml", FlatContract),
    ("assets/**/*.yaml", StandardContract),
)
Key = tuple[str, str]


def keys_of(model: type[BaseModel], seen: frozenset[type[BaseModel]] = frozenset()) -> Iterator[Key]:
    """Yield every key of a model and of all below it, each with the name of its own model."""
    for key, field in model.model_fields.items():
        yield model.__name__, field.alias or key
        for part in models_in(field.annotation):
            if part not in seen:
                yield from keys_of(part, seen | {model, part})


def models_in(annotation: Any) -> list[type[BaseModel]]:
    return [model for model, _ in models_of(annotation)]


def is_by_name(annotation: Any) -> bool:
    """Whether a value is a mapping of names to models."""
    return any(get_origin(each) is dict and models_in(each) for each in (annotation, *get_args(annotation)))


def written(data: Any, model: type[BaseModel]) -> Iterator[Key]:
    """Yield every key of a model that a file writes."""
    if isinstance(data, list):
        for each in data:
            yield from written(each, model)
    if not isinstance(data, dict):
        return
    for key, field in model.model_fields.items():
        name = field.alias or key
        if name in data:
            yield model.__name__, name
            for part in models_in(field.annotation):
                inner = list(data[name].values()) if is_by_name(field.annotation) else data[name]
                yield from written(inner, part)


def loaded(pattern: str, model: type[BaseModel]) -> Iterator[Any]:
    """Yield what the files of a place hold, in every workspace that loads."""
    wrapper = getattr(model, "wrapper", None)
    for workspace in WORKSPACES:
        for path in workspace.glob(pattern):
            data = yaml.safe_load(path.read_text()) or {}
            yield data.get(wrapper, data) if wrapper else data


@pytest.mark.parametrize(("pattern", "model"), PLACES)
def test_every_key_is_in_an_example_that_loads(pattern, model):
    seen = {key for data in loaded(pattern, model) for key in written(data, model)}
    assert sorted(set(keys_of(model)) - seen) == []
