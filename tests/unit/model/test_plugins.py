"""What a job may say of code of its own and of the sandbox it would run in."""

import pytest
from pydantic import ValidationError

from dativo_core.model.job import Source
from dativo_core.model.plugins import Sandbox


@pytest.mark.parametrize("text", ["512m", "512M", "2g", "1.5gb", "64MiB", "1073741824", "512k", "100b"])
def test_an_amount_of_memory_is_a_number_with_or_without_a_unit(text):
    assert Sandbox(memory_limit=text).memory_limit == text


@pytest.mark.parametrize("text", ["", "m", "0", "0m", "-1m", "512 m", "512x", "٥m", "1e3m", "512m\n"])
def test_anything_else_is_no_amount_of_memory(text):
    with pytest.raises(ValidationError):
        Sandbox(memory_limit=text)


@pytest.mark.parametrize("share", [0, -0.5, 1.01, float("nan"), float("inf")])
def test_a_share_of_a_processor_is_above_none_and_at_most_all(share):
    with pytest.raises(ValidationError):
        Sandbox(cpu_limit=share)
    assert Sandbox(cpu_limit=1).cpu_limit == 1


@pytest.mark.parametrize(
    "text", ["plugins/a.py:Reader", "/app/plugins/a.py:Reader", "lib.so:f", "a.dylib:f", "a.dll:f"]
)
def test_code_is_a_class_of_a_file_or_a_function_of_a_library(text):
    assert Source(custom_reader=text).custom_reader == text


@pytest.mark.parametrize(
    "text", ["a.py", "a.py:", ":Reader", "a.rb:Reader", "a.py:9x", "../a.py:X", "a/../../b.so:f", "a b.py:X"]
)
def test_anything_else_names_no_code(text):
    with pytest.raises(ValidationError):
        Source(custom_reader=text)
