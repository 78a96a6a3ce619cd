"""The table of physical types is what is resolved, whichever way a type is spelt."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.resolve_type import Context, physical_type
from dativo_core.odcs.type_table import PHYSICAL_TYPES, VOCABULARIES, Vocabulary
from dativo_core.odcs.types import FieldType, TypeProblem
from tests.unit.odcs.type_spellings import Example, examples

EXAMPLES = list(examples())
WORDS = {re.split(r"[\[( ]", spelling)[0] for row in PHYSICAL_TYPES for spelling in row.spellings}


def said(example: Example) -> str:
    """Return the type the row of an example names, its arguments put in."""
    numbers = example.given
    computed = {"p-s": numbers.get("p", 0) - numbers.get("s", 0), **numbers}
    name, _, arguments = example.row.type.rstrip(")").partition("(")
    values = [str(computed.get(each, each)) for each in arguments.split(",") if each]
    opening, closing = "[]" if name == "fixed" else "()"
    return f"{name}{opening}{','.join(values)}{closing}" if values else name


@pytest.mark.parametrize("vocabulary", Vocabulary)
def test_every_spelling_means_what_the_table_says(vocabulary):
    for example in (each for each in EXAMPLES if each.context.vocabulary is vocabulary):
        found = physical_type(example.text, example.context).type
        if example.row.code:
            assert isinstance(found, TypeProblem), example
            as_text = str(found.as_text) if found.as_text else ""
            assert (found.code, as_text) == (example.row.code, example.row.as_text), example
        elif isinstance(found, TypeProblem):
            assert (found.code, str(found.as_text)) == ("decimal-too-wide", said(example)), example
        else:
            assert str(found) == said(example), example


def test_every_row_of_the_table_can_be_reached():
    assert {id(example.row) for example in EXAMPLES} == {id(row) for row in PHYSICAL_TYPES}


@given(st.sampled_from(EXAMPLES), st.data())
def test_case_blanks_and_schema_do_not_matter(example, data):
    cased = "".join(data.draw(st.sampled_from([each.lower(), each.upper()])) for each in example.text)
    blanks = data.draw(st.sampled_from(["", " ", "\n "]))
    written = re.sub(r"([(,)])", rf"{blanks}\1{blanks}", cased)
    prefix = data.draw(st.sampled_from(["", "public.", "PG_CATALOG."]))
    assert physical_type(f" {prefix}{written} ", example.context) == physical_type(example.text, example.context) or (
        isinstance(physical_type(example.text, example.context).type, TypeProblem)
    )


@given(st.from_regex(r"[a-z_]\w{0,9}(\(\d{1,2}(,\d)?\))?", fullmatch=True), st.sampled_from(list(Vocabulary)))
def test_any_other_word_is_not_understood(text, vocabulary):
    if text.split("(")[0].lower() in WORDS | {"interval", "vector"}:
        return
    found = physical_type(text, Context(vocabulary)).type
    assert isinstance(found, TypeProblem)
    assert found.code in {"type-unparsed"}


@given(st.text(max_size=30), st.sampled_from(list(Vocabulary)))
def test_every_text_has_a_type_or_a_reason(text, vocabulary):
    assert isinstance(physical_type(text, Context(vocabulary)).type, FieldType | TypeProblem)


@pytest.mark.parametrize(
    ("name", "text", "type_"),
    [
        ("postgresql", "timestamp", "timestamp"), ("mysql", "timestamp", "timestamptz"),
        ("mariadb", "timestamp(6)", "timestamptz"), ("bigquery", "TIMESTAMP", "timestamptz"),
        ("databricks", "timestamp", "timestamptz"), ("mssql", "timestamp", "fixed[8]"), ("oracle", "DATE", "timestamp"),
        ("snowflake", "NUMBER", "decimal(38,0)"), ("mysql", "decimal", "decimal(10,0)"), ("bigquery", "numeric", "decimal(38,9)"),
        ("sqlserver", "numeric", "decimal(18,0)"), ("mysql", "bit(9)", "long"), ("postgres", "bit(9)", "string"),
        ("postgres", "bit", "string"), ("sqlserver", "bit", "boolean"), ("mysql", "float", "float"),
        ("postgres", "float", "double"),
        ("mysql", "bigint(20) unsigned zerofill", "decimal(20,0)"), ("mysql", "enum('a','b (x)')", "string"),
        ("postgres", "geometry(Point, 4326)[]", None), ("oracle", "varchar2(20 char)", "string"),
        ("postgres", "interval day to second(3)", None), ("sqlserver", "[dbo].[money]", "decimal(19,4)"),
    ],
)  # fmt: skip
def test_the_source_decides_what_its_words_mean(name, text, type_):
    found = physical_type(text, Context(VOCABULARIES[name])).type
    assert (None if isinstance(found, TypeProblem) else str(found)) == type_
