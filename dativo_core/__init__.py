"""Dativo's core: configuration to plan, plan to exactly-once Iceberg commits. Knows no orchestrator."""

__version__ = "0.1.0"
