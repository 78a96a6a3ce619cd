import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.errors import ConfigError
from dativo_core.workspace.references import Reference, ReferenceKind, expand, find


@pytest.mark.parametrize(
    ("text", "kind", "name", "default"),
    [
        ("${HOST}", ReferenceKind.NAME, "HOST", None),
        ("${HOST:-localhost}", ReferenceKind.NAME, "HOST", "localhost"),
        ("${HOST:-}", ReferenceKind.NAME, "HOST", ""),
        ("${env:HOST}", ReferenceKind.ENV, "HOST", None),
        ("${secret:postgres.password}", ReferenceKind.SECRET, "postgres.password", None),
    ],
)
def test_each_form_is_found(text, kind, name, default):
    assert find(f"a {text} b") == (Reference(kind, name, default, text),)


@pytest.mark.parametrize("text", ["$5", "^a$", "$HOME", "a$$b", "$${HOST}", ""])
def test_other_dollars_are_no_references(text):
    assert find(text) == ()


@pytest.mark.parametrize("text", ["${", "${}", "${a b}", "${1A}", "${env:}", "${env:A:-x}", "${secret:}", "${A-x}"])
def test_a_malformed_reference_is_refused(text):
    with pytest.raises(ValueError, match="is not a reference"):
        find(text)


def test_several_references_are_expanded_in_text():
    values = {"A": "1", "B": "${A}"}
    assert expand("${A}/${B}/$${A}/${C:-c}", lambda each: values.get(each.name)) == "1/${A}/${A}/c"


def test_an_empty_value_takes_the_default():
    assert expand("${A:-x}", lambda _: "") == "x"


def test_a_reference_without_value_or_default_is_an_error_that_names_it():
    with pytest.raises(ConfigError, match=r"\$\{A\} has no value"):
        expand("${A}", lambda _: None)


@given(st.text())
def test_text_without_dollars_is_itself(text):
    plain = text.replace("$", "")
    assert expand(plain, lambda _: None) == plain
    assert expand(plain.replace("a", "$$"), lambda _: None) == plain.replace("a", "$")
