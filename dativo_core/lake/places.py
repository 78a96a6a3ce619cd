"""What lies where in the directory of an embedded catalog."""

DATABASE = "catalog.db"
WAREHOUSE = "warehouse"
UNREADABLE = frozenset("%?#")
"""What has a meaning in a URI: file locations are URIs, and not every reader decodes them."""
