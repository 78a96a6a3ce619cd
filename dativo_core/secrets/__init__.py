"""Secrets of tenants: one type that cannot be printed, one protocol, one file per backend."""
