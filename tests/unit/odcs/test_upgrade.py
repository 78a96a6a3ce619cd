import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from tests.unit.odcs.flat_contracts import texts

from dativo_core.model.finding import errors
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.odcs.standard_form import same_meaning
from dativo_core.odcs.standard_model import StandardContract
from dativo_core.odcs.upgrade import upgraded
from dativo_core.workspace.read_yaml import parse_document

ROOT = Path(__file__).parents[3]
COMMENT = re.compile(r"# comment \d+")


def read(text: str) -> ContractFile:
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def upgrade(text: str) -> str:
    result = upgraded("c.yaml", text.encode())
    assert result.content is not None, result.findings
    return result.content.decode()


@settings(max_examples=150, deadline=None)
@given(texts())
def test_an_upgraded_contract_means_the_same_and_keeps_every_comment(text):
    before = read(text)
    assert before.contract is not None, errors(before.findings)
    new = upgrade(text)
    after = read(new)
    assert after.contract is not None, errors(after.findings)
    assert same_meaning(before.contract, after.contract)
    assert Counter(COMMENT.findall(new)) == Counter(COMMENT.findall(text))
    kept = {key: value for key, value in before.target.items() if key != "partitioning" or not value}
    assert after.target == kept
    assert upgrade(new) == new
    StandardContract.model_validate(yaml.safe_load(new) | {"contractCreatedTs": None})
