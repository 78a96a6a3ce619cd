"""The reader of contracts refuses whatever the shipped schema refuses, over every single change of every sample.

The other way round is not asked for: the reader knows much that a schema cannot say.
"""

from typing import Any

import pytest

from dativo_core.model.finding import Finding, errors
from dativo_core.odcs.json_schema import ContractSchema, is_valid, refusals
from dativo_core.odcs.read import read_contract
from dativo_core.workspace.document import Document
from dativo_core.workspace.read_yaml import parse_document
from tests.odcs.documents import Sample, samples
from tests.odcs.flat import FLAT_CONTRACT
from tests.odcs.mutations import Mutation, mutations

SAMPLES = list(samples())


def problems(data: dict[str, Any]) -> tuple[Finding, ...]:
    return errors(read_contract(Document("contract.yaml", data, {})).findings)


def is_null(mutation: Mutation) -> bool:
    """A key whose value is null counts as absent, says the prose; the schema takes null for a value of the wrong type."""
    return mutation.value is None


LENIENT = {"null on a key that may be absent": is_null}
"""Where the reader accepts more than the schema, by the reason."""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_of_the_tables_is_accepted(sample: Sample) -> None:
    assert problems(sample.data) == ()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_what_the_schema_refuses_is_an_error_of_the_reader(sample: Sample) -> None:
    for mutation in mutations(sample.data, sample.focus):
        data = mutation.of(sample.data)
        if not is_valid(data) and not any(applies(mutation) for applies in LENIENT.values()):
            assert problems(data), str(mutation)


def test_what_the_schema_of_the_flat_dialect_refuses_is_an_error_of_the_reader() -> None:
    assert refusals(FLAT_CONTRACT, ContractSchema.FLAT) == []
    assert problems(FLAT_CONTRACT) == ()
    for mutation in mutations(FLAT_CONTRACT):
        data = mutation.of(FLAT_CONTRACT)
        assert is_valid(data, ContractSchema.FLAT) or problems(data), str(mutation)


def test_a_required_key_that_is_null_is_an_error_all_the_same() -> None:
    data = {**SAMPLES[0].data, "id": None}
    assert [finding.key_path for finding in problems(data)] == ["id"]


def test_an_unquoted_version_is_the_text_that_was_written_though_the_schema_takes_it_for_a_number() -> None:
    text = b"apiVersion: v3.0.2\nkind: DataContract\nid: a\nversion: 1.10\nstatus: active\n"
    parsed = parse_document("contract.yaml", text)
    assert parsed.document is not None
    assert not is_valid(parsed.document.data)
    assert "version" not in {finding.key_path for finding in errors(read_contract(parsed.document).findings)}


@pytest.mark.parametrize("synonym", ["ac", "cp", "cf", "cs", "cv", "tm", "uq"])
def test_the_prose_has_synonyms_of_dimensions_that_the_schema_does_not(synonym: str) -> None:
    (sample,) = (each for each in SAMPLES if each.name == "rule without type")
    data = Mutation((*sample.focus, "dimension"), synonym).of(sample.data)
    assert not is_valid(data)
    assert problems(data) == ()


UNKNOWN = {"unknown-key", "options-unknown"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_an_unknown_key_is_an_error_in_a_closed_section_and_a_warning_in_an_open_one(sample: Sample) -> None:
    for mutation in mutations(sample.data, sample.focus):
        if mutation.adds_an_unknown_key and not is_free(mutation):
            data = mutation.of(sample.data)
            findings = read_contract(Document("contract.yaml", data, {})).findings
            told = [finding.severity.value for finding in findings if finding.code in UNKNOWN]
            is_open = is_valid(data) and "logicalTypeOptions" not in mutation.path  # a boolean has none
            assert told == ["warning" if is_open else "error"], str(mutation)


def is_free(mutation: Mutation) -> bool:
    """Return whether a mapping has keys of the author's choice: values of custom properties, texts of engines, examples."""
    return any(part in {"value", "implementation", "examples", "mustBe", "mustNotBe"} for part in mutation.path)
