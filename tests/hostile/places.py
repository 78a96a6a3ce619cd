"""What stands in the place of a file, and what a file can be called."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

from tests.hostile.entry import Entry, FileRefused, Loaded, Reject, RunRefused, content

TEXT = "id,name,amount\n1,one,1\n"
ONE = (1, "one", 1.0)
TWO = (2, "two", 2.0)
FILE = "a.csv"


def _socket(inbox: Path) -> None:
    # The path of a socket has to be short, so it is bound from within its directory.
    before = Path.cwd()
    os.chdir(inbox)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(FILE)
    finally:
        os.chdir(before)


def _link(target: str, *others: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return a builder that makes `a.csv` a link, after what the others build."""

    def build(inbox: Path) -> None:
        for other in others:
            other(inbox)
        (inbox / FILE).symlink_to(target)

    return build


def _outside(inbox: Path) -> None:
    (inbox.parent / "elsewhere").mkdir()
    (inbox.parent / "elsewhere" / "secret.csv").write_text(TEXT)


def _hard_link(inbox: Path) -> None:
    (inbox / FILE).write_text(TEXT)
    os.link(inbox / FILE, inbox / "b.csv")


def _copy(inbox: Path) -> None:
    for name in (FILE, "b.csv"):
        (inbox / name).write_text(TEXT)


def _directory_link(inbox: Path) -> None:
    _outside(inbox)
    (inbox / "sub").symlink_to("../elsewhere")


def _unreadable(inbox: Path) -> None:
    (inbox / FILE).write_text(TEXT)
    (inbox / FILE).chmod(0)


def _unreadable_directory(inbox: Path) -> None:
    (inbox / "sub").mkdir()
    (inbox / "sub" / FILE).write_text(TEXT)
    (inbox / "sub").chmod(0)


def _hidden(inbox: Path) -> None:
    (inbox / FILE).write_text(TEXT)
    (inbox / ".a.csv.part").write_text("id,name,amount\n9,half a ro")
    (inbox / ".b.csv").write_text(TEXT)


def _one_good_two_bad(inbox: Path) -> None:
    (inbox / FILE).write_text(TEXT)
    os.mkfifo(inbox / "b.csv")
    (inbox / "c.csv").mkdir()


SPECIAL = (
    Entry(
        "fifo",
        "A named pipe; nothing waits for a writer.",
        lambda inbox: os.mkfifo(inbox / FILE),
        RunRefused("a named pipe"),
    ),
    Entry("socket", "A socket.", _socket, RunRefused("a socket")),
    Entry(
        "directory", "A directory named like a file.", lambda inbox: (inbox / FILE).mkdir(), RunRefused("a directory")
    ),
    Entry(
        "device",
        "The device `/dev/zero` by its path.",
        lambda inbox: None,
        RunRefused("a device"),
        files=("/dev/zero",),
    ),
    Entry("link-to-a-device", "A link to `/dev/zero`.", _link("/dev/zero"), RunRefused("a device")),
    Entry(
        "two-bad-places-and-a-file",
        "A file, a named pipe and a directory: all that is wrong is named at once.",
        _one_good_two_bad,
        RunRefused("in/b.csv: a named pipe, not a regular file; in/c.csv: a directory"),
    ),
    Entry("no-file", "No file at all.", lambda inbox: None, RunRefused("no file matches 'in/*'")),
)

