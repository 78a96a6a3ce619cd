"""A module that nothing may import: a table names it, and whoever imports it runs what a table says."""

message = "code that a table named was run"
raise AssertionError(message)
