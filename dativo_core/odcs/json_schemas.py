"""The JSON Schemas of contracts: one per dialect, so that an editor can complete keys."""

from collections.abc import Mapping

from dativo_core.model.base import FileModel
from dativo_core.odcs.flat_model import FlatContract
from dativo_core.odcs.standard_model import StandardContract

CONTRACTS: Mapping[str, type[FileModel]] = {
    "contract.schema.json": StandardContract,
    "flat-contract.schema.json": FlatContract,
}
"""The schema file of each dialect: the standard's, and the flat one."""
