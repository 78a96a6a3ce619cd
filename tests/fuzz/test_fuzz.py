"""Whatever a configuration file holds, it is told in findings."""

import pytest

from tests.fuzz.play import Stage

COUNT, AT_ONCE = 500, 50


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    return Stage(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("first", range(0, COUNT, AT_ONCE))
def test_a_mutated_document_raises_nothing_and_every_finding_is_of_use(stage, first):
    played = [stage.play(number) for number in range(first, first + AT_ONCE)]
    assert sum(1 for each in played if each.findings) > AT_ONCE // 2
