"""The page about connectors says what registry and rules say."""

from tests.pages import connectors


def test_the_page_of_connectors_is_what_its_generator_writes():
    assert connectors.PAGE.read_text() == connectors.page(), "run: python -m tests.pages.connectors"
