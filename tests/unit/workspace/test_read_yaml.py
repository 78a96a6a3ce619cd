import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.workspace import read_yaml
from dativo_core.workspace.document import Document, dotted
from dativo_core.workspace.read_yaml import Parsed, parse_document


def parsed(text: str | bytes) -> Parsed:
    return parse_document("f.yaml", text.encode() if isinstance(text, str) else text)


def read(text: str) -> Document:
    result = parsed(text)
    assert result.document is not None, result.findings
    return result.document


def problem(text: str | bytes) -> tuple[str, int]:
    result = parsed(text)
    assert result.document is None
    (finding,) = result.findings
    return finding.code, finding.line


@pytest.mark.parametrize(
    "text", ["NO", "yes", "on", "010", "0x1f", "10:30", "1_000", "2024-01-31", "1.2.3", ".5.", "1e", ".inf", ".nan"]
)
def test_an_unquoted_word_stays_text(text):
    assert read(f"key: {text}").data == {"key": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("-5", -5),
        ("1.10", 1.1),
        ("2e3", 2000.0),
    ],
)
def test_a_core_scalar_has_its_value(text, value):
    assert read(f"key: {text}").data["key"] is value or read(f"key: {text}").data["key"] == value


def test_a_quoted_scalar_is_text():
    assert read("a: '5'\nb: \"true\"\nc: |\n  null\n").data == {"a": "5", "b": "true", "c": "null\n"}


def test_the_spelling_of_a_number_is_kept():
    document = read("version: 1.10\nname: x\nflag: true")
    assert document.spelling(("version",)) == "1.10"
    assert document.spelling(("name",)) is None
    assert document.spelling(("flag",)) is None


def test_every_key_path_has_its_line_and_column():
    document = read("a:\n  - b: 1\n    c: 2\n  - d\n")
    places = {dotted(path): (place.line, place.column) for path, place in document.places.items()}
    assert places == {"a": (1, 1), "a[0]": (2, 5), "a[0].b": (2, 5), "a[0].c": (3, 5), "a[1]": (4, 5)}


def test_a_missing_key_is_placed_at_its_nearest_parent():
    assert read("a: 1\nb:\n  c: 1\n").line(("b", "d", "e")) == 2


def test_a_key_that_looks_like_a_number_or_boolean_is_text():
    assert read("1: a\non: b\nnull: c").data == {"1": "a", "on": "b", "null": "c"}


def test_a_duplicate_key_is_a_finding_with_both_lines_and_the_first_value_stays():
    result = parsed("a: 1\nb: {c: 1}\na: {x: 2}\n")
    (finding,) = result.findings
    assert (finding.code, finding.line) == ("yaml-duplicate-key", 3)
    assert "lines 1 and 3" in finding.message
    assert result.document is not None
    assert result.document.data == {"a": 1, "b": {"c": 1}}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\n\tb: 2\n", "yaml-tab", 2),
        ("a:\n\tb: 2\n", "yaml-tab", 2),
        ("a: [1, 2\nb: 3\n", "yaml-syntax", 2),
        ("a: b: c\n", "yaml-syntax", 1),
        ("a: \x01\n", "yaml-syntax", 1),
        ("x: 1\na: &n 1\n", "yaml-unsafe", 2),
        ("x: 1\na: *n\n", "yaml-unsafe", 2),
        ("cron: * * * * *\n", "yaml-syntax", 1),
        ("a: !!python/object:os.system x\n", "yaml-unsafe", 1),
        ("a: 1\n---\nb: 2\n", "yaml-documents", 2),
        ("- a\n- b\n", "yaml-root", 1),
        ("just text\n", "yaml-root", 1),
        ("", "yaml-empty", 1),
        ("# only a comment\n", "yaml-empty", 1),
        ("? [a]\n: 1\n", "yaml-key", 1),
        ("x: 1\na: " + "9" * 39, "yaml-number", 2),
        ("a: 1e999", "yaml-number", 1),
        (b"a: 1\nb: \xff\n", "yaml-encoding", 2),
        (b"a: 1\nb: \0\n", "yaml-encoding", 2),
        ("a: 1\n".encode("utf-16"), "yaml-encoding", 1),
        ("a: " + "[" * 100, "yaml-too-deep", 1),
        ("a: [" + "1," * 60_000 + "]", "yaml-too-large", 1),
        (b"a: 1\n" + b"#" * read_yaml.MAX_BYTES, "yaml-too-large", 1),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding_with_its_line(text, code, line):
    assert problem(text) == (code, line)


def test_a_byte_order_mark_is_no_part_of_the_first_key():
    assert parsed(b"\xef\xbb\xbfa: 1\n").document == read("a: 1\n")


@given(st.binary(max_size=200))
def test_any_bytes_give_a_document_or_findings(content):
    result = parsed(content)
    assert (result.document is None) <= bool(result.findings)


@given(st.text(alphabet="ab01.:-_#&*!|>'\"[]{},?% \t\n~", max_size=60))
def test_any_text_gives_a_document_or_findings(text):
    result = parsed(text)
    assert (result.document is None) <= bool(result.findings)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc", min_size=1), JSON, min_size=1))
def test_json_reads_as_itself(data):
    assert read(json.dumps(data)).data == data
