"""How only new data is loaded: a strategy the connector has, with what the strategy needs."""

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.job import Source, Target
from dativo_core.model.registry import RegistryEntry
from dativo_core.rules.run_later import run_later
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean

FILE_STRATEGY = "file_modified_time"
SHEET_STRATEGY = "spreadsheet_modified_time"
BY_CURSOR = frozenset({"updated_at", "updated_after", "created"})
BY_FILE = frozenset({FILE_STRATEGY, SHEET_STRATEGY})
FULL = "full_refresh"
LOG = "cdc"
_OF_DATABASES = frozenset({"updated_at", "created"})
_OVERWRITE = "overwrite"
_PATH = ("incremental", "strategy")


def possible_strategies(entry: RegistryEntry) -> frozenset[str]:
    """Return the strategies a connector has: the registry's, those of any database, and loading everything."""
    own = {entry.incremental_strategy_default} if entry.incremental_strategy_default else set()
    return frozenset({FULL, *own, *(_OF_DATABASES if entry.category == "database" else ())}) - {LOG}


def strategy_of(source: Source) -> str | None:
    """Return the effective strategy; None when every run loads everything."""
    return source.incremental.strategy if source.incremental else None


def check_strategy(source: Source, settings: Merged, source_type: str, entry: RegistryEntry | None) -> list[Finding]:
    """Return what is wrong with the effective incremental settings of a source."""
    if source.incremental is None or entry is None:
        return []
    strategy = source.incremental.strategy
    if entry.supports_incremental is False and strategy != FULL:
        message, hint = (
            f"{source_type} cannot load only new data",
            "Remove 'incremental', or set strategy: full_refresh.",
        )
        return [settings.finding(("incremental",), "incremental-unsupported", message, hint)]
    if strategy is None:
        hint = f"Add strategy, such as {FULL}."
        return [settings.finding(_PATH, "missing-key", "nothing says how new data is told from old", hint)]
    return _check_possible(strategy, settings, source_type, entry) or _check_cursor(source, strategy, settings)


def _check_possible(strategy: str, settings: Merged, source_type: str, entry: RegistryEntry) -> list[Finding]:
    if strategy == LOG:
        message = "the strategy 'cdc' is not implemented in this version"
        return [run_later(settings, _PATH, message, "Use a strategy with a cursor.")]
    possible = possible_strategies(entry)
    if strategy in possible or entry.incremental_strategy_default is None:
        return []
    message = f"{source_type} cannot tell new data from old by '{strategy}'"
    return [settings.finding(_PATH, "strategy-unsupported", message, did_you_mean(strategy, possible))]


def _check_cursor(source: Source, strategy: str, settings: Merged) -> list[Finding]:
    cursor = source.incremental.cursor_field if source.incremental else None
    if cursor is not None and strategy in BY_FILE:
        message = f"the strategy '{strategy}' has no cursor: new files are found by themselves"
        path = ("incremental", "cursor_field")
        return [settings.finding(path, "cursor-unused", message, "Remove it.", Severity.WARNING)]
    if cursor is not None or strategy not in BY_CURSOR:
        return []
    hint = "Add incremental: {cursor_field: …} with the column whose values only grow."
    cursors = [item.cursor_field for item in source.tables or ()]
    cursors += [item.cursor_field for item in source.queries or ()]
    if cursors and all(cursors):
        return []
    message = f"the strategy '{strategy}' needs a cursor"
    return [settings.finding(("incremental", "cursor_field"), "cursor-missing", message, hint)]


def check_repeats(source: Source, settings: Merged, target: Target, target_settings: Merged) -> list[Finding]:
    """Return where a run reads rows again that an earlier one has loaded, and the write mode keeps both."""
    mode = target.write_mode or "append"
    if mode != "append" or strategy_of(source) in BY_FILE or source.files or source.sheets:
        return []
    if strategy_of(source) == FULL:
        message = "full_refresh reads everything again, and append would add it all once more"
        hint = f"Set target.write_mode: {_OVERWRITE}."
        return [target_settings.finding(("write_mode",), "full-load-append", message, hint)]
    if source.incremental is None:
        message = "without 'incremental' each run reads everything again, and append adds it all once more"
        hint = f"Add source.incremental, or set target.write_mode: {_OVERWRITE}."
        return [target_settings.finding(("write_mode",), "full-load-append", message, hint, Severity.WARNING)]
    days = source.incremental.lookback_days
    if not days or strategy_of(source) not in BY_CURSOR:
        return []
    message = f"each run reads the last {days} day(s) again, and append adds those rows once more: none is taken out"
    hint = "Set lookback_days: 0, or a write mode that replaces rows."
    return [settings.finding(("incremental", "lookback_days"), "lookback-append", message, hint, Severity.WARNING)]


def check_state_path(source: Source, settings: Merged) -> list[Finding]:
    """Return whether a job names a state file, which nothing reads or writes."""
    if source.incremental is None or source.incremental.state_path is None:
        return []
    message = "'state_path' changes nothing: what was loaded is kept with the table"
    path = ("incremental", "state_path")
    hint = "Remove it; dativo state import takes over what an earlier program kept there."
    return [settings.finding(path, "unused-key", message, hint, Severity.WARNING)]
