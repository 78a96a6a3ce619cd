"""Every hostile delivery, by subject. One more is one more entry in one of these."""

from tests.hostile.archives import ARCHIVES
from tests.hostile.cells import CELLS
from tests.hostile.encodings import ENCODINGS
from tests.hostile.entry import Entry
from tests.hostile.json_lines import JSON_LINES
from tests.hostile.parquet_files import PARQUET_FILES
from tests.hostile.places import PLACES
from tests.hostile.quotes import QUOTES
from tests.hostile.races import RACES
from tests.hostile.shapes import SHAPES
from tests.hostile.sizes import SIZES

SUBJECTS: dict[str, tuple[Entry, ...]] = {
    "Empty files, headers and widths": SHAPES,
    "Encodings": ENCODINGS,
    "Quotes": QUOTES,
    "Cells": CELLS,
    "Compressed files": ARCHIVES,
    "Sizes": SIZES,
    "JSON lines": JSON_LINES,
    "Parquet": PARQUET_FILES,
    "Paths, links and names": PLACES,
    "Files that change under a run": RACES,
}

CORPUS: dict[str, Entry] = {entry.name: entry for entries in SUBJECTS.values() for entry in entries}
