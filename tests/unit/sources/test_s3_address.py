"""Addresses of objects, and patterns that name the keys a directory tree's patterns would."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.sources.local_files import match_files
from dativo_core.sources.s3_address import Address, parse

KEYS = (
    "a.csv",
    "b.csv",
    ".h.csv",
    "d/a.csv",
    "d/b.tsv",
    "d/e/a.csv",
    "d/e/f/b.csv",
    "d/.h/a.csv",
    "x/e/a.csv",
    "d/[a].csv",
)
NAMES = st.sampled_from(["a", "d", "e", "*", "?", "**", "a*", "[ad]", "*.csv", "b.csv"])


def named(pattern: str) -> list[str]:
    address = Address("b", pattern)
    return [pattern] if pattern in KEYS else sorted(key for key in KEYS if address.names(key))


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    for key in KEYS:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).touch()
    return root


@pytest.mark.parametrize(
    "pattern",
    [
        "*.csv",
        "**/*.csv",
        "d/*.csv",
        "d/**/a.csv",
        "*/e/*.csv",
        "[dx]/e/?.csv",
        "d/**/e/**/*.csv",
        "d/[a].csv",
        "**/[!b].csv",
    ],
)
def test_a_pattern_names_the_same_objects_as_files(tree, pattern):
    assert tuple(named(pattern)) == match_files((pattern,), tree)


@given(st.lists(NAMES, min_size=1, max_size=4).map("/".join), st.lists(NAMES, min_size=1, max_size=4).map("/".join))
def test_what_a_pattern_names_begins_with_its_prefix_and_lies_where_a_flat_listing_looks(pattern, key):
    address = Address("b", pattern)
    if address.names(key):
        assert key.startswith(address.prefix)
        assert not address.is_flat or "/" not in key[len(address.prefix) :]


def test_many_wildcards_take_no_exponential_time():
    address, key = Address("b", "/".join(["**", "a"] * 30 + ["b"])), "/".join(["a"] * 400)
    begin = time.process_time()
    assert not address.names(key)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("text", ["s3://", "s3://b", "s3://b/", "s3:///k", "s3://b*/k", "S3://b/k", "b/k"])
def test_what_names_no_object_is_no_address(text):
    assert parse(text) is None


def test_an_address_is_written_as_it_was_read():
    assert str(parse("s3://b/d e/ä%20?.csv")) == "s3://b/d e/ä%20?.csv"
