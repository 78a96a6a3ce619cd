"""Folders of partitions tell partitions apart."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import StringType

from dativo_core.lake.partition_paths import path_segment

TEXTS = st.none() | st.text(max_size=300) | st.sampled_from(["null", "", "a/b", "A b", "A+b", "a%2Fb", "..", "x" * 400])


def segment(value: Any) -> str:
    return path_segment("name", value, IdentityTransform(), StringType())


@given(one=TEXTS, other=TEXTS)
def test_different_values_have_different_folders(one: str | None, other: str | None) -> None:
    assert (segment(one) == segment(other)) == (one == other)


@given(value=TEXTS)
def test_a_folder_is_one_name_that_every_file_system_takes(value: str | None) -> None:
    assert "/" not in segment(value)
    assert segment(value).isascii()
    assert len(segment(value)) <= 200


def test_values_are_escaped_as_iceberg_escapes_them() -> None:
    assert segment("a/b") == "name=a%2Fb"
    assert segment("A b") == "name=A+b"
    assert segment(None) == "name=null"


def test_the_text_null_is_not_the_folder_of_null() -> None:
    assert segment("null") == "name=%6Eull"


def test_long_values_that_begin_alike_are_told_apart() -> None:
    assert segment("x" * 300)[:100] == segment("x" * 301)[:100]
    assert segment("x" * 300) != segment("x" * 301)
