"""Every hostile delivery has its one outcome, in both modes, and loses nothing."""

import multiprocessing
from collections.abc import Iterator
from multiprocessing.pool import Pool
from pathlib import Path

import pytest

from tests.hostile.corpus import CORPUS, SUBJECTS
from tests.hostile.expect import expect
from tests.hostile.play import STRICT, WARN, open_workspace, play, play_measured

MAX_MEMORY_MB = 512
LIGHT = [name for name, entry in CORPUS.items() if not entry.is_heavy]
HEAVY = [name for name, entry in CORPUS.items() if entry.is_heavy]


@pytest.fixture(scope="module")
def fresh_process() -> Iterator[Pool]:
    """A process for each heavy delivery, forked from one that has only imported, so that its memory is the delivery's."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.hostile.play"])
    with context.Pool(1, maxtasksperchild=1) as pool:
        yield pool


@pytest.mark.parametrize("mode", [STRICT, WARN])
@pytest.mark.parametrize("name", LIGHT)
def test_a_hostile_delivery_has_its_one_outcome(name: str, mode: str, tmp_path: Path) -> None:
    entry = CORPUS[name]
    with open_workspace(entry, tmp_path) as root:
        expect(entry, mode, play(entry, mode, root), root)


@pytest.mark.parametrize("mode", [STRICT, WARN])
@pytest.mark.parametrize("name", HEAVY)
def test_a_large_hostile_delivery_has_its_one_outcome_in_bounded_memory(
    name: str, mode: str, tmp_path: Path, fresh_process: Pool
) -> None:
    found, peak = fresh_process.apply(play_measured, (name, mode, tmp_path))
    expect(CORPUS[name], mode, found, tmp_path)
    assert peak < MAX_MEMORY_MB


def test_the_corpus_is_large_and_names_each_delivery_once() -> None:
    assert len(CORPUS) == sum(map(len, SUBJECTS.values())) >= 200
