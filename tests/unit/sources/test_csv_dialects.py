"""Delimited text in dialects beyond the common ones, held against a reader that takes one byte at a time."""

import csv
import io
from contextlib import suppress

from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dativo_core.errors import SourceError
from dativo_core.model.csv_dialect import option_problems
from dativo_core.model.source_options import CsvOptions
from dativo_core.sources.csv_dialect import dialect_of
from tests.unit.sources.build import places, read, rejects, rows
from tests.unit.sources.reference_csv import ReferenceReader, written

PROPERTY = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
BLOCK_SIZES = st.sampled_from([2, 7, 64, 100_000])
DELIMITERS = [",", "|", "||", "|;", "~", "§", "€|", "aba", "\t", "\x1f", "::", ",\n"]
TERMINATORS = [None, "\n", "\r\n", ";", "|", "||", "|\r\n", "\x1e", "¶", "abab", "\n\n", "\r"]
DIALECTS = st.builds(
    dict,
    delimiter=st.sampled_from(DELIMITERS),
    record_terminator=st.sampled_from(TERMINATORS),
    quote_char=st.sampled_from(['"', "", "'"]),
    escape_char=st.sampled_from(["", "\\", "^"]),
    comment=st.sampled_from(["", "#", "//"]),
).filter(lambda options: not option_problems(CsvOptions(files=("a",), **options)))


def messy(options):
    """Return a strategy of text that is likely to mean something in a dialect, and to break off in it."""
    signs = [options[key] for key in ("delimiter", "quote_char", "escape_char", "comment") if options[key]]
    own = options["record_terminator"]
    signs += [own, own[:1], own[-1:]] if own else ["\n", "\r\n", "\r"]
    bits = [*signs, options["delimiter"][:1], "\n", "\r", "a", "é", '"', "NULL", "\x1f", "b" * 9, "\0"]
    pieces = [bit.encode() for bit in bits] + [b"\xff", b"\xc3"]
    pieces += [(options["quote_char"] + options["delimiter"]).encode(), (options["delimiter"] + (own or "\n")).encode()]
    return st.lists(st.sampled_from(pieces), max_size=40).map(b"".join)


@st.composite
def texts_in_dialects(draw):
    options = draw(DIALECTS)
    return options, draw(messy(options))


def looks_like_utf16(content):
    return content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]


def found(tmp_path, content, options, **more):
    batches = read(tmp_path, content, ("x", "y"), header=False, **options, **more)
    return rows(batches), places(batches), [(line, raw) for line, _, _, raw in rejects(batches)]


OVERLAPPING = {"delimiter": "€|", "record_terminator": "||", "quote_char": '"', "escape_char": "", "comment": "#"}


@PROPERTY
@example(case=(OVERLAPPING, ("€|" * 6 + "|||€|||€|").encode()), block=4, ragged="reject")
@given(case=texts_in_dialects(), block=BLOCK_SIZES, ragged=st.sampled_from(["reject", "pad"]))
def test_any_text_in_any_dialect_is_read_as_one_byte_at_a_time_would(tmp_path, case, block, ragged):
    options, content = case
    expected = ReferenceReader(CsvOptions(files=("a",), ragged=ragged, **options), 2).read(content)
    assume(not looks_like_utf16(content))
    got = found(tmp_path, content, options, block_size_bytes=block, ragged=ragged)
    assert got == (expected.rows, expected.places, expected.rejects)


@PROPERTY
@given(case=texts_in_dialects(), block=st.sampled_from([2, 16, 64]), limit=st.sampled_from([12, 30]))
def test_where_blocks_end_makes_no_difference_in_any_dialect(tmp_path, case, block, limit):
    options, content = case
    assume(not looks_like_utf16(content))
    small, large = (found(tmp_path, content, options, limit=limit, block_size_bytes=size) for size in (block, 100_000))
    assert small == large


CELLS = st.text(alphabet=st.sampled_from("ab0\",;|~:#/^\\\n\r \t'é€§¶\x1f\x1e\x01"), max_size=8)
QUOTING = st.sampled_from(
    [("all", '"', ""), ("some", "'", ""), ("some", '"', "\\"), ("none", "", "^"), ("none", '"', "\\")]
)


@PROPERTY
@given(
    table=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12),
    delimiter=st.sampled_from(DELIMITERS[:-1]),
    terminator=st.sampled_from(TERMINATORS),
    quoting=QUOTING,
    comment=st.sampled_from(["", "#", "//"]),
    block=BLOCK_SIZES,
)
def test_every_table_written_in_a_dialect_is_read_back(tmp_path, table, delimiter, terminator, quoting, comment, block):
    quotes, quote, escape = quoting
    options = {
        "delimiter": delimiter,
        "record_terminator": terminator,
        "quote_char": quote,
        "escape_char": escape,
        "comment": comment,
    }
    assume(not option_problems(CsvOptions(files=("a",), **options)))
    # Where a separator can begin inside another one, some tables have no text.
    dialect = dialect_of(CsvOptions(files=("a",), **options))
    assume(dialect.ends_at_last and not dialect.end.startswith(dialect.delimiter))
    content = written([("x", "y"), *table], CsvOptions(files=("a",), **options), quotes)
    batches = read(tmp_path, content, ("x", "y"), block_size_bytes=block, null_values=(), **options)
    assert (rows(batches), rejects(batches)) == (table, [])


@PROPERTY
@given(
    table=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12),
    delimiter=st.sampled_from(";,|\t"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE]),
    doubles=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "~~", "|\r\n", "\x1e"]),
    block=BLOCK_SIZES,
)
def test_every_table_the_csv_module_writes_in_a_dialect_is_read_back(
    tmp_path, table, delimiter, quoting, doubles, end, block
):
    text = io.StringIO(newline="")
    escape = "" if doubles and quoting != csv.QUOTE_NONE else "\\"
    style = {"delimiter": delimiter, "quoting": quoting, "doublequote": doubles, "escapechar": escape or None}
    csv.writer(text, lineterminator=end, **style).writerows([("x", "y"), *table])
    options = {"delimiter": delimiter, "escape_char": escape, "record_terminator": end}
    assume(not option_problems(CsvOptions(files=("a",), **options)))
    batches = read(tmp_path, text.getvalue().encode(), ("x", "y"), block_size_bytes=block, null_values=(), **options)
    assert (rows(batches), rejects(batches)) == (table, [])


@PROPERTY
@given(content=st.binary(max_size=300), options=DIALECTS, ending=st.sampled_from(["", ".gz", ".zip", ".zst"]))
def test_random_bytes_raise_nothing_but_a_source_error(tmp_path, content, options, ending):
    with suppress(SourceError):
        found(
            tmp_path, content, options, compression={"": "none", ".gz": "gzip", ".zip": "zip", ".zst": "zstd"}[ending]
        )
