"""Finding and opening files."""

import hashlib
import os
import socket
import sys
from collections.abc import Callable

import pytest

from dativo_core.errors import SourceChanged, SourceError
from dativo_core.flow import FileIdentity
from dativo_core.model.ownership import TenantBounds
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.local_files import LocalFiles, identify, match_files, open_regular


@pytest.fixture
def root(tmp_path):
    for name in ("data/b.csv", "data/a.csv", "data/deep/c.csv", "data/.hidden.csv", "other/secret.csv", "data/[x].csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x\n1\n")
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (("data/*.csv",), ("data/[x].csv", "data/a.csv", "data/b.csv")),
        (("data/**/c.csv",), ("data/deep/c.csv",)),
        (("data/b.csv", "data/a.csv", "./data/b.csv"), ("data/a.csv", "data/b.csv")),
        (("data/a.csv", "data/[ab].csv"), ("data/a.csv", "data/b.csv")),
        (("data/[x].csv",), ("data/[x].csv",)),
        (("data/.hidden.csv",), ("data/.hidden.csv",)),
    ],
)
def test_patterns_name_sorted_files_once(root, patterns, found):
    assert match_files(patterns, root) == found


def test_an_absolute_pattern_keeps_its_files_relative_to_the_root(root):
    assert match_files((f"{root}/data/a.*",), root) == ("data/a.csv",)


def test_a_file_address_is_an_absolute_path(root):
    address = f"file://{root}/data/%61.*"
    assert match_files((address, f"file://localhost{root}/data/b.csv"), root) == ("data/a.csv", "data/b.csv")


def test_a_file_address_of_another_machine_is_refused(root):
    with pytest.raises(SourceError, match=r"'file://host/a\.csv' names a file of another machine; no file matches"):
        match_files(("file://host/a.csv", "nothing.csv"), root)


def test_every_pattern_without_a_match_is_named(root):
    with pytest.raises(SourceError, match=r"no file matches 'data/\*\.tsv' .*; no file matches 'nothing\.csv'"):
        match_files(("data/*.tsv", "data/a.csv", "nothing.csv"), root)


def make_special(path, kind):
    match kind:
        case "a directory":
            path.mkdir()
        case "a named pipe":
            os.mkfifo(path)
        case "a socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        case "a device":
            path.symlink_to("/dev/zero")
        case "does not exist":
            path.symlink_to("gone.csv")
        case "leads out":
            path.symlink_to("../other/secret.csv")
        case "cannot be read":
            path.symlink_to(path.name)


@pytest.mark.parametrize(
    "kind",
    ["a directory", "a named pipe", "a socket", "a device", "does not exist", "leads out", "cannot be read"],
)
def test_only_regular_files_of_the_named_directory_are_read(root, kind, monkeypatch):
    monkeypatch.chdir(root)
    make_special((root / "data/z.csv").relative_to(root) if kind == "a socket" else root / "data/z.csv", kind)
    with pytest.raises(SourceError, match=rf"data/z\.csv: .*{kind}"):
        match_files(("data/*.csv",), root)


@pytest.mark.parametrize("pattern", ["../*.csv", "../x.csv", "linked/*.csv", "linked/x.csv"])
def test_a_relative_pattern_stays_in_the_workspace(root, pattern):
    (root / "data/linked").symlink_to(root / "other")
    with pytest.raises(SourceError, match="leads out of the workspace"):
        match_files((pattern,), root / "data")


def test_a_link_within_the_named_directory_is_read(root):
    (root / "data/now.csv").symlink_to("deep/c.csv")
    assert match_files(("data/now.csv",), root) == ("data/now.csv",)


def test_two_names_of_one_file_are_refused(root):
    (root / "data/latest.csv").symlink_to("b.csv")
    with pytest.raises(SourceError, match=r"data/latest\.csv and data/b\.csv are the same file"):
        match_files(("data/*.csv",), root)


def test_two_names_by_a_hard_link_are_refused(root):
    os.link(root / "data/b.csv", root / "data/also.csv")
    with pytest.raises(SourceError, match=r"data/b\.csv and data/also\.csv are the same file"):
        match_files(("data/*.csv",), root)


