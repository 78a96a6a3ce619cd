"""Job, recipes, registry and contract become one frozen plan; pure."""
