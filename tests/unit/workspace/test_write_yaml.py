from textwrap import dedent

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.workspace.document import Document
from dativo_core.workspace.read_yaml import parse_document
from dativo_core.workspace.source_text import SourceText, source_text
from dativo_core.workspace.tree import made, plain, tree_of
from dativo_core.workspace.write_yaml import write_yaml

NOWHERE = SourceText({}, frozenset(), frozenset(), ())
KEYS = st.text(min_size=1, max_size=8).filter(lambda text: "\0" not in text)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS | TEXTS | st.sampled_from(["yes", "NO", "1.10", "010", "a: b", "# x", "x\n", "x\n y\n", "- a", "~", ""]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def document(text: str) -> Document:
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, (text, parsed.findings)
    return parsed.document


def rewritten(text: str) -> str:
    read = document(text)
    return write_yaml(tree_of(read), source_text(text.encode()), read)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_what_is_written_reads_as_itself(data):
    tree = made(data)
    text = write_yaml(tree, NOWHERE, Document("c.yaml", data, {}))
    assert plain(tree) == data
    assert document(text).data == data


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5))
def test_a_file_written_anew_says_the_same(data):
    text = write_yaml(made(data), NOWHERE, Document("c.yaml", data, {}))
    assert document(rewritten(text)).data == document(text).data


@pytest.mark.parametrize(
    "text",
    [
        "a: 1.10\nb: 010\nc: '1'\nd: \"x\\ty\"\ne: NO\n",
        "# head\na: 1  # one\n# two\nb:  # list\n  # first\n  - x  # ex\n  - y\n  # - z\nc: {d: [1, 2]}  # flow\n# tail\n",
        "a: |\n  x # no comment\n  y\nb: 'it''s # none'\nc: d#e\n",
        "a:\n  - - 1\n    - 2\n  - b: 1\n    # see\n    c: 2\n",
        "é: ü  # ö\na: '𝄞'  # after\n",
    ],
)
def test_tidy_text_is_written_as_it_was(text):
    assert rewritten(text) == text


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("a: |  # one\n  x\n  # content\n# two\nb: 1\n", ["# one", "# two"]),
        ("a: >-\n  x\n\n# one\nb: [1, # two\n  2 # three\n  ] # four\n", ["# one", "# two", "# three", "# four"]),
        ("a: 'x # y'  # one\r\nb: x#y # two\r\n", ["# one", "# two"]),
        ("---\na:\n# one\n  b: 1\n...\n", ["# one"]),
    ],
)
def test_comments_are_told_from_text_and_none_is_lost(text, comments):
    assert [each.text for each in source_text(text.encode()).comments] == comments
    again = source_text(rewritten(text).encode()).comments
    assert sorted(each.text for each in again) == sorted(comments)
    assert document(rewritten(text)).data == document(text).data


def test_a_comment_stands_where_its_part_went():
    text = dedent("""\
        # about b
        a: 1
        # about c
        c: 3  # three
        """)
    read = document(text)
    tree = tree_of(read)
    tree = made({"c": tree.value["c"], "new": 4, "a": tree.value["a"]})
    assert write_yaml(tree, source_text(text.encode()), read) == ("# about b\n# about c\nc: 3  # three\nnew: 4\na: 1\n")


@pytest.mark.parametrize(
    "text",
    ["yes", "NO", "off", "y", "1.10", "010", "0x1f", "1_000", "2024-01-31", "10:30", "null", "~", "", "a: b", "-"],
)
def test_text_is_text_for_every_reader_of_yaml(text):
    written = write_yaml(made({"key": text, "list": [text]}), NOWHERE, Document("c.yaml", {}, {}))
    assert yaml.safe_load(written) == {"key": text, "list": [text]}
