"""The order of versions, how far one is from another, and which one a change asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.odcs.versions import Level, Version, bump, least_version, read_version, suffices

LEVELS = st.sampled_from(list(Level))
NUMBERS = st.integers(0, 12)
PRE_RELEASES = st.sampled_from([(), ("alpha",), ("alpha", "1"), ("beta", "2"), ("beta", "11"), ("rc", "1")])
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS, PRE_RELEASES)
ORDER = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.10 1.2.0 2.0.0"


@pytest.mark.parametrize("text", ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0 ", "1.0.0-", "1.0.0-a..b", "١.0.0", ""])
def test_what_is_not_three_numbers_is_no_version(text):
    assert read_version(text) is None


def test_versions_are_in_the_order_of_semantic_versioning():
    versions = [read_version(text) for text in ORDER.split()]
    assert sorted(versions) == versions


def test_build_metadata_says_nothing_of_order():
    assert read_version("1.0.0+b1") == read_version("1.0.0+b2") == read_version("1.0.0")


@given(VERSIONS)
def test_a_version_is_read_as_it_is_shown(version):
    assert read_version(str(version)) == version


@given(VERSIONS, LEVELS)
def test_the_least_version_suffices_and_none_that_is_lower_does(old, needed):
    least = least_version(needed, old)
    assert suffices(needed, old, least)
    assert not suffices(needed, old, old)
    assert bump(least, old) is None


@given(VERSIONS, VERSIONS, LEVELS, LEVELS)
def test_what_suffices_for_a_change_suffices_for_a_lesser_one(old, new, one, other):
    if suffices(max(one, other), old, new):
        assert suffices(min(one, other), old, new)


@pytest.mark.parametrize(
    ("old", "new", "needed", "enough"),
    [
        ("1.0.0", "1.0.1", Level.PATCH, True),
        ("1.0.0", "1.0.1", Level.MINOR, False),
        ("1.0.0", "1.1.0", Level.MINOR, True),
        ("1.0.0", "1.1.0", Level.MAJOR, False),
        ("1.9.9", "2.0.0", Level.MAJOR, True),
        ("1.9.9", "2.0.0-rc.1", Level.MAJOR, True),
        ("0.1.0", "0.1.1", Level.MAJOR, True),
        ("0.1.0", "0.1.0", Level.PATCH, False),
        ("2.0.0", "1.9.9", Level.PATCH, False),
        ("2.0.0-rc.1", "2.0.0-rc.2", Level.MAJOR, True),
    ],
)
def test_a_version_is_enough_when_it_rises_as_far_as_the_change_reaches(old, new, needed, enough):
    assert suffices(needed, read_version(old), read_version(new)) is enough
