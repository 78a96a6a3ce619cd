"""Hostile deliveries: files as they should never arrive, each with the one outcome it has."""
