"""What a run of Dagster costs without Dativo: an asset that does nothing, and one that only imports PyIceberg."""

from importlib import import_module

import dagster as dg

PYICEBERG = ("pyiceberg.catalog.sql", "pyiceberg.io.pyarrow")
"""What a landing in an embedded catalog cannot do without."""


@dg.asset
def nothing() -> None:
    """Do nothing."""


@dg.asset
def imports() -> None:
    """Import PyIceberg."""
    for name in PYICEBERG:
        import_module(name)


defs = dg.Definitions(
    assets=[nothing, imports],
    jobs=[dg.define_asset_job("nothing_job", [nothing]), dg.define_asset_job("imports_job", [imports])],
    executor=dg.in_process_executor,
)
