"""Files that change under a run."""

import os
from pathlib import Path

from tests.hostile.entry import Entry, Loaded, Meanwhile, RunRefused, content

HEADER = "id,name,amount\n"
ONE, TWO = (1, "one", 1.0), (2, "two", 2.0)
BEFORE = HEADER + "1,one,1\n"
# Many blocks, so that a run that has parsed one has not cut the last.
MANY = 20_000
LONG = HEADER + "1,one,1\n" * MANY
BLOCKS = {"block_size_bytes": 8 * 1024}


def _append(inbox: Path) -> None:
    with (inbox / "a.csv").open("a") as file:
        file.write("2,two,2\n")


def _replace(inbox: Path) -> None:
    (inbox / "b.tmp").write_text(HEADER + "2,two,2\n")
    (inbox / "b.tmp").rename(inbox / "a.csv")


def _replace_by_pipe(inbox: Path) -> None:
    (inbox / "a.csv").unlink()
    os.mkfifo(inbox / "a.csv")


def _touch(inbox: Path) -> None:
    os.utime(inbox / "a.csv", (0, 0))


RACES = (
    Entry(
        "vanishes-before-reading",
        "The file vanishes between planning and reading: the run plans again and finds none.",
        content(BEFORE),
        RunRefused("no file matches"),
        meanwhile=Meanwhile("window.planned", lambda inbox: (inbox / "a.csv").unlink()),
    ),
    Entry(
        "vanishes-while-read",
        "The file is deleted while it is read: what was opened is read to its end.",
        content(LONG),
        Loaded((ONE,) * MANY),
        options=BLOCKS,
        meanwhile=Meanwhile("page.after", lambda inbox: (inbox / "a.csv").unlink()),
    ),
    Entry(
        "grows-before-reading",
        "The file grows between planning and reading: the run plans again and loads it as it is then.",
        content(BEFORE),
        Loaded((ONE, TWO)),
        meanwhile=Meanwhile("window.planned", _append),
    ),
    Entry(
        "grows-while-read",
        "The file grows while it is read: the run plans again and loads it as it is then.",
        content(LONG),
        Loaded(((ONE,) * MANY) + (TWO,)),
        options=BLOCKS,
        meanwhile=Meanwhile("page.after", _append),
    ),
    Entry(
        "shrinks-while-read",
        "The file is cut to nothing while it is read: the run plans again and refuses it as it is then.",
        content(LONG),
        RunRefused("has no header line"),
        options=BLOCKS,
        meanwhile=Meanwhile("page.after", lambda inbox: os.truncate(inbox / "a.csv", 0)),
    ),
    Entry(
        "replaced-before-reading",
        "Another file takes its name between planning and reading: that one is loaded, and nothing of the first.",
        content(BEFORE),
        Loaded((TWO,)),
        meanwhile=Meanwhile("window.planned", _replace),
    ),
    Entry(
        "replaced-while-read",
        "Another file takes its name while it is read: the first, still open, is loaded; a later run sees the change.",
        content(LONG),
        Loaded((ONE,) * MANY),
        options=BLOCKS,
        meanwhile=Meanwhile("page.after", _replace),
    ),
    Entry(
        "replaced-by-a-pipe",
        "A named pipe takes its name between planning and reading.",
        content(BEFORE),
        RunRefused("not a regular file"),
        meanwhile=Meanwhile("window.planned", _replace_by_pipe),
    ),
    Entry(
        "touched-while-read",
        "Only the time stamp changes while it is read.",
        content(BEFORE),
        Loaded((ONE,)),
        meanwhile=Meanwhile("page.after", _touch),
    ),
    Entry(
        "changes-every-time",
        "The file changes whenever it is opened: after a second try the run ends, and the next one may find it quiet.",
        content(BEFORE),
        RunRefused("file in/a.csv changed between planning and reading"),
        meanwhile=Meanwhile("source.connected", _append, hit="*"),
    ),
)
