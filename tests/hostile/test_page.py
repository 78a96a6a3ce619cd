"""The page about files says what the code does."""

import pytest
from pydantic import BaseModel

from dativo_core.model.source_options import SOURCE_OPTIONS
from tests.hostile.page import PAGE, page


def test_the_page_is_what_its_generator_writes():
    assert PAGE.read_text() == page(), "run: python -m tests.hostile.page"


@pytest.mark.parametrize("model", SOURCE_OPTIONS.values(), ids=SOURCE_OPTIONS)
def test_every_option_says_what_it_does(model: type[BaseModel]):
    assert all(each.description for each in model.model_fields.values())
