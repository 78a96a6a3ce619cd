"""The written form of a state: what is written is read back, and what older versions wrote is still read."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from pyiceberg.io.pyarrow import PyArrowFileIO

from dativo_core.flow import FileIdentity, RunState
from dativo_core.lake.state_document import decode, encode

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SIZES = st.integers(0, 2**60)
LOCAL = st.builds(FileIdentity, st.text(min_size=1), SIZES, st.text("0123456789abcdef", min_size=64, max_size=64))
OBJECTS = st.builds(FileIdentity, st.text(min_size=1).map("s3://b/{}".format), SIZES, st.just(""), st.text(min_size=1))


def state(files: tuple[FileIdentity, ...]) -> RunState:
    return RunState(1, "k:1:t", ("k:1:t",), "run", "digest", "1.0.0", "uuid", 5, 1, 2, 2, 0, 0, NOW, files)


@given(st.lists(LOCAL | OBJECTS, unique_by=lambda file: file.path, max_size=5).map(tuple))
def test_file_identities_are_read_back_as_they_were_written(files: tuple[FileIdentity, ...]) -> None:
    assert decode(encode(state(files), None), PyArrowFileIO()) == state(files)


def test_an_entity_tag_is_written_only_where_there_is_one() -> None:
    files = (FileIdentity("a.csv", 1, "ab"), FileIdentity("s3://b/a.csv", 1, "", "tag"))
    written = json.loads(encode(state(files), None))["files"]
    assert written == {"a.csv": [1, "ab"], "s3://b/a.csv": [1, "", "tag"]}
