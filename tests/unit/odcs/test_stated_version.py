"""A contract whose version of the standard is misspelt, or not there: one finding says so, and the rest is read as meant."""

from pathlib import Path

import pytest

from dativo_core.model.finding import errors
from dativo_core.odcs.read import read_contract
from dativo_core.workspace.read_yaml import parse_document

EXAMPLES = Path(__file__).parents[2] / "examples" / "valid"
NEWER = next((EXAMPLES / "standard_3_2").glob("assets/*/*/*.yaml")).read_text()
OLDER = next((EXAMPLES / "standard_contract").glob("assets/*/*/*.yaml")).read_text()


def read(text):
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def with_version(text, line):
    (written,) = (each for each in text.splitlines() if each.startswith("apiVersion:"))
    return text.replace(f"{written}\n", f"{line}\n" if line else "")


@pytest.mark.parametrize(
    ("line", "code", "hint"),
    [
        ("apiVersion: v3.2", "api-version-unknown", "Did you mean 'v3.2.0'?"),
        ("apiVersion: 3.2.0", "api-version-unknown", "Did you mean 'v3.2.0'?"),
        ("apiVersion: 3.2", "api-version-unknown", "Did you mean 'v3.2.0'?"),
        ("apiVersion: V3.2.0", "api-version-unknown", "Did you mean 'v3.2.0'?"),
        ("apiVersion: v3.2.7", "api-version-unknown", "Did you mean 'v3.2.0'?"),
        ("apiVersion: v32.0", "api-version-unknown", "Did you mean 'v3.2.0'?"),
        ("apiVersion: v4.0.0", "api-version-unknown", "Write the contract in v3.0.2."),
        ("apiVersion: latest", "api-version-unknown", "Write the contract in v3.0.2."),
        ("apiVersion: [v3.2.0]", "wrong-type", "Write one value, not a list."),
        ("apiVersoin: v3.2.0", "unknown-key", "Did you mean 'apiVersion'?"),
        ("api_version: v3.2.0", "unknown-key", "Did you mean 'apiVersion'?"),
        ("apiVersion:", "missing-key", "Add it: version of the standard, such as v3.0.2."),
        ("", "missing-key", "Add it: version of the standard, such as v3.0.2."),
    ],
)
def test_one_error_says_what_is_wrong_with_it(line, code, hint):
    found = read(with_version(NEWER, line))
    assert found.contract is None
    assert [(each.code, each.hint) for each in errors(found.findings)] == [(code, hint)]
    assert not any(each.code == "api-version-upgraded" for each in found.findings)


@pytest.mark.parametrize("line", ["apiVersion: v3.0", "apiVersion: 3.0.2", "apiVersion: v3.0.3", "apiVersion: v302"])
def test_a_misspelt_older_version_is_read_as_an_older_one(line):
    found = read(with_version(OLDER, line))
    assert [(each.code, each.hint) for each in errors(found.findings)] == [
        ("api-version-unknown", "Did you mean 'v3.0.2'?")
    ]


def test_other_mistakes_of_the_file_are_told_too():
    text = with_version(NEWER, "apiVersion: 3.2").replace(
        "logicalType: integer, required", "logicaltype: integer, required"
    )
    assert {each.code for each in errors(read(text).findings)} == {"unknown-key", "api-version-unknown"}


def test_the_line_is_that_of_the_version():
    text = "# a comment\n\n" + with_version(NEWER, "apiVersion: 3.2")
    (found,) = errors(read(text).findings)
    assert (found.line, found.key_path) == (3, "apiVersion")
