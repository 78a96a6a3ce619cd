"""The command line: one file per command, one place each for failures, words and JSON."""

from dativo_core.cli.group import main

__all__ = ["main"]
