"""Which properties a table may have from us; every other one could move its files or name code to run."""

SECTIONS = {
    "asset": ("name", "version", "domain", "data_product", "source_type", "object"),
    "governance": ("owner", "retention_days", "domain", "data_product", "regulations"),
    "finops": ("cost_center", "business_tags", "project", "environment"),
    "classification": ("default",),
}
TOLD = frozenset(f"{section}.{key}" for section, keys in SECTIONS.items() for key in keys)
"""Properties that follow from contract and job."""

OF_COLUMNS = "classification.fields."
ALLOWED = "asset.*, governance.*, finops.*, classification.default and classification.fields.*"
"""The allowed properties in words."""

_REDIRECTING = frozenset({"location", "metadata_location", "py-io-impl", "py-catalog-impl", "io-impl", "catalog-impl"})
_REDIRECTING_STARTS = ("write.object-storage.", "write.folder-storage.")
_REDIRECTING_ENDS = (".path", "-provider.impl")
_STARTS = ("write.", "read.", "commit.", "history.", "schema.", "py-", "dativo.", "gc.", "engine.", "format-version")
_CONTAINERS = frozenset({"table_properties", "tblproperties", "properties"})


def is_told(key: str) -> bool:
    """Return whether a property tells of the table what contract and job say."""
    return key in TOLD or key.startswith(OF_COLUMNS)


def is_redirecting(key: str) -> bool:
    """Return whether a property says where files of a table are written, or which code reads and writes them."""
    plain = key.strip().lower()
    if plain in _REDIRECTING or plain.startswith(_REDIRECTING_STARTS):
        return True
    return plain.startswith("write.") and plain.endswith(_REDIRECTING_ENDS)


def is_property(key: str) -> bool:
    """Return whether a name is that of a property which Iceberg, an engine or Dativo acts on."""
    plain = key.strip().lower()
    return plain.startswith(_STARTS) or (is_redirecting(plain) and plain != "location")


def is_container(key: str) -> bool:
    """Return whether a key holds properties of a table."""
    return key in _CONTAINERS
