"""Strategies: those a connector has, and no others."""

from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.registry import RegistryEntry
from dativo_core.rules.incremental import BY_CURSOR, BY_FILE, FULL, LOG, possible_strategies

STRATEGIES = sorted(BY_CURSOR | BY_FILE | {LOG})
entries = st.builds(
    RegistryEntry,
    category=st.sampled_from(["files", "database", "crm", None]),
    incremental_strategy_default=st.sampled_from([None, *STRATEGIES]),
)


@given(entries)
def test_file_strategies_are_possible_only_where_they_are_the_registrys(entry):
    assert possible_strategies(entry) & BY_FILE <= {entry.incremental_strategy_default}


@given(entries)
def test_everything_can_be_loaded_again_and_no_log_can_be_read(entry):
    possible = possible_strategies(entry)
    assert FULL in possible
    assert LOG not in possible


@given(entries.filter(lambda entry: entry.incremental_strategy_default not in {None, LOG}))
def test_the_registrys_strategy_is_possible(entry):
    assert entry.incremental_strategy_default in possible_strategies(entry)
