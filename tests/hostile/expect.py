"""Holds what came of a delivery against what was to come of it."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path

from dativo_core.errors import ContractError, DativoError, SourceError
from dativo_core.flow import StreamOutcome
from tests.hostile.entry import Entry, FileRefused, Loaded, Reject, RunRefused
from tests.hostile.play import GOOD_ROW, STRICT, Evidence

LINE_END = re.compile(rb"\r\n|\n|\r")
RAW_BYTES = 4096
MAX_CHARACTER_BYTES = 4
NOT_TEXT = re.compile("\ufffd+")
MAX_MESSAGE_CHARACTERS = 4000


def expect(entry: Entry, mode: str, found: Evidence, root: Path) -> None:
    """Assert that an entry had its outcome, and that nothing was lost, doubled or left behind."""
    _expect_accounts(found)
    _expect_rejects_in_their_files(entry, found, root)
    match entry.outcome:
        case Loaded(rows, ()):
            _expect_committed(found, rows)
            assert found.run.exit_code == 0
        case Loaded(rows, rejects) if mode == STRICT:
            _expect_nothing_published(found, ContractError, f"{len(rejects)} of {len(rows) + len(rejects)} rows break")
            assert found.stream.counts.read == len(rows) + len(rejects)
        case Loaded(rows, rejects):
            _expect_committed(found, rows)
            _expect_rejects(found, rejects)
            assert found.run.exit_code == 1
        case FileRefused(message) if mode == STRICT:
            _expect_nothing_published(found, SourceError, message)
        case FileRefused(message):
            _expect_committed(found, (GOOD_ROW,))
            (rejected,) = found.stream.rejected_files
            assert message in rejected
            assert len(rejected) <= MAX_MESSAGE_CHARACTERS
            assert found.run.exit_code == 1
        case RunRefused(message):
            _expect_nothing_published(found, SourceError, message)


def _expect_accounts(found: Evidence) -> None:
    counts = found.stream.counts
    assert counts.read == counts.written + counts.quarantined + sum(counts.skipped.values())
    if found.stream.outcome is StreamOutcome.COMMITTED:
        assert (counts.written, counts.quarantined) == (found.rows.num_rows, len(found.rejects))


def _expect_rejects_in_their_files(entry: Entry, found: Evidence, root: Path) -> None:
    """Every reject quotes what stands at the line it names; in Parquet, that is a row as JSON."""
    if entry.source_type == "parquet":
        assert all(isinstance(json.loads(str(reject["raw"])), dict) for reject in found.rejects)
        return
    encoding = str(entry.options.get("encoding", ""))
    texts = {file: FileLines(root / file, encoding) for file in {str(reject["file"]) for reject in found.rejects}}
    for reject in found.rejects:
        raw = _comparable(str(reject["raw"]))
        standing = texts[str(reject["file"])].from_line(int(str(reject["line"])))
        assert standing.startswith(raw)
        assert len(raw.encode()) >= RAW_BYTES - MAX_CHARACTER_BYTES or standing[len(raw) :][:1] in {"", "\r", "\n"}
        assert reject["reason"]


class FileLines:
    """The physical lines of a file, found without the source that is under test."""

    def __init__(self, path: Path, encoding: str) -> None:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        if encoding:
            data = data.decode(encoding, errors="replace").encode()
        self._data = data.removeprefix("\ufeff".encode())
        self._starts = [0, *(end.end() for end in LINE_END.finditer(self._data))]

    def from_line(self, line: int) -> str:
        """Return the text from a 1-based line on, as far as a reject may quote it."""
        start = self._starts[line - 1]
        return _comparable(self._data[start : start + 2 * RAW_BYTES].decode(errors="replace"))


def _comparable(text: str) -> str:
    """Return a text with one mark for any number of bytes that are no text, of which decoders make one mark or several."""
    return NOT_TEXT.sub("\ufffd", text)


def _expect_committed(found: Evidence, rows: tuple[tuple[object, ...], ...]) -> None:
    assert found.stream.error is None
    assert found.stream.outcome is StreamOutcome.COMMITTED
    assert found.state is not None
    assert Counter(_rows(found)) == Counter(rows)


def _rows(found: Evidence) -> list[tuple[object, ...]]:
    contract = [name for name in found.rows.column_names if name not in {"_dativo_file", "ingest_date"}]
    return list(zip(*(found.rows.column(name).to_pylist() for name in contract), strict=True))


def _expect_rejects(found: Evidence, expected: tuple[Reject, ...]) -> None:
    places = sorted((str(each["file"]), each["line"], each["rule"]) for each in found.rejects)
    assert places == sorted((each.file, each.line, each.rule) for each in expected)
    reasons = {(each["file"], each["line"]): str(each["reason"]) for each in found.rejects}
    assert [each for each in expected if each.reason not in reasons[each.file, each.line]] == [], reasons


def _expect_nothing_published(found: Evidence, error_type: type[DativoError], message: str) -> None:
    error = found.stream.error
    assert isinstance(error, error_type)
    assert message in error.message
    assert error.hint
    assert len(error.message) <= MAX_MESSAGE_CHARACTERS
    assert (found.stream.outcome, found.run.exit_code) == (StreamOutcome.FAILED, 2)
    assert (found.rows.num_rows, found.rejects, found.state, found.data_files) == (0, [], None, 0)
