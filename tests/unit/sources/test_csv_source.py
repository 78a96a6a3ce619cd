"""What a delimited source tells about itself."""

import time

import pytest

from dativo_core.errors import SourceError
from dativo_core.sources.csv_cutter import BlockReader
from dativo_core.sources.csv_dialect import Dialect
from dativo_core.sources.csv_grammar import grammar
from tests.unit.sources.build import source


def test_discovery_names_the_columns_of_all_files(tmp_path):
    (tmp_path / "1.csv").write_bytes(b"a;b\n")
    (tmp_path / "2.csv").write_bytes(b"b;c\n")
    (found,) = source(tmp_path, "*.csv", delimiter=";").discover()
    assert (found.object, found.columns) == ("orders", ("a", "b", "c"))


def test_a_probe_counts_files_and_bytes(tmp_path):
    (tmp_path / "1.csv").write_bytes(b"a;b\n")
    assert source(tmp_path, "*.csv").probe() == "orders: 1 file(s), 4 bytes"


def test_a_probe_without_files_fails(tmp_path):
    with pytest.raises(SourceError, match="no file matches"):
        source(tmp_path, "*.csv").probe()


@pytest.mark.parametrize(
    "line",
    [b'"', b'a,"b\n', b'""""",\n', b'"x""y\n', b'",', b'"\n""\n', b"\r", b'a"b,"\n'],
    ids=repr,
)
def test_no_text_takes_more_than_linear_time(line):
    content = line * (1_000_000 // len(line))
    pieces = [content[start : start + 65536] for start in range(0, len(content), 65536)][::-1]
    reader = BlockReader(lambda _: pieces.pop() if pieces else b"", grammar(Dialect()), 65536, 262_144)
    begin = time.process_time()
    assert sum(len(block.data) for block in reader.blocks()) >= 4096
    assert time.process_time() - begin < 10