def test_a_name_that_is_not_utf8_is_refused_and_shown_escaped(root):
    (root / os.fsdecode(b"data/\xff.csv")).write_bytes(b"x\n1\n")
    with pytest.raises(SourceError, match=r"data/\\udcff\.csv: its name is not UTF-8") as caught:
        match_files(("data/*.csv",), root)
    assert str(caught.value).isprintable()


def test_a_file_is_known_by_its_content(root):
    digest = hashlib.sha256(b"x\n1\n").hexdigest()
    assert identify("data/a.csv", root) == FileIdentity("data/a.csv", 4, digest)


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(root):
    os.mkfifo(root / "data/pipe.csv")
    with pytest.raises(SourceError, match="not a regular file"), open_regular("data/pipe.csv", root):
        pass


def test_a_file_that_cannot_be_opened_says_why(root):
    with pytest.raises(SourceError, match=r"file data/a\.csv/x cannot be read: Not a directory"):
        identify("data/a.csv/x", root)


@pytest.mark.parametrize("start", [0, 2])
def test_a_file_read_in_part_is_verified_as_a_whole(root, start):
    files = LocalFiles(root)
    planned = files.identify("data/a.csv")
    with files.open(planned, start) as opened:
        assert (opened.read(1), opened.position) == (b"x\n1\n"[start : start + 1], start + 1)
        opened.verify()
    (root / "data/a.csv").write_bytes(b"x\n2\n")
    with files.open(planned, start) as opened, pytest.raises(SourceChanged, match=r"data/a\.csv changed"):
        opened.verify()


def test_a_file_opened_by_its_path_is_whatever_is_there(root):
    with LocalFiles(root).open("data/a.csv") as opened:
        assert opened.read() == b"x\n1\n"
        opened.verify()


def test_random_access_seeks_and_is_verified_afterwards(root):
    files = LocalFiles(root)
    planned = files.identify("data/a.csv")
    with files.open_random_access(planned) as opened:
        assert (opened.size(), opened.seek(2), opened.read()) == (4, 2, b"1\n")
    files.verify(planned)
    (root / "data/a.csv").write_bytes(b"x\n2\n")
    with pytest.raises(SourceChanged, match=r"data/a\.csv changed between planning and reading"):
        files.verify(planned)


def test_files_that_were_there_may_be_gone_but_not_their_directory_nor_one_never_seen(root):
    assert match_files(("data/*.tsv", "data/old.csv", "data/a.csv"), root, {"data/old.csv"}) == ("data/a.csv",)
    with pytest.raises(SourceError, match=r"matches 'gone/\*\.csv' .*; no file matches 'data/typo\.csv'"):
        match_files(("gone/*.csv", "data/typo.csv"), root, {"gone/a.csv", "data/old.csv"})


_swaps: list[tuple[str, Callable[[], object]]] = []


def _swap(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _swaps and str(arguments[0]) == _swaps[-1][0]:
        _swaps.pop()[1]()


sys.addaudithook(_swap)


@pytest.mark.parametrize("swapped", ["data/acme/a.csv", "data/acme"])
def test_a_link_put_in_place_of_a_file_or_its_directory_while_it_is_opened_leads_nowhere(tmp_path, swapped):
    for tenant in ("acme", "other"):
        (tmp_path / "data" / tenant).mkdir(parents=True)
        (tmp_path / "data" / tenant / "a.csv").write_text(f"x\n{tenant}\n")
    boundary = Boundary(TenantBounds("acme", frozenset({"acme", "other"})), tmp_path)
    files = LocalFiles(tmp_path, boundary)
    assert files.size_bytes("data/acme/a.csv") == 7

    def swap() -> None:
        (tmp_path / swapped).rename(tmp_path / "aside")
        (tmp_path / swapped).symlink_to(tmp_path / swapped.replace("acme", "other"))

    _swaps.append((str(tmp_path / "data/acme/a.csv"), swap))
    with pytest.raises(SourceError, match="leads to a place of another tenant"):
        files.identify("data/acme/a.csv")
    assert _swaps == []
