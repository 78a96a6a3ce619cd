"""The page about isolation says what the attempts of its tests are refused by."""

from tests.pages import isolation


def test_the_page_of_isolation_is_what_its_generator_writes():
    assert isolation.PAGE.read_text() == isolation.page(), "run: python -m tests.pages.isolation"
