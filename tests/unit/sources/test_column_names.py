"""Column names in messages."""

from dativo_core.sources.column_names import listed, with_nearest


def test_a_name_that_is_missing_comes_with_the_nearest_one():
    assert with_nearest("amount", ("id", "Amuont ")) == "'amount' (did you mean 'Amuont '?)"


def test_among_too_many_names_the_nearest_is_not_looked_for():
    assert with_nearest("amount", [f"amount{number}" for number in range(1001)]) == "'amount'"


def test_a_long_list_ends_with_how_many_there_are():
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(number) for number in range(1500)], "; ").endswith("; 18; 19 and 1,480 more")
