"""`.env` text."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.errors import SecretError
from dativo_core.secrets.dotenv import parse_dotenv


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=2\n", {"A": "1", "B": "2"}),
        ("export A=1", {"A": "1"}),
        ("# note\n\n  A = 1  # why\r\n", {"A": "1"}),
        ("A=", {"A": ""}),
        ("A= # nothing", {"A": ""}),
        ("A=#hash", {"A": "#hash"}),
        ("A=b#c", {"A": "b#c"}),
        ("A='x # y' # z", {"A": "x # y"}),
        ("A='$HOME\\n'", {"A": "$HOME\\n"}),
        ('A="say \\"hi\\"\\n\\\\ \\$"', {"A": 'say "hi"\n\\ \\$'}),
        ('A="one\ntwo"\nB=3', {"A": "one\ntwo", "B": "3"}),
        ("A=p$HOME=q", {"A": "p$HOME=q"}),
        ('A=it"s', {"A": 'it"s'}),
        ("", {}),
    ],
)
def test_lines_are_read_as_written(text, expected):
    assert parse_dotenv(text, "x.env") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A=1\nnonsense canary", "x.env:2: not a KEY=VALUE line"),
        ('A=1\n\nB="canary', "x.env:3: the quoted value of B does not end"),
        ('A="one\ntwo"\nB="x" canary', "x.env:3: the quoted value of B"),
        ("A=1\nA=canary", "x.env:2: A is set twice"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_line_and_no_value(text, message):
    with pytest.raises(SecretError) as caught:
        parse_dotenv(text, "x.env")
    assert message in str(caught.value)
    assert "canary" not in str(caught.value)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), st.text(alphabet=st.characters(exclude_characters="'"))
    )
)
def test_every_single_quoted_value_comes_back(values):
    text = "".join(f"{key}='{value}'\n" for key, value in values.items())
    assert parse_dotenv(text, "x.env") == values


@given(st.text())
def test_no_text_breaks_the_parser(text):
    with contextlib.suppress(SecretError):
        assert all("=" not in key for key in parse_dotenv(text, "x.env"))
