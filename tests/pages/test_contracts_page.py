"""The page about contracts says what the code does."""

import re

import pytest
from pydantic import BaseModel

from dativo_core.odcs.flat_model import FlatColumn, FlatContract
from dativo_core.odcs.read import read_contract
from dativo_core.odcs.standard_model import Property, StandardContract
from dativo_core.odcs.type_table import PHYSICAL_TYPES
from dativo_core.workspace.read_yaml import parse_document
from tests.pages.contracts import PAGE, page


def test_the_page_is_what_its_generator_writes():
    assert PAGE.read_text() == page(), "run: python -m tests.pages.contracts"


def test_every_spelling_of_a_type_is_on_the_page():
    text = page()
    assert all(f"`{spelling}`" in text for row in PHYSICAL_TYPES for spelling in row.spellings)


@pytest.mark.parametrize("model", [StandardContract, Property, FlatContract, FlatColumn])
def test_every_key_says_what_it_means(model: type[BaseModel]):
    assert all(each.description for each in model.model_fields.values())


def test_the_contracts_shown_are_the_same_table():
    tables = []
    for block in re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL):
        parsed = parse_document("c.yaml", block.encode())
        assert parsed.document is not None
        found = read_contract(parsed.document)
        assert found.findings == ()
        assert found.contract is not None
        tables.append([(each.name, each.type, each.required) for each in found.contract.objects[0].columns])
    assert len(tables) == 2
    assert tables[0] == tables[1]