LINKS = (
    Entry(
        "link-inside",
        "A link to a file beside it.",
        _link("real/a.csv", lambda inbox: (inbox / "real").mkdir(), content(TEXT, "real/a.csv")),
        Loaded((ONE,)),
        files=("in/*.csv",),
    ),
    Entry(
        "link-out-of-the-directory",
        "A link to a file outside the directory that the pattern names.",
        _link("../elsewhere/secret.csv", _outside),
        RunRefused("a link that leads out of"),
    ),
    Entry("link-to-passwd", "A link to `/etc/passwd`.", _link("/etc/passwd"), RunRefused("a link that leads out of")),
    Entry(
        "link-of-a-directory",
        "A link to a directory outside, with a pattern that goes through it.",
        _directory_link,
        RunRefused("a link that leads out of"),
        files=("in/*/*.csv",),
    ),
    Entry(
        "path-out-of-the-workspace",
        "A path that leads out of the workspace.",
        content(TEXT),
        RunRefused("leads out of the workspace"),
        files=("in/../../x.csv",),
    ),
    Entry("dangling-link", "A link to nothing.", _link("gone.csv"), RunRefused("a link to a file that does not exist")),
    Entry("link-loop", "A link to itself.", _link(FILE), RunRefused("a.csv: cannot be read")),
    Entry(
        "link-and-its-file",
        "A file and a link to it: its rows would be loaded twice.",
        _link("b.csv", content(TEXT, "b.csv")),
        RunRefused("in/b.csv and in/a.csv are the same file"),
    ),
    Entry(
        "hard-link",
        "Two names of one file by a hard link: its rows would be loaded twice.",
        _hard_link,
        RunRefused("in/b.csv and in/a.csv are the same file"),
    ),
    Entry(
        "copy",
        "Two files with the same content are two deliveries; both are loaded, with a warning.",
        _copy,
        Loaded((ONE, ONE)),
    ),
)

RIGHTS = (
    Entry(
        "unreadable-file",
        "A file that may not be read.",
        _unreadable,
        FileRefused("file in/a.csv cannot be read: Permission denied"),
        without_rights=True,
    ),
    Entry(
        "unreadable-directory",
        "A file in a directory that may not be entered.",
        _unreadable_directory,
        RunRefused("in/sub/a.csv"),
        files=("in/sub/a.csv",),
        without_rights=True,
    ),
)


def _named(name: str, file: str, description: str, *, files: tuple[str, ...] = ("in/*",)) -> Entry:
    """Return an entry of a file that is in order but for a bad row, under a name that is hard to handle."""
    text = TEXT + "bad\n2,two,2\n"
    rejects = (Reject(3, "has 1 field", file=f"in/{file}"),)
    return Entry(name, description, content(text, file), Loaded((ONE, TWO), rejects), files=files)


NAMES = (
    _named("name-with-blanks", " a  b .csv", "Blanks in the name."),
    _named("name-with-newline", "a\nb.csv", "A newline in the name."),
    _named("name-with-percent", "a%20b%2Fc.csv", "Percent signs in the name."),
    _named("name-with-quotes", "a'b\"c;d.csv", "Quotes in the name."),
    _named("name-beyond-ascii", "größe-日本-😀.csv", "Letters beyond ASCII in the name."),
    _named("name-with-leading-dash", "-rf.csv", "A name that looks like an option."),
    _named("name-with-markup", "<b>${HOME}`id`$(id)&.csv", "Markup and shell syntax in the name."),
    _named("name-with-escape-sequence", "\x1b[2Ja.csv", "A terminal's escape sequence in the name."),
    _named("name-with-backslash", "a\\b.csv", "A backslash in the name."),
    _named("very-long-name", "n" * 251 + ".csv", "The longest name that file systems allow."),
    _named(
        "name-of-a-pattern", "[ab]*.csv", "A name that looks like a pattern, given as it is.", files=("in/[ab]*.csv",)
    ),
    Entry("hidden-names", "Hidden names beside a good file are no match of a pattern.", _hidden, Loaded((ONE,))),
    Entry(
        "hidden-names-only",
        "Nothing but hidden names.",
        content(TEXT, ".a.csv"),
        RunRefused("no file matches 'in/*'"),
    ),
    Entry(
        "name-that-is-not-text",
        "A name whose bytes are not UTF-8.",
        lambda inbox: Path(os.fsdecode(os.fsencode(inbox) + b"/a\xff.csv")).write_text(TEXT),
        RunRefused(r"in/a\udcff.csv: its name is not UTF-8"),
    ),
)

PLACES = (*SPECIAL, *LINKS, *RIGHTS, *NAMES)
